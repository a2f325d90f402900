//! `rtfs publish`: compiles a program and signs a record that stays.

use std::io::Read as _;
use std::path::Path;

use rtfs_conformance::kit::Kit;
use rtfs_delegate::ExecutionLimits;
use rtfs_ir::Program;
use rtfs_runtime::{Backends, ComponentLabel, Label, chain};
use rtfs_store::{Digest, KeyId, Signer as _};

use crate::args::{Format, Global, PublishArgs};
use crate::chosen::Chosen;
use crate::commands::{backend, conform, run, test, verify};
use crate::events::Events;
use crate::exit::Exit;
use crate::opened::{self, Opened};
use crate::output::Output;
use crate::problem::Problem;
use crate::safe_text;
use crate::source;
use crate::vouching;
use crate::worker;

pub(crate) fn publish(
    args: &PublishArgs,
    global: &Global,
    output: &Output,
) -> Result<Exit, Problem> {
    if is_component(&args.file) {
        let component = backend::read(&args.file)?;
        return publish_component(args, &component, global, output);
    }
    if args.summary.is_some() {
        let what = "a summary is about a component, and this is a program";
        return Err(Problem::failed(what));
    }
    let unit = source::load(&args.file, args.front)?;
    output.diagnostics(&unit, args.output.format);
    let Some(program) = &unit.program else {
        return Ok(Exit::Failed);
    };
    let name = match &args.name {
        Some(name) => name.clone(),
        None => default_name(program, &args.file)?,
    };
    check_name(&name)?;
    if args.test {
        test::passes(&args.file, &args.compile, global)?;
    }
    let opened = opened::open(global)?;
    let signer = opened.signer()?;
    let signed_by = signer.public_key().id();
    let events = Events::new(false, args.output.format);
    let store = opened.units(signer, events)?;
    let chosen = Chosen::of(&args.compile, ExecutionLimits::default(), global)?;
    let units = chosen.units(run::engine(1)?, Some(store));
    let unit = rtfs_runtime::Unit {
        program,
        source: Some(unit.source.text()),
        options: &args.compile.options(),
    };
    let label = Label {
        name: Some(&name),
        description: args.describe.clone(),
        verified: args.test,
        ..Label::default()
    };
    let module = units
        .publish(&unit, &label, &events)
        .map_err(|error| Problem::failed(chain(&error)))?;
    let record = module.signature().record;
    published(args, &opened, (&name, record), signed_by, output)
}

/// Says what was published, if it may be used.
fn published(
    args: &PublishArgs,
    opened: &Opened,
    (name, record): (&str, Digest),
    signed_by: KeyId,
    output: &Output,
) -> Result<Exit, Problem> {
    let located = opened.store.locate(&record.to_string())?;
    let Some(module) = located.trusted_module() else {
        // The bytes it consists of were revoked before.
        let verdict = located.record.verdict();
        return Err(
            Problem::refused(format!("published, but refused: {verdict}"))
                .next(verify::advice(verdict)),
        );
    };
    let exports: Vec<&str> = module
        .facts
        .exports
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    match args.output.format {
        Format::Text => {
            output.value(&record.to_string());
            output.note(&format!(
                "published as {}; exports: {}",
                safe_text::line(name),
                safe_text::line(&exports.join(" ")),
            ));
        }
        Format::Json => output.json(&serde_json::json!({
            "name": name,
            "record": record,
            "component": module.component.digest,
            "signer": signed_by,
            "exports": exports,
        })),
    }
    Ok(Exit::Success)
}

/// Whether a file is WebAssembly and no source text.
fn is_component(file: &Path) -> bool {
    let mut magic = [0; 4];
    let read = std::fs::File::open(file).and_then(|mut file| file.read_exact(&mut magic));
    read.is_ok() && magic == *b"\0asm"
}

/// Refuses names under which backends are found.
fn check_name(name: &str) -> Result<(), Problem> {
    if name.starts_with(Backends::PREFIX) {
        let what = format!(
            "names that begin with `{}` are of backends",
            Backends::PREFIX
        );
        return Err(Problem::failed(what).next("add a backend with `rtfs backend add`"));
    }
    Ok(())
}

/// Publishes a module that was written by hand: whatever conforms.
fn publish_component(
    args: &PublishArgs,
    component: &[u8],
    global: &Global,
    output: &Output,
) -> Result<Exit, Problem> {
    if args.test {
        let what = "a component has no cases that `--test` could run";
        return Err(Problem::failed(what).next("try it with `rtfs conform`"));
    }
    let name = match &args.name {
        Some(name) => name.clone(),
        None => file_name(&args.file)?,
    };
    check_name(&name)?;
    let opened = opened::open(global)?;
    vouching::check_summary(args.summary.as_deref(), &opened.store, component)?;
    let (engine, worker) = (run::engine(1)?, worker::worker()?);
    let report = Kit::new(engine.clone(), worker.clone()).conform(component);
    if !report.conforms() || report.role != "module" {
        conform::show(&report, args.output.format, output);
        let what = "the component is refused: it is no module that conforms";
        let problem = Problem::failed(what);
        return Err(match report.role {
            "compiler" => problem.next("add a backend with `rtfs backend add`"),
            _ => problem,
        });
    }
    let module = engine
        .compile_apart(&worker, component)
        .map_err(|error| Problem::of(&error))?;
    let signer = opened.signer()?;
    let label = ComponentLabel {
        name: &name,
        description: args.describe.clone(),
    };
    let record =
        rtfs_runtime::publish_component(&opened.store, &module, component, &label, &signer)
            .map_err(|error| Problem::of(&error))?;
    let signed_by = signer.public_key().id();
    published(args, &opened, (&name, record), signed_by, output)
}

/// The module's own name, else the file's.
fn default_name(program: &Program, file: &Path) -> Result<String, Problem> {
    match &program.module {
        Some(module) => Ok(module.name.clone()),
        None => file_name(file),
    }
}

fn file_name(file: &Path) -> Result<String, Problem> {
    let stem = file.file_stem().and_then(|stem| stem.to_str());
    match stem.filter(|stem| *stem != "-" && !stem.is_empty()) {
        Some(stem) => Ok(stem.to_owned()),
        None => Err(Problem::failed("the program has no name").next("give it one with `--name`")),
    }
}
