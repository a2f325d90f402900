//! Content-addressed, signed storage for modules in a capability-scoped directory.
//!
//! A [`Store`] is one `cap_std::fs::Dir` and never opens anything outside it. Its root is an OCI
//! image layout. Every immutable object lies under the SHA-256 of its bytes; signed records say
//! which objects make up a module, what it offers and where it came from; a derived index finds
//! records and can be deleted at any time. `FORMAT.md` beside this crate specifies the bytes.
//!
//! The crate knows nothing of what the bytes mean: components, sources and hashes of definitions
//! are opaque to it.
//!
//! What one must know:
//! * A call that returned has made durable what it published ([`Store::publish_module`]); a crash
//!   before leaves nothing visible.
//! * [`Store::find`] and [`Store::resolve`] give records with their [`Verdict`]. Only
//!   [`Record::trusted_module`] leads to something that may be run, and [`Store::get_blob`] gives
//!   the bytes it names or an error.
//! * Signing keys live in another directory, a [`KeyRing`], or with a [`Signer`] of the embedder.
//! * There is no clock in records: a time is whatever the caller claims.
//!
//! ```
//! use rtfs_store::*;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (store_dir, keys_dir) = (tempfile::tempdir()?, tempfile::tempdir()?);
//! # let open = |dir: &tempfile::TempDir| {
//! #     cap_std::fs::Dir::open_ambient_dir(dir.path(), cap_std::ambient_authority())
//! # };
//! let keyring = KeyRing::open(open(&keys_dir)?)?;
//! let signer = keyring.default_or_create("this machine")?;
//! let anchors = Anchors { keyring: Some(keyring), ..Anchors::default() };
//! let store = Store::open(open(&store_dir)?, anchors)?;
//!
//! let definition = DefinitionHash::from_bytes([1; 32]);
//! let publication = Publication {
//!     component: b"\0asm...",
//!     source: Some(b"(defn add [x y] (+ x y))"),
//!     ir: None,
//!     facts: ModuleFacts {
//!         artifact_key: ArtifactKey::from_bytes([2; 32]),
//!         interface: InterfaceHash::from_bytes([3; 32]),
//!         exports: vec![ExportRecord {
//!             index: 1,
//!             name: "add".into(),
//!             definition: Some(definition),
//!             interface: InterfaceHash::from_bytes([4; 32]),
//!             capabilities: Default::default(),
//!         }],
//!         capabilities: Default::default(),
//!         backend: BackendRef { id: "wasm32-component".into(), version: "0.1.0".into() },
//!         validation: Validation::Pending,
//!         retention: Retention::Keep,
//!         description: None,
//!         annotations: Default::default(),
//!         claimed_unix_seconds: None,
//!     },
//!     name: Some("demo"),
//! };
//! let published = store.publish_module(&publication, &signer)?;
//!
//! let found = store.find(&Query::Definition(definition))?;
//! let module = found[0].trusted_module().ok_or("not trusted")?;
//! assert_eq!(store.get_blob(&module.component.digest)?, b"\0asm...");
//! assert_eq!(module, &published.module);
//! # Ok(())
//! # }
//! ```

#[cfg(not(target_os = "linux"))]
compile_error!("rtfs-store needs Linux: O_TMPFILE, linkat on descriptors and flock");

mod belief;
mod blobs;
mod catalogue;
mod check;
mod collect;
mod digest;
mod dsse;
mod durable;
mod fs;
mod index;
mod key;
mod keyring;
mod layout;
mod lease;
mod limits;
mod locate;
mod module;
mod names;
mod oci;
mod pin;
mod publish;
mod records;
mod scrub;
mod statement;
mod store;
mod trust;

pub use belief::{TrustError, TrustMark};
pub use blobs::GetError;
pub use catalogue::{Entry, Search};
pub use check::{Fault, Part, PinFault, Problem};
pub use collect::{CollectError, CollectOptions, CollectReport};
pub use digest::{ArtifactKey, DefinitionHash, Digest, InterfaceHash, KeyId, ParseDigestError};
pub use durable::PutError;
pub use fs::{Access, DirFs, Lock, LockMode, StagedFile, Stamp, StoreFs, StoredFile, Wait};
pub use index::{IndexError, Query};
pub use key::{LocalSigner, ParseKeyError, PublicKey, SignError, Signer};
pub use keyring::{KeyError, KeyInfo, KeyRing};
pub use layout::OpenError;
pub use lease::Hold;
pub use limits::{MAX_BLOB_BYTES, MAX_NAME_BYTES, MAX_RECORD_BYTES, MAX_SOURCE_BYTES};
pub use locate::{LocateError, Located, MIN_DIGITS};
pub use module::{
    BackendRef, BlobRef, ExportRecord, ModuleFacts, ModuleRecord, Retention, SourceRef, Validation,
};
pub use names::NamePointer;
pub use pin::{Pin, PinError, Surface};
pub use publish::{Publication, PublishError, Published};
pub use scrub::{Damage, ScrubError, ScrubReport};
pub use statement::{InvalidStatement, Statement};
pub use store::{Anchors, FindError, HoldError, Record, RecordError, Resolved, SourceError, Store};
pub use trust::{
    Corruption, IgnoredStatement, StorePolicy, TrustSet, TrustStatement, TrustedKey, Verdict,
};
