//! What can go wrong with a cache. A failing cache never fails the call it serves.

/// Why a cache refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// There is no room and nothing may go.
    #[error("Cache is full")]
    CacheFull,
    /// There is no such key.
    #[error("Key not found")]
    KeyNotFound,
    /// A value could not be encoded or decoded.
    #[error("Serialization error: {0}")]
    SerializationError(String),
    /// What holds the entries failed.
    #[error("Storage error: {0}")]
    StorageError(String),
    /// The configuration or an argument makes no sense.
    #[error("Configuration error: {0}")]
    ConfigError(String),
    /// Work in the background failed.
    #[error("Async operation failed: {0}")]
    AsyncError(String),
}
