//! A compiled component, ready to be called.

use crate::call::{self, Entry};
use crate::capability::CapabilityHost;
use crate::engine::EngineInner;
use crate::error::{CallError, EngineCause, LoadError};
use crate::grants::Grants;
use crate::inspect::Inspection;
use crate::limits::Limits;
use crate::report::{Finished, Outcome, Report};
use crate::state::CallState;
use crate::transcript::Transcript;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{ComponentExportIndex, InstancePre};

/// How to make one call: limits, grants, and who answers host calls.
///
/// ```
/// use rtfs_host::{CallOptions, Grants, host_fn};
///
/// let options = CallOptions {
///     grants: Grants::none().with_capability("shop.price"),
///     host: Some(host_fn(|_| Ok(vec![0x07]))),
///     ..CallOptions::default()
/// };
/// assert!(!options.record);
/// ```
#[derive(Clone, Default)]
pub struct CallOptions {
    /// What the call may use.
    pub limits: Limits,
    /// What the call may reach.
    pub grants: Grants,
    /// Who answers capability calls. Nobody: every call is answered as a pure host does.
    pub host: Option<Arc<dyn CapabilityHost>>,
    /// Whether to keep what the guest asked and was answered.
    pub record: bool,
    /// Answers to use instead of asking the host. Grants are not looked at: refusals are part of
    /// the recorded answers.
    pub replay: Option<Arc<Transcript>>,
}

impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallOptions")
            .field("limits", &self.limits)
            .field("grants", &self.grants)
            .field("host", &self.host.is_some())
            .field("record", &self.record)
            .field("replay", &self.replay.is_some())
            .finish()
    }
}

/// Where the exports of `rtfs:module/dynamic` are.
pub(crate) struct DynamicExports {
    pub(crate) limits: ComponentExportIndex,
    pub(crate) invoke: ComponentExportIndex,
    pub(crate) describe: ComponentExportIndex,
}

pub(crate) struct ModuleInner {
    pub(crate) engine: Arc<EngineInner>,
    pub(crate) instance_pre: InstancePre<CallState>,
    pub(crate) exports: DynamicExports,
    pub(crate) digest: [u8; 32],
    inspection: Inspection,
}

impl ModuleInner {
    pub(crate) fn imports_wasi(&self) -> bool {
        self.inspection.imports_wasi()
    }
}

/// A compiled component. Cheap to clone; every call gets an instance of its own.
///
/// The blocking forms work with or without a tokio runtime around them. The asynchronous forms
/// need one whose timer is enabled.
#[derive(Clone)]
pub struct Module {
    inner: Arc<ModuleInner>,
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module")
            .field("inspection", &self.inner.inspection)
            .finish_non_exhaustive()
    }
}

impl Module {
    pub(crate) fn new(
        engine: Arc<EngineInner>,
        instance_pre: InstancePre<CallState>,
        inspection: Inspection,
        digest: [u8; 32],
    ) -> Result<Self, LoadError> {
        let exports = find_exports(&instance_pre, inspection.dynamic_export()?)?;
        Ok(Self {
            inner: Arc::new(ModuleInner {
                engine,
                instance_pre,
                exports,
                digest,
                inspection,
            }),
        })
    }

    /// SHA-256 of the component.
    pub fn digest(&self) -> &[u8; 32] {
        &self.inner.digest
    }

    /// The component's imports and exports.
    pub fn inspection(&self) -> &Inspection {
        &self.inner.inspection
    }

    pub(crate) fn serialize(&self) -> wasmtime::Result<Vec<u8>> {
        self.inner.instance_pre.component().serialize()
    }

    /// Calls an export: 0 is the program's top level, n the n-th export of
    /// [`Module::describe`]. `args` is one encoded array.
    ///
    /// # Errors
    ///
    /// [`CallError`]. The engine and this module stay usable after every one of them.
    pub fn invoke(
        &self,
        export: u32,
        args: &[u8],
        options: &CallOptions,
    ) -> Result<Outcome, CallError> {
        self.invoke_full(export, args, options).into_outcome()
    }

