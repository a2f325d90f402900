//! Checking modules and pinned releases to the last byte, without using any of them.

use std::collections::BTreeSet;
use std::fmt;

use crate::blobs::{BlobState, GetError};
use crate::digest::Digest;
use crate::layout::{INDEX_JSON, blob_path, record_path};
use crate::module::{ModuleRecord, SourceRef};
use crate::oci;
use crate::pin::PinError;
use crate::statement::Statement;
use crate::store::{Record, SourceError, Store};
use crate::trust::Verdict;

/// A part of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The signed record.
    Record,
    /// What runs.
    Component,
    /// The compressed source.
    Source,
    /// The intermediate form.
    Ir,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Record => "record",
            Self::Component => "component",
            Self::Source => "source",
            Self::Ir => "ir",
        })
    }
}

/// Something about a module that is not as it was published, or not to be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which part.
    pub part: Part,
    /// Its digest.
    pub digest: Digest,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a part of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The record may not be acted upon.
    Refused(Verdict),
    /// It is not there.
    Missing,
    /// Its bytes are others than its digest says.
    Altered {
        /// What they hash to.
        actual: Digest,
    },
    /// It is whole, but not what the record says of it.
    Contradicts {
        /// How.
        detail: String,
    },
    /// The file system refused.
    Unreadable {
        /// What it said.
        detail: String,
    },
}

impl Fault {
    /// The file in question, below the store's root.
    pub fn path(&self) -> String {
        match self.part {
            Part::Record => record_path(&self.digest),
            Part::Component | Part::Source | Part::Ir => blob_path(&self.digest),
        }
    }

    /// Whether trust refuses it. What is missing is no lie, only not there.
    pub fn is_refusal(&self) -> bool {
        !matches!(self.problem, Problem::Missing | Problem::Unreadable { .. })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            part,
            digest,
            problem,
        } = self;
        write!(f, "{part} {digest}: {problem}")
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(verdict) => write!(f, "{verdict}"),
            Self::Missing => f.write_str("not in the store"),
            Self::Altered { actual } => write!(f, "altered: its bytes hash to {actual}"),
            Self::Contradicts { detail } | Self::Unreadable { detail } => f.write_str(detail),
        }
    }
}

/// Something wrong with what OCI tools read of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinFault {
    /// The file in question, below the store's root.
    pub path: String,
    /// What is wrong.
    pub problem: Problem,
}

impl Store {
    /// Reads `index.json` and hashes every blob that a pinned release needs. Nothing of it is signed:
    /// a name that was altered into another one looks like that one.
    pub fn check_pins(&self) -> Vec<PinFault> {
        let fault = |path: String, detail: String| PinFault {
            path,
            problem: Problem::Contradicts { detail },
        };
        if let Err(error) = self.pins() {
            let detail = match &error {
                PinError::Put(put) => std::error::Error::source(put).map(ToString::to_string),
                _ => None,
            };
            let detail = detail.unwrap_or_else(|| error.to_string());
            return vec![fault(INDEX_JSON.to_owned(), detail)];
        }
        let mut needed = BTreeSet::new();
        let marked = oci::mark_pins(&*self.fs, &self.blobs, &mut needed);
        let mut faults = Vec::new();
        for digest in needed {
            let problem = match self.blobs.scrub(&digest) {
                Ok(BlobState::Sound) => continue,
                Ok(BlobState::Missing) => Problem::Missing,
                Ok(BlobState::Corrupt(actual)) => Problem::Altered { actual },
                Err(error) => Problem::Unreadable {
                    detail: error.to_string(),
                },
            };
            let path = blob_path(&digest);
            faults.push(PinFault { path, problem });
        }
        if let (Err(error), true) = (marked, faults.is_empty()) {
            faults.push(fault(INDEX_JSON.to_owned(), error.to_string()));
        }
        faults
    }

    /// Hashes everything the record names and compares it with what the record says. The blobs of
    /// a record that is refused are looked at too, as far as it tells which they are.
    pub fn check_module(&self, record: &Record) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !record.verdict().is_trusted() {
            faults.push(Fault {
                part: Part::Record,
                digest: record.digest(),
                problem: Problem::Refused(record.verdict().clone()),
            });
        }
        if let Some(Statement::Module(module)) = record.statement_unverified() {
            self.check_blobs(module, &mut faults);
        }
        faults
    }

    fn check_blobs(&self, module: &ModuleRecord, faults: &mut Vec<Fault>) {
        let parts = [
            (Part::Component, Some(module.component)),
            (Part::Source, module.source.map(|source| source.blob)),
            (Part::Ir, module.ir),
        ];
        for (part, blob) in parts {
            let Some(blob) = blob else { continue };
            let digest = blob.digest;
            let problem = match self.blob_problem(&digest, blob.size_bytes) {
                None if part == Part::Source => {
                    module.source.and_then(|it| self.source_problem(&it))
                }
                problem => problem,
            };
            faults.extend(problem.map(|problem| Fault {
                part,
                digest,
                problem,
            }));
        }
    }

    fn blob_problem(&self, digest: &Digest, size_bytes: u64) -> Option<Problem> {
        let unreadable = |error: std::io::Error| Problem::Unreadable {
            detail: error.to_string(),
        };
        match self.blobs.scrub(digest) {
            Ok(BlobState::Missing) => return Some(Problem::Missing),
            Ok(BlobState::Corrupt(actual)) => return Some(Problem::Altered { actual }),
            Ok(BlobState::Sound) => {}
            Err(error) => return Some(unreadable(error)),
        }
        match self.blobs.size_bytes(digest) {
            Ok(Some(actual)) if actual != size_bytes => Some(Problem::Contradicts {
                detail: format!("has {actual} bytes, the record says {size_bytes}"),
            }),
            Ok(_) => None,
            Err(error) => Some(unreadable(error)),
        }
    }

    fn source_problem(&self, source: &SourceRef) -> Option<Problem> {
        match self.source(source) {
            Ok(_) => None,
            Err(SourceError::Get(GetError::Missing { .. })) => Some(Problem::Missing),
            Err(SourceError::Get(GetError::Corrupt { actual, .. })) => {
                Some(Problem::Altered { actual })
            }
            Err(SourceError::Get(error)) => Some(Problem::Unreadable {
                detail: error.to_string(),
            }),
            Err(error) => Some(Problem::Contradicts {
                detail: error.to_string(),
            }),
        }
    }
}
