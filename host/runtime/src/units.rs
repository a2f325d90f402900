//! Whole programs as components: found in the store, or made and kept.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use rtfs_delegate::{
    BackendOptions, BytecodeBackend, CapabilityGrants, CompileError, ExecutionLimits,
    L4CacheClient, ModulePublication, RtfsModuleMetadata, Timestamp,
};
use rtfs_eval::Host;
use rtfs_host::{
    AotCache, AotKey, CacheError, CallError, CallOptions, CompileWorker, Engine, Finished,
    LoadError, Miss, Module,
};
use rtfs_ir::{ArtifactKey, Description, Program};
use rtfs_store::{BackendRef, Digest, Retention, Validation};
use rtfs_value::types::Level;
use rtfs_value::{Error, cbor};

use crate::bridge;
use crate::declared::{Declaring, Known};
use crate::delegation::{Delegation, Session};
use crate::ending::{Ran, chain};
use crate::observe::{Event, Observer};
use crate::outside::Outside;
use crate::wasm_executor;

/// A program as it was lowered, with its text.
#[derive(Clone, Copy, Debug)]
pub struct Unit<'a> {
    /// What is to run.
    pub program: &'a Program,
    /// What it was written as; kept beside the component.
    pub source: Option<&'a str>,
    /// How it is compiled.
    pub options: &'a BackendOptions,
}

/// What a publication says of a unit besides what the program says itself.
#[derive(Clone, Debug, Default)]
pub struct Label<'a> {
    /// A name that from now on stands for the unit.
    pub name: Option<&'a str>,
    /// What it does, in the author's words.
    pub description: Option<String>,
    /// Whether its cases passed.
    pub verified: bool,
    /// When it is said to have been made.
    pub claimed_at: Option<Timestamp>,
}

/// Where components are kept: signed in a store, and as native code beside it.
#[derive(Clone)]
pub struct UnitStore {
    /// Finds and publishes records.
    pub l4: Arc<L4CacheClient>,
    /// Native code that this host compiled.
    pub native: Arc<AotCache>,
}

