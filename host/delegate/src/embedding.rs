//! Vectors that stand for texts, each with the name of what made it.

/// Why a vector cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("item {index} of the vector is not a finite number")]
pub struct EmbeddingError {
    /// The first such item.
    pub index: usize,
}

/// A vector of finite numbers, tagged with the embedder that made it. Vectors of different
/// embedders are never compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    embedder: String,
    vector: Vec<f32>,
}

impl Embedding {
    /// Tags a vector.
    ///
    /// # Errors
    /// When an item is infinite or no number.
    pub fn new(embedder: impl Into<String>, vector: Vec<f32>) -> Result<Self, EmbeddingError> {
        match vector.iter().position(|item| !item.is_finite()) {
            Some(index) => Err(EmbeddingError { index }),
            None => Ok(Self {
                embedder: embedder.into(),
                vector,
            }),
        }
    }

    /// The embedder's id, which names its version too.
    pub fn embedder(&self) -> &str {
        &self.embedder
    }

    /// The numbers.
    pub fn vector(&self) -> &[f32] {
        &self.vector
    }

    /// Cosine of the angle between two vectors; 0 when they are of different embedders or lengths,
    /// or one of them has no length.
    pub fn similarity(&self, other: &Self) -> f64 {
        if self.embedder == other.embedder {
            cosine(&self.vector, &other.vector)
        } else {
            0.0
        }
    }
}

/// Makes vectors of texts.
pub trait Embedder: Send + Sync {
    /// Name and version: `hash-v1`.
    fn id(&self) -> &str;

    /// Numbers in a vector.
    fn dimension(&self) -> usize;

    /// The vector of a text, or `None` if it has none.
    fn embed(&self, text: &str) -> Option<Vec<f32>>;
}

/// Cosine of the angle between two vectors; 0 when their lengths differ or a norm is 0.
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    if a.len() != b.len() {
        return 0.0;
    }
    let (mut dot, mut norm_a, mut norm_b) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (f64::from(*a), f64::from(*b));
        dot += a * b;
        norm_a += a * a;
        norm_b += b * b;
    }
    // The product of two norms may be too large or too small for a number; each one is not.
    let norms = norm_a.sqrt() * norm_b.sqrt();
    if norms == 0.0 { 0.0 } else { dot / norms }
}
