//! Records of the WIT packages as Rust types, and what they become.

use crate::error::RtfsError;
use std::fmt;
use wasmtime::component::{ComponentType, Lift};

/// Stands for "unknown" in fields that name a node.
const NO_NODE: u32 = u32::MAX;

fn node(node: u32) -> Option<u32> {
    (node != NO_NODE).then_some(node)
}

/// The record `error` of `rtfs:module/types@0.1.0`.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct ErrorRecord {
    class: String,
    kind: String,
    message: String,
    data: Vec<u8>,
    node: u32,
    stack: Vec<String>,
}

impl From<ErrorRecord> for RtfsError {
    fn from(record: ErrorRecord) -> Self {
        Self {
            class: record.class,
            kind: record.kind,
            message: record.message,
            data: record.data,
            node: node(record.node),
            stack: record.stack,
            notes: Vec::new(),
        }
    }
}

/// The record `error` of `rtfs:module/types@0.2.0-draft.1`.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct DraftErrorRecord {
    class: String,
    kind: String,
    message: String,
    data: Vec<u8>,
    node: u32,
    stack: Vec<String>,
    notes: Vec<String>,
}

impl From<DraftErrorRecord> for RtfsError {
    fn from(record: DraftErrorRecord) -> Self {
        Self {
            class: record.class,
            kind: record.kind,
            message: record.message,
            data: record.data,
            node: node(record.node),
            stack: record.stack,
            notes: record.notes,
        }
    }
}

/// The record `diagnostic` of `rtfs:backend/compiler`.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct DiagnosticRecord {
    code: String,
    message: String,
    node: u32,
}

impl From<DiagnosticRecord> for Diagnostic {
    fn from(record: DiagnosticRecord) -> Self {
        Self {
            code: record.code,
            message: record.message,
            node: node(record.node),
        }
    }
}

/// Why a compiler made no artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// `unsupported`, `invalid-ir`, `too-large`, `failed`, or what else a backend says.
    pub code: String,
    /// One sentence for people.
    pub message: String,
    /// The IR node it is about.
    pub node: Option<u32>,
}

impl Diagnostic {
    /// The program is fine, and another backend may have what it needs.
    ///
    /// ```
    /// let diagnostic = rtfs_host::Diagnostic {
    ///     code: "unsupported".into(),
    ///     message: "no maps".into(),
    ///     node: None,
    /// };
    /// assert!(diagnostic.is_unsupported());
    /// ```
    pub fn is_unsupported(&self) -> bool {
        self.code == "unsupported"
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
