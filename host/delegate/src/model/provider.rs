//! Providers of models.

use std::collections::BTreeMap;
use std::error::Error;

use rtfs_value::Value;

use crate::cache::{InferenceRequest, InferenceResult};

/// Why a provider did not answer.
#[derive(Debug, thiserror::Error)]
#[error("model `{model}` did not answer: {detail}")]
pub struct ModelError {
    /// The model.
    pub model: String,
    /// What happened, in a sentence.
    pub detail: String,
    /// The cause, if there is one.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl ModelError {
    /// A failure of a model.
    pub fn new(model: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            detail: detail.into(),
            source: None,
        }
    }

    /// The failure as programs see it.
    pub(super) fn raise(self) -> rtfs_value::Error {
        rtfs_value::Error::host(&self.to_string(), Value::NIL, Some("model-error"))
    }
}

/// Asks a model. Providers are code of the host: every answer is an effect.
pub trait ModelProvider: Send + Sync {
    /// The stable name by which programs call it.
    fn id(&self) -> &str;

    /// The version of the model behind it; part of the key under which answers are reused.
    fn version(&self) -> &str {
        ""
    }

    /// The answer to a prompt. Blocks until it is there.
    ///
    /// # Errors
    /// When there is no answer.
    fn infer(&self, prompt: &str) -> Result<String, ModelError>;

    /// The answer to a whole request. Providers that know about roles, sampling and reasons to stop
    /// have their own; this one asks with the request's text.
    ///
    /// # Errors
    /// When there is no answer.
    fn infer_request(&self, request: &InferenceRequest) -> Result<InferenceResult, ModelError> {
        let output = self.infer(&request.text())?;
        Ok(InferenceResult {
            model_version: request.model_version.clone(),
            ..InferenceResult::complete(output)
        })
    }
}

/// Answers `[ECHO] ` and the prompt: for trying out how calls travel.
#[derive(Debug, Clone, Copy, Default)]
pub struct EchoModel;

impl ModelProvider for EchoModel {
    fn id(&self) -> &str {
        "echo-model"
    }

    fn infer(&self, prompt: &str) -> Result<String, ModelError> {
        Ok(format!("[ECHO] {prompt}"))
    }
}

/// Stands in for a remote model where there is no network: answers `[REMOTE:URL] ` and the prompt,
/// and sends nothing.
#[derive(Debug, Clone)]
pub struct RemoteEcho {
    id: String,
    url: String,
}

impl RemoteEcho {
    /// A stand-in for the model `id` at `url`.
    pub fn new(id: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            url: url.into(),
        }
    }
}

impl Default for RemoteEcho {
    fn default() -> Self {
        Self::new("arbiter-remote", "http://localhost:8080")
    }
}

impl ModelProvider for RemoteEcho {
    fn id(&self) -> &str {
        &self.id
    }

    fn infer(&self, prompt: &str) -> Result<String, ModelError> {
        Ok(format!("[REMOTE:{}] {prompt}", self.url))
    }
}

/// Knows some prompts by heart and no others: for tests.
#[derive(Debug, Clone)]
pub struct FixedModel {
    id: String,
    answers: BTreeMap<String, String>,
}

impl FixedModel {
    /// A model that knows nothing yet.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            answers: BTreeMap::new(),
        }
    }

    /// Teaches it an answer.
    #[must_use]
    pub fn with_answer(mut self, prompt: impl Into<String>, answer: impl Into<String>) -> Self {
        self.answers.insert(prompt.into(), answer.into());
        self
    }
}

impl ModelProvider for FixedModel {
    fn id(&self) -> &str {
        &self.id
    }

    fn infer(&self, prompt: &str) -> Result<String, ModelError> {
        let answer = self.answers.get(prompt).cloned();
        answer.ok_or_else(|| ModelError::new(&self.id, "it knows no answer to this prompt"))
    }
}
