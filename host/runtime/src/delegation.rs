//! Deciding about each call of a top-level function, and doing what was decided.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use rtfs_delegate::{
    AuditEntry, AuditLog, CallContext, CapabilityGrants, Delegability, DelegationEngine,
    ExecTarget, ExecuteError, Execution, ExecutionLimits, L4Hit, Lookup, ModuleRegistry,
    NotDelegable, Outcome, Policy, RTFS_IR, RecordSignature, RunStoredError, RuntimeContext,
    StoragePointer, StoredCall, Usage, WASM32_COMPONENT, arg_type_fingerprint,
};
use rtfs_eval::{
    Answer, CallMetadata, FunctionCall, Host, HostCall, Machine, MachineError, RecordingHost, Unit,
};
use rtfs_ir::{GlobalId, Program};
use rtfs_value::types::Level;
use rtfs_value::{Error, Value};

use crate::evaluator::Evaluation;
use crate::nodes::Nodes;
use crate::observe::{Event, Observer};
use crate::outside::Outside;

/// Where calls of top-level functions may be answered: an engine that decides, and a registry of
/// the store it decides about and of what runs stored code.
pub struct Delegation {
    engine: Arc<dyn DelegationEngine>,
    registry: Arc<ModuleRegistry>,
    policy: Policy,
    audit: Option<Arc<AuditLog>>,
}

impl Delegation {
    /// `engine` decides; what it finds is in the cache of `registry`.
    pub fn new(engine: Arc<dyn DelegationEngine>, registry: Arc<ModuleRegistry>) -> Self {
        Self {
            engine,
            registry,
            policy: Policy::Exact,
            audit: None,
        }
    }

    /// Records every decision with what came of it.
    #[must_use]
    pub fn with_audit(mut self, log: Arc<AuditLog>) -> Self {
        self.audit = Some(log);
        self
    }

    /// What stored code must satisfy. Under [`Policy::Interface`], declared functions without a
    /// body are answered too.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Where a call goes, and the start of its line in the log if there is one.
    fn choose(&self, context: &CallContext) -> (ExecTarget, Option<AuditEntry>) {
        if self.audit.is_none() {
            return (self.engine.decide(context), None);
        }
        let decision = self.engine.explain(context);
        let entry = AuditEntry::new(context, &decision);
        (decision.target, Some(entry))
    }
}

/// A function whose calls are decided about.
struct Function {
    context: CallContext,
    /// Capabilities a declared function may use; no limit but the host's own for defined ones.
    declared: Option<Vec<String>>,
    /// What was reported of it: where its calls went.
    reported: Vec<String>,
    delegated: Tally,
}

#[derive(Default)]
struct Tally {
    calls: u64,
    fuel: u64,
    peak_memory: u64,
    time: Duration,
}

/// The decisions of one run.
pub(crate) struct Session<'a> {
    delegation: &'a Delegation,
    limits: &'a ExecutionLimits,
    level: Level,
    observer: &'a dyn Observer,
    functions: BTreeMap<GlobalId, Function>,
    nodes: Nodes,
    /// Fuel that components may still use.
    fuel_left: u64,
    /// Answers that were given to a component whose result was discarded.
    recorded: VecDeque<Answer>,
    /// The log could not be written; said once.
    audit_failed: bool,
}

impl<'a> Session<'a> {
    /// Makes the machine ask about the program's delegable functions.
    pub(crate) fn new(
        delegation: &'a Delegation,
        run: &Evaluation<'a>,
        unit: &Unit,
        machine: &mut Machine,
        observer: &'a dyn Observer,
    ) -> Self {
        let mut session = Self {
            delegation,
            limits: run.limits,
            level: run.validation,
            observer,
            functions: BTreeMap::new(),
            nodes: Nodes::new(run.program, run.validation),
            fuel_left: run.limits.fuel,
            recorded: VecDeque::new(),
            audit_failed: false,
        };
        if delegation.policy != Policy::Off {
            session.watch_defined(run.program, unit, machine);
        }
        if delegation.policy == Policy::Interface {
            session.stand_in_for_declared(run.program, unit, machine);
        }
        session
    }

