//! Deciding about each call of a top-level function, and doing what was decided.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rtfs_delegate::{
    AuditEntry, AuditLog, CallContext, CapabilityGrants, Delegability, DelegationEngine,
    ExecTarget, ExecuteError, Execution, ExecutionLimits, L4Hit, ModuleRegistry, NotDelegable,
    Outcome, Policy, RTFS_IR, RTFS_SOURCE, RecordSignature, RunStoredError, StoragePointer,
    StoredCall, Usage, WASM32_COMPONENT, arg_type_fingerprint,
};
use rtfs_eval::{
    Answer, CallMetadata, FunctionCall, Host, HostCall, Machine, MachineError, RecordingHost, Unit,
};
use rtfs_ir::{GlobalId, InterfaceHash, Program};
use rtfs_store::Digest;
use rtfs_value::error::ErrorKind;
use rtfs_value::types::Level;
use rtfs_value::{Error, Value};

use crate::declared::{Declared, DeclaredCall, surroundings};
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

    pub(crate) fn policy(&self) -> Policy {
        self.policy
    }

    pub(crate) fn registry(&self) -> &ModuleRegistry {
        &self.registry
    }

    /// Runs stored code. Beside the answer, or why it cannot be used, the fuel that went into one
    /// that cannot.
    pub(crate) fn execute(
        &self,
        request: &Request<'_>,
        validation: Level,
        limits: &ExecutionLimits,
        host: &mut dyn Host,
    ) -> (Result<Execution, String>, u64) {
        let (pointer, signature) = request.hit;
        let hit = L4Hit {
            pointer,
            signature,
            policy: request.policy,
        };
        let stored = StoredCall {
            args: request.args,
            validation,
            limits,
            grants: &request.grants,
            host,
        };
        let reason = match self.registry.run_stored(&hit, stored) {
            Ok(execution) => match exhausted(&execution, request.policy) {
                Some(limit) => return (Err(limit), execution.usage.fuel),
                None => return (Ok(execution), 0),
            },
            Err(RunStoredError::Execute(ExecuteError::FunctionResult { usage })) => {
                let reason = NotDelegable::FunctionResult.name();
                return (Err(reason.to_owned()), usage.fuel);
            }
            Err(RunStoredError::Miss { reason }) => reason.name().to_owned(),
            Err(error) => crate::ending::chain(&error),
        };
        (Err(reason), 0)
    }

    /// Where a call goes, and the start of its line in the log if there is one.
    pub(crate) fn choose(&self, context: &CallContext) -> (ExecTarget, Option<AuditEntry>) {
        if self.audit.is_none() {
            return (self.engine.decide(context), None);
        }
        let decision = self.engine.explain(context);
        let entry = AuditEntry::new(context, &decision);
        (decision.target, Some(entry))
    }
}

/// Which limit ended a call whose body can be run here instead. What leaves a component is written out
/// whole, so a result that shares much of itself may fit into the evaluator only.
fn exhausted(execution: &Execution, policy: Policy) -> Option<String> {
    let error = execution.result.as_ref().err()?;
    let is_limit = error.kind() == ErrorKind::BudgetExhausted;
    (is_limit && policy == Policy::Exact).then(|| error.text().to_owned())
}

/// A call of stored code.
pub(crate) struct Request<'c> {
    pub(crate) args: &'c [Value],
    pub(crate) hit: (StoragePointer, RecordSignature),
    /// What the code satisfied.
    pub(crate) policy: Policy,
    /// What it may ask. The host that answers has the last word either way.
    pub(crate) grants: CapabilityGrants,
    /// Pending calls, this one not included.
    pub(crate) depth_used: u32,
    /// Host calls left.
    pub(crate) host_calls: u64,
}

/// What reports call the executor of a target.
fn engine_name(target_id: Option<String>) -> String {
    match target_id.as_deref() {
        Some(WASM32_COMPONENT) => "component".to_owned(),
        Some(RTFS_IR) => "ir".to_owned(),
        Some(RTFS_SOURCE) => "source".to_owned(),
        _ => target_id.unwrap_or_default(),
    }
}

/// A function whose calls are decided about.
pub(crate) struct Function {
    pub(crate) context: CallContext,
    /// What was reported of it: where its calls went.
    reported: Vec<String>,
    delegated: Tally,
}

