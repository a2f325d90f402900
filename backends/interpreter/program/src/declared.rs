//! Functions that a program only declares: calls of them leave the component.

use std::collections::BTreeMap;

use rtfs_eval::{FunctionCall, Host as _, Machine, MachineError, Status, Unit, perform};
use rtfs_ir::{GlobalId, Program};
use rtfs_value::{Error, Map, Value};

use crate::host::ComponentHost;

/// Begins the names of context values and capabilities that stand for declared functions.
const PREFIX: &str = "declared:";

/// Instructions between two looks at the machine.
const SLICE: u64 = 1 << 20;

/// The functions that a program declares and does not define.
#[derive(Default)]
pub(crate) struct Declared {
    functions: BTreeMap<GlobalId, Function>,
}

struct Function {
    name: String,
    /// As the host knows it.
    id: String,
    params: u32,
    variadic: bool,
}

impl Declared {
    pub(crate) fn of(program: &Program) -> Self {
        let functions = program
            .only_declared()
            .filter_map(|(global, info, declared)| {
                let qualified = program.interface(global)?.name;
                let function = Function {
                    name: info.name.clone(),
                    id: format!("{PREFIX}{qualified}"),
                    params: u32::try_from(declared.params.len()).ok()?,
                    variadic: declared.rest.is_some(),
                };
                Some((global, function))
            });
        Self {
            functions: functions.collect(),
        }
    }

    /// Runs a machine to its end.
    pub(crate) fn drive(
        &self,
        machine: &mut Machine,
        unit: &Unit,
        depth: u32,
    ) -> Result<Value, Error> {
        let ended = self.drive_to_end(machine, unit, depth);
        ended.unwrap_or_else(|error| Err(Error::internal(&error.to_string())))
    }

    fn drive_to_end(
        &self,
        machine: &mut Machine,
        unit: &Unit,
        depth: u32,
    ) -> Result<Result<Value, Error>, MachineError> {
        loop {
            let answer = match machine.run(SLICE)? {
                Status::Running => continue,
                Status::Done(value) => return Ok(Ok(value)),
                Status::Raised(error) => return Ok(Err(error)),
                Status::RequiresContext(name) => {
                    let value = match self.stand_in(machine, unit, &name) {
                        // The name is defined now.
                        true => None,
                        false => ComponentHost.get_context_value(&name),
                    };
                    machine.answer_context(value)?;
                    continue;
                }
                Status::RequiresHost(call) => perform(&mut ComponentHost, &call),
                Status::RequiresDecision(call) => self.call(machine, &call, depth),
            };
            match answer {
                Ok(value) => machine.resume(value)?,
                Err(error) => machine.resume_error(error)?,
            }
        }
    }

    /// Asks whether somebody answers calls of what this name declares, if it declares something.
    fn stand_in(&self, machine: &mut Machine, unit: &Unit, name: &str) -> bool {
        let mut functions = self.functions.iter();
        let Some((global, function)) = functions.find(|(_, function)| function.name == name) else {
            return false;
        };
        let answered = ComponentHost.get_context_value(&function.id);
        let is_answered = answered == Some(Value::TRUE);
        if is_answered {
            machine.stand_in(unit, *global, function.params, function.variadic);
        }
        is_answered
    }

    /// Has somebody else answer a call. The number of arguments was checked.
    fn call(&self, machine: &Machine, call: &FunctionCall, depth: u32) -> Result<Value, Error> {
        let Some(function) = self.functions.get(&call.function) else {
            return Err(Error::internal("a call of what is not declared"));
        };
        let left = i64::from(depth.saturating_sub(call.depth));
        let (fixed, rest) = call
            .args
            .split_at(call.args.len().min(function.params as usize));
        let mut args = vec![Value::int(left)];
        args.extend(fixed.iter().cloned());
        if function.variadic {
            args.push(Value::list(rest.iter().cloned()));
        }
        let mut hints = Map::new();
        for (key, value) in machine.hints_in_force() {
            hints.assoc(Value::keyword(&key), value)?;
        }
        let answer = match hints.is_empty() {
            true => rtfs_guest::call_capability(&function.id, &args),
            false => rtfs_guest::call_capability_with(&function.id, &args, hints),
        };
        answer.map_err(|error| {
            let mut error = Error::from(error);
            error.push_frame(&function.name);
            error
        })
    }
}