    fn watch_defined(&mut self, program: &Program, unit: &Unit, machine: &mut Machine) {
        let delegability = Delegability::of(program, self.level);
        for global in globals(program) {
            // An author's hint bypasses the engine.
            let Some(lambda) = program.function(global).filter(|it| it.hint.is_none()) else {
                continue;
            };
            let interface = program.interface(global);
            let name = match interface {
                Some(interface) => interface.name,
                None => lambda.name.clone().unwrap_or_default(),
            };
            match delegability.definition(global) {
                Ok(hash) => {
                    let context = CallContext::new(name, 0, 0).with_definition(hash);
                    self.functions.insert(global, Function::new(context, None));
                }
                Err(reason) => self.observer.event(Event::Local {
                    call: name,
                    reason: reason.to_string(),
                }),
            }
        }
        machine.ask_before(unit, self.functions.keys().copied());
    }

    /// A declared function that somebody published can be called.
    fn stand_in_for_declared(&mut self, program: &Program, unit: &Unit, machine: &mut Machine) {
        for global in globals(program) {
            let Some(info) = program.globals.get(global.0 as usize) else {
                continue;
            };
            let (0, Some(declared)) = (info.definitions, &info.declared) else {
                continue;
            };
            let Some(interface) = program.interface(global) else {
                continue;
            };
            let hash = interface.hash();
            let Some(l4) = self.delegation.registry.l4_cache() else {
                return;
            };
            if let Lookup::Miss(reason) = l4.find_interface(&interface.name, hash) {
                self.observer.event(Event::Miss {
                    call: interface.name,
                    reason: reason.name().to_owned(),
                });
                continue;
            }
            let params = u32::try_from(declared.params.len()).unwrap_or(u32::MAX);
            machine.stand_in(unit, global, params, declared.rest.is_some());
            let context = CallContext::new(interface.name, 0, 0).with_interface(hash);
            let function = Function::new(context, Some(declared.capabilities.clone()));
            self.functions.insert(global, function);
        }
    }

    /// Decides about a call that waits, and does it.
    pub(crate) fn decide(
        &mut self,
        machine: &mut Machine,
        host: &mut dyn Host,
        call: &FunctionCall,
        time_left: Duration,
    ) -> Result<(), MachineError> {
        let Some(function) = self.functions.get_mut(&call.function) else {
            return machine.run_here();
        };
        if let Err(reason) = NotDelegable::check_args(&call.args) {
            function.local(self.observer, reason.name());
            return machine.run_here();
        }
        // While recorded answers are left, the body that was discarded is being repeated.
        if !self.recorded.is_empty() {
            return machine.run_here();
        }
        function.context.arg_type_fingerprint = arg_type_fingerprint(&call.args);
        function.context.runtime_context_hash = surroundings(machine).hash();
        let (target, entry) = self.delegation.choose(&function.context);
        match target {
            ExecTarget::LocalPure => {
                function.local(self.observer, "miss");
                self.record(entry, Outcome::Open, &Usage::default());
                machine.run_here()
            }
            ExecTarget::LocalModel(id) | ExecTarget::RemoteModel(id) => {
                let answer = self.ask_model(machine, host, call, &id);
                self.record(entry, Outcome::of(&answer), &Usage::default());
                settle(machine, answer)
            }
            ExecTarget::L4CacheHit {
                storage_pointer,
                signature,
            } => {
                let hit = (storage_pointer, signature);
                self.run_stored(machine, host, call, hit, (time_left, entry))
            }
        }
    }

    /// Writes down a decision with what came of it.
    fn record(&mut self, entry: Option<AuditEntry>, outcome: Outcome, usage: &Usage) {
        let (Some(log), Some(entry)) = (&self.delegation.audit, entry) else {
            return;
        };
        let entry = entry.with_outcome(outcome, usage.fuel, usage.elapsed);
        if let Err(error) = log.append(&entry)
            && !std::mem::replace(&mut self.audit_failed, true)
        {
            let message = crate::ending::chain(&error);
            self.observer.event(Event::Warning {
                message: format!("decisions are not recorded: {message}"),
            });
        }
    }

