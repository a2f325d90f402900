//! Every program of the corpus that has top-level functions, with their calls answered from a store: off, cold, warm, and in two processes that
//! share one. Values, errors with all their parts, and host calls must be the same.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use rtfs_conformance::find_case_files;
use rtfs_delegate::{
    BackendOptions, ExecutionLimits, L4AwareDelegationEngine, L4CacheClient, ModuleRegistry,
    Policy, StaticDelegationEngine, Timestamp,
};
use rtfs_eval::{Host, HostCall};
use rtfs_host::{AotCache, Engine, EngineConfig};
use rtfs_ir::{OptLevel, Program};
use rtfs_runtime::{
    Delegation, Ending, Evaluation, Event, Observer, Silent, Unit, UnitError, UnitStore, Units,
    WasmBackend, WasmExecutor, evaluate,
};
use rtfs_store::{Anchors, KeyRing, Store};
use rtfs_syntax::case_file::{Directives, parse_cases};
use rtfs_value::error::ErrorKind;
use rtfs_value::types::Level;
use rtfs_value::{Error, Value, readable};

/// A corpus without hits would prove nothing. Most cases have no top-level function.
const FEWEST_HITS: usize = 30;

/// A program of the corpus and where it stands.
struct Case {
    place: String,
    source: String,
    program: Program,
    directives: Directives,
}

fn corpus() -> Vec<Case> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus");
    let mut cases = Vec::new();
    for path in find_case_files(&corpus).expect("the corpus is in the repository") {
        let text = std::fs::read_to_string(&path).expect("case files are text");
        let file = parse_cases(&text).expect("corpus files are case files");
        // Fuel is another unit on every engine.
        if file.directives.fuel.is_some() {
            continue;
        }
        for case in &file.cases {
            let read = rtfs_syntax::read(&case.source);
            let lowered = rtfs_ir::lower(&read.forms, &rtfs_eval::lower_options());
            let program = lowered
                .program
                .filter(|program| !program.exports().is_empty());
            if let (true, Some(program)) = (read.diagnostics.is_empty(), program) {
                cases.push(Case {
                    place: format!("{}:{}", path.display(), case.line),
                    source: case.source.clone(),
                    program,
                    directives: file.directives.clone(),
                });
            }
        }
    }
    cases
}

/// Remembers what it was asked and answers a little.
#[derive(Default)]
struct Asked(Vec<String>);

impl Host for Asked {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        let args: Vec<String> = call.args.iter().map(readable).collect();
        let (id, metadata) = (&call.capability_id, &call.metadata);
        self.0.push(format!("{id} {args:?} {metadata:?}"));
        match (id.as_str(), call.args.as_slice()) {
            ("test.echo", [one]) => Ok(one.clone()),
            ("test.fail", _) => Err(Error::new(ErrorKind::NetworkError, "Network error: x")),
            _ => Err(Error::unknown_capability(id)),
        }
    }

    fn get_context_value(&mut self, key: &str) -> Option<Value> {
        self.0.push(format!("context {key}"));
        None
    }
}

/// Counts what became of functions: `hit`, or the reason why the evaluator ran them.
#[derive(Default)]
struct Counts(RefCell<BTreeMap<String, usize>>);

impl Observer for Counts {
    fn event(&self, event: Event) {
        let word = match event {
            Event::Hit { .. } => "hit".to_owned(),
            Event::Local { reason, .. } => reason,
            _ => return,
        };
        *self.0.borrow_mut().entry(word).or_default() += 1;
    }
}

impl Counts {
    #[track_caller]
    fn expect_hits(&self) {
        let counts = self.0.borrow();
        let hits = counts.get("hit").copied().unwrap_or_default();
        assert!(hits >= FEWEST_HITS, "{counts:?}");
    }
}

