//! Models: who answers when a call goes to one, and what of it is reused.

mod caller;
mod host;
mod provider;
mod registry;

pub use caller::{ModelAnswer, ModelCaller, ModelSource};
pub use host::ModelHost;
pub use provider::{EchoModel, FixedModel, ModelError, ModelProvider, RemoteEcho};
pub use registry::{MODEL_CALL_PREFIX, ModelRegistry};
