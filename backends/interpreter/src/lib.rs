//! A backend written with the guest SDK alone: artifacts are the evaluator with a program in it.
//!
//! The evaluator was compiled once, as a *template* component, when this backend was built.
//! Compiling a program checks it, describes it and puts its IR into the template; nothing is
//! lowered. Everything the evaluator can do, the artifacts can do.

use rtfs_guest::embed::embed;
use rtfs_guest::{Backend, Diagnostic, Ir, Options, backend};
use rtfs_interpreter_program::Image;

/// The component with the evaluator, without a program.
static TEMPLATE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/template.wasm"));

/// Makes components that interpret the program they were made from.
pub struct Interpreter;

impl Backend for Interpreter {
    const TARGET_ID: &'static str = "wasm32-component";
    const NAME: &'static str = "interpreter";

    fn version() -> &'static str {
        concat!(
            env!("CARGO_PKG_VERSION"),
            "+template.",
            env!("RTFS_TEMPLATE_DIGEST")
        )
    }

    fn compile(ir: &Ir<'_>, options: &Options) -> Result<Vec<u8>, Vec<Diagnostic>> {
        let program = ir.program()?;
        let validation = options.validation.into();
        let about = format!("{} {}", Self::NAME, Self::version());
        let description = options.describe_program(&program, &about);
        let failed = |reason: &str| vec![Diagnostic::failed(reason)];
        let description =
            rtfs_value::cbor::encode(&description).map_err(|error| failed(error.text()))?;
        let image = Image {
            opt_level: options.opt_level,
            validation,
            description: &description,
            ir: ir.bytes(),
        };
        let too_large = || vec![Diagnostic::too_large("the description is too long")];
        let image = image.to_bytes().ok_or_else(too_large)?;
        embed(TEMPLATE, &image).map_err(|error| vec![error.into()])
    }
}

backend!(Interpreter);

#[cfg(test)]
mod tests;