    /// A model answers as it does for a function with the author's hint.
    fn ask_model(
        &mut self,
        machine: &mut Machine,
        host: &mut dyn Host,
        call: &FunctionCall,
        id: &str,
    ) -> Result<Value, Error> {
        if let Some(function) = self.functions.get_mut(&call.function) {
            let event = Event::Model {
                call: function.context.fn_symbol.to_string(),
                id: id.to_owned(),
            };
            function.report(self.observer, event);
        }
        let wish = HostCall {
            capability_id: format!("model-call:{id}"),
            args: call.args.clone(),
            metadata: CallMetadata {
                index: machine.host_calls(),
                execution_hints: machine.hints_in_force(),
            },
        };
        machine.count_host_calls(1);
        rtfs_eval::perform(host, &wish)
    }

    fn run_stored(
        &mut self,
        machine: &mut Machine,
        host: &mut dyn Host,
        call: &FunctionCall,
        hit: (StoragePointer, RecordSignature),
        (time_left, entry): (Duration, Option<AuditEntry>),
    ) -> Result<(), MachineError> {
        let mut outside = Outside::new(machine, RecordingHost::new(host));
        let executed = self.execute(call, hit, &mut outside, machine.host_calls(), time_left);
        let (learned, recording) = (outside.learned, outside.host.into_recording());
        match executed {
            Ok(execution) => {
                for (name, value) in learned {
                    machine.learn_context(name, value);
                }
                machine.count_host_calls(execution.usage.host_calls);
                self.account(call, &execution.usage);
                self.report_hit(call, hit);
                self.record(entry, Outcome::of(&execution.result), &execution.usage);
                let registry = &self.delegation.registry;
                let localise = |error| self.nodes.localise(error, registry, &hit.1.record);
                settle(machine, execution.result.map_err(localise))
            }
            Err(reason) => {
                self.recorded.extend(recording.answers);
                if let Some(function) = self.functions.get_mut(&call.function) {
                    function.local(self.observer, &reason);
                }
                self.record(entry, Outcome::Fallback { reason }, &Usage::default());
                machine.run_here()
            }
        }
    }

    /// Runs the stored function. `Err` says why its answer cannot be used.
    fn execute(
        &mut self,
        call: &FunctionCall,
        (pointer, signature): (StoragePointer, RecordSignature),
        host: &mut dyn Host,
        host_calls: u64,
        time_left: Duration,
    ) -> Result<Execution, String> {
        let Some(function) = self.functions.get(&call.function) else {
            return Err(NotDelegable::NoFunction.name().to_owned());
        };
        let limits = ExecutionLimits {
            fuel: self.fuel_left,
            deadline: time_left,
            depth_used: call.depth.saturating_sub(1),
            host_calls: self.limits.host_calls.saturating_sub(host_calls),
            ..self.limits.clone()
        };
        let hit = L4Hit {
            pointer,
            signature,
            policy: function.policy(),
        };
        let stored = StoredCall {
            args: &call.args,
            validation: self.level,
            limits: &limits,
            grants: &function.grants(),
            host,
        };
        match self.delegation.registry.run_stored(&hit, stored) {
            Ok(execution) => Ok(execution),
            Err(RunStoredError::Execute(ExecuteError::FunctionResult { usage })) => {
                self.fuel_left = self.fuel_left.saturating_sub(usage.fuel);
                Err(NotDelegable::FunctionResult.name().to_owned())
            }
            Err(RunStoredError::Miss { reason }) => Err(reason.name().to_owned()),
            Err(error) => Err(crate::ending::chain(&error)),
        }
    }

    fn account(&mut self, call: &FunctionCall, usage: &Usage) {
        self.fuel_left = self.fuel_left.saturating_sub(usage.fuel);
        if let Some(function) = self.functions.get_mut(&call.function) {
            let tally = &mut function.delegated;
            tally.calls += 1;
            tally.fuel = tally.fuel.saturating_add(usage.fuel);
            tally.peak_memory = tally.peak_memory.max(usage.peak_memory_bytes);
            tally.time += usage.elapsed;
        }
    }

