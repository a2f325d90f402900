//! The engine: compiles components, admits calls, owns the pool.

use crate::aot::{AotCache, AotKey, Entry, Lookup};
use crate::blocking::RuntimePool;
use crate::config::EngineConfig;
use crate::error::{CacheError, CallError, EngineCause, EngineError, LoadError};
use crate::functions::{FunctionCache, Translated};
use crate::inspect::{Inspection, Role, capability_interfaces};
use crate::linked::Linked;
use crate::module::Module;
use crate::plugin::{Compiler, Executor};
use crate::profile::{self, Fingerprint};
use crate::state::{CallState, add_capability};
use crate::worker::CompileWorker;
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker};

/// Runs RTFS components. Cheap to clone; every clone is the same engine with the same pool.
///
/// ```
/// use rtfs_host::{Engine, EngineConfig, LoadError};
///
/// let engine = Engine::new(EngineConfig::default())?;
/// let refused = engine.compile(b"(not a component)");
/// assert!(matches!(refused, Err(LoadError::Invalid { .. })));
/// # Ok::<(), rtfs_host::EngineError>(())
/// ```
#[derive(Clone)]
pub struct Engine {
    inner: Arc<EngineInner>,
}

pub(crate) struct EngineInner {
    config: EngineConfig,
    pub(crate) wasmtime: wasmtime::Engine,
    /// What was translated already, if the engine keeps that.
    functions: Option<Arc<FunctionCache>>,
    /// Serves `rtfs:host` only.
    plain: Linker<CallState>,
    /// Serves WASI besides.
    wasi: Linker<CallState>,
    slots: Arc<Semaphore>,
    pub(crate) runtimes: RuntimePool,
    fingerprint: Fingerprint,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("config", &self.inner.config)
            .field("fingerprint", &self.inner.fingerprint)
            .finish_non_exhaustive()
    }
}

/// A module together with what was stored beside its native code.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The module, ready to be called.
    pub module: Module,
    /// The caller's own bytes, e.g. an export table.
    pub extra: Vec<u8>,
    /// Where the native code came from.
    pub origin: Origin,
}

/// Where native code came from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Origin {
    /// From the cache: nothing was compiled.
    Cached,
    /// Compiled now.
    Compiled {
        /// Why the cache did not answer.
        miss: Miss,
        /// Why the new code could not be kept, if so. The module works all the same.
        not_kept: Option<Arc<CacheError>>,
    },
}

/// Why the code cache did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Miss {
    /// There is no entry.
    Absent,
    /// The entry was altered since this host wrote it: a security event.
    Tampered,
    /// The entry belongs to another component, or the engine does not take it.
    Stale,
}

impl Engine {
    /// Makes an engine.
    ///
    /// # Errors
    ///
    /// [`EngineError`] when the platform is not supported or the pool does not fit.
    pub fn new(config: EngineConfig) -> Result<Self, EngineError> {
        let functions = match config.function_cache_bytes {
            bytes if bytes > 0 && config.compile => Some(Arc::new(FunctionCache::new(bytes))),
            _ => None,
        };
        let wasmtime = profile::build(&config, functions.clone())?;
        let setup = |error| EngineError::Setup(EngineCause::new(error));
        let mut plain = Linker::new(&wasmtime);
        let mut wasi = Linker::new(&wasmtime);
        for version in capability_interfaces() {
            let name = version.to_string();
            add_capability(&mut plain, &name).map_err(setup)?;
            add_capability(&mut wasi, &name).map_err(setup)?;
        }
        wasmtime_wasi::p2::add_to_linker_async(&mut wasi).map_err(setup)?;
        let slots = usize::try_from(config.concurrent_calls)
            .unwrap_or(usize::MAX)
            .min(Semaphore::MAX_PERMITS);
        Ok(Self {
            inner: Arc::new(EngineInner {
                wasmtime,
                functions,
                plain,
                wasi,
                slots: Arc::new(Semaphore::new(slots)),
                runtimes: RuntimePool::default(),
                fingerprint: profile::fingerprint(config.translation),
                config,
            }),
        })
    }

