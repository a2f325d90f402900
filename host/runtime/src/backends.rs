//! Backends that this host was told to use: named, signed records of a store.

use std::collections::BTreeMap;
use std::sync::Arc;

use rtfs_store::{
    ArtifactKey, BackendRef, Digest, FindError, GetError, IndexError, InterfaceHash, ModuleFacts,
    ModuleRecord, Publication, PublishError, Retention, Signer, Store, Validation,
};
use sha2::{Digest as _, Sha256};

use crate::guest_backend::GuestBackend;

/// What a record says its backend is, when it is a backend itself.
const BACKEND_OF_BACKENDS: &str = "rtfs-backend";
const TARGET_ID: &str = "rtfs.target-id";
const VERSION: &str = "rtfs.version";
const VERDICT: &str = "rtfs.verdict";
const REMOVED: &str = "removed";

/// A backend that was added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledBackend {
    /// What it is called here: the name it gives itself.
    pub name: String,
    /// What its artifacts are for.
    pub target_id: String,
    /// The version it gives itself.
    pub version: String,
    /// Its component.
    pub component: Digest,
    /// Size of the component, in bytes.
    pub component_bytes: u64,
    /// The signed record that names it.
    pub record: Digest,
    /// What the conformance kit found when it was added.
    pub verdict: String,
}

/// Why a backend could not be added, found or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackendsError {
    /// There is none of that name.
    #[error("there is no backend `{name}`")]
    Unknown {
        /// The name.
        name: String,
    },
    /// Its record is not believed.
    #[error("backend `{name}` is refused: {verdict}")]
    Refused {
        /// The name.
        name: String,
        /// Why.
        verdict: String,
    },
    /// Its component cannot be used.
    #[error("the component of backend `{name}` cannot be used")]
    Component {
        /// The name.
        name: String,
        /// Why.
        source: GetError,
    },
    /// The store cannot be searched.
    #[error("cannot look for backends")]
    Find(#[from] FindError),
    /// The index cannot be read.
    #[error("cannot list backends")]
    Index(#[from] IndexError),
    /// It could not be recorded.
    #[error("the backend could not be recorded")]
    Publish(#[from] PublishError),
}

/// The backends of a store.
#[derive(Clone)]
pub struct Backends {
    store: Arc<Store>,
}

impl Backends {
    /// Begins the names of backends among those of modules.
    pub const PREFIX: &'static str = "backend/";

    /// Those of `store`.
    pub fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// Records a backend that was found fit, in place of any of the same name.
    ///
    /// # Errors
    /// When the record cannot be made durable.
    pub fn add(
        &self,
        backend: &GuestBackend,
        component: &[u8],
        verdict: &str,
        signer: &dyn Signer,
    ) -> Result<InstalledBackend, BackendsError> {
        use rtfs_delegate::BytecodeBackend as _;
        let annotations = [
            (TARGET_ID, backend.target_id()),
            (VERSION, backend.own_version()),
            (VERDICT, verdict),
        ];
        self.publish(backend.name(), component, &annotations, signer)?;
        self.find(backend.name())
    }

    /// Records that a name stands for no backend any more.
    ///
    /// # Errors
    /// When there is none, or the record cannot be made durable.
    pub fn remove(&self, name: &str, signer: &dyn Signer) -> Result<(), BackendsError> {
        let installed = self.find(name)?;
        let component = self.component(&installed)?;
        self.publish(name, &component, &[(REMOVED, "true")], signer)
    }

    /// All backends, by name. Those whose records are not believed are left out.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn list(&self) -> Result<Vec<InstalledBackend>, BackendsError> {
        let mut installed = Vec::new();
        for name in self.store.names()? {
            let Some(name) = name.strip_prefix(Self::PREFIX) else {
                continue;
            };
            match self.find(name) {
                Ok(backend) => installed.push(backend),
                Err(BackendsError::Unknown { .. } | BackendsError::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(installed)
    }

    fn full_name(name: &str) -> String {
        format!("{}{name}", Self::PREFIX)
    }

    /// The backend of a name.
    ///
    /// # Errors
    /// When there is none, or its record is not believed.
    pub fn find(&self, name: &str) -> Result<InstalledBackend, BackendsError> {
        let unknown = || BackendsError::Unknown {
            name: name.to_owned(),
        };
        let resolved = self.store.resolve(&Self::full_name(name))?;
        let resolved = resolved.ok_or_else(unknown)?;
        let record = resolved.module.as_ref().ok_or_else(unknown)?;
        let Some(module) = resolved.trusted_module() else {
            return Err(BackendsError::Refused {
                name: name.to_owned(),
                verdict: match resolved.pointer.trusted_pointer() {
                    Some(_) => record.verdict().to_string(),
                    None => resolved.pointer.verdict().to_string(),
                },
            });
        };
        installed(name, record.digest(), module).ok_or_else(unknown)
    }

    /// The bytes of a backend, verified.
    ///
    /// # Errors
    /// When they are missing or altered.
    pub fn component(&self, backend: &InstalledBackend) -> Result<Vec<u8>, BackendsError> {
        let bytes = self.store.get_blob(&backend.component);
        bytes.map_err(|source| BackendsError::Component {
            name: backend.name.clone(),
            source,
        })
    }

    fn publish(
        &self,
        name: &str,
        component: &[u8],
        annotations: &[(&str, &str)],
        signer: &dyn Signer,
    ) -> Result<(), BackendsError> {
        let annotations = annotations.iter();
        let annotations = annotations.map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let facts = ModuleFacts {
            // Nobody looks a backend up by what it was compiled from.
            artifact_key: ArtifactKey::from_bytes(Sha256::digest(component).into()),
            interface: InterfaceHash::from_bytes(Sha256::digest(BACKEND_OF_BACKENDS).into()),
            exports: Vec::new(),
            capabilities: Default::default(),
            backend: BackendRef {
                id: BACKEND_OF_BACKENDS.to_owned(),
                version: "0.1.0".to_owned(),
            },
            validation: Validation::Verified,
            retention: Retention::Keep,
            description: None,
            annotations: annotations.collect::<BTreeMap<String, String>>(),
            claimed_unix_seconds: None,
        };
        let publication = Publication {
            component,
            source: None,
            ir: None,
            facts,
            name: Some(&Self::full_name(name)),
        };
        self.store.publish_module(&publication, signer)?;
        Ok(())
    }
}

/// What a record says of a backend; `None` when it is no backend, or one that was removed.
fn installed(name: &str, record: Digest, module: &ModuleRecord) -> Option<InstalledBackend> {
    let facts = &module.facts;
    let said = |key: &str| facts.annotations.get(key).cloned();
    if facts.backend.id != BACKEND_OF_BACKENDS || said(REMOVED).is_some() {
        return None;
    }
    Some(InstalledBackend {
        name: name.to_owned(),
        target_id: said(TARGET_ID)?,
        version: said(VERSION)?,
        component: module.component.digest,
        component_bytes: module.component.size_bytes,
        record,
        verdict: said(VERDICT)?,
    })
}
