//! L3: did somebody ask nearly the same?

use std::sync::Arc;
use std::time::Duration;

use super::config::{CacheConfig, check_threshold};
use super::error::CacheError;
use super::generic::Cache;
use super::key::{PartsHash, SemanticKey};
use super::layer::CacheLayer;
use super::stats::CacheStats;
use crate::clock::{Clock, Timestamp};
use crate::embedding::{Embedder, Embedding};

/// How the semantic cache behaves.
#[derive(Debug, Clone, PartialEq)]
pub struct SemanticConfig {
    /// The most entries; 0 caches nothing.
    pub max_size: usize,
    /// The least similarity of an answer that is reused.
    pub similarity_threshold: f64,
    /// How old an answer may be.
    pub max_age: Duration,
}

impl Default for SemanticConfig {
    fn default() -> Self {
        Self {
            max_size: 1000,
            similarity_threshold: 0.98,
            max_age: Duration::from_secs(86_400),
        }
    }
}

/// What must be equal before similarity is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct SemanticScope {
    /// The model.
    pub model: String,
    /// The general part of the prompt, or its hash.
    pub system: String,
    /// Tenant and security scope.
    pub tenant: String,
    /// The form the answer must have.
    pub response_schema: Option<String>,
}

/// A similar question's answer. To be logged with every use.
#[derive(Debug, Clone, PartialEq)]
pub struct SemanticHit<V> {
    /// The answer.
    pub value: V,
    /// The question it was given to.
    pub question: String,
    /// How similar the questions are.
    pub similarity: f64,
}

#[derive(Clone)]
struct Answer<V> {
    scope: SemanticScope,
    question: String,
    embedding: Embedding,
    value: V,
    created_at: Timestamp,
    /// Counts stored answers: the greater, the newer.
    number: u64,
}

/// Answers by what their questions mean. Without an embedder it stores and finds nothing.
pub struct SemanticCache<V> {
    answers: Cache<SemanticKey, Answer<V>>,
    config: SemanticConfig,
    embedder: Option<Arc<dyn Embedder>>,
    numbers: std::sync::atomic::AtomicU64,
}

impl<V: Clone + Send> SemanticCache<V> {
    /// A cache that is off until it gets an embedder.
    ///
    /// # Errors
    /// `ConfigError` when the threshold is not between 0 and 1.
    pub fn new(config: SemanticConfig, clock: Arc<dyn Clock>) -> Result<Self, CacheError> {
        check_threshold("similarity threshold", config.similarity_threshold)?;
        let inner = CacheConfig {
            max_size: config.max_size,
            ttl: Some(config.max_age),
            ..CacheConfig::default()
        };
        Ok(Self {
            answers: Cache::new(inner, clock)?,
            config,
            embedder: None,
            numbers: std::sync::atomic::AtomicU64::new(0),
        })
    }

    /// Turns the cache on.
    #[must_use]
    pub fn with_embedder(mut self, embedder: Arc<dyn Embedder>) -> Self {
        self.embedder = Some(embedder);
        self
    }

    /// Whether there is an embedder.
    pub fn is_on(&self) -> bool {
        self.embedder.is_some()
    }

    /// The answer to the most similar question of the scope, if it is similar enough; of equally
    /// similar ones the newest.
    pub fn get_semantic(&self, scope: &SemanticScope, question: &str) -> Option<SemanticHit<V>> {
        let found = self.best(scope, question);
        self.answers.count_scan(found.as_ref().map(|(key, _)| key));
        found.map(|(_, hit)| hit)
    }

    fn best(&self, scope: &SemanticScope, question: &str) -> Option<(SemanticKey, SemanticHit<V>)> {
        let asked = self.embed(question)?;
        let threshold = self.config.similarity_threshold;
        self.ranked(scope, &asked, threshold).into_iter().next()
    }

    /// Entries of a scope at least `min` similar to a question, the most similar first. Not counted
    /// as a lookup.
    pub fn get_similar_entries(
        &self,
        scope: &SemanticScope,
        question: &str,
        min: f64,
    ) -> Vec<(SemanticKey, SemanticHit<V>)> {
        match self.embed(question) {
            Some(asked) => self.ranked(scope, &asked, min),
            None => Vec::new(),
        }
    }

    /// Stores an answer; whether it was, which needs an embedder.
    ///
    /// # Errors
    /// `ConfigError` when the embedder gives a vector that is none.
    pub fn put_semantic(
        &self,
        scope: &SemanticScope,
        question: &str,
        value: V,
    ) -> Result<bool, CacheError> {
        let Some(embedder) = &self.embedder else {
            return Ok(false);
        };
        let Some(vector) = embedder.embed(question) else {
            return Ok(false);
        };
        let embedding = Embedding::new(embedder.id(), vector)
            .map_err(|error| CacheError::ConfigError(error.to_string()))?;
        let number = self
            .numbers
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let answer = Answer {
            scope: scope.clone(),
            question: question.to_owned(),
            embedding,
            value,
            created_at: self.answers.now(),
            number,
        };
        self.answers.put(key(scope, question), answer)?;
        Ok(true)
    }

    /// Forgets the answer to exactly this question; whether there was one.
    ///
    /// # Errors
    /// When the cache cannot be changed.
    pub fn invalidate_semantic(
        &self,
        scope: &SemanticScope,
        question: &str,
    ) -> Result<bool, CacheError> {
        self.answers.invalidate(&key(scope, question))
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
    pub fn config(&self) -> &SemanticConfig {
        &self.config
    }

    /// A vector that is none is a miss.
    fn embed(&self, question: &str) -> Option<Embedding> {
        let embedder = self.embedder.as_ref()?;
        Embedding::new(embedder.id(), embedder.embed(question)?).ok()
    }

    fn ranked(
        &self,
        scope: &SemanticScope,
        asked: &Embedding,
        min: f64,
    ) -> Vec<(SemanticKey, SemanticHit<V>)> {
        let entries = self.answers.entries().into_iter();
        let in_scope = entries.filter(|(_, answer)| answer.scope == *scope);
        let mut scored: Vec<_> = in_scope
            .map(|(key, answer)| (answer.embedding.similarity(asked), key, answer))
            .filter(|(similarity, ..)| *similarity >= min)
            .collect();
        scored.sort_by(|a, b| {
            let newest = (b.2.created_at, b.2.number).cmp(&(a.2.created_at, a.2.number));
            b.0.total_cmp(&a.0).then(newest).then(a.1.cmp(&b.1))
        });
        let hit = |(similarity, key, answer): (f64, SemanticKey, Answer<V>)| {
            let Answer {
                value, question, ..
            } = answer;
            let hit = SemanticHit {
                value,
                question,
                similarity,
            };
            (key, hit)
        };
        scored.into_iter().map(hit).collect()
    }
}

fn key(scope: &SemanticScope, question: &str) -> SemanticKey {
    let mut hash = PartsHash::default();
    hash.part(b"rtfs-semantic-1")
        .part(scope.model.as_bytes())
        .part(scope.system.as_bytes())
        .part(scope.tenant.as_bytes())
        .optional(scope.response_schema.as_deref().map(str::as_bytes))
        .part(question.as_bytes());
    SemanticKey(hash.finish())
}
