//! A target that no crate here knows: its backend and its executor are written outside, against what
//! `rtfs-delegate` exports.

mod support;

use std::sync::Arc;

use rtfs_delegate::{
    BackendOptions, Bytecode, BytecodeBackend, BytecodeExecutor, Call, CompileError, ExecuteError,
    Execution, L4AwareDelegationEngine, ModuleRegistry, ModuleSource, Stored, Usage,
};
use rtfs_eval::PureHost;
use rtfs_ir::{Literal, Node, NodeKind, Program};
use rtfs_runtime::Delegation;
use rtfs_value::Value;
use support::{LocalPure, World, program, run, shown};

const TARGET: &str = "acme-constants";

/// Compiles functions that give one integer to a line with that integer.
struct ToConstants;

impl BytecodeBackend for ToConstants {
    fn target_id(&self) -> &'static str {
        TARGET
    }

    fn version(&self) -> &'static str {
        "1.0.0"
    }

    fn compile_module(
        &self,
        program: &Program,
        _: &BackendOptions,
    ) -> Result<Vec<u8>, CompileError> {
        let exports = program.exports().into_iter();
        let lines: Option<String> = exports
            .map(|export| Some(format!("{}\n", integer(&program.function(export)?.body)?)))
            .collect();
        let lines = lines.ok_or_else(|| CompileError::Unsupported {
            target_id: TARGET.to_owned(),
            what: "functions that compute something".to_owned(),
        })?;
        Ok(lines.into_bytes())
    }
}

fn integer(body: &Node) -> Option<i64> {
    match &body.kind {
        NodeKind::Literal(Literal::Int(n)) => Some(*n),
        NodeKind::Do(forms) => match forms.as_slice() {
            [form] => integer(form),
            _ => None,
        },
        _ => None,
    }
}

/// Reads the line of an export.
struct OfConstants;

impl BytecodeExecutor for OfConstants {
    fn target_id(&self) -> &'static str {
        TARGET
    }

    fn execute(&self, code: &Bytecode<'_>, call: Call<'_>) -> Result<Execution, ExecuteError> {
        let bytes = code.bytes()?;
        let lines = std::str::from_utf8(&bytes).unwrap_or_default().lines();
        let line = lines.into_iter().nth(call.export as usize - 1);
        let number = line.and_then(|line| line.parse().ok());
        let number = number.ok_or_else(|| ExecuteError::Malformed {
            digest: code.digest(),
            target_id: TARGET.to_owned(),
            detail: "there is no such line".to_owned(),
        })?;
        Ok(Execution {
            result: Ok(Value::int(number)),
            usage: Usage::default(),
        })
    }
}

const SOURCE: &str = "(defn three [x y] 3) (defn four [x] 4) (vector (four 1) (three 1 2))";

fn registry(world: &World) -> ModuleRegistry {
    ModuleRegistry::new()
        .with_l4_cache(world.l4.clone())
        .with_bytecode_backend(Arc::new(ToConstants))
}

fn store(registry: &ModuleRegistry, source: &str) -> Stored {
    let program = program(source);
    let module = ModuleSource::cached(&program, Some(source), BackendOptions::default());
    registry.store_module(&module).expect("it can be stored")
}

#[test]
fn a_target_of_another_maker_is_compiled_kept_and_run() {
    let root = tempfile::tempdir().expect("a directory");
    let world = World::open(root.path());
    let registry = registry(&world).with_executor(Arc::new(OfConstants));
    let Stored::Published(module) = store(&registry, SOURCE) else {
        panic!("nothing was there");
    };
    assert_eq!(module.target_id(), TARGET);
    assert!(matches!(store(&registry, SOURCE), Stored::Found(_)));

    let engine = L4AwareDelegationEngine::new(world.l4.clone(), LocalPure);
    let delegation = Delegation::new(Arc::new(engine), Arc::new(registry));
    let (ran, events) = run(SOURCE, Some(&delegation), &mut PureHost);
    assert_eq!(shown(&ran), "[4 3]");
    let lines = events.lines();
    for line in ["ran three acme-constants 1", "ran four acme-constants 1"] {
        assert!(lines.iter().any(|it| it == line), "{lines:?}");
    }
}

/// The executor of another target is not handed its artifacts.
#[test]
fn without_its_executor_a_target_does_not_run() {
    let root = tempfile::tempdir().expect("a directory");
    let world = World::open(root.path());
    store(&registry(&world), SOURCE);
    // Without the source, which an executor of sources could run, and with that of components.
    let engine = L4AwareDelegationEngine::new(world.l4.clone(), LocalPure);
    let delegation = Delegation::new(Arc::new(engine), world.registry.clone());
    let (ran, events) = run(SOURCE, Some(&delegation), &mut PureHost);
    assert_eq!(shown(&ran), "[4 3]");
    let lines = events.lines();
    assert!(
        lines.iter().all(|line| line.starts_with("local ")),
        "{lines:?}"
    );
    assert!(lines.iter().any(|line| line.contains(TARGET)), "{lines:?}");
}
