//! Functions that stored programs declare and others define: the host answers their calls, as it
//! answers those of components.

use std::collections::BTreeMap;

use rtfs_eval::{CallMetadata, FunctionCall, Host, HostCall, Machine, MachineError, Unit, Watches};
use rtfs_ir::{GlobalId, Program};
use rtfs_value::Value;

use super::grants::DECLARED_PREFIX;

/// The declared functions of a program that its host answers.
#[derive(Default)]
pub(super) struct StandIns {
    answered: BTreeMap<GlobalId, StandIn>,
    watches: Watches,
}

struct StandIn {
    /// As it is looked up.
    name: String,
    /// How many parameters come before a rest parameter, if it has one.
    fixed: Option<usize>,
}

impl StandIns {
    /// Gives bodies to the functions that the host answers.
    pub(super) fn place(
        &mut self,
        program: &Program,
        unit: &Unit,
        machine: &mut Machine,
        host: &mut dyn Host,
    ) {
        for (global, _, signature) in program.only_declared() {
            let Some(interface) = program.interface(global) else {
                continue;
            };
            if !host.declares(&interface.name) {
                continue;
            }
            let n_params = signature.params.len();
            let params = u32::try_from(n_params).unwrap_or(u32::MAX);
            machine.stand_in(unit, global, params, signature.rest.is_some());
            let stand_in = StandIn {
                name: interface.name,
                fixed: signature.rest.is_some().then_some(n_params),
            };
            self.answered.insert(global, stand_in);
        }
        self.watches = machine.watches().clone();
    }

    /// Another machine in the same environment.
    pub(super) fn watch(&self, machine: &mut Machine) {
        machine.ask_as_before(&self.watches);
    }

    /// Asks the host, in the words of a component: how many more calls may be pending, the fixed
    /// arguments, and the list of the others when there is a rest parameter.
    pub(super) fn answer(
        &self,
        call: &FunctionCall,
        depth: u32,
        machine: &mut Machine,
        host: &mut dyn Host,
    ) -> Result<(), MachineError> {
        let Some(stand_in) = self.answered.get(&call.function) else {
            return machine.run_here();
        };
        let left = depth.saturating_sub(call.depth);
        let mut args = vec![Value::int(i64::from(left))];
        match stand_in.fixed.and_then(|at| call.args.split_at_checked(at)) {
            Some((fixed, rest)) => {
                args.extend_from_slice(fixed);
                args.push(Value::list(rest.iter().cloned()));
            }
            None => args.extend_from_slice(&call.args),
        }
        let wish = HostCall {
            capability_id: format!("{DECLARED_PREFIX}{}", stand_in.name),
            args,
            metadata: CallMetadata {
                index: machine.host_calls(),
                execution_hints: machine.hints_in_force(),
            },
        };
        machine.count_host_calls(1);
        match host.execute_capability(&wish) {
            Ok(value) => machine.resume(value),
            Err(error) => machine.resume_error(error),
        }
    }
}