    /// [`Module::invoke`], with the report and the transcript also of a call that failed.
    pub fn invoke_full(&self, export: u32, args: &[u8], options: &CallOptions) -> Finished {
        self.block_on(self.invoke_full_async(export, args, options))
    }

    /// [`Module::invoke`] as a future.
    ///
    /// Dropping the future ends the call.
    ///
    /// # Errors
    ///
    /// As [`Module::invoke`].
    pub async fn invoke_async(
        &self,
        export: u32,
        args: &[u8],
        options: &CallOptions,
    ) -> Result<Outcome, CallError> {
        self.invoke_full_async(export, args, options)
            .await
            .into_outcome()
    }

    /// [`Module::invoke_full`] as a future.
    pub async fn invoke_full_async(
        &self,
        export: u32,
        args: &[u8],
        options: &CallOptions,
    ) -> Finished {
        call::run(&self.inner, Entry::Invoke { export, args }, options).await
    }

    /// Asks the module for its exports: one encoded value, see `docs/abi.md`.
    ///
    /// # Errors
    ///
    /// As [`Module::invoke`].
    pub fn describe(&self, options: &CallOptions) -> Result<Outcome, CallError> {
        self.block_on(call::run(&self.inner, Entry::Describe, options))
            .into_outcome()
    }

    /// [`Module::describe`] as a future.
    ///
    /// # Errors
    ///
    /// As [`Module::invoke`].
    pub async fn describe_async(&self, options: &CallOptions) -> Result<Outcome, CallError> {
        call::run(&self.inner, Entry::Describe, options)
            .await
            .into_outcome()
    }

    fn block_on(&self, call: impl Future<Output = Finished> + Send) -> Finished {
        match self.inner.engine.runtimes.block_on(call) {
            Ok(finished) => finished,
            Err(error) => Finished {
                result: Err(CallError::Runtime(error)),
                report: Report::default(),
                transcript: None,
            },
        }
    }
}

impl Finished {
    /// The value with its report, or the error alone.
    ///
    /// # Errors
    ///
    /// Why there is no value.
    pub fn into_outcome(self) -> Result<Outcome, CallError> {
        let report = self.report;
        self.result.map(|value| Outcome { value, report })
    }
}

/// Finds the functions of `interface` and checks their types, so that no call can fail for that.
fn find_exports(
    instance_pre: &InstancePre<CallState>,
    interface: &str,
) -> Result<DynamicExports, LoadError> {
    let component = instance_pre.component();
    let types = instance_pre.instance_type();
    let misfit = |reason| LoadError::Link(EngineCause::new(reason));
    let missing = |name: &str| {
        misfit(wasmtime::format_err!(
            "`{interface}` has no function `{name}`"
        ))
    };
    let instance = component
        .get_export_index(None, interface)
        .ok_or_else(|| missing("invoke"))?;
    let find = |name: &str| match component.get_export(Some(&instance), name) {
        Some((ComponentItem::ComponentFunc(function), index)) => Ok((function, index)),
        _ => Err(missing(name)),
    };
    let wrong = |name: &'static str| {
        move |error: wasmtime::Error| {
            misfit(error.context(format!("`{name}` of `{interface}` has another type")))
        }
    };
    let (function, limits) = find("limits")?;
    function
        .typecheck::<call::LimitsParams, ()>(&types)
        .map_err(wrong("limits"))?;
    let (function, invoke) = find("invoke")?;
    function
        .typecheck::<call::InvokeParams<'_>, call::InvokeResults>(&types)
        .map_err(wrong("invoke"))?;
    let (function, describe) = find("describe")?;
    function
        .typecheck::<(), call::DescribeResults>(&types)
        .map_err(wrong("describe"))?;
    Ok(DynamicExports {
        limits,
        invoke,
        describe,
    })
}
