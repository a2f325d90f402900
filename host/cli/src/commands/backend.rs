//! `rtfs backend`: which backends may compile.

use std::io::Read as _;
use std::path::Path;

use rtfs_conformance::kit::Kit;
use rtfs_delegate::{BytecodeBackend as _, ExecutionLimits};
use rtfs_host::{EngineConfig, Inspection, LoadError, Role};
use rtfs_runtime::{Backends, BackendsError, GuestBackend, chain};
use rtfs_store::{Signer as _, Store};

use crate::args::{
    BackendAddArgs, BackendArgs, BackendCommand, BackendListArgs, BackendRemoveArgs, Format, Global,
};
use crate::commands::{conform, run};
use crate::exit::Exit;
use crate::opened::{self, Opened};
use crate::output::Output;
use crate::problem::Problem;
use crate::units;
use crate::vouching;
use crate::worker;

/// The backend that is part of this program.
pub(crate) const NATIVE: &str = "wasm";

pub(crate) fn backend(
    args: &BackendArgs,
    global: &Global,
    output: &Output,
) -> Result<Exit, Problem> {
    match &args.command {
        BackendCommand::List(args) => list(args, global, output),
        BackendCommand::Add(args) => add(args, global, output),
        BackendCommand::Remove(args) => remove(args, global, output),
    }
}

fn list(args: &BackendListArgs, global: &Global, output: &Output) -> Result<Exit, Problem> {
    let opened = opened::open(global)?;
    let installed = Backends::new(opened.store.clone())
        .list()
        .map_err(problem)?;
    let native = rtfs_runtime::WasmBackend;
    match args.output.format {
        Format::Text => {
            let built_in = format!("{NATIVE}\t{}\tbuilt in", native.target_id());
            output.value(&built_in);
            for backend in installed {
                output.value(&format!(
                    "{}\t{}\t{} {}, {}, {}",
                    backend.name,
                    backend.target_id,
                    backend.version,
                    backend.component,
                    units::show_size(backend.component_bytes),
                    backend.verdict,
                ));
            }
        }
        Format::Json => {
            let mut all = vec![serde_json::json!({
                "name": NATIVE,
                "target-id": native.target_id(),
                "version": native.version(),
                "built-in": true,
            })];
            all.extend(installed.into_iter().map(|backend| {
                serde_json::json!({
                    "name": backend.name,
                    "target-id": backend.target_id,
                    "version": backend.version,
                    "built-in": false,
                    "component": backend.component,
                    "component-bytes": backend.component_bytes,
                    "record": backend.record,
                    "verdict": backend.verdict,
                })
            }));
            output.json(&all);
        }
    }
    Ok(Exit::Success)
}

fn add(args: &BackendAddArgs, global: &Global, output: &Output) -> Result<Exit, Problem> {
    let component = read(&args.component)?;
    let opened = opened::open(global)?;
    let backends = Backends::new(opened.store.clone());
    if !args.unsigned {
        check_signature(args, &opened.store, &component)?;
    }
    vouching::check_summary(args.summary.as_deref(), &opened.store, &component)?;
    let engine = run::engine(1)?;
    let worker = worker::worker()?;
    let compiler = engine
        .load_compiler(&opened.native()?, &worker, &component)
        .map_err(|error| no_compiler(&error, &component))?;
    let backend = GuestBackend::of(compiler, ExecutionLimits::default())
        .map_err(|error| refused(&chain(&error)))?;
    if backend.name() == NATIVE {
        return Err(refused(&format!(
            "`{NATIVE}` is the backend that is built in"
        )));
    }
    let target = backend.target_id();
    if run::executors(engine.clone(), None)
        .executor(target)
        .is_none()
    {
        return Err(refused(&format!("nothing here runs `{target}`")));
    }
    output.note("trying the backend; this takes a while");
    let report = Kit::new(engine, worker).conform(&component);
    if !report.conforms() {
        conform::show(&report, args.output.format, output);
        return Err(refused("it does not conform"));
    }
    let (passed, _, unsupported) = report.counts();
    let verdict = format!("conforms: {passed} passed, {unsupported} unsupported");
    let signer = opened.signer()?;
    let installed = backends
        .add(&backend, &component, &verdict, &signer)
        .map_err(problem)?;
    match args.output.format {
        Format::Text => {
            output.value(&installed.component.to_string());
            output.note(&format!("added as {}; {verdict}", installed.name));
        }
        Format::Json => output.json(&serde_json::json!({
            "name": installed.name,
            "target-id": installed.target_id,
            "version": installed.version,
            "component": installed.component,
            "record": installed.record,
            "signer": signer.public_key().id(),
            "verdict": verdict,
        })),
    }
    Ok(Exit::Success)
}