/// Why a unit has no component.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnitError {
    /// The backend did not make one.
    #[error("the program cannot be compiled")]
    Compile(#[from] CompileError),
    /// What the backend made is not the program's component.
    #[error("backend `{target_id}` made a component that is not the program's: {reason}")]
    Misdescribed {
        /// The backend's target.
        target_id: String,
        /// Where it differs.
        reason: String,
    },
    /// The component did not say what it is.
    #[error("the component does not describe itself")]
    Describe(#[source] CallError),
    /// The engine does not take what the backend made.
    #[error("the component cannot be loaded")]
    Load(#[from] LoadError),
    /// It cannot be published.
    #[error("the component cannot be published")]
    Publish(#[from] rtfs_delegate::L4Error),
    /// There is no store to publish to.
    #[error("there is no store")]
    NoStore,
}

/// Finds the components of programs, or has them made.
pub struct Units {
    engine: Engine,
    backend: Arc<dyn BytecodeBackend>,
    store: Option<UnitStore>,
    /// For what strangers' backends make.
    worker: Option<CompileWorker>,
}

impl fmt::Debug for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Units")
            .field("engine", &self.engine)
            .field("backend", &self.backend.target_id())
            .finish_non_exhaustive()
    }
}

impl Units {
    /// `backend` lowers, `engine` runs. Without a store, nothing is kept.
    pub fn new(
        engine: Engine,
        backend: Arc<dyn BytecodeBackend>,
        store: Option<UnitStore>,
    ) -> Self {
        Self {
            engine,
            backend,
            store,
            worker: None,
        }
    }

    /// For a backend that is not part of this host: its components are translated to native code in
    /// a worker, and must describe the program that they were made of before they are kept or run.
    #[must_use]
    pub fn with_worker(mut self, worker: CompileWorker) -> Self {
        self.worker = Some(worker);
        self
    }

    /// The key under which a unit is found again.
    pub fn key(&self, unit: &Unit<'_>) -> ArtifactKey {
        self.backend.artifact_key(unit.program, unit.options)
    }

    /// The unit's component, ready to be called: from the store, or made now and kept there as an
    /// unnamed cache record. Failing to keep it fails nothing.
    ///
    /// # Errors
    /// When it is in no store and cannot be made.
    pub fn load(&self, unit: &Unit<'_>, observer: &dyn Observer) -> Result<Module, UnitError> {
        let key = self.key(unit);
        let Some(store) = &self.store else {
            let component = self.lower(unit, &key, observer)?;
            return match self.examine(unit, &component)? {
                Some(module) => Ok(module),
                None => Ok(self.engine.compile(&component)?),
            };
        };
        if let Some(module) = self.load_known(store, &key, observer) {
            return Ok(module);
        }
        match store.l4.find_unit(key) {
            Ok(module) => {
                match self.load_stored(store, &key, &module, observer) {
                    Ok(loaded) => {
                        report_hit(&key, &module, observer);
                        return Ok(loaded);
                    }
                    // The blob went away, or the engine cannot have made sense of it.
                    Err(error) => report_miss(&key, &chain(&error), observer),
                }
            }
            Err(reason) => report_miss(&key, reason.name(), observer),
        }
        let component = self.lower(unit, &key, observer)?;
        let (module, record) = match self.examine(unit, &component)? {
            Some(module) => (module, self.keep(store, unit, &key, &component, observer)),
            None => {
                let keep = || self.keep(store, unit, &key, &component, observer);
                compile_meanwhile(&self.engine, &component, keep)?
            }
        };
        self.keep_native(store, &key, &module, record, observer);
        Ok(module)
    }

    /// The module of a component that a stranger's backend made, if it is the program's.
    fn examine(&self, unit: &Unit<'_>, component: &[u8]) -> Result<Option<Module>, UnitError> {
        let Some(worker) = &self.worker else {
            return Ok(None);
        };
        let misdescribed = |reason: String| UnitError::Misdescribed {
            target_id: self.backend.target_id().to_owned(),
            reason,
        };
        let module = self.engine.compile_apart(worker, component)?;
        let account = module.describe(&CallOptions::default());
        let account = account.map_err(UnitError::Describe)?.value;
        let account = cbor::decode(&account).map_err(|error| misdescribed(error.to_string()))?;
        let wanted = Description::of(unit.program, unit.options.validation);
        match wanted.difference(&account) {
            None => Ok(Some(module)),
            Some(reason) => Err(misdescribed(reason)),
        }
    }

    /// Compiles a unit, or finds its component, and signs a record that stays.
    ///
    /// # Errors
    /// When there is no store, the unit cannot be compiled, or it cannot be made durable.
    pub fn publish(
        &self,
        unit: &Unit<'_>,
        label: &Label<'_>,
        observer: &dyn Observer,
    ) -> Result<Arc<RtfsModuleMetadata>, UnitError> {
        let store = self.store.as_ref().ok_or(UnitError::NoStore)?;
        let key = self.key(unit);
        let component = self.lower(unit, &key, observer)?;
        self.examine(unit, &component)?;
        let mut publication = self.publication(unit, &key, &component, Retention::Keep);
        publication.name = label.name;
        publication.description = label.description.clone();
        publication.claimed_at = label.claimed_at;
        if label.verified {
            publication.validation = Validation::Verified;
        }
        let module = store.l4.publish_module(&publication)?;
        report_publication(&module, observer);
        Ok(module)
    }

    /// The unit by its native code, which names the record that it belongs to. The record and its
    /// blobs are verified as if they had been searched for; only the search is spared.
    fn load_known(
        &self,
        store: &UnitStore,
        key: &ArtifactKey,
        observer: &dyn Observer,
    ) -> Option<Module> {
        let native = AotKey(*key.as_bytes());
        let altered = self.engine.translated().altered;
        let loaded = self.engine.load_cached(&store.native, &native).ok()?;
        let refuse = |what: &str| {
            observer.event(Event::Refuse {
                call: unit_name(key),
                reason: format!("tampered {what}"),
            });
        };
        if self.engine.translated().altered > altered {
            refuse("translations of functions");
        }
        if loaded.as_ref().err() == Some(&Miss::Tampered) {
            refuse("native code");
        }
        let loaded = loaded.ok()?;
        let record = Digest::from_bytes(loaded.extra.try_into().ok()?);
        let module = store.l4.known_unit(&record, *key)?;
        if loaded.module.digest() != module.storage_pointer().as_bytes() {
            return None;
        }
        report_hit(key, &module, observer);
        Some(loaded.module)
    }

    fn load_stored(
        &self,
        store: &UnitStore,
        key: &ArtifactKey,
        module: &RtfsModuleMetadata,
        observer: &dyn Observer,
    ) -> Result<Module, UnitError> {
        let native = AotKey(*key.as_bytes());
        let wanted = module.storage_pointer();
        if let Ok(Ok(loaded)) = self.engine.load_cached(&store.native, &native)
            && loaded.module.digest() == wanted.as_bytes()
        {
            self.keep_native(store, key, &loaded.module, Some(module.id()), observer);
            return Ok(loaded.module);
        }
        let component = store.l4.get_blob(&wanted)?.unwrap_or_default();
        let compiled = match &self.worker {
            Some(worker) => self.engine.compile_apart(worker, &component)?,
            None => self.engine.compile(&component)?,
        };
        self.keep_native(store, key, &compiled, Some(module.id()), observer);
        Ok(compiled)
    }

    /// Keeps native code beside the store, with the record that it belongs to.
    fn keep_native(
        &self,
        store: &UnitStore,
        key: &ArtifactKey,
        module: &Module,
        record: Option<Digest>,
        observer: &dyn Observer,
    ) {
        let native = AotKey(*key.as_bytes());
        let record = record.as_ref().map_or(&[][..], |digest| digest.as_bytes());
        if let Err(error) = self.engine.keep(&store.native, &native, module, record) {
            report_not_kept(&error, observer);
        }
    }

    fn lower(
        &self,
        unit: &Unit<'_>,
        key: &ArtifactKey,
        observer: &dyn Observer,
    ) -> Result<Vec<u8>, UnitError> {
        let started = Instant::now();
        let component = self.backend.compile_module(unit.program, unit.options)?;
        observer.event(Event::Compile {
            unit: unit_name(key),
            backend: self.backend.target_id().to_owned(),
            artifact: *key,
            bytes: component.len(),
            time: started.elapsed(),
        });
        Ok(component)
    }

    fn keep(
        &self,
        store: &UnitStore,
        unit: &Unit<'_>,
        key: &ArtifactKey,
        component: &[u8],
        observer: &dyn Observer,
    ) -> Option<Digest> {
        let publication = self.publication(unit, key, component, Retention::Cache);
        match store.l4.publish_module(&publication) {
            Ok(module) => {
                report_publication(&module, observer);
                Some(module.id())
            }
            Err(error) => {
                observer.event(Event::Warning {
                    message: format!("the component was not kept: {}", chain(&error)),
                });
                None
            }
        }
    }

    fn publication<'u>(
        &self,
        unit: &Unit<'u>,
        key: &ArtifactKey,
        bytecode: &'u [u8],
        retention: Retention,
    ) -> ModulePublication<'u> {
        ModulePublication {
            program: unit.program,
            source: unit.source,
            bytecode,
            backend: BackendRef {
                id: self.backend.target_id().to_owned(),
                version: self.backend.version().to_owned(),
            },
            artifact_key: *key,
            level: unit.options.validation,
            validation: Validation::Pending,
            retention,
            description: None,
            embedding: None,
            name: None,
            claimed_at: None,
        }
    }
}

