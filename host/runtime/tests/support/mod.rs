//! A store, a runtime over it, and programs to run.

#![allow(dead_code, reason = "every test file uses a part")]

#[path = "../../../engine/tests/guests/built.rs"]
mod built;

use std::cell::RefCell;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use rtfs_delegate::{
    BackendOptions, CallContext, DelegationEngine, ExecTarget, ExecutionLimits, IrExecutor,
    L4AwareDelegationEngine, L4CacheClient, ModuleRegistry, Policy, SecurityEvent,
    StaticDelegationEngine, Timestamp,
};
use rtfs_eval::{Host, HostCall};
use rtfs_host::{AotCache, Engine, EngineConfig};
use rtfs_ir::Program;
use rtfs_runtime::{
    Delegation, Ending, Evaluation, Event, GuestExecutor, Label, Observer, Ran, Unit, UnitStore,
    Units, WasmBackend, WasmExecutor, evaluate,
};
use rtfs_store::{Anchors, KeyRing, Store};
use rtfs_value::types::Level;
use rtfs_value::{Error, Value, readable};

/// One engine for all tests of a process: making one takes longer than most of them.
pub(crate) fn engine() -> Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    let make = || Engine::new(EngineConfig::default()).expect("the platform is supported");
    ENGINE.get_or_init(make).clone()
}

#[track_caller]
pub(crate) fn program(source: &str) -> Program {
    let forms = rtfs_syntax::read(source).forms;
    let lowered = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default());
    lowered.program.expect("the source is well formed")
}

/// The evaluator as an executor that is a component.
pub(crate) fn guest_executor() -> GuestExecutor {
    let component = built::component("rtfs-interpreter-executor");
    let executor = engine().compile_executor(&component);
    GuestExecutor::of(executor.expect("it is an executor")).expect("it names its target")
}

/// A store with a runtime over it.
pub(crate) struct World {
    pub(crate) l4: Arc<L4CacheClient>,
    pub(crate) units: Units,
    store: UnitStore,
    pub(crate) registry: Arc<ModuleRegistry>,
    pub(crate) security: Arc<std::sync::Mutex<Vec<SecurityEvent>>>,
}

impl World {
    /// Opens the store below a directory, as a process of its own would.
    pub(crate) fn open(root: &Path) -> Self {
        Self::with_executor(root, Runs::Components)
    }

    pub(crate) fn with_executor(root: &Path, runs: Runs) -> Self {
        let dir = |name: &str| {
            let path = root.join(name);
            std::fs::create_dir_all(&path).expect("a directory");
            Dir::open_ambient_dir(path, ambient_authority()).expect("a directory")
        };
        let keyring = KeyRing::open(dir("keys")).expect("a keyring");
        let signer = keyring.default_or_create("test").expect("a key");
        let anchors = Anchors {
            keyring: Some(keyring),
            ..Anchors::default()
        };
        let store = Store::open(dir("store"), anchors).expect("a store");
        let security: Arc<std::sync::Mutex<Vec<SecurityEvent>>> = Arc::default();
        let heard = security.clone();
        let sink = move |event: &SecurityEvent| {
            heard
                .lock()
                .expect("no test panics here")
                .push(event.clone());
        };
        let clock = || Timestamp::from_millis(0);
        let l4 = L4CacheClient::new(Arc::new(store), Arc::new(clock))
            .with_signer(Arc::new(signer))
            .with_security_sink(Arc::new(sink));
        let l4 = Arc::new(l4);
        let native = AotCache::open(dir("store"), &dir("keys")).expect("a cache");
        let native = Arc::new(native);
        let registry = ModuleRegistry::new().with_l4_cache(l4.clone());
        let registry = match runs {
            Runs::Components => {
                registry.with_executor(Arc::new(WasmExecutor::new(engine(), Some(native.clone()))))
            }
            Runs::Ir => registry.with_executor(Arc::new(IrExecutor::new(Arc::new(clock)))),
            Runs::Guest => registry.with_executor(Arc::new(guest_executor())),
        };
        let store = UnitStore {
            l4: l4.clone(),
            native,
        };
        Self {
            units: Units::new(engine(), Arc::new(WasmBackend), Some(store.clone())),
            store,
            registry: Arc::new(registry),
            security,
            l4,
        }
    }

    pub(crate) fn unit_store(&self) -> Option<UnitStore> {
        Some(self.store.clone())
    }

