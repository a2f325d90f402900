//! An RTFS backend: compiles programs to instructions for the machine in `program`.
//!
//! It knows functions, calls, `let`, `if`, `do`, integers, booleans and nil. Of everything else it
//! says `unsupported`, and the host runs the program in another way.

mod compile;

use __ident___program::Image;
use rtfs_guest::embed::embed;
use rtfs_guest::{Backend, Diagnostic, Ir, Options, backend};

/// The machine without a program; see `build.rs`.
static TEMPLATE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/template.wasm"));

/// Puts programs into the machine.
pub struct ThisBackend;

impl Backend for ThisBackend {
    const TARGET_ID: &'static str = "wasm32-component";
    const NAME: &'static str = "__name__";

    fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    fn compile(ir: &Ir<'_>, options: &Options) -> Result<Vec<u8>, Vec<Diagnostic>> {
        let program = ir.program()?;
        let (exports, functions) = compile::program(&program).map_err(|why| vec![why])?;
        let about = format!("{} {}", Self::NAME, Self::version());
        let description = options.describe_program(&program, &about);
        let failed = |reason: &str| vec![Diagnostic::failed(reason)];
        let image = Image {
            description: rtfs_guest::encode(&description).map_err(|e| failed(&e.to_string()))?,
            exports,
            functions,
        };
        let bytes = image.to_bytes();
        let bytes = bytes.ok_or_else(|| vec![Diagnostic::too_large("the program is too long")])?;
        embed(TEMPLATE, &bytes).map_err(|error| vec![error.into()])
    }
}

backend!(ThisBackend);

#[cfg(test)]
mod tests;
