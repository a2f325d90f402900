//! Calls of models: first what is known (L2, then L3), then the provider; the answer is kept.

use std::sync::Arc;
use std::time::Duration;

use rtfs_value::{Error, Value};

use super::provider::ModelError;
use super::registry::{MODEL_CALL_PREFIX, ModelRegistry, prompt};
use crate::cache::{CacheManager, InferenceRequest, SemanticScope, StopReason};
use crate::clock::Clock;

/// Where a model's answer came from.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ModelSource {
    /// The model was asked.
    Provider,
    /// The same request was answered before.
    L2 {
        /// How long ago.
        age: Duration,
    },
    /// A similar question was answered before.
    L3 {
        /// That question.
        question: String,
        /// How similar it is.
        similarity: f64,
    },
}

/// A model's answer and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelAnswer {
    /// What it said.
    pub output: String,
    /// Where the answer came from.
    pub source: ModelSource,
}

/// Asks models through the caches. Each cache is optional.
pub struct ModelCaller {
    registry: ModelRegistry,
    clock: Arc<dyn Clock>,
    caches: CacheManager,
    allow_drawn: bool,
    tenant: String,
}

impl ModelCaller {
    /// Asks the models themselves.
    pub fn new(registry: ModelRegistry, clock: Arc<dyn Clock>) -> Self {
        Self {
            registry,
            clock,
            caches: CacheManager::new(),
            allow_drawn: false,
            tenant: String::new(),
        }
    }

    /// Reuses answers to the same request from the inference cache, and answers to similar questions
    /// of the same scope from the semantic cache.
    #[must_use]
    pub fn with_caches(mut self, caches: CacheManager) -> Self {
        self.caches = caches;
        self
    }

    /// Reuses answers that are drawn, too. Without this only answers to requests with temperature 0
    /// are kept.
    #[must_use]
    pub fn with_drawn_answers(mut self) -> Self {
        self.allow_drawn = true;
        self
    }

    /// Whose questions these are: no other tenant's answer to a similar question is reused.
    #[must_use]
    pub fn with_tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = tenant.into();
        self
    }

    /// The models.
    pub fn registry(&self) -> &ModelRegistry {
        &self.registry
    }

    /// The answer to a host call `model-call:ID`; `None` for any other call.
    pub fn answer(&self, capability_id: &str, args: &[Value]) -> Option<Result<Value, Error>> {
        let id = capability_id.strip_prefix(MODEL_CALL_PREFIX)?;
        let request = InferenceRequest::prompt(id, prompt(args));
        let answer = self.infer(&request);
        Some(answer.map(|answer| Value::string(&answer.output)))
    }

    /// Asks for an answer to a request.
    ///
    /// # Errors
    /// `UnknownCapability` for an unknown model, and what the provider reports.
    pub fn infer(&self, request: &InferenceRequest) -> Result<ModelAnswer, Error> {
        let provider = self.registry.expect(&request.model)?;
        let mut request = request.clone();
        if request.model_version.is_empty() {
            request.model_version = provider.version().to_owned();
        }
        let request = &request;
        let l2 = self.caches.get_l2_cache();
        if let Some(found) = l2.and_then(|l2| l2.get_inference(request)) {
            let source = ModelSource::L2 { age: found.age };
            let output = found.result.output;
            return Ok(ModelAnswer { output, source });
        }
        let question = request.messages.last().map_or("", |last| &last.content);
        let scope = self.scope(request);
        let is_reusable = self.allow_drawn || request.is_deterministic();
        let l3 = self.caches.get_l3_cache().filter(|_| is_reusable);
        if let Some(found) = l3.and_then(|l3| l3.get_semantic(&scope, question)) {
            let source = ModelSource::L3 {
                question: found.question,
                similarity: found.similarity,
            };
            let output = found.value.output;
            return Ok(ModelAnswer { output, source });
        }
        let started = self.clock.now();
        let mut result = provider.infer_request(request).map_err(ModelError::raise)?;
        result.inference_time = self.clock.now().since(started);
        let output = result.output.clone();
        // A cache that does not remember costs time, never the call.
        if let Some(l3) = l3.filter(|_| result.stop_reason == StopReason::Complete) {
            let _ = l3.put_semantic(&scope, question, result.clone());
        }
        if let Some(l2) = l2 {
            let _ = l2.put_inference(request, result, self.allow_drawn);
        }
        let source = ModelSource::Provider;
        Ok(ModelAnswer { output, source })
    }

    /// Everything of a request but its last message must be equal.
    fn scope(&self, request: &InferenceRequest) -> SemanticScope {
        let mut general = request.clone();
        general.messages.pop();
        SemanticScope {
            model: request.model.clone(),
            system: general.key().to_string(),
            tenant: self.tenant.clone(),
            response_schema: request.response_schema.clone(),
        }
    }
}
