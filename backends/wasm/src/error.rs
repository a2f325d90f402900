//! Why a program could not be compiled.

use rtfs_ir::NodeId;

use crate::component::ComponentError;
use crate::link::LinkError;

/// Why a program could not be compiled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// The program uses something that this backend does not have yet.
    #[error("the WebAssembly backend does not support {form} (node {})", node.0)]
    Unsupported {
        /// The form or type.
        form: String,
        /// Where it is.
        node: NodeId,
    },
    /// A defect of the backend, or a program larger than a module may be: the generated module is
    /// refused.
    #[error("the generated module is not valid: {0}")]
    Invalid(String),
    /// A defect of the backend: modules that do not fit together.
    #[error("defect of the WebAssembly backend while linking")]
    Link(#[from] LinkError),
    /// A defect of the backend: a core module that does not fit its world.
    #[error("defect of the WebAssembly backend while building the component")]
    Component(#[from] ComponentError),
}
