//! The models a host has.

use std::collections::BTreeMap;
use std::sync::Arc;

use rtfs_value::{Error, Value, readable};

use super::provider::{EchoModel, ModelError, ModelProvider, RemoteEcho};

/// A call of a model is a host call with this prefix before the model's name.
pub const MODEL_CALL_PREFIX: &str = "model-call:";

/// Providers by name.
#[derive(Clone, Default)]
pub struct ModelRegistry {
    providers: BTreeMap<String, Arc<dyn ModelProvider>>,
}

impl ModelRegistry {
    /// No models.
    pub fn new() -> Self {
        Self::default()
    }

    /// The models that need nothing: `echo-model` and the stand-in `arbiter-remote`.
    pub fn with_defaults() -> Self {
        let mut registry = Self::new();
        registry.register(Arc::new(EchoModel));
        registry.register(Arc::new(RemoteEcho::default()));
        registry
    }

    /// Adds a model; one of the same name is replaced.
    pub fn register(&mut self, provider: Arc<dyn ModelProvider>) {
        self.providers.insert(provider.id().to_owned(), provider);
    }

    /// A model by its name.
    pub fn get(&self, id: &str) -> Option<&Arc<dyn ModelProvider>> {
        self.providers.get(id)
    }

    /// The names of all models, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.providers.keys().map(String::as_str)
    }

    /// The provider of a call.
    ///
    /// # Errors
    /// `UnknownCapability` `model-call:ID`: an unknown model is never a silent local run.
    pub fn expect(&self, id: &str) -> Result<&Arc<dyn ModelProvider>, Error> {
        let name = || format!("{MODEL_CALL_PREFIX}{id}");
        self.get(id)
            .ok_or_else(|| Error::unknown_capability(&name()))
    }

    /// Asks a model.
    ///
    /// # Errors
    /// As [`ModelRegistry::expect`], or what the provider reports as a host error.
    pub fn infer(&self, id: &str, prompt: &str) -> Result<String, Error> {
        self.expect(id)?.infer(prompt).map_err(ModelError::raise)
    }
}

/// The prompt of a call's arguments: a single string as it is, anything else as it would be
/// written, one argument a line.
pub(super) fn prompt(args: &[Value]) -> String {
    if let [only] = args
        && let Some(text) = only.as_str()
    {
        return text.to_owned();
    }
    let lines: Vec<String> = args.iter().map(readable).collect();
    lines.join("\n")
}
