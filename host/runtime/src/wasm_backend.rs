//! The WebAssembly backend behind the trait that all backends share.

use rtfs_delegate::{BackendOptions, BytecodeBackend, CompileError};
use rtfs_ir::Program;

/// Lowers programs to WebAssembly components.
#[derive(Clone, Copy, Debug, Default)]
pub struct WasmBackend;

impl BytecodeBackend for WasmBackend {
    fn target_id(&self) -> &str {
        rtfs_backend_wasm::BACKEND_ID
    }

    fn version(&self) -> &str {
        rtfs_backend_wasm::backend_version()
    }

    fn compile_module(
        &self,
        program: &Program,
        options: &BackendOptions,
    ) -> Result<Vec<u8>, CompileError> {
        let options = rtfs_backend_wasm::Options {
            opt_level: options.opt_level,
            validation: options.validation,
        };
        match rtfs_backend_wasm::compile(program, &options) {
            Ok(artifact) => Ok(artifact.component),
            Err(rtfs_backend_wasm::CompileError::Unsupported { form, .. }) => {
                Err(CompileError::Unsupported {
                    target_id: self.target_id().to_owned(),
                    what: form,
                })
            }
            Err(error) => Err(CompileError::Failed {
                target_id: self.target_id().to_owned(),
                source: Box::new(error),
            }),
        }
    }
}
