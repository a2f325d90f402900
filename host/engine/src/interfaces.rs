//! Where the functions of an interface are in a component, found and type-checked once.

use crate::error::{EngineCause, LoadError};
use crate::inspect::InterfaceName;
use crate::records::{DiagnosticRecord, DraftErrorRecord, ErrorRecord};
use crate::state::CallState;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, InstancePre, Lift, Lower};

/// Which record an interface's errors are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorRecords {
    /// Version 0.1.
    Current,
    /// The draft of version 0.2.
    Draft,
}

type Params<'a> = (u32, &'a [u8]);
type CompileResults = (Result<Vec<u8>, Vec<DiagnosticRecord>>,);

/// The functions of `rtfs:module/dynamic`.
pub(crate) struct DynamicExports {
    pub(crate) limits: ComponentExportIndex,
    pub(crate) invoke: ComponentExportIndex,
    pub(crate) describe: ComponentExportIndex,
    pub(crate) errors: ErrorRecords,
}

impl DynamicExports {
    pub(crate) fn find(
        instance_pre: &InstancePre<CallState>,
        (label, name): (&str, &InterfaceName),
    ) -> Result<Self, LoadError> {
        let interface = Interface::find(instance_pre, label)?;
        let draft = name.is_draft();
        Ok(Self {
            limits: interface.function::<(u32, u32), ()>("limits")?,
            invoke: match draft {
                false => {
                    interface.function::<Params<'_>, (Result<Vec<u8>, ErrorRecord>,)>("invoke")?
                }
                true => interface
                    .function::<Params<'_>, (Result<Vec<u8>, DraftErrorRecord>,)>("invoke")?,
            },
            describe: interface.function::<(), (Vec<u8>,)>("describe")?,
            errors: match draft {
                false => ErrorRecords::Current,
                true => ErrorRecords::Draft,
            },
        })
    }
}

/// The functions of `rtfs:backend/compiler`.
pub(crate) struct CompilerExports {
    pub(crate) target_id: ComponentExportIndex,
    pub(crate) describe: ComponentExportIndex,
    pub(crate) compile: ComponentExportIndex,
}

impl CompilerExports {
    pub(crate) fn find(
        instance_pre: &InstancePre<CallState>,
        label: &str,
    ) -> Result<Self, LoadError> {
        let interface = Interface::find(instance_pre, label)?;
        Ok(Self {
            target_id: interface.function::<(), (String,)>("target-id")?,
            describe: interface.function::<(), (Vec<u8>,)>("describe")?,
            compile: interface.function::<(&[u8], &[u8]), CompileResults>("compile")?,
        })
    }
}

/// The functions of `rtfs:backend/executor`.
pub(crate) struct ExecutorExports {
    pub(crate) target_id: ComponentExportIndex,
    pub(crate) limits: ComponentExportIndex,
    pub(crate) invoke: ComponentExportIndex,
}

impl ExecutorExports {
    pub(crate) fn find(
        instance_pre: &InstancePre<CallState>,
        label: &str,
    ) -> Result<Self, LoadError> {
        let interface = Interface::find(instance_pre, label)?;
        Ok(Self {
            target_id: interface.function::<(), (String,)>("target-id")?,
            limits: interface.function::<(u32, u32), ()>("limits")?,
            invoke: interface
                .function::<(&[u8], u32, &[u8]), (Result<Vec<u8>, ErrorRecord>,)>("invoke")?,
        })
    }
}

/// An exported interface of a component that is linked but not instantiated.
struct Interface<'a> {
    instance_pre: &'a InstancePre<CallState>,
    label: &'a str,
    index: ComponentExportIndex,
}

impl<'a> Interface<'a> {
    fn find(instance_pre: &'a InstancePre<CallState>, label: &'a str) -> Result<Self, LoadError> {
        let index = instance_pre.component().get_export_index(None, label);
        let missing = || misfit(wasmtime::format_err!("`{label}` is no instance"));
        Ok(Self {
            instance_pre,
            label,
            index: index.ok_or_else(missing)?,
        })
    }

    /// Finds a function and checks its type, so that no call can fail for that.
    fn function<P, R>(&self, name: &str) -> Result<ComponentExportIndex, LoadError>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        let label = self.label;
        let component = self.instance_pre.component();
        let Some((ComponentItem::ComponentFunc(function), index)) =
            component.get_export(Some(&self.index), name)
        else {
            let missing = wasmtime::format_err!("`{label}` has no function `{name}`");
            return Err(misfit(missing));
        };
        function
            .typecheck::<P, R>(&self.instance_pre.instance_type())
            .map_err(|error| {
                misfit(error.context(format!("`{name}` of `{label}` has another type")))
            })?;
        Ok(index)
    }
}

fn misfit(reason: wasmtime::Error) -> LoadError {
    LoadError::Link(EngineCause::new(reason))
}