    /// What native code of this engine depends on.
    ///
    /// ```
    /// use rtfs_host::{Engine, EngineConfig};
    ///
    /// let engine = Engine::new(EngineConfig::default())?;
    /// assert_eq!(engine.fingerprint().to_string().len(), 64);
    /// # Ok::<(), rtfs_host::EngineError>(())
    /// ```
    pub fn fingerprint(&self) -> Fingerprint {
        self.inner.fingerprint
    }

    /// How many functions of components were translated here, and how many needed not to be:
    /// nothing is counted without [`EngineConfig::function_cache_bytes`], nor what a
    /// [`CompileWorker`] does.
    ///
    /// ```
    /// use rtfs_host::{Engine, EngineConfig, Translated};
    ///
    /// let engine = Engine::new(EngineConfig::default())?;
    /// assert_eq!(engine.translated(), Translated::default());
    /// # Ok::<(), rtfs_host::EngineError>(())
    /// ```
    pub fn translated(&self) -> Translated {
        let functions = self.inner.functions.as_ref();
        functions.map_or_else(Translated::default, |functions| functions.count())
    }

    /// Inspects a component and compiles it.
    ///
    /// # Errors
    ///
    /// [`LoadError`]: nothing is compiled when the component does not fit this host.
    pub fn compile(&self, component: &[u8]) -> Result<Module, LoadError> {
        Module::new(self.compile_as(Role::Module, component)?)
    }

    /// Inspects a backend component and compiles it, to have it compile programs.
    ///
    /// # Errors
    ///
    /// As [`Engine::compile`].
    pub fn compile_compiler(&self, component: &[u8]) -> Result<Compiler, LoadError> {
        Compiler::new(self.compile_as(Role::Compiler, component)?)
    }

    /// Inspects a backend component and compiles it, to have it run artifacts.
    ///
    /// # Errors
    ///
    /// As [`Engine::compile`].
    pub fn compile_executor(&self, component: &[u8]) -> Result<Executor, LoadError> {
        Executor::new(self.compile_as(Role::Executor, component)?)
    }

    fn compile_as(&self, role: Role, component: &[u8]) -> Result<Linked, LoadError> {
        self.check_size(component)?;
        if !self.inner.config.compile {
            return Err(LoadError::CompilerDisabled);
        }
        let inspection = Inspection::of(component)?;
        inspection.check(role)?;
        let native =
            Component::from_binary(&self.inner.wasmtime, component).map_err(compile_error)?;
        self.link(native, inspection, digest(component))
    }

    /// [`Engine::compile`], with the translation to native code in a process of its own.
    ///
    /// # Errors
    ///
    /// As [`Engine::compile`], and [`LoadError::Worker`].
    pub fn compile_apart(
        &self,
        worker: &CompileWorker,
        component: &[u8],
    ) -> Result<Module, LoadError> {
        Module::new(self.compile_as_apart(worker, Role::Module, component)?)
    }

    /// [`Engine::compile_compiler`], with the translation in a process of its own.
    ///
    /// # Errors
    ///
    /// As [`Engine::compile_apart`].
    pub fn compile_compiler_apart(
        &self,
        worker: &CompileWorker,
        component: &[u8],
    ) -> Result<Compiler, LoadError> {
        Compiler::new(self.compile_as_apart(worker, Role::Compiler, component)?)
    }

    /// [`Engine::compile_executor`], with the translation in a process of its own.
    ///
    /// # Errors
    ///
    /// As [`Engine::compile_apart`].
    pub fn compile_executor_apart(
        &self,
        worker: &CompileWorker,
        component: &[u8],
    ) -> Result<Executor, LoadError> {
        Executor::new(self.compile_as_apart(worker, Role::Executor, component)?)
    }

    fn compile_as_apart(
        &self,
        worker: &CompileWorker,
        role: Role,
        component: &[u8],
    ) -> Result<Linked, LoadError> {
        self.check_size(component)?;
        if !self.inner.config.compile {
            return Err(LoadError::CompilerDisabled);
        }
        let inspection = Inspection::of(component)?;
        inspection.check(role)?;
        let native = worker.compile(self.inner.config.translation, role, component)?;
        // SAFETY: the bytes come from a worker of this host's own version and profile, over a pipe
        // that only it writes to; compilation in another process is trusted like compilation here.
        let native = unsafe { Component::deserialize(&self.inner.wasmtime, &native) }
            .map_err(compile_error)?;
        self.link(native, inspection, digest(component))
    }