    fn report_hit(&mut self, call: &FunctionCall, hit: (StoragePointer, RecordSignature)) {
        let (pointer, signature) = hit;
        if let Some(function) = self.functions.get_mut(&call.function) {
            let event = Event::Hit {
                call: function.context.fn_symbol.to_string(),
                policy: function.policy().name(),
                artifact: pointer.blob,
                signer: signature.signer,
            };
            function.report(self.observer, event);
        }
    }

    /// What components did, function by function.
    pub(crate) fn report(&self) {
        for function in self.functions.values() {
            let tally = &function.delegated;
            if tally.calls > 0 {
                self.observer.event(Event::Ran {
                    call: function.context.fn_symbol.to_string(),
                    engine: self.engine_name(),
                    calls: tally.calls,
                    fuel: tally.fuel,
                    peak_memory: tally.peak_memory,
                    time: tally.time,
                });
            }
        }
    }

    /// Which of the registry's executors runs stored code.
    fn engine_name(&self) -> &'static str {
        let registry = &self.delegation.registry;
        if registry.executor(WASM32_COMPONENT).is_some() {
            "component"
        } else if registry.executor(RTFS_IR).is_some() {
            "ir"
        } else {
            "source"
        }
    }

    /// The answer that this host call got when a component made it.
    pub(crate) fn next_answer(&mut self, call: &HostCall) -> Option<Result<Value, Error>> {
        match self.recorded.pop_front()? {
            Answer::Call {
                capability_id,
                result,
                ..
            } if capability_id == call.capability_id => Some(result),
            _ => {
                let text = "a repeated body asked its host something else";
                Some(Err(Error::internal(text)))
            }
        }
    }

    /// The answer that this question got when a component asked it.
    pub(crate) fn next_context(&mut self) -> Option<Option<Value>> {
        match self.recorded.front()? {
            Answer::Context { .. } => match self.recorded.pop_front() {
                Some(Answer::Context { value, .. }) => Some(value),
                _ => None,
            },
            Answer::Call { .. } => None,
        }
    }
}

impl Function {
    fn new(context: CallContext, declared: Option<Vec<String>>) -> Self {
        Self {
            context,
            declared,
            reported: Vec::new(),
            delegated: Tally::default(),
        }
    }

    /// What stored code must satisfy to stand for it.
    fn policy(&self) -> Policy {
        match self.declared {
            None => Policy::Exact,
            Some(_) => Policy::Interface,
        }
    }

    /// What the stored function may ask. The host that answers has the last word either way.
    fn grants(&self) -> CapabilityGrants {
        match &self.declared {
            None => CapabilityGrants::all(),
            Some(ids) => ids.iter().fold(CapabilityGrants::none(), |grants, id| {
                grants.with_capability(id)
            }),
        }
    }

    fn local(&mut self, observer: &dyn Observer, reason: &str) {
        let event = Event::Local {
            call: self.context.fn_symbol.to_string(),
            reason: reason.to_owned(),
        };
        self.report(observer, event);
    }

    /// Says once a run what becomes of the function's calls.
    fn report(&mut self, observer: &dyn Observer, event: Event) {
        let key = match &event {
            Event::Local { reason, .. } => reason.clone(),
            Event::Model { id, .. } => format!("model:{id}"),
            Event::Hit { artifact, .. } => artifact.to_string(),
            _ => String::new(),
        };
        if !self.reported.contains(&key) {
            self.reported.push(key);
            observer.event(event);
        }
    }
}

/// Answers the call that waits.
fn settle(machine: &mut Machine, answer: Result<Value, Error>) -> Result<(), MachineError> {
    match answer {
        Ok(value) => machine.resume(value),
        Err(error) => machine.resume_error(error),
    }
}

fn globals(program: &Program) -> impl Iterator<Item = GlobalId> + use<> {
    let count = u32::try_from(program.globals.len()).unwrap_or(u32::MAX);
    (0..count).map(GlobalId)
}

fn surroundings(machine: &Machine) -> RuntimeContext {
    let hints = machine.hints_in_force();
    RuntimeContext {
        hints: hints
            .iter()
            .filter(|(key, _)| key.starts_with("runtime."))
            .map(|(key, value)| (key.clone(), rtfs_value::readable(value)))
            .collect(),
        ..RuntimeContext::default()
    }
}
