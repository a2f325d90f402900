//! What is said of a compiled program when it is published.

use std::collections::{BTreeMap, BTreeSet};

use rtfs_ir::{ArtifactKey, Program};
use rtfs_store::{BackendRef, ExportRecord, ModuleFacts, Retention, Validation};
use rtfs_value::types::Level;

use super::module::write_embedding;
use crate::clock::Timestamp;
use crate::delegability::Delegability;
use crate::embedding::Embedding;

/// A compiled program to be published.
#[derive(Debug, Clone)]
pub struct ModulePublication<'a> {
    /// What was compiled.
    pub program: &'a Program,
    /// Its text.
    pub source: Option<&'a str>,
    /// What it was compiled to.
    pub bytecode: &'a [u8],
    /// By which backend.
    pub backend: BackendRef,
    /// The key under which the whole unit is found again.
    pub artifact_key: ArtifactKey,
    /// The validation level it was compiled for.
    pub level: Level,
    /// Whether its cases passed.
    pub validation: Validation,
    /// How long it stays.
    pub retention: Retention,
    /// What it does, in the author's words.
    pub description: Option<String>,
    /// What it is about, as a vector.
    pub embedding: Option<Embedding>,
    /// A name that from now on stands for it.
    pub name: Option<&'a str>,
    /// When it is said to have been made. Equal publications without a time are one record.
    pub claimed_at: Option<Timestamp>,
}

impl ModulePublication<'_> {
    /// The facts that are signed.
    ///
    /// An export's definition is recorded only where a call of it alone means what it means in the
    /// program: the function is delegable, and evaluating the program's definitions, which running
    /// any export needs, has no effects.
    pub fn facts(&self) -> ModuleFacts {
        let annotations: BTreeMap<_, _> = self.embedding.iter().map(write_embedding).collect();
        ModuleFacts {
            artifact_key: rtfs_store::ArtifactKey::from_bytes(*self.artifact_key.as_bytes()),
            interface: rtfs_store::InterfaceHash::from_bytes(
                *self.program.interface_hash().as_bytes(),
            ),
            exports: self.exports(),
            capabilities: self.program.all_capability_needs().ids,
            backend: self.backend.clone(),
            validation: self.validation,
            retention: self.retention,
            description: self.description.clone(),
            annotations,
            claimed_unix_seconds: self.claimed_at.map(|time| time.as_millis() / 1000),
        }
    }

    /// The exported functions; other exported values cannot be called.
    fn exports(&self) -> Vec<ExportRecord> {
        let program = self.program;
        let delegability = Delegability::of(program, self.level);
        let export = |(index, global)| {
            let interface = program.interface(global)?;
            let definition = match delegability.definitions_are_pure() {
                true => delegability.definition(global).ok(),
                false => None,
            };
            Some(ExportRecord {
                index: u32::try_from(index).ok()?.checked_add(1)?,
                definition: definition
                    .map(|hash| rtfs_store::DefinitionHash::from_bytes(*hash.as_bytes())),
                interface: rtfs_store::InterfaceHash::from_bytes(*interface.hash().as_bytes()),
                capabilities: BTreeSet::from_iter(interface.capabilities),
                name: interface.name,
            })
        };
        let exports = program.exports().into_iter().enumerate();
        exports.filter_map(export).collect()
    }
}
