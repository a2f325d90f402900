//! Using what a program exports, after its definitions were evaluated.

use rtfs_ir::GlobalId;
use rtfs_value::Value;

use crate::code::Op;
use crate::environment::Environment;
use crate::limits::Limits;
use crate::load::Unit;
use crate::machine::Machine;

impl Machine {
    /// A machine that will call a top-level name of a program. The name is looked up as a reference
    /// to it is: its value, else the library function, else what the host context knows.
    ///
    /// ```
    /// use rtfs_eval::{Environment, Limits, Machine, PureHost, drive};
    ///
    /// let forms = rtfs_syntax::read("(defn double [n] (* 2 n))").forms;
    /// let program = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default()).program.unwrap();
    /// let mut environment = Environment::new();
    /// let unit = environment.load(&program).unwrap();
    /// let limits = Limits::default();
    ///
    /// let mut machine = Machine::in_environment(environment, &unit.definitions(), &limits);
    /// drive(&mut machine, &mut PureHost).unwrap();
    /// let environment = machine.into_environment();
    ///
    /// let double = program.exports()[0];
    /// let mut machine = Machine::call_export(environment, &unit, double, vec![4.into()], &limits);
    /// assert_eq!(drive(&mut machine, &mut PureHost).unwrap(), 8.into());
    /// ```
    pub fn call_export(
        environment: Environment,
        unit: &Unit,
        global: GlobalId,
        args: Vec<Value>,
        limits: &Limits,
    ) -> Self {
        let argc = args.len() as u32;
        let mut ops = vec![unit.lookup(global)];
        ops.extend((0..argc).map(Op::Const));
        ops.extend([Op::Call(argc), Op::Return]);
        Machine::with_ops(environment, ops, args, limits)
    }

    /// A machine that will look a top-level name of a program up, as [`Machine::call_export`] does.
    pub fn read_export(
        environment: Environment,
        unit: &Unit,
        global: GlobalId,
        limits: &Limits,
    ) -> Self {
        let ops = vec![unit.lookup(global), Op::Return];
        Machine::with_ops(environment, ops, Vec::new(), limits)
    }
}

impl Unit {
    /// The machine refuses an index that no program has.
    fn lookup(&self, global: GlobalId) -> Op {
        let index = self.globals.get(global.0 as usize).copied();
        Op::Global(index.unwrap_or(u32::MAX))
    }
}