/// Who answers for functions that a module's program only declares.
#[derive(Clone, Copy)]
pub struct Declares<'a> {
    /// The program that the module was made of.
    pub program: &'a Program,
    /// Where its declared functions are found. Only [`rtfs_delegate::Policy::Interface`] answers.
    pub delegation: &'a Delegation,
    /// How much of declarations is checked.
    pub validation: Level,
    /// Hears of it.
    pub observer: &'a dyn Observer,
}

/// Calls an export of a module: 0 is the program's top level. `host` answers what it asks, and
/// stored modules answer calls of declared functions, if there are any.
///
/// # Errors
/// When an argument cannot be passed.
pub fn call(
    module: &Module,
    export: u32,
    args: &[rtfs_value::Value],
    (limits, grants): (&ExecutionLimits, &CapabilityGrants),
    host: &mut dyn Host,
    declares: Option<Declares<'_>>,
) -> Result<Ran, Error> {
    let Some(declares) = declares else {
        return enter(module, export, args, (limits, grants), host);
    };
    let mut session = Session::of_component(
        declares.delegation,
        limits,
        declares.validation,
        declares.observer,
    );
    let mut outside = Outside::after(0, BTreeMap::new(), host);
    let mut declaring = Declaring {
        known: Known::of(declares.program),
        grants: grants.clone(),
        host_calls: limits.host_calls,
        asked: 0,
        nested: 0,
        host: &mut outside,
        session: &mut session,
    };
    let ran = enter(module, export, args, (limits, grants), &mut declaring);
    session.report();
    ran
}