/// Everything that a program, a report or a host can see of a run.
fn observed(case: &Case, delegation: Option<&Delegation>, observer: &dyn Observer) -> String {
    let limits = ExecutionLimits {
        depth: case
            .directives
            .max_depth
            .unwrap_or(ExecutionLimits::default().depth),
        ..ExecutionLimits::default()
    };
    let run = Evaluation {
        program: &case.program,
        opt_level: OptLevel::default(),
        limits: &limits,
        validation: Level::Standard,
        delegation,
    };
    let mut host = Asked::default();
    let ran = evaluate(&run, &mut host, observer);
    let end = match &ran.ending {
        Ending::Value(value) => readable(value),
        Ending::Raised(error) => format!(
            "{} {} {:?} {} {:?} {:?}",
            error.class_name(),
            error.kind_keyword(),
            error.text(),
            readable(&error.data()),
            error.node(),
            error.stack()
        ),
        Ending::Limit { which, .. } => format!("limit {which}"),
        Ending::Defect(text) => format!("defect {text}"),
    };
    format!("{end} after {:?}", host.0)
}

/// A store in a directory, with everything that runs over it.
struct World {
    l4: Arc<L4CacheClient>,
    units: Units,
    delegation: Delegation,
}

impl World {
    fn open(root: &Path) -> Self {
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
        let native = AotCache::open(dir("store"), &dir("keys")).expect("a cache");
        let native = Arc::new(native);
        let clock = || Timestamp::from_millis(0);
        let l4 = L4CacheClient::new(Arc::new(store), Arc::new(clock)).with_signer(Arc::new(signer));
        let l4 = Arc::new(l4);
        let engine = Engine::new(EngineConfig::default()).expect("the platform is supported");
        let executor = WasmExecutor::new(engine.clone(), Some(native.clone()));
        let registry = ModuleRegistry::new()
            .with_l4_cache(l4.clone())
            .with_executor(Arc::new(executor));
        let inner = StaticDelegationEngine::new(Default::default(), Arc::new(clock));
        let decide = L4AwareDelegationEngine::new(l4.clone(), inner);
        let store = UnitStore {
            l4: l4.clone(),
            native,
        };
        Self {
            l4,
            units: Units::new(engine, Arc::new(WasmBackend), Some(store)),
            delegation: Delegation::new(Arc::new(decide), Arc::new(registry))
                .with_policy(Policy::Exact),
        }
    }

    fn publish(&self, case: &Case) {
        let unit = Unit {
            program: &case.program,
            source: Some(&case.source),
            options: &BackendOptions::default(),
        };
        match self.units.load(&unit, &Silent) {
            // What a backend does not have yet is evaluated.
            Ok(_) | Err(UnitError::Compile(_)) => {}
            Err(error) => panic!("{}: {error}", case.place),
        }
    }
}

/// Runs every case alone and over a store, and gives what became of functions.
fn compare(world: &World, publish: bool) -> Counts {
    let counts = Counts::default();
    let mut differences = Vec::new();
    for case in corpus() {
        let alone = observed(&case, None, &Silent);
        let mut over_store = |when: &str| {
            let found = observed(&case, Some(&world.delegation), &counts);
            if found != alone {
                differences.push(format!(
                    "{} {when}:\n  alone      {alone}\n  delegated  {found}",
                    case.place
                ));
            }
        };
        if publish {
            over_store("cold");
            world.publish(&case);
        }
        over_store("warm");
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    counts
}

/// Runs in processes of their own; see below.
#[test]
fn a_process_beside_others() {
    let Some(root) = std::env::var_os("RTFS_TEST_ROOT") else {
        return;
    };
    let world = World::open(root.as_ref());
    let counts = compare(&world, false);
    assert_eq!(world.l4.stats().failures, 0, "{:?}", world.l4.stats());
    counts.expect_hits();
}

#[test]
fn stored_code_changes_nothing() {
    let root = tempfile::tempdir().expect("a directory");
    compare(&World::open(root.path()), true).expect_hits();
    let start = || {
        Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "a_process_beside_others"])
            .env("RTFS_TEST_ROOT", root.path())
            .stdout(Stdio::inherit())
            .spawn()
            .expect("it starts")
    };
    let both: [Child; 2] = [start(), start()];
    for mut process in both {
        assert!(process.wait().expect("it ends").success());
    }
}