    pub(crate) fn publish(&self, source: &str, verified: bool) {
        let label = Label {
            verified,
            ..Label::default()
        };
        let unit = Unit {
            program: &program(source),
            source: Some(source),
            options: &BackendOptions::default(),
        };
        let published = self.units.publish(&unit, &label, &Events::default());
        published.expect("it can be published");
    }

    pub(crate) fn delegation(&self, policy: Policy) -> Delegation {
        let engine = L4AwareDelegationEngine::new(
            self.l4.clone(),
            StaticDelegationEngine::new(Default::default(), Arc::new(|| Timestamp::from_millis(0))),
        )
        .with_policy(policy);
        Delegation::new(Arc::new(engine), self.registry.clone()).with_policy(policy)
    }

    /// Evaluates with calls delegated to the store.
    pub(crate) fn run(&self, source: &str, policy: Policy, host: &mut dyn Host) -> (Ran, Events) {
        run(source, Some(&self.delegation(policy)), host)
    }
}

/// What runs stored code.
#[derive(Clone, Copy)]
pub(crate) enum Runs {
    Components,
    Ir,
    /// The same target as `Ir`, run by a component.
    Guest,
}

/// The engine that knows nothing.
pub(crate) struct LocalPure;

impl DelegationEngine for LocalPure {
    fn decide(&self, _: &CallContext) -> ExecTarget {
        ExecTarget::LocalPure
    }
}

/// Keeps what it hears.
#[derive(Default)]
pub(crate) struct Events(RefCell<Vec<Event>>);

impl Observer for Events {
    fn event(&self, event: Event) {
        self.0.borrow_mut().push(event);
    }
}

impl Events {
    /// `hit add exact`, `local f function-argument`, `ran f component 1`, in order.
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |event: &Event| match event {
            Event::Hit { call, policy, .. } => format!("hit {call} {policy}"),
            Event::Local { call, reason } => format!("local {call} {reason}"),
            Event::Miss { call, reason } => format!("miss {call} {reason}"),
            Event::Ran {
                call,
                engine,
                calls,
                ..
            } => format!("ran {call} {engine} {calls}"),
            Event::Compile { .. } => "compile".to_owned(),
            Event::Publish { .. } => "publish".to_owned(),
            Event::Refuse { .. } => "refuse".to_owned(),
            other => format!("{other:?}"),
        };
        self.0.borrow().iter().map(line).collect()
    }
}

/// Evaluates a program.
pub(crate) fn run(
    source: &str,
    delegation: Option<&Delegation>,
    host: &mut dyn Host,
) -> (Ran, Events) {
    run_within(&ExecutionLimits::default(), source, delegation, host)
}

/// Evaluates a program under limits.
pub(crate) fn run_within(
    limits: &ExecutionLimits,
    source: &str,
    delegation: Option<&Delegation>,
    host: &mut dyn Host,
) -> (Ran, Events) {
    let program = program(source);
    let run = Evaluation {
        program: &program,
        opt_level: rtfs_ir::OptLevel::default(),
        limits,
        validation: Level::Standard,
        delegation,
    };
    let events = Events::default();
    let ran = evaluate(&run, host, &events);
    (ran, events)
}

/// The end as text that two runs can be compared by: value, or error with everything that a program
/// or a report can see of it.
pub(crate) fn shown(ran: &Ran) -> String {
    match &ran.ending {
        Ending::Value(value) => readable(value),
        Ending::Raised(error) => format!(
            "{} {} {} data={} node={:?} stack={:?}",
            error.class_name(),
            error.kind_keyword(),
            error.text(),
            readable(&error.data()),
            error.node(),
            error.stack()
        ),
        other => format!("{other:?}"),
    }
}

/// Answers `add` and `fail`, and remembers what it was asked.
#[derive(Default)]
pub(crate) struct Asked {
    pub(crate) calls: Vec<String>,
}

impl Host for Asked {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        let args: Vec<String> = call.args.iter().map(readable).collect();
        let hints: Vec<&str> = call
            .metadata
            .execution_hints
            .keys()
            .map(String::as_str)
            .collect();
        self.calls.push(format!(
            "{} {} {} {}",
            call.metadata.index,
            call.capability_id,
            args.join(" "),
            hints.join(",")
        ));
        match call.capability_id.as_str() {
            "count" => Ok(Value::int(self.calls.len() as i64)),
            "fail" => Err(Error::host("out of paper", Value::int(7), None)),
            other => Err(Error::unknown_capability(other)),
        }
    }

    fn get_context_value(&mut self, key: &str) -> Option<Value> {
        self.calls.push(format!("context {key}"));
        (key == "user").then(|| Value::string("ada"))
    }
}
