//! Components that were not compiled from a program: modules that somebody wrote against the WIT.

use std::collections::BTreeSet;

use rtfs_host::{CallError, CallOptions, Module};
use rtfs_store::{
    ArtifactKey, BackendRef, Digest, ExportRecord, InterfaceHash, ModuleFacts, Publication,
    PublishError, Retention, Signer, Store, Validation,
};
use rtfs_value::{Map, Value, cbor};
use sha2::{Digest as _, Sha256};

/// Why a component was not published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishComponentError {
    /// It does not say what it exports.
    #[error("the component does not answer `describe`")]
    Describe(#[from] CallError),
    /// What it says is no description.
    #[error("the component's description {0}")]
    Description(String),
    /// It could not be recorded.
    #[error("the component could not be recorded")]
    Publish(#[from] PublishError),
}

/// What a component is published with.
#[derive(Clone, Debug, Default)]
pub struct ComponentLabel<'a> {
    /// The name that stands for it from now on.
    pub name: &'a str,
    /// What it does, in the author's words.
    pub description: Option<String>,
}

/// Signs a record of a component, with the exports that it describes. Capabilities are asked for by
/// name when it runs, so the record cannot list them; grants decide as ever.
///
/// # Errors
/// When it does not describe itself, or the record cannot be made durable.
pub fn publish_component(
    store: &Store,
    module: &Module,
    component: &[u8],
    label: &ComponentLabel<'_>,
    signer: &dyn Signer,
) -> Result<Digest, PublishComponentError> {
    let account = module.describe(&CallOptions::default())?.value;
    let wrong = |why: &str| PublishComponentError::Description(why.to_owned());
    let account = cbor::decode(&account).map_err(|error| wrong(&error.to_string()))?;
    let account = account.as_map().ok_or_else(|| wrong("is no map"))?;
    let backend = account.get_keyword("backend").and_then(Value::as_str);
    let backend = backend.ok_or_else(|| wrong("has no `:backend`"))?;
    let exports = account.get_keyword("exports").and_then(Value::as_seq);
    let exports = exports.ok_or_else(|| wrong("has no `:exports`"))?;
    let records = exports.iter().enumerate();
    let records = records.map(|(index, export)| record(index, export.as_map()));
    let records: Option<Vec<ExportRecord>> = records.collect();
    let facts = ModuleFacts {
        artifact_key: ArtifactKey::from_bytes(Sha256::digest(component).into()),
        interface: hash_of(&[account.get_keyword("exports").unwrap_or(&Value::NIL)]),
        exports: records.ok_or_else(|| wrong("has an export without a name"))?,
        capabilities: BTreeSet::new(),
        backend: BackendRef {
            id: rtfs_delegate::WASM32_COMPONENT.to_owned(),
            version: backend.to_owned(),
        },
        // There are no cases to pass.
        validation: Validation::Pending,
        retention: Retention::Keep,
        description: label.description.clone(),
        annotations: Default::default(),
        claimed_unix_seconds: None,
    };
    let published = store.publish_module(
        &Publication {
            component,
            source: None,
            ir: None,
            facts,
            name: Some(label.name),
        },
        signer,
    )?;
    Ok(published.record)
}

fn record(index: usize, export: Option<&Map>) -> Option<ExportRecord> {
    let name = export?.get_keyword("name")?.as_str()?;
    let signature = ["name", "params", "rest", "result"];
    let signature = signature.map(|key| export?.get_keyword(key));
    let signature: Vec<&Value> = signature.into_iter().flatten().collect();
    Some(ExportRecord {
        index: u32::try_from(index + 1).ok()?,
        name: name.to_owned(),
        definition: None,
        interface: hash_of(&signature),
        capabilities: BTreeSet::new(),
    })
}

/// A hash of what the component says of itself. It is no hash of a checked signature, so it never
/// equals one.
fn hash_of(parts: &[&Value]) -> InterfaceHash {
    let mut hash = Sha256::new();
    hash.update(b"rtfs-described");
    for part in parts {
        // What was decoded can be encoded.
        hash.update(cbor::encode(part).unwrap_or_default());
    }
    InterfaceHash::from_bytes(hash.finalize().into())
}
