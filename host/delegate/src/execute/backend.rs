//! Lowering programs to bytecode.

use std::error::Error;

use rtfs_ir::{ArtifactKey, Program};
use rtfs_value::types::Level;

/// What a compilation may be told, whatever the backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackendOptions {
    /// How hard to optimise, 0 to 2.
    pub opt_level: u8,
    /// How much of annotations is checked at run time.
    pub validation: Level,
}

impl Default for BackendOptions {
    fn default() -> Self {
        Self {
            opt_level: 2,
            validation: Level::Standard,
        }
    }
}

impl BackendOptions {
    /// The options as text: everything that changes a backend's output, for [`ArtifactKey`].
    pub fn key_text(&self) -> String {
        let level = match self.validation {
            Level::Basic => "basic",
            Level::Standard => "standard",
            Level::Strict => "strict",
        };
        format!("opt-level={} validation={level}", self.opt_level)
    }
}

/// Why a program was not compiled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// The backend cannot lower something in the program; another way to run it may be taken.
    #[error("backend `{target_id}` does not support {what}")]
    Unsupported {
        /// The backend.
        target_id: String,
        /// What it does not support.
        what: String,
    },
    /// The output is larger than allowed.
    #[error("backend `{target_id}` made more than {limit_bytes} bytes")]
    TooLarge {
        /// The backend.
        target_id: String,
        /// The largest allowed.
        limit_bytes: u64,
    },
    /// Anything else.
    #[error("backend `{target_id}` failed")]
    Failed {
        /// The backend.
        target_id: String,
        /// Its own account.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Lowers programs for one target.
pub trait BytecodeBackend: Send + Sync {
    /// The target: `wasm32-component`.
    fn target_id(&self) -> &str;

    /// The backend's version, with everything it links.
    fn version(&self) -> &str;

    /// The bytecode of a program. Export 0 is the program's top level, export `n` the `n`-th of
    /// [`Program::exports`]. The same program and options give the same bytes.
    ///
    /// # Errors
    /// When the program has something the backend cannot lower, or the backend fails.
    fn compile_module(
        &self,
        program: &Program,
        options: &BackendOptions,
    ) -> Result<Vec<u8>, CompileError>;

    /// The key under which the output is found again.
    fn artifact_key(&self, program: &Program, options: &BackendOptions) -> ArtifactKey {
        ArtifactKey::new(
            program,
            self.target_id(),
            self.version(),
            &options.key_text(),
        )
    }
}
