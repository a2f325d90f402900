//! `rtfs build`: compiles a program to a file.

use std::io::Write as _;
use std::path::Path;

use rtfs_ir::Program;
use rtfs_runtime::chain;

use crate::args::{BuildArgs, CompileArgs, Emit, Format};
use crate::exit::Exit;
use crate::output::Output;
use crate::source;

pub(crate) fn build(args: &BuildArgs, output: &Output) -> Result<Exit, String> {
    let whole = |path: &Path| path.canonicalize().ok();
    if whole(&args.output).is_some_and(|output| whole(&args.file) == Some(output)) {
        return Err(format!("`{}` is the source itself", args.output.display()));
    }
    let unit = source::load(&args.file, args.front)?;
    output.diagnostics(&unit, Format::Text);
    let Some(program) = unit.program else {
        return Ok(Exit::Failed);
    };
    match emit(program, args.emit, &args.compile) {
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
    let artifact = rtfs_backend_wasm::compile(&program, &compile.backend_options())
        .map_err(|error| chain(&error))?;
    match what {
        Emit::Component | Emit::Ir => Ok(artifact.component),
        Emit::Wat => wasmprinter::print_bytes(&artifact.component)
            .map(String::into_bytes)
            .map_err(|error| format!("cannot print the component: {error}")),
        Emit::Wit => Ok(artifact.wit.into_bytes()),
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let written = if path == Path::new("-") {
        std::io::stdout().lock().write_all(bytes)
    } else {
        std::fs::write(path, bytes)
    };
    written.map_err(|error| format!("cannot write `{}`: {error}", path.display()))
}
