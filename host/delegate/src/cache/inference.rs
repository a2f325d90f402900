//! L2: what did this model answer to this request?

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::config::{CacheConfig, check_threshold};
use super::error::CacheError;
use super::generic::{Cache, Look};
use super::key::{InferenceKey, PartsHash};
use super::layer::CacheLayer;
use super::stats::CacheStats;
use crate::clock::{Clock, Timestamp};

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// `system`, `user`, `assistant`, `tool`.
    pub role: String,
    /// What was said.
    pub content: String,
}

/// How an answer is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sampling {
    /// 0 asks for the likeliest answer.
    pub temperature: Option<f64>,
    /// Share of probability to draw from.
    pub top_p: Option<f64>,
    /// Longest answer, in tokens.
    pub max_tokens: Option<u64>,
    /// Seed of the draw.
    pub seed: Option<u64>,
}

/// Everything that can change a model's answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InferenceRequest {
    /// The model.
    pub model: String,
    /// Its version.
    pub model_version: String,
    /// The conversation, system part and examples included.
    pub messages: Vec<Message>,
    /// How the answer is drawn.
    pub sampling: Sampling,
    /// Tools the model may use, in canonical form.
    pub tools: Vec<String>,
    /// The form the answer must have, in canonical form.
    pub response_schema: Option<String>,
}

impl InferenceRequest {
    /// A request with one message of the user.
    pub fn prompt(model: impl Into<String>, prompt: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            messages: vec![Message {
                role: "user".to_owned(),
                content: prompt.into(),
            }],
            ..Self::default()
        }
    }

    /// The conversation as one text: a single message as it is, several with their roles.
    pub fn text(&self) -> String {
        if let [only] = self.messages.as_slice() {
            return only.content.clone();
        }
        let turn = |message: &Message| format!("{}: {}", message.role, message.content);
        let turns: Vec<String> = self.messages.iter().map(turn).collect();
        turns.join("\n\n")
    }

    /// The key of the request.
    pub fn key(&self) -> InferenceKey {
        let mut hash = PartsHash::default();
        hash.part(b"rtfs-inference-1")
            .part(self.model.as_bytes())
            .part(self.model_version.as_bytes())
            .part(&(self.messages.len() as u64).to_be_bytes());
        for message in &self.messages {
            hash.part(message.role.as_bytes())
                .part(message.content.as_bytes());
        }
        let Sampling {
            temperature,
            top_p,
            max_tokens,
            seed,
        } = self.sampling;
        for number in [temperature, top_p] {
            // One spelling for each number: -0 is 0.
            let bits = number.map(|number| (number + 0.0).to_bits().to_be_bytes());
            hash.optional(bits.as_ref().map(<[u8; 8]>::as_slice));
        }
        for number in [max_tokens, seed] {
            let bytes = number.map(u64::to_be_bytes);
            hash.optional(bytes.as_ref().map(<[u8; 8]>::as_slice));
        }
        hash.part(&(self.tools.len() as u64).to_be_bytes());
        self.tools.iter().for_each(|tool| {
            hash.part(tool.as_bytes());
        });
        hash.optional(self.response_schema.as_deref().map(str::as_bytes));
        InferenceKey {
            model: self.model.clone(),
            input: hash.finish(),
        }
    }

    /// Whether asking again is meant to give the same answer. Without a temperature the provider's
    /// default holds, which draws.
    pub fn is_deterministic(&self) -> bool {
        self.sampling
            .temperature
            .is_some_and(|temperature| temperature <= 0.0)
    }
}

/// Why an answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// It was complete.
    Complete,
    /// It was cut off.
    Length,
    /// The model would not answer.
    Refusal,
    /// Something failed.
    Failed,
}

/// A model's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct InferenceResult {
    /// What it said.
    pub output: String,
    /// How sure it was, 0 to 1.
    pub confidence: f64,
    /// Which version said it.
    pub model_version: String,
    /// How long it took.
    pub inference_time: Duration,
    /// Why it ended.
    pub stop_reason: StopReason,
    /// Tokens of the request.
    pub tokens_in: Option<u64>,
    /// Tokens of the answer.
    pub tokens_out: Option<u64>,
    /// Further facts, for people.
    pub metadata: BTreeMap<String, String>,
}

