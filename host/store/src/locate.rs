//! From what people write to a module: names, digests, and the first digits of digests.

use std::sync::Arc;

use crate::digest::{Digest, PREFIX, hex};
use crate::index::Query;
use crate::module::ModuleRecord;
use crate::statement::Statement;
use crate::store::{FindError, Record, RecordError, Store};

/// Fewest digits of a shortened digest: 4 billion kinds, so a store of thousands has few doubles.
pub const MIN_DIGITS: usize = 8;

/// A module as somebody referred to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Its record, with the verdict on it.
    pub record: Arc<Record>,
    /// The pointer that led to it, if it was referred to by name.
    pub pointer: Option<Arc<Record>>,
    /// Pointers of that name with higher numbers that were passed over: they are not trusted.
    pub refused: Vec<Arc<Record>>,
}

impl Located {
    /// The module, if its record is trusted and so is the pointer that led to it.
    pub fn trusted_module(&self) -> Option<&ModuleRecord> {
        match &self.pointer {
            Some(pointer) => pointer.trusted_pointer().and(self.record.trusted_module()),
            None => self.record.trusted_module(),
        }
    }

    /// The record that decides whether it may be used: the pointer if that is not trusted, else the
    /// module's own.
    pub fn deciding(&self) -> &Arc<Record> {
        match &self.pointer {
            Some(pointer) if !pointer.verdict().is_trusted() => pointer,
            _ => &self.record,
        }
    }
}

/// Why a reference leads nowhere.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocateError {
    /// Nobody gave that name, and no record or component has that digest.
    #[error("there is no module `{reference}` in the store")]
    NotFound {
        /// What was asked for.
        reference: String,
    },
    /// The name is known; what it stands for is gone.
    #[error("name `{name}` stands for record {record}, which is not in the store")]
    Dangling {
        /// The name.
        name: String,
        /// The record that is missing.
        record: Digest,
    },
    /// The name is known, but its pointer cannot be read.
    #[error("name `{name}` cannot be followed: {}", .pointer.verdict())]
    Unreadable {
        /// The name.
        name: String,
        /// Its pointer.
        pointer: Arc<Record>,
    },
    /// Several modules fit.
    #[error("`{reference}` fits {} modules", .records.len())]
    Ambiguous {
        /// What was asked for.
        reference: String,
        /// Their records.
        records: Vec<Digest>,
    },
    /// A shortened digest has too few digits, or what follows `sha256:` is not hexadecimal.
    #[error(
        "`{reference}` is not a digest: write `sha256:` and at least {MIN_DIGITS} of its 64 lower-case hexadecimal digits"
    )]
    Malformed {
        /// What was asked for.
        reference: String,
    },
    /// The store could not be searched.
    #[error("cannot search the store")]
    Find(#[from] FindError),
}

impl From<RecordError> for LocateError {
    fn from(error: RecordError) -> Self {
        Self::Find(error.into())
    }
}

impl Store {
    /// The module that `reference` stands for: `sha256:` with all or at least [`MIN_DIGITS`] digits
    /// of a record, of a pointer or of a component, anything else a name. Of several records of one component a
    /// trusted one is taken, and of several trusted ones the one with the lowest digest: they name
    /// the same bytes.
    ///
    /// What is found may be untrusted: [`Located::trusted_module`] says whether it may be used.
    ///
    /// # Errors
    /// When nothing or too much fits, or the store cannot be read.
    pub fn locate(&self, reference: &str) -> Result<Located, LocateError> {
        match reference.strip_prefix(PREFIX) {
            Some(digits) => self.locate_digest(reference, digits),
            None => self.locate_name(reference),
        }
    }

    fn locate_name(&self, name: &str) -> Result<Located, LocateError> {
        let Some(resolved) = self.resolve(name)? else {
            return Err(LocateError::NotFound {
                reference: name.to_owned(),
            });
        };
        let name = name.to_owned();
        match (resolved.module, resolved.pointer.statement_unverified()) {
            (Some(record), _) => Ok(Located {
                record,
                pointer: Some(resolved.pointer),
                refused: resolved.refused,
            }),
            (None, Some(Statement::Name(pointer))) => Err(LocateError::Dangling {
                name,
                record: pointer.record,
            }),
            (None, _) => Err(LocateError::Unreadable {
                name,
                pointer: resolved.pointer,
            }),
        }
    }

    fn locate_digest(&self, reference: &str, digits: &str) -> Result<Located, LocateError> {
        let found = match reference.parse() {
            Ok(digest) => self.by_digest(&digest)?,
            Err(_) => self.by_digits(reference, digits)?,
        };
        let found = match found.iter().find(|record| record.verdict().is_trusted()) {
            Some(trusted) => Some(trusted.clone()),
            None => found.into_iter().next(),
        };
        let Some(record) = found else {
            return Err(LocateError::NotFound {
                reference: reference.to_owned(),
            });
        };
        let (record, pointer) = match record.statement_unverified() {
            Some(Statement::Name(pointer)) => match self.record(&pointer.record) {
                Ok(module) => (module, Some(record)),
                Err(RecordError::Missing { .. }) => {
                    return Err(LocateError::Dangling {
                        name: pointer.name.clone(),
                        record: pointer.record,
                    });
                }
                Err(error) => return Err(error.into()),
            },
            _ => (record, None),
        };
        Ok(Located {
            record,
            pointer,
            refused: Vec::new(),
        })
    }

    fn by_digest(&self, digest: &Digest) -> Result<Vec<Arc<Record>>, LocateError> {
        match self.record(digest) {
            Ok(record) => Ok(vec![record]),
            Err(RecordError::Missing { .. }) => Ok(self.find(&Query::Component(*digest))?),
            Err(error) => Err(error.into()),
        }
    }

    fn by_digits(&self, reference: &str, digits: &str) -> Result<Vec<Arc<Record>>, LocateError> {
        let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if !(MIN_DIGITS..64).contains(&digits.len()) || !digits.chars().all(is_hex) {
            return Err(LocateError::Malformed {
                reference: reference.to_owned(),
            });
        }
        let fits = |digest: &Digest| hex(digest.as_bytes()).starts_with(digits);
        let mut digests: Vec<Digest> = self
            .record_digests()
            .map_err(FindError::List)?
            .into_iter()
            .filter(fits)
            .collect();
        if digests.is_empty() {
            // Components are fewer steps away for people: `build` and other tools print them.
            digests = self.components()?.into_iter().filter(fits).collect();
        }
        match digests.as_slice() {
            [] => Ok(Vec::new()),
            [one] => self.by_digest(one),
            _ => Err(LocateError::Ambiguous {
                reference: reference.to_owned(),
                records: digests,
            }),
        }
    }

    /// Digests of all components that a record names, sorted, each once.
    fn components(&self) -> Result<Vec<Digest>, LocateError> {
        let records = self.find(&Query::All)?;
        let mut digests: Vec<Digest> = records
            .iter()
            .filter_map(|record| match record.statement_unverified() {
                Some(Statement::Module(module)) => Some(module.component.digest),
                _ => None,
            })
            .collect();
        digests.sort_unstable();
        digests.dedup();
        Ok(digests)
    }
}
