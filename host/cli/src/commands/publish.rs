//! `rtfs publish`: compiles a program and signs a record that stays.

use std::path::Path;

use rtfs_delegate::ExecutionLimits;
use rtfs_ir::Program;
use rtfs_runtime::{Label, chain};
use rtfs_store::Signer as _;

use crate::args::{Format, Global, PublishArgs};
use crate::chosen::Chosen;
use crate::commands::{run, test, verify};
use crate::events::Events;
use crate::exit::Exit;
use crate::opened;
use crate::output::Output;
use crate::problem::Problem;
use crate::safe_text;
use crate::source;

pub(crate) fn publish(
    args: &PublishArgs,
    global: &Global,
    output: &Output,
) -> Result<Exit, Problem> {
    let unit = source::load(&args.file, args.front)?;
    output.diagnostics(&unit, args.output.format);
    let Some(program) = &unit.program else {
        return Ok(Exit::Failed);
    };
    let name = match &args.name {
        Some(name) => name.clone(),
        None => default_name(program, &args.file)?,
    };
    if args.test {
        test::passes(&args.file, &args.compile)?;
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
                safe_text::line(&name),
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

/// The module's own name, else the file's.
fn default_name(program: &Program, file: &Path) -> Result<String, Problem> {
    if let Some(module) = &program.module {
        return Ok(module.name.clone());
    }
    let stem = file.file_stem().and_then(|stem| stem.to_str());
    match stem.filter(|stem| *stem != "-" && !stem.is_empty()) {
        Some(stem) => Ok(stem.to_owned()),
        None => Err(Problem::failed("the program has no name").next("give it one with `--name`")),
    }
}