impl InferenceResult {
    /// A complete answer.
    pub fn complete(output: impl Into<String>) -> Self {
        Self {
            output: output.into(),
            confidence: 1.0,
            model_version: String::new(),
            inference_time: Duration::ZERO,
            stop_reason: StopReason::Complete,
            tokens_in: None,
            tokens_out: None,
            metadata: BTreeMap::new(),
        }
    }
}

/// An answer from the cache.
#[derive(Debug, Clone, PartialEq)]
pub struct CachedInference {
    /// The answer.
    pub result: InferenceResult,
    /// When it was stored.
    pub created_at: Timestamp,
    /// How old it is.
    pub age: Duration,
}

/// Answers by model and request.
pub struct InferenceCache {
    answers: Cache<InferenceKey, InferenceResult>,
    confidence_threshold: Option<f64>,
}

impl InferenceCache {
    /// An empty cache.
    ///
    /// # Errors
    /// `ConfigError` when the configuration makes no sense.
    pub fn new(config: CacheConfig, clock: Arc<dyn Clock>) -> Result<Self, CacheError> {
        Ok(Self {
            confidence_threshold: config.confidence_threshold,
            answers: Cache::new(config, clock)?,
        })
    }

    /// The answer to a request, unless it is too old or not sure enough.
    pub fn get_inference(&self, request: &InferenceRequest) -> Option<CachedInference> {
        let found = self
            .answers
            .get_if(&request.key(), |found| self.look(found));
        found.map(|(result, created_at)| CachedInference {
            result,
            created_at,
            age: self.answers.now().since(created_at),
        })
    }

    /// Stores an answer. Whether it was: failed, truncated and refused answers are not, nor those
    /// to a request whose answers are drawn, unless `allow_drawn`.
    ///
    /// # Errors
    /// `ConfigError` when the confidence is not between 0 and 1.
    pub fn put_inference(
        &self,
        request: &InferenceRequest,
        result: InferenceResult,
        allow_drawn: bool,
    ) -> Result<bool, CacheError> {
        check_threshold("confidence", result.confidence)?;
        let is_final = result.stop_reason == StopReason::Complete;
        if !is_final || !(allow_drawn || request.is_deterministic()) {
            return Ok(false);
        }
        self.answers.put(request.key(), result)?;
        Ok(true)
    }

    /// Forgets the answer to a request; whether there was one.
    ///
    /// # Errors
    /// When the cache cannot be changed.
    pub fn invalidate_inference(&self, request: &InferenceRequest) -> Result<bool, CacheError> {
        self.answers.invalidate(&request.key())
    }

    /// A model's answers, sorted by key.
    pub fn get_model_results(&self, model: &str) -> Vec<(InferenceKey, InferenceResult)> {
        self.sorted(|key| key.model == model)
    }

    /// All models' answers to the same input, sorted by key. The input is the request with its
    /// model put in place, so it is asked for by the keys it would have.
    pub fn get_input_results(
        &self,
        request: &InferenceRequest,
    ) -> Vec<(InferenceKey, InferenceResult)> {
        let mut request = request.clone();
        self.sorted(|key| {
            request.model.clone_from(&key.model);
            request.key() == *key
        })
    }

    /// What the cache did so far.
    pub fn stats(&self) -> CacheStats {
        self.answers.stats()
    }

    /// Forgets everything.
    ///
    /// # Errors
    /// When the cache cannot be changed.
    pub fn clear(&self) -> Result<(), CacheError> {
        self.answers.clear()
    }

    /// How the cache behaves.
    pub fn config(&self) -> CacheConfig {
        self.answers.config()
    }

    fn look(&self, found: &InferenceResult) -> Look {
        match found.confidence >= self.confidence_threshold.unwrap_or(0.0) {
            true => Look::Good,
            false => Look::Rejected,
        }
    }

    fn sorted(
        &self,
        mut is_wanted: impl FnMut(&InferenceKey) -> bool,
    ) -> Vec<(InferenceKey, InferenceResult)> {
        let mut entries = self.answers.entries();
        entries.retain(|(key, found)| is_wanted(key) && self.look(found) == Look::Good);
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        entries
    }
}
