//! Stored modules: found by what they mean or look like, verified before they answer.

mod blob_kind;
mod client;
mod error;
mod find;
mod lookup;
mod module;
mod publication;
mod resident;

pub use blob_kind::BlobKind;
pub use client::{L4CacheClient, L4Config, L4Stats};
pub use error::L4Error;
pub use lookup::{L4Hit, Lookup, MissReason};
pub use module::RtfsModuleMetadata;
pub use publication::ModulePublication;
