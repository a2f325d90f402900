//! Typed exports: functions of a component with types of their own, called with values of Rust.

use crate::call::{self, Ended, Guest, Task};
use crate::error::{CallError, EngineCause, RtfsError};
use crate::interfaces::ErrorRecords;
use crate::limits::Limits;
use crate::module::{CallOptions, Module};
use crate::records::{DraftErrorRecord, ErrorRecord};
use crate::report::Report;
use std::fmt;
use std::marker::PhantomData;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, Lift, Lower};

/// What a typed export can be called with: a tuple of `i64`, `f64`, `bool`, `String`, `&str`,
/// `Vec`, `Option`, tuples of these, and types that derive `wasmtime::component::Lower`.
pub trait TypedParams: ComponentNamedList + Lower + Send + Sync {}

impl<P: ComponentNamedList + Lower + Send + Sync> TypedParams for P {}

/// What a typed export can give: `()` where its result is `nil`, otherwise what [`TypedParams`] may
/// have in it, owned.
pub trait TypedResult: Lift + Send + Sync + 'static {}

impl<R: Lift + Send + Sync + 'static> TypedResult for R {}

/// Why a module has no such typed export.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TypedExportError {
    /// Nothing of that name is exported, or no function.
    #[error("the component exports no function `{label}`")]
    Unknown {
        /// The name.
        label: String,
    },
    /// Its type is another one.
    #[error("the export `{label}` has another type")]
    Type {
        /// The name.
        label: String,
        /// What differs.
        source: EngineCause,
    },
}

/// A typed export of a module, found and type-checked once. Cheap to clone; every call gets an
/// instance of its own, under the same limits and grants as [`Module::invoke`].
pub struct TypedExport<P, R> {
    module: Module,
    function: ComponentExportIndex,
    types: PhantomData<fn(P) -> R>,
}

impl<P, R> Clone for TypedExport<P, R> {
    fn clone(&self) -> Self {
        Self {
            module: self.module.clone(),
            function: self.function,
            types: PhantomData,
        }
    }
}

impl<P, R> fmt::Debug for TypedExport<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedExport")
            .field("module", &self.module)
            .finish_non_exhaustive()
    }
}

/// What a typed call gave, and what it used.
#[derive(Debug)]
pub struct TypedOutcome<R> {
    /// The value.
    pub value: R,
    /// What it used.
    pub report: Report,
}

impl Module {
    /// Finds a typed export by its name in WIT, as `docs/abi.md` maps it: the function `even?` is
    /// `even-p`. The component gives `result<R, error>`; the error arrives as [`CallError::Raised`].
    ///
    /// A typed export is a view that converts; [`Module::invoke`] never does. Of a component that
    /// imports WASI, random numbers follow from the function here, not from its arguments.
    ///
    /// ```standalone_crate
    /// use rtfs_host::{CallOptions, Engine, EngineConfig};
    ///
    /// # let component = rtfs_host_example::compile("(defn twice [n:int] :int (* 2 n))");
    /// let module = Engine::new(EngineConfig::default())?.compile(&component)?;
    /// let twice = module.typed::<(i64,), i64>("twice")?;
    /// assert_eq!(twice.call((21,), &CallOptions::default())?.value, 42);
    /// # mod rtfs_host_example {
    /// #     pub fn compile(source: &str) -> Vec<u8> {
    /// #         let forms = rtfs_syntax::read(source).forms;
    /// #         let program = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default()).program.unwrap();
    /// #         let options = rtfs_backend_wasm::Options::default();
    /// #         rtfs_backend_wasm::compile(&program, &options).unwrap().component
    /// #     }
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TypedExportError`]
    pub fn typed<P: TypedParams, R: TypedResult>(
        &self,
        label: &str,
    ) -> Result<TypedExport<P, R>, TypedExportError> {
        let instance_pre = &self.linked().instance_pre;
        let found = instance_pre.component().get_export(None, label);
        let Some((ComponentItem::ComponentFunc(function), index)) = found else {
            let label = label.to_owned();
            return Err(TypedExportError::Unknown { label });
        };
        let types = instance_pre.instance_type();
        let checked = match self.errors() {
            ErrorRecords::Current => function.typecheck::<P, (Result<R, ErrorRecord>,)>(&types),
            ErrorRecords::Draft => function.typecheck::<P, (Result<R, DraftErrorRecord>,)>(&types),
        };
        checked.map_err(|error| TypedExportError::Type {
            label: label.to_owned(),
            source: EngineCause::new(error),
        })?;
        Ok(TypedExport {
            module: self.clone(),
            function: index,
            types: PhantomData,
        })
    }
}

impl<P: TypedParams, R: TypedResult> TypedExport<P, R> {
    /// Calls the function.
    ///
    /// # Errors
    ///
    /// As [`Module::invoke`].
    pub fn call(&self, params: P, options: &CallOptions) -> Result<TypedOutcome<R>, CallError> {
        let linked = self.module.linked();
        outcome(linked.run(self.task(params), options))
    }

    /// [`TypedExport::call`] as a future. Dropping it ends the call.
    ///
    /// # Errors
    ///
    /// As [`Module::invoke`].
    pub async fn call_async(
        &self,
        params: P,
        options: &CallOptions,
    ) -> Result<TypedOutcome<R>, CallError> {
        let linked = self.module.linked();
        outcome(call::run(linked, self.task(params), options).await)
    }

    fn task(&self, params: P) -> TypedTask<'_, P, R> {
        TypedTask {
            export: self,
            params,
        }
    }
}

fn outcome<R>(ended: Ended<Result<R, Box<RtfsError>>>) -> Result<TypedOutcome<R>, CallError> {
    let report = ended.report;
    let value = ended.result?.map_err(CallError::Raised)?;
    Ok(TypedOutcome { value, report })
}

struct TypedTask<'e, P, R> {
    export: &'e TypedExport<P, R>,
    params: P,
}

impl<P: TypedParams, R: TypedResult> Task for TypedTask<'_, P, R> {
    type Answer = Result<R, Box<RtfsError>>;

    fn seed(&self, component: &[u8; 32], entropy: u64) -> [u8; 32] {
        call::seed((component, entropy), 0, &[b"typed"])
    }

    fn bytes(&self) -> usize {
        // Scalars; what is longer counts as the guest's own memory only.
        size_of::<P>()
    }

    async fn enter(self, guest: &mut Guest<'_>, limits: &Limits) -> wasmtime::Result<Self::Answer> {
        let (module, function) = (&self.export.module, self.export.function);
        let depth = (limits.depth_used, limits.depth);
        guest.call::<_, ()>(module.depth_limits(), depth).await?;
        match module.errors() {
            ErrorRecords::Current => {
                let (answer,): (Result<R, ErrorRecord>,) =
                    guest.call(function, self.params).await?;
                Ok(answer.map_err(|record| Box::new(record.into())))
            }
            ErrorRecords::Draft => {
                let (answer,): (Result<R, DraftErrorRecord>,) =
                    guest.call(function, self.params).await?;
                Ok(answer.map_err(|record| Box::new(record.into())))
            }
        }
    }

    fn result_bytes(_: &Self::Answer) -> u64 {
        // The engine counts what crosses, and stops at the limit.
        0
    }
}
