//! `rtfs build`: compiles a program to a file.

use std::io::Write as _;
use std::path::Path;

use rtfs_delegate::ExecutionLimits;
use rtfs_ir::Program;
use rtfs_runtime::chain;

use crate::args::{BuildArgs, CompileArgs, Emit, Format, Global};
use crate::chosen::Chosen;
use crate::commands::backend;
use crate::exit::Exit;
use crate::output::Output;
use crate::problem::Problem;
use crate::source;

pub(crate) fn build(args: &BuildArgs, global: &Global, output: &Output) -> Result<Exit, Problem> {
    let whole = |path: &Path| path.canonicalize().ok();
    if whole(&args.output).is_some_and(|output| whole(&args.file) == Some(output)) {
        let text = format!("`{}` is the source itself", args.output.display());
        return Err(text.into());
    }
    let unit = source::load(&args.file, args.front)?;
    output.diagnostics(&unit, Format::Text);
    let Some(program) = unit.program else {
        return Ok(Exit::Failed);
    };
    let emitted = match args.compile.backend.as_deref() {
        None | Some(backend::NATIVE) => emit(program, args.emit, &args.compile),
        Some(_) => emit_with(&program, args, global)?,
    };
    match emitted {
        Ok(bytes) => {
            write(&args.output, &bytes)?;
            Ok(Exit::Success)
        }
        Err(text) => {
            output.error(&text);
            Ok(Exit::Failed)
        }
    }
}

fn emit(program: Program, what: Emit, compile: &CompileArgs) -> Result<Vec<u8>, String> {
    if what == Emit::Ir {
        return Ok(program.encode());
    }
    let options = compile.backend_options();
    if what == Emit::Wat {
        let module = rtfs_backend_wasm::compile_unlinked(&program, &options);
        return wat(&module.map_err(|error| chain(&error))?);
    }
    let artifact = rtfs_backend_wasm::compile(&program, &options).map_err(|error| chain(&error))?;
    Ok(match what {
        Emit::Wit => artifact.wit.into_bytes(),
        _ => artifact.component,
    })
}

/// With a backend that was added.
fn emit_with(
    program: &Program,
    args: &BuildArgs,
    global: &Global,
) -> Result<Result<Vec<u8>, String>, Problem> {
    if args.emit == Emit::Ir {
        return Ok(Ok(program.encode()));
    }
    if args.emit == Emit::Wit {
        let text = "only the backend that is built in knows the WIT of what it makes";
        return Err(Problem::failed(text).next("leave out `--backend`, or emit a component"));
    }
    let chosen = Chosen::of(&args.compile, ExecutionLimits::default(), global)?;
    let compiled = chosen
        .backend
        .compile_module(program, &args.compile.options())
        .map_err(|error| chain(&error));
    Ok(compiled.and_then(|component| match args.emit {
        Emit::Wat => wat(&component),
        _ => Ok(component),
    }))
}

fn wat(module: &[u8]) -> Result<Vec<u8>, String> {
    let mut text = String::new();
    wasmprinter::Config::new()
        .fold_instructions(true)
        .print(module, &mut wasmprinter::PrintFmtWrite(&mut text))
        .map_err(|error| format!("cannot print the module: {error}"))?;
    Ok(text.into_bytes())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let written = if path == Path::new("-") {
        std::io::stdout().lock().write_all(bytes)
    } else {
        std::fs::write(path, bytes)
    };
    written.map_err(|error| format!("cannot write `{}`: {error}", path.display()))
}