    /// Takes the module from the cache, or compiles it and puts it there with `extra` beside it.
    ///
    /// A cached entry of another component under the same key is not used. Failing to keep the
    /// new code does not fail the load: see [`Origin::Compiled`].
    ///
    /// # Errors
    ///
    /// [`LoadError`], as [`Engine::compile`]; and [`LoadError::Cache`] when the cache cannot be
    /// read.
    pub fn compile_cached(
        &self,
        cache: &AotCache,
        key: &AotKey,
        component: &[u8],
        extra: &[u8],
    ) -> Result<Loaded, LoadError> {
        self.check_size(component)?;
        let miss = match self.look_up_module(cache, key)? {
            Ok(loaded) if *loaded.module.digest() == digest(component) => return Ok(loaded),
            Ok(_) => Miss::Stale,
            Err(miss) => miss,
        };
        let module = self.compile(component)?;
        let not_kept = self.keep(cache, key, &module, extra).err().map(Arc::new);
        Ok(Loaded {
            module,
            extra: extra.to_vec(),
            origin: Origin::Compiled { miss, not_kept },
        })
    }

    /// Takes a module from the cache without having the component: `Err` of the inner result
    /// says why it is not there. The caller compares [`Module::digest`] with what it trusts.
    ///
    /// # Errors
    ///
    /// [`CacheError`] when the cache cannot be read.
    pub fn load_cached(
        &self,
        cache: &AotCache,
        key: &AotKey,
    ) -> Result<Result<Loaded, Miss>, CacheError> {
        self.look_up_module(cache, key)
    }

    /// Puts a module's native code into the cache, with `extra` beside it.
    ///
    /// # Errors
    ///
    /// [`CacheError`] when the entry cannot be written.
    pub fn keep(
        &self,
        cache: &AotCache,
        key: &AotKey,
        module: &Module,
        extra: &[u8],
    ) -> Result<(), CacheError> {
        self.keep_linked(cache, key, module.linked(), extra)
    }

    /// A backend component that compiles, from the cache where it is kept, else translated in a
    /// worker and kept. Failing to keep it fails nothing.
    ///
    /// # Errors
    ///
    /// As [`Engine::compile_compiler_apart`].
    pub fn load_compiler(
        &self,
        cache: &AotCache,
        worker: &CompileWorker,
        component: &[u8],
    ) -> Result<Compiler, LoadError> {
        let digest = digest(component);
        let key = AotKey(digest);
        if let Ok(Ok((linked, _))) = self.look_up(Role::Compiler, cache, &key)
            && linked.digest == digest
        {
            return Compiler::new(linked);
        }
        let linked = self.compile_as_apart(worker, Role::Compiler, component)?;
        // What is not kept is translated again next time.
        let _ = self.keep_linked(cache, &key, &linked, &[]);
        Compiler::new(linked)
    }

    fn keep_linked(
        &self,
        cache: &AotCache,
        key: &AotKey,
        linked: &Linked,
        extra: &[u8],
    ) -> Result<(), CacheError> {
        let native = linked.instance_pre.component().serialize();
        let native = native.map_err(|error| CacheError::Io {
            action: "serialize",
            path: key.to_string(),
            source: std::io::Error::other(EngineCause::new(error).to_string()),
        })?;
        let entry = Entry {
            component: linked.digest,
            extra: extra.to_vec(),
            native,
        };
        cache.write(&self.inner.fingerprint, key, &entry)?;
        if let Some(functions) = &self.inner.functions {
            // The module is kept; what is not kept beside it is translated again.
            let _ = functions.write(cache, &self.inner.fingerprint);
        }
        Ok(())
    }