fn enter(
    module: &Module,
    export: u32,
    args: &[rtfs_value::Value],
    (limits, grants): (&ExecutionLimits, &CapabilityGrants),
    host: &mut dyn Host,
) -> Result<Ran, Error> {
    let args = cbor::encode_args(args)?;
    let options = CallOptions {
        limits: wasm_executor::limits(limits),
        grants: wasm_executor::grants(grants),
        ..CallOptions::default()
    };
    let finished = invoke(module, export, &args, &options, host);
    Ok(Ran::of_component(finished, limits))
}

/// A module that asks nothing needs nobody to answer.
pub(crate) fn invoke(
    module: &Module,
    export: u32,
    args: &[u8],
    options: &CallOptions,
    host: &mut dyn Host,
) -> Finished {
    if module.inspection().imports_capability() {
        bridge::invoke(module, export, args, options, host)
    } else {
        module.invoke_full(export, args, options)
    }
}

/// Translates a component to native code on another thread while `meanwhile` waits for the disk.
fn compile_meanwhile<T>(
    engine: &Engine,
    component: &[u8],
    meanwhile: impl FnOnce() -> T,
) -> Result<(Module, T), LoadError> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("rtfs-compile".to_owned());
        let compiling = thread.spawn_scoped(scope, || engine.compile(component));
        let done = meanwhile();
        let module = match compiling.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(module)) => module?,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            // No thread to be had: one after the other.
            Err(_) => engine.compile(component)?,
        };
        Ok((module, done))
    })
}

/// How events name a whole program.
pub fn unit_name(key: &ArtifactKey) -> String {
    let text = key.to_string();
    let hex = text.strip_prefix("sha256:").unwrap_or(&text);
    format!("unit:{}", hex.get(..12).unwrap_or(hex))
}

fn report_hit(key: &ArtifactKey, module: &RtfsModuleMetadata, observer: &dyn Observer) {
    observer.event(Event::Hit {
        call: unit_name(key),
        policy: "exact",
        artifact: module.storage_pointer(),
        signer: module.signature().signer,
    });
}

fn report_miss(key: &ArtifactKey, reason: &str, observer: &dyn Observer) {
    observer.event(Event::Miss {
        call: unit_name(key),
        reason: reason.to_owned(),
    });
}

fn report_not_kept(error: &CacheError, observer: &dyn Observer) {
    observer.event(Event::Warning {
        message: format!("native code was not kept: {}", chain(error)),
    });
}

fn report_publication(module: &RtfsModuleMetadata, observer: &dyn Observer) {
    let signature = module.signature();
    observer.event(Event::Publish {
        record: signature.record,
        signer: signature.signer,
    });
}
