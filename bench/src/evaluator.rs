//! The reference evaluator as a contender.

use std::time::Instant;

use rtfs_eval::{Environment, Limits, Machine, PureHost, Unit, drive};
use rtfs_ir::{GlobalId, OptLevel};
use rtfs_value::Value;

use crate::Failure;
use crate::component::program;
use crate::race::{Contender, Sample};

/// A program whose definitions are evaluated, ready to be called.
pub struct Evaluator {
    /// `None` only while a machine has it.
    environment: Option<Environment>,
    unit: Unit,
    run: GlobalId,
    n: i64,
}

impl Evaluator {
    /// Loads a program. Its export `run` is what is called.
    ///
    /// # Errors
    /// When it is not a program.
    pub fn of_source(source: &str, n: i64) -> Result<Self, Failure> {
        let program = rtfs_ir::optimise(program(source)?, OptLevel::default());
        let name = |global: &GlobalId| &program.globals[global.0 as usize].name == "run";
        let run = program.exports().into_iter().find(name);
        let run = run.ok_or("the program defines no `run`")?;
        let mut environment = Environment::new();
        let unit = environment.load(&program)?;
        let limits = Limits::default();
        let mut machine = Machine::in_environment(environment, &unit.definitions(), &limits);
        drive(&mut machine, &mut PureHost).map_err(|error| error.text().to_owned())?;
        Ok(Self {
            environment: Some(machine.into_environment()),
            unit,
            run,
            n,
        })
    }
}

impl Contender for Evaluator {
    fn run(&mut self) -> Result<Sample, Failure> {
        let environment = self.environment.take().ok_or("it failed before")?;
        let args = vec![Value::int(self.n)];
        let limits = Limits::default();
        let started = Instant::now();
        let mut machine = Machine::call_export(environment, &self.unit, self.run, args, &limits);
        let result = drive(&mut machine, &mut PureHost);
        let time = started.elapsed();
        self.environment = Some(machine.into_environment());
        let value = result.map_err(|error| error.text().to_owned())?;
        Ok(Sample {
            time,
            answer: rtfs_value::plain(&value),
        })
    }

    fn rounds(&self, of: usize) -> usize {
        of.div_ceil(4)
    }
}