    /// A linked component of the cache, with what was stored beside it.
    fn look_up(
        &self,
        role: Role,
        cache: &AotCache,
        key: &AotKey,
    ) -> Result<Result<(Linked, Vec<u8>), Miss>, CacheError> {
        let found = cache.read(&self.inner.fingerprint, key)?;
        if let (Lookup::Absent | Lookup::Tampered, Some(functions)) =
            (&found, &self.inner.functions)
        {
            // Something is going to be translated.
            functions.read(cache, &self.inner.fingerprint);
        }
        let entry = match found {
            Lookup::Found(entry) => entry,
            Lookup::Tampered => return Ok(Err(Miss::Tampered)),
            Lookup::Absent => return Ok(Err(Miss::Absent)),
        };
        // SAFETY: the bytes carry a valid MAC under a key that only this host has, for this
        // engine's fingerprint, so they are what `serialize` of an engine of the same version
        // and profile returned.
        let native = unsafe { Component::deserialize(&self.inner.wasmtime, &entry.native) };
        let Ok(native) = native else {
            return Ok(Err(Miss::Stale));
        };
        let inspection = inspect_compiled(&native);
        let linked = inspection
            .check(role)
            .and_then(|()| self.link(native, inspection, entry.component));
        Ok(match linked {
            Ok(linked) => Ok((linked, entry.extra)),
            Err(_) => Err(Miss::Stale),
        })
    }

    fn look_up_module(
        &self,
        cache: &AotCache,
        key: &AotKey,
    ) -> Result<Result<Loaded, Miss>, CacheError> {
        Ok(self
            .look_up(Role::Module, cache, key)?
            .and_then(|(linked, extra)| {
                let module = Module::new(linked).map_err(|_| Miss::Stale)?;
                Ok(Loaded {
                    module,
                    extra,
                    origin: Origin::Cached,
                })
            }))
    }

    fn link(
        &self,
        native: Component,
        inspection: Inspection,
        digest: [u8; 32],
    ) -> Result<Linked, LoadError> {
        let linker = if inspection.imports_wasi() {
            &self.inner.wasi
        } else {
            &self.inner.plain
        };
        let instance_pre = linker
            .instantiate_pre(&native)
            .map_err(|error| LoadError::Link(EngineCause::new(error)))?;
        Ok(Linked {
            engine: self.inner.clone(),
            instance_pre,
            inspection,
            digest,
        })
    }

    fn check_size(&self, component: &[u8]) -> Result<(), LoadError> {
        let bytes = component.len() as u64;
        let limit = self.inner.config.component_bytes;
        if bytes > limit {
            return Err(LoadError::TooLarge { bytes, limit });
        }
        Ok(())
    }
}

impl EngineInner {
    /// Waits for a slot of the pool.
    pub(crate) async fn admit(&self) -> Result<OwnedSemaphorePermit, CallError> {
        if let Ok(slot) = self.slots.clone().try_acquire_owned() {
            return Ok(slot);
        }
        let waited = self.config.admission_wait;
        match tokio::time::timeout(waited, self.slots.clone().acquire_owned()).await {
            Ok(Ok(slot)) => Ok(slot),
            // The semaphore is never closed, so the inner error does not happen.
            Ok(Err(_)) | Err(_) => Err(self.busy(waited)),
        }
    }

    pub(crate) fn busy(&self, waited: Duration) -> CallError {
        CallError::Busy {
            concurrent_calls: self.config.concurrent_calls,
            waited,
        }
    }
}

fn digest(component: &[u8]) -> [u8; 32] {
    Sha256::digest(component).into()
}

/// How the engine words it when a component exceeds a limit of the pool itself.
const POOL_MESSAGE: &str = "pooling allocator";

fn compile_error(error: wasmtime::Error) -> LoadError {
    let cause = EngineCause::new(error);
    if cause.to_string().contains(POOL_MESSAGE) {
        LoadError::NeverFits(cause)
    } else {
        LoadError::Compile(cause)
    }
}

/// Reads imports and exports back from compiled code.
fn inspect_compiled(component: &Component) -> Inspection {
    let types = component.component_type();
    let engine = component.engine();
    Inspection {
        imports: types
            .imports(engine)
            .filter(|(_, import)| !matches!(import.ty, ComponentItem::Type(_)))
            .map(|(name, _)| name.to_owned())
            .collect(),
        exports: types
            .exports(engine)
            .map(|(name, _)| name.to_owned())
            .collect(),
    }
}