#[derive(Default)]
struct Tally {
    engine: String,
    calls: u64,
    fuel: u64,
    peak_memory: u64,
    time: Duration,
}

/// The decisions of one run.
pub(crate) struct Session<'a> {
    pub(crate) delegation: &'a Delegation,
    pub(crate) limits: &'a ExecutionLimits,
    pub(crate) level: Level,
    pub(crate) observer: &'a dyn Observer,
    started: Instant,
    functions: BTreeMap<GlobalId, Function>,
    /// Declared functions whose calls the evaluator asks about.
    stand_ins: BTreeMap<GlobalId, Rc<Declared>>,
    /// Declared functions that somebody answers.
    pub(crate) declared: BTreeMap<InterfaceHash, Function>,
    nodes: Option<Nodes>,
    /// Fuel that components may still use.
    pub(crate) fuel_left: u64,
    /// Components that wait for declared functions.
    pub(crate) nested: u32,
    /// Answers that were given to a component whose result was discarded.
    recorded: VecDeque<Answer>,
    /// The log could not be written; said once.
    audit_failed: bool,
}

impl<'a> Session<'a> {
    /// A session that decides about calls of declared functions when a component asks.
    pub(crate) fn of_component(
        delegation: &'a Delegation,
        limits: &'a ExecutionLimits,
        level: Level,
        observer: &'a dyn Observer,
    ) -> Self {
        Self {
            delegation,
            limits,
            level,
            observer,
            started: Instant::now(),
            functions: BTreeMap::new(),
            stand_ins: BTreeMap::new(),
            declared: BTreeMap::new(),
            nodes: None,
            fuel_left: limits.fuel,
            nested: 0,
            recorded: VecDeque::new(),
            audit_failed: false,
        }
    }

