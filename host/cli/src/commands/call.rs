//! `rtfs call`: runs an export of a stored module.

use rtfs_ir::SpanTable;
use rtfs_runtime::load_stored;
use rtfs_store::{Digest, ExportRecord, LocateError, Located, ModuleRecord, Part};
use rtfs_value::Value;

use crate::args::{CallArgs, Global};
use crate::capabilities::Capabilities;
use crate::commands::{run, verify};
use crate::exit::Exit;
use crate::literal;
use crate::opened::{self, Opened};
use crate::output::Output;
use crate::problem::Problem;
use crate::safe_text;
use crate::source::{self, Unit};

pub(crate) fn call(args: &CallArgs, global: &Global, output: &Output) -> Result<Exit, Problem> {
    let values = values(&args.args)?;
    let opened = opened::open(global)?;
    let (located, function) = target(&opened, &args.target)?;
    let module = trusted(&opened, &located)?;
    let export = export(module, &function)?;
    let engine = run::engine(1)?;
    let native = opened.native()?;
    let loaded = load_stored(&engine, &opened.store, &native, module)
        .map_err(|error| Problem::of(&error))?;
    let limits = args.limits.limits();
    let mut host = Capabilities::new(&args.grants);
    let grants = host.grants();
    let ran = rtfs_runtime::call(
        &loaded,
        export.index,
        &values,
        (&limits, &grants),
        &mut host,
        None,
    )
    .map_err(|error| Problem::failed(error.text()))?;
    let unit = origin(&opened, module, &args.target);
    let ran = match &unit.program {
        Some(program) => ran.locate(program),
        None => ran,
    };
    Ok(run::report(&ran, &unit, args.output.format, output))
}

fn values(texts: &[String]) -> Result<Vec<Value>, Problem> {
    let read = |(index, text): (usize, &String)| {
        literal::parse(text).map_err(|why| {
            let text = safe_text::line(text);
            Problem::failed(format!("argument {} (`{text}`): {why}", index + 1))
        })
    };
    texts.iter().enumerate().map(read).collect()
}

/// Module and function of `MODULE/FN`. Both may hold slashes: the longest module that exists is
/// taken.
fn target(opened: &Opened, text: &str) -> Result<(Located, String), Problem> {
    let mut missing = None;
    for (at, _) in text.rmatch_indices('/') {
        let (module, function) = (&text[..at], &text[at + 1..]);
        if module.is_empty() || function.is_empty() {
            continue;
        }
        match opened.store.locate(module) {
            Ok(located) => return Ok((located, function.to_owned())),
            Err(error @ LocateError::NotFound { .. }) => missing = missing.or(Some(error)),
            Err(error) => return Err(error.into()),
        }
    }
    Err(match missing {
        Some(error) => error.into(),
        None => Problem::failed(format!("`{}` is no MODULE/FN", safe_text::line(text)))
            .next("write the module, a slash and the function, as in `pricing/total`"),
    })
}

/// The module, if all of it may be believed.
fn trusted<'a>(opened: &Opened, located: &'a Located) -> Result<&'a ModuleRecord, Problem> {
    let deciding = located.deciding();
    let Some(module) = located.trusted_module() else {
        let text = format!("record {}: {}", deciding.digest(), deciding.verdict());
        return Err(Problem::refused(text).next(verify::advice(deciding.verdict())));
    };
    for fault in opened.store.check_module(&located.record) {
        let place = opened.path.join(fault.path());
        let text = format!("{fault} ({})", place.display());
        if fault.is_refusal() {
            let next = "`rtfs scrub` moves it to quarantine; then publish the module again";
            return Err(Problem::refused(text).next(next));
        }
        // Source and IR are not needed to run it.
        if fault.part == Part::Component {
            return Err(Problem::failed(text).next("publish the module again"));
        }
    }
    Ok(module)
}

/// The export of that name, with or without the module's own name before it.
fn export<'a>(module: &'a ModuleRecord, function: &str) -> Result<&'a ExportRecord, Problem> {
    let exports = &module.facts.exports;
    let is_called = |export: &&ExportRecord| {
        let qualified = export.name.strip_suffix(function);
        qualified.is_some_and(|before| before.is_empty() || before.ends_with('/'))
    };
    let exact = exports.iter().find(|export| export.name == function);
    exact
        .or_else(|| exports.iter().find(is_called))
        .ok_or_else(|| {
            let names: Vec<_> = exports.iter().map(|export| export.name.as_str()).collect();
            Problem::failed(format!("the module exports no function `{function}`"))
                .next(format!("it exports: {}", names.join(" ")))
        })
}

/// The source, so that errors can point into it; empty if it was not published. Its spans count
/// only if it still lowers to the program that was compiled: it may import what is not here.
fn origin(opened: &Opened, module: &ModuleRecord, name: &str) -> Unit {
    let text = module
        .source
        .as_ref()
        .and_then(|source| opened.store.source(source).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let mut unit = source::load_stored(&safe_text::line(name), text.unwrap_or_default());
    let lowered = unit.program.as_ref().map(|it| Digest::of(&it.encode()));
    if lowered.is_none() || lowered != module.ir.map(|ir| ir.digest) {
        unit.spans = SpanTable::default();
    }
    unit
}
