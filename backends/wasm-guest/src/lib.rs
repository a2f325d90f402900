//! The WebAssembly backend as a guest component: our own compiler in our own sandbox.
//!
//! The same crate that hosts link natively (`backends/wasm`), behind the guest SDK. Its artifacts
//! are those of the native backend, byte for byte.

use rtfs_backend_wasm::CompileError;
use rtfs_guest::{Backend, Diagnostic, Ir, Options, backend};
use std::error::Error;

/// Lowers programs to WebAssembly components.
pub struct Wasm;

impl Backend for Wasm {
    const TARGET_ID: &'static str = rtfs_backend_wasm::BACKEND_ID;
    const NAME: &'static str = "wasm-guest";

    fn version() -> &'static str {
        rtfs_backend_wasm::backend_version()
    }

    fn compile(ir: &Ir<'_>, options: &Options) -> Result<Vec<u8>, Vec<Diagnostic>> {
        let program = ir.program()?;
        let options = rtfs_backend_wasm::Options {
            opt_level: options.opt_level,
            validation: options.validation.into(),
        };
        match rtfs_backend_wasm::compile(&program, &options) {
            Ok(artifact) => Ok(artifact.component),
            Err(error) => Err(vec![diagnostic(&error)]),
        }
    }
}

backend!(Wasm);

fn diagnostic(error: &CompileError) -> Diagnostic {
    if let CompileError::Unsupported { form, node } = error {
        return Diagnostic::unsupported(form).at_node(node.0);
    }
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message.push_str(": ");
        message.push_str(&error.to_string());
        cause = error.source();
    }
    Diagnostic::failed(&message)
}
