//! A compiled component, ready to be called.

use crate::call::{self, Entry};
use crate::capability::CapabilityHost;
use crate::error::{CallError, LoadError};
use crate::grants::Grants;
use crate::inspect::{Inspection, InterfaceName, Role};
use crate::interfaces::{DynamicExports, ErrorRecords};
use crate::limits::Limits;
use crate::linked::Linked;
use crate::report::{Finished, Outcome};
use crate::transcript::Transcript;
use std::fmt;
use std::sync::Arc;
use wasmtime::component::ComponentExportIndex;

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
    /// Goes into the seed of the guest's random numbers. A guest whose answers follow from its input
    /// alone answers the same for every number here; conformance tests try some.
    pub entropy: u64,
}

impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallOptions")
            .field("limits", &self.limits)
            .field("grants", &self.grants)
            .field("host", &self.host.is_some())
            .field("record", &self.record)
            .field("replay", &self.replay.is_some())
            .field("entropy", &self.entropy)
            .finish()
    }
}

struct ModuleInner {
    linked: Linked,
    exports: DynamicExports,
    abi: InterfaceName,
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
            .field("inspection", self.inspection())
            .finish_non_exhaustive()
    }
}

impl Module {
    pub(crate) fn new(linked: Linked) -> Result<Self, LoadError> {
        let (label, abi) = linked.inspection.export_of(Role::Module)?;
        let exports = DynamicExports::find(&linked.instance_pre, (label, &abi))?;
        let inner = ModuleInner {
            linked,
            exports,
            abi,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// SHA-256 of the component.
    pub fn digest(&self) -> &[u8; 32] {
        &self.inner.linked.digest
    }

    /// The component's imports and exports.
    pub fn inspection(&self) -> &Inspection {
        &self.inner.linked.inspection
    }

    /// The interface through which it is called, in the version it was built for.
    pub fn abi(&self) -> &InterfaceName {
        &self.inner.abi
    }

    pub(crate) fn linked(&self) -> &Linked {
        &self.inner.linked
    }

    pub(crate) fn exports(&self) -> &DynamicExports {
        &self.inner.exports
    }

    pub(crate) fn errors(&self) -> ErrorRecords {
        self.inner.exports.errors
    }

    /// The function that says how many calls may be pending.
    pub(crate) fn depth_limits(&self) -> ComponentExportIndex {
        self.inner.exports.limits
    }

    fn entry<'a>(&'a self, export: u32, args: &'a [u8]) -> Entry<'a> {
        Entry::Invoke {
            exports: &self.inner.exports,
            export,
            args,
        }
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
        self.inner
            .linked
            .run(self.entry(export, args), options)
            .into_finished()
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
        call::run(&self.inner.linked, self.entry(export, args), options)
            .await
            .into_finished()
    }

    /// Asks the module for its exports: one encoded value, see `docs/abi.md`.
    ///
    /// # Errors
    ///
    /// As [`Module::invoke`].
    pub fn describe(&self, options: &CallOptions) -> Result<Outcome, CallError> {
        self.inner
            .linked
            .run(Entry::Describe(self.inner.exports.describe), options)
            .into_finished()
            .into_outcome()
    }

    /// [`Module::describe`] as a future.
    ///
    /// # Errors
    ///
    /// As [`Module::invoke`].
    pub async fn describe_async(&self, options: &CallOptions) -> Result<Outcome, CallError> {
        let entry = Entry::Describe(self.inner.exports.describe);
        call::run(&self.inner.linked, entry, options)
            .await
            .into_finished()
            .into_outcome()
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
