//! Modules of a store, made ready to be called.

use rtfs_host::{AotCache, AotKey, Engine, LoadError, Module};
use rtfs_store::{GetError, ModuleRecord, Store};

/// Why a stored module cannot be called.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoredError {
    /// Its component cannot be had.
    #[error("the component cannot be read")]
    Get(#[from] GetError),
    /// The engine does not take it.
    #[error("the component cannot be loaded")]
    Load(#[from] LoadError),
}

/// Loads the component of a record that the caller has found trusted. Its bytes are read and
/// hashed even where native code is kept, so that altered ones are noticed and not passed over.
///
/// # Errors
/// When the component is missing, altered, or nothing the engine runs.
pub fn load_stored(
    engine: &Engine,
    store: &Store,
    native: &AotCache,
    module: &ModuleRecord,
) -> Result<Module, StoredError> {
    let component = store.get_blob(&module.component.digest)?;
    let key = AotKey(*module.facts.artifact_key.as_bytes());
    Ok(engine.compile_cached(native, &key, &component, &[])?.module)
}
