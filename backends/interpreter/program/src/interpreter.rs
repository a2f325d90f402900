//! Running an embedded program, call by call.

use crate::declared::Declared;
use crate::image::Image;
use rtfs_eval::{DEFAULT_DEPTH, Environment, Limits, Machine, Unit, Watches};
use rtfs_guest::{DynamicModule, Error, Value, embed::embedded};
use rtfs_ir::{GlobalId, OptLevel, Program};
use rtfs_value::types::Level;

/// The evaluator with one program, as a module.
///
/// Definitions are evaluated once per instance, by the first call of an export above 0; export 0
/// evaluates everything, each time.
pub struct Interpreter {
    /// The program, or why there is none.
    state: Result<State, Error>,
    description: Value,
    depth_used: u32,
    depth_limit: u32,
}

struct State {
    environment: Environment,
    unit: Unit,
    definitions: Unit,
    /// The definitions have been evaluated.
    defined: bool,
    exports: Vec<Export>,
    /// What the program declares and does not define, and which calls of it leave the component.
    declared: Declared,
    watches: Watches,
    validation: Level,
}

struct Export {
    name: String,
    global: GlobalId,
    is_function: bool,
}

impl Interpreter {
    /// An interpreter of embedded bytes. Bytes that are no program raise `InvalidProgram` when they
    /// are called.
    pub fn of(image: &[u8]) -> Self {
        let read = Image::read(image);
        let description = read
            .ok()
            .map(|image| rtfs_value::cbor::decode(image.description));
        let state = read
            .map_err(|error| error.to_string())
            .and_then(|image| State::of(&image))
            .map_err(|reason| rtfs_value::Error::invalid_program(&reason).into());
        Interpreter {
            state,
            description: description.and_then(Result::ok).unwrap_or(Value::NIL),
            depth_used: 0,
            depth_limit: DEFAULT_DEPTH,
        }
    }

    /// An interpreter of a program in its canonical encoding, with the settings that a host has by
    /// default. It describes nothing.
    ///
    /// # Errors
    ///
    /// Why the bytes are no program.
    pub fn of_program(ir: &[u8]) -> Result<Self, String> {
        let image = Image {
            opt_level: 2,
            validation: Level::Standard,
            description: &[],
            ir,
        };
        Ok(Interpreter {
            state: Ok(State::of(&image)?),
            description: Value::NIL,
            depth_used: 0,
            depth_limit: DEFAULT_DEPTH,
        })
    }
}

impl DynamicModule for Interpreter {
    fn start() -> Self {
        Self::of(embedded().unwrap_or_default())
    }

    fn describe(&mut self) -> Value {
        self.description.clone()
    }

    fn limits(&mut self, depth_used: u32, depth_limit: u32) {
        self.depth_used = depth_used;
        self.depth_limit = depth_limit;
    }

    fn invoke(&mut self, export: u32, args: Vec<Value>) -> Result<Value, Error> {
        let state = self.state.as_mut().map_err(|error| error.clone())?;
        let run = Run {
            depth_used: self.depth_used,
            limits: Limits {
                depth: self.depth_limit,
                validation: state.validation,
                ..Limits::default()
            },
        };
        Ok(state.invoke(export, args, &run)?)
    }
}

/// How a call may run.
struct Run {
    depth_used: u32,
    limits: Limits,
}

impl State {
    fn of(image: &Image<'_>) -> Result<Self, String> {
        let program = Program::decode(image.ir).map_err(|error| error.to_string())?;
        let exports = program.exports().into_iter().filter_map(|global| {
            Some(Export {
                name: program.globals.get(global.0 as usize)?.name.clone(),
                global,
                is_function: program.function(global).is_some(),
            })
        });
        let exports = exports.collect();
        let declared = Declared::of(&program);
        let level = OptLevel::from_number(image.opt_level).unwrap_or_default();
        let program = rtfs_ir::optimise(program, level);
        let mut environment = Environment::new();
        let unit = environment
            .load(&program)
            .map_err(|error| error.to_string())?;
        Ok(State {
            definitions: unit.definitions(),
            environment,
            unit,
            defined: false,
            exports,
            declared,
            watches: Watches::default(),
            validation: image.validation,
        })
    }

    fn invoke(
        &mut self,
        export: u32,
        args: Vec<Value>,
        run: &Run,
    ) -> Result<Value, rtfs_value::Error> {
        let Some(index) = export.checked_sub(1) else {
            let unit = self.unit.clone();
            let value = self.run(run, |environment, limits| {
                Machine::in_environment(environment, &unit, limits)
            })?;
            self.defined = true;
            return Ok(value);
        };
        let Some(export) = self.exports.get(index as usize) else {
            return Err(rtfs_value::Error::invalid_argument("no such export"));
        };
        let (global, is_function) = (export.global, export.is_function);
        if !is_function && !args.is_empty() {
            let (name, argc) = (&export.name, args.len());
            return Err(rtfs_value::Error::arity(name, 0, Some(0), argc));
        }
        self.define(run)?;
        let unit = self.unit.clone();
        self.run(run, |environment, limits| {
            if is_function {
                Machine::call_export(environment, &unit, global, args, limits)
            } else {
                Machine::read_export(environment, &unit, global, limits)
            }
        })
    }

    fn define(&mut self, run: &Run) -> Result<(), rtfs_value::Error> {
        if !self.defined {
            let unit = self.definitions.clone();
            self.run(run, |environment, limits| {
                Machine::in_environment(environment, &unit, limits)
            })?;
            self.defined = true;
        }
        Ok(())
    }

    /// Runs a machine in the program's environment to its end.
    fn run(
        &mut self,
        run: &Run,
        machine: impl FnOnce(Environment, &Limits) -> Machine,
    ) -> Result<Value, rtfs_value::Error> {
        let environment = std::mem::take(&mut self.environment);
        let mut machine = machine(environment, &run.limits);
        machine.set_depth_used(run.depth_used);
        machine.ask_as_before(&self.watches);
        let (declared, depth) = (&self.declared, run.limits.depth);
        let result = declared.drive(&mut machine, &self.unit, depth);
        self.watches = machine.watches().clone();
        self.environment = machine.into_environment();
        // Nothing of a call outlives it but what the program defined.
        self.environment.sweep();
        result
    }
}

#[cfg(test)]
mod tests;