    /// Makes the machine ask about the program's delegable functions.
    pub(crate) fn new(
        delegation: &'a Delegation,
        run: &Evaluation<'a>,
        unit: &Unit,
        machine: &mut Machine,
        observer: &'a dyn Observer,
    ) -> Self {
        let mut session = Self {
            nodes: Some(Nodes::new(run.program, run.validation)),
            ..Self::of_component(delegation, run.limits, run.validation, observer)
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
                    self.functions.insert(global, Function::new(context));
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
        for (global, declared) in Declared::of(program) {
            if !self.answers(&declared) {
                continue;
            }
            let signature = &declared.signature;
            let params = u32::try_from(signature.params.len()).unwrap_or(u32::MAX);
            machine.stand_in(unit, global, params, signature.rest.is_some());
            self.stand_ins.insert(global, declared);
        }
    }

    /// Decides about a call that waits, and does it.
    pub(crate) fn decide(
        &mut self,
        machine: &mut Machine,
        host: &mut dyn Host,
        call: &FunctionCall,
    ) -> Result<(), MachineError> {
        if let Some(declared) = self.stand_ins.get(&call.function).cloned() {
            let answer = self.answer_declared(machine, host, call, &declared);
            return settle(machine, answer);
        }
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
        function.context.runtime_context_hash = surroundings(&machine.hints_in_force()).hash();
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
            } => self.run_stored(machine, host, call, (storage_pointer, signature), entry),
        }
    }

    fn answer_declared(
        &mut self,
        machine: &mut Machine,
        host: &mut dyn Host,
        call: &FunctionCall,
        declared: &Declared,
    ) -> Result<Value, Error> {
        let mut outside = Outside::new(machine, host);
        let answer = self.call_declared(
            &DeclaredCall {
                declared,
                args: &call.args,
                depth_used: call.depth.saturating_sub(1),
                host_calls_left: self.limits.host_calls.saturating_sub(machine.host_calls()),
                hints: &machine.hints_in_force(),
                grants: &CapabilityGrants::all(),
            },
            &mut outside,
        );
        let (learned, calls) = (outside.learned, outside.calls);
        for (name, value) in learned {
            machine.learn_context(name, value);
        }
        machine.count_host_calls(calls);
        answer
    }

    /// Writes down a decision with what came of it.
    pub(crate) fn record(&mut self, entry: Option<AuditEntry>, outcome: Outcome, usage: &Usage) {
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
        entry: Option<AuditEntry>,
    ) -> Result<(), MachineError> {
        let request = Request {
            args: &call.args,
            hit,
            policy: Policy::Exact,
            grants: CapabilityGrants::all(),
            depth_used: call.depth.saturating_sub(1),
            host_calls: self.limits.host_calls.saturating_sub(machine.host_calls()),
        };
        let mut outside = Outside::new(machine, RecordingHost::new(host));
        let limits = self.limits_for(&request);
        let (executed, wasted) =
            self.delegation
                .execute(&request, self.level, &limits, &mut outside);
        self.fuel_left = self.fuel_left.saturating_sub(wasted);
        let (learned, recording) = (outside.learned, outside.host.into_recording());
        match executed {
            Ok(execution) => {
                for (name, value) in learned {
                    machine.learn_context(name, value);
                }
                machine.count_host_calls(execution.usage.host_calls);
                self.fuel_left = self.fuel_left.saturating_sub(execution.usage.fuel);
                if let Some(function) = self.functions.get_mut(&call.function) {
                    function.account(&execution.usage, self.delegation.registry(), &hit.1.record);
                    function.report_hit(self.observer, Policy::Exact, hit);
                }
                self.record(entry, Outcome::of(&execution.result), &execution.usage);
                let registry = &self.delegation.registry;
                let localise = |error| match &self.nodes {
                    Some(nodes) => nodes.localise(error, registry, &hit.1.record),
                    None => error,
                };
                settle(machine, execution.result.map_err(localise))
            }
            Err(reason) => {
                self.recorded.extend(recording.answers);
                if let Some(function) = self.functions.get_mut(&call.function) {
                    function.local(self.observer, &reason);
                }
                // A recursive function would try it again at every level.
                machine.ask_no_more(call.function);
                self.record(entry, Outcome::Fallback { reason }, &Usage::default());
                machine.run_here()
            }
        }
    }

    /// What is left of the run's limits for a call.
    pub(crate) fn limits_for(&self, request: &Request<'_>) -> ExecutionLimits {
        ExecutionLimits {
            fuel: self.fuel_left,
            deadline: self.limits.deadline.saturating_sub(self.started.elapsed()),
            depth_used: request.depth_used,
            host_calls: request.host_calls,
            ..self.limits.clone()
        }
    }

    /// What components did, function by function.
    pub(crate) fn report(&self) {
        for function in self.functions.values().chain(self.declared.values()) {
            let tally = &function.delegated;
            if tally.calls > 0 {
                self.observer.event(Event::Ran {
                    call: function.context.fn_symbol.to_string(),
                    engine: tally.engine.clone(),
                    calls: tally.calls,
                    fuel: tally.fuel,
                    peak_memory: tally.peak_memory,
                    time: tally.time,
                });
            }
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
    pub(crate) fn new(context: CallContext) -> Self {
        Self {
            context,
            reported: Vec::new(),
            delegated: Tally::default(),
        }
    }

    pub(crate) fn account(&mut self, usage: &Usage, registry: &ModuleRegistry, record: &Digest) {
        let tally = &mut self.delegated;
        if tally.calls == 0 {
            tally.engine = engine_name(registry.target_of(record));
        }
        tally.calls += 1;
        tally.fuel = tally.fuel.saturating_add(usage.fuel);
        tally.peak_memory = tally.peak_memory.max(usage.peak_memory_bytes);
        tally.time += usage.elapsed;
    }

    pub(crate) fn report_hit(
        &mut self,
        observer: &dyn Observer,
        policy: Policy,
        (pointer, signature): (StoragePointer, RecordSignature),
    ) {
        let event = Event::Hit {
            call: self.context.fn_symbol.to_string(),
            policy: policy.name(),
            artifact: pointer.blob,
            signer: signature.signer,
        };
        self.report(observer, event);
    }

    pub(crate) fn local(&mut self, observer: &dyn Observer, reason: &str) {
        let event = Event::Local {
            call: self.context.fn_symbol.to_string(),
            reason: reason.to_owned(),
        };
        self.report(observer, event);
    }

    /// Says once a run what becomes of the function's calls.
    pub(crate) fn report(&mut self, observer: &dyn Observer, event: Event) {
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
