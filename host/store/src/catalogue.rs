//! What the store holds, as a list to look through.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::digest::{Digest, PREFIX};
use crate::module::ModuleRecord;
use crate::statement::Statement;
use crate::store::{FindError, Record, RecordError, Store};

/// A module, or what is left of one, and the names that stand for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its record, with the verdict on it.
    pub record: Arc<Record>,
    /// Names whose trusted pointer leads here, sorted.
    pub names: Vec<String>,
}

impl Entry {
    /// What the record says, whoever says it: to be shown, never to be acted upon.
    pub fn module_unverified(&self) -> Option<&ModuleRecord> {
        match self.record.statement_unverified() {
            Some(Statement::Module(module)) => Some(module),
            _ => None,
        }
    }
}

/// What to look for: everything that is given must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// A name that stands for the module, or the name of an export.
    pub name: Option<String>,
    /// The beginning of any digest or hash in or of the record, `sha256:` included.
    pub hash: Option<String>,
    /// Each must occur, in any case, in a name, an export's name, a capability, the description or
    /// the source.
    pub words: Vec<String>,
}

impl Store {
    /// All module records, in the order of their digests, read from the directory itself. Damaged
    /// records are among them: what they were cannot be told.
    ///
    /// # Errors
    /// When the index fails even after being rebuilt, or a record cannot be read.
    pub fn catalogue(&self) -> Result<Vec<Entry>, FindError> {
        let mut names = self.names_by_record()?;
        let mut entries = Vec::new();
        for digest in self.record_digests().map_err(FindError::List)? {
            let record = match self.record(&digest) {
                Ok(record) => record,
                // Collected since it was listed.
                Err(RecordError::Missing { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            if let Some(Statement::Module(_)) | None = record.statement_unverified() {
                let names = names.remove(&digest).unwrap_or_default();
                entries.push(Entry { record, names });
            }
        }
        Ok(entries)
    }

    /// Entries of the catalogue that fit.
    ///
    /// # Errors
    /// As [`Store::catalogue`]. A source that cannot be read is one without words.
    pub fn search(&self, search: &Search) -> Result<Vec<Entry>, FindError> {
        let mut entries = self.catalogue()?;
        entries.retain(|entry| self.fits(entry, search));
        Ok(entries)
    }

    /// Whether an entry fits. A source that cannot be read is one without words.
    pub fn fits(&self, entry: &Entry, search: &Search) -> bool {
        let Some(module) = entry.module_unverified() else {
            let by_text = search.name.is_some() || !search.words.is_empty();
            let digest = [entry.record.digest().to_string()];
            return !by_text
                && search
                    .hash
                    .as_ref()
                    .is_none_or(|hash| begins(&digest, hash));
        };
        search
            .name
            .as_ref()
            .is_none_or(|name| has_name(entry, module, name))
            && search
                .hash
                .as_ref()
                .is_none_or(|hash| has_hash(entry, module, hash))
            && self.has_words(entry, module, &search.words)
    }

    fn has_words(&self, entry: &Entry, module: &ModuleRecord, words: &[String]) -> bool {
        let facts = texts(entry, module);
        let mut open: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
        open.retain(|word| !facts.contains(word));
        if open.is_empty() {
            return true;
        }
        // Read last: it costs a file and a decompression.
        let source = module
            .source
            .as_ref()
            .and_then(|source| self.source(source).ok());
        let source = String::from_utf8_lossy(&source.unwrap_or_default()).to_lowercase();
        open.iter().all(|word| source.contains(word))
    }

    fn names_by_record(&self) -> Result<BTreeMap<Digest, Vec<String>>, FindError> {
        let mut by_record: BTreeMap<Digest, Vec<String>> = BTreeMap::new();
        for name in self.names()? {
            if let Some(resolved) = self.resolve(&name)?
                && let Some(pointer) = resolved.pointer.trusted_pointer()
            {
                by_record.entry(pointer.record).or_default().push(name);
            }
        }
        Ok(by_record)
    }
}

fn has_name(entry: &Entry, module: &ModuleRecord, name: &str) -> bool {
    entry.names.iter().any(|known| known == name)
        || module
            .facts
            .exports
            .iter()
            .any(|export| export.name == name)
}

fn has_hash(entry: &Entry, module: &ModuleRecord, hash: &str) -> bool {
    let facts = &module.facts;
    let mut hashes = vec![
        entry.record.digest().to_string(),
        facts.artifact_key.to_string(),
        facts.interface.to_string(),
    ];
    hashes.extend(module.digests().iter().map(Digest::to_string));
    for export in &facts.exports {
        hashes.extend(export.definition.map(|hash| hash.to_string()));
        hashes.push(export.interface.to_string());
    }
    begins(&hashes, hash)
}

/// Whether one of `known` begins so, with or without its prefix.
fn begins(known: &[String], hash: &str) -> bool {
    let digits = hash.strip_prefix(PREFIX).unwrap_or(hash);
    known
        .iter()
        .filter_map(|known| known.strip_prefix(PREFIX))
        .any(|known| known.starts_with(digits))
}

/// Everything readable of a record, in lower case, one a line.
fn texts(entry: &Entry, module: &ModuleRecord) -> String {
    let facts = &module.facts;
    let names = entry.names.iter();
    let exports = facts.exports.iter().map(|export| &export.name);
    let all: Vec<&str> = names
        .chain(exports)
        .chain(&facts.capabilities)
        .chain(&facts.description)
        .map(String::as_str)
        .collect();
    all.join("\n").to_lowercase()
}