fn remove(args: &BackendRemoveArgs, global: &Global, output: &Output) -> Result<Exit, Problem> {
    let opened = opened::open(global)?;
    let signer = opened.signer()?;
    let backends = Backends::new(opened.store.clone());
    backends.remove(&args.name, &signer).map_err(problem)?;
    output.note(&format!("removed {}", args.name));
    Ok(Exit::Success)
}

/// An added backend, ready to compile.
pub(crate) fn load(
    name: &str,
    opened: &Opened,
    limits: ExecutionLimits,
) -> Result<GuestBackend, Problem> {
    let backends = Backends::new(opened.store.clone());
    let installed = backends.find(name).map_err(problem)?;
    let component = backends.component(&installed).map_err(problem)?;
    let worker = worker::worker()?;
    let compiler = run::engine(1)?
        .load_compiler(&opened.native()?, &worker, &component)
        .map_err(|error| Problem::failed(chain(&error)))?;
    GuestBackend::of(compiler, limits).map_err(|error| Problem::failed(chain(&error)))
}

fn check_signature(args: &BackendAddArgs, store: &Store, component: &[u8]) -> Result<(), Problem> {
    let path = match &args.signature {
        Some(path) => path.clone(),
        None => vouching::signature_of(&args.component),
    };
    let unsigned = "sign it, or add it with `--unsigned` to vouch for it yourself";
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && args.signature.is_none() => {
            let what = format!("`{}` is not signed", args.component.display());
            return Err(Problem::refused(what).next(unsigned));
        }
        Err(error) => {
            return Err(Problem::failed(format!(
                "cannot read `{}`: {error}",
                path.display()
            )));
        }
    };
    vouching::expect_trusted(store, (&args.component, component), (&path, &bytes))
}

/// The bytes of a component that is given as a file, unless there are more than any engine takes.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let failed = |error| Problem::failed(format!("cannot read `{}`: {error}", path.display()));
    let limit = EngineConfig::default().component_bytes;
    let mut bytes = Vec::new();
    let mut file = std::fs::File::open(path).map_err(failed)?.take(limit + 1);
    file.read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        let path = path.display();
        let what = format!("`{path}` has more than {limit} bytes, the most of a component");
        return Err(Problem::failed(what));
    }
    Ok(bytes)
}

/// Why a component cannot be loaded as a compiler. One of another role is told what it is.
fn no_compiler(error: &LoadError, component: &[u8]) -> Problem {
    let roles = match error {
        LoadError::MissingExport { .. } | LoadError::UnknownImport { .. } => {
            Inspection::of(component).map_or(Vec::new(), |inspection| inspection.roles())
        }
        _ => Vec::new(),
    };
    match roles[..] {
        [Role::Executor] => refused("it is an executor, which runs artifacts and compiles nothing")
            .next("try it with `rtfs conform`; programs that embed this host can run artifacts with it"),
        [Role::Module] => refused("it is a module, which programs call")
            .next("put it into the store with `rtfs publish`"),
        _ => refused(&chain(error)),
    }
}

fn refused(reason: &str) -> Problem {
    Problem::failed(format!("the backend is refused: {reason}"))
}

fn problem(error: BackendsError) -> Problem {
    let mut problem = Problem::of(&error);
    match error {
        BackendsError::Unknown { .. } => {
            problem.next = Some("see `rtfs backend list`".to_owned());
        }
        BackendsError::Refused { .. } => problem.exit = Exit::Refused,
        _ => {}
    }
    problem
}
