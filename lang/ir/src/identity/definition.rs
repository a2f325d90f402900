//! What a top-level definition means, as a hash.
//!
//! Two definitions with the same hash give the same values, errors, and host calls for the same
//! arguments, given the same host context. The hash covers everything reachable: references to
//! other definitions stand in it as their hashes, so unrelated definitions and the order of the
//! source do not matter. Definitions that need each other are hashed together.

use rtfs_value::types::Level;

use super::groups::strongly_connected;
use super::{LANGUAGE_VERSION, hash_of, hash_type};
use crate::codec::{Encoder, GlobalWriter, SCHEMA_VERSION, Writer};
use crate::node::{GlobalId, NodeKind, Program, TopForm};
use crate::references::{definitions, each_node, references};

hash_type! {
    /// Identifies the meaning of one top-level definition.
    DefinitionHash
}

/// The hashes of a program's top-level definitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinitionHashes {
    hashes: Vec<Option<DefinitionHash>>,
}

impl DefinitionHashes {
    /// The hash of a global; `None` for one that the program does not define, and for one whose
    /// meaning this program alone does not fix, because it reaches an import or a definition of
    /// an earlier program of the session.
    pub fn get(&self, global: GlobalId) -> Option<DefinitionHash> {
        self.hashes.get(global.0 as usize).copied().flatten()
    }
}

impl Program {
    /// The definition hashes of the program, when run at a validation level.
    pub fn hashes(&self, validation: Level) -> DefinitionHashes {
        let definitions = definitions(self);
        let mut hashes = vec![None; self.globals.len()];
        let successors: Vec<Vec<usize>> =
            definitions.iter().map(|forms| references(forms)).collect();
        for group in strongly_connected(&successors) {
            if group
                .iter()
                .any(|global| is_open(self, &definitions, &hashes, &group, *global))
            {
                continue;
            }
            let defined: Vec<usize> = group
                .into_iter()
                .filter(|global| !definitions[*global].is_empty())
                .collect();
            if defined.is_empty() {
                continue;
            }
            let group = hash_group(self, &definitions, &hashes, &defined, validation);
            for member in defined {
                hashes[member] = Some(DefinitionHash(hash_of(|out| {
                    out.array(3);
                    out.text("rtfs-definition");
                    out.bytes(&group);
                    out.text(&self.globals[member].name);
                })));
            }
        }
        DefinitionHashes { hashes }
    }
}

/// Whether the meaning of a definition is not all in the program.
fn is_open(
    program: &Program,
    definitions: &[Vec<&TopForm>],
    hashes: &[Option<DefinitionHash>],
    group: &[usize],
    global: usize,
) -> bool {
    let forms = &definitions[global];
    let mut has_import = false;
    for form in forms {
        each_node(&form.node, &mut |node| {
            has_import |= matches!(node.kind, NodeKind::Qualified { .. } | NodeKind::Import(_));
        });
    }
    let reaches_open = references(forms).into_iter().any(|other| {
        let is_declared = program.globals[other].declared.is_some();
        let is_only_declared = definitions[other].is_empty() && is_declared;
        !(is_only_declared || hashes[other].is_some() || group.contains(&other))
    });
    has_import || reaches_open
}

/// The hash of definitions that need each other, in the order of their names.
fn hash_group(
    program: &Program,
    definitions: &[Vec<&TopForm>],
    hashes: &[Option<DefinitionHash>],
    members: &[usize],
    validation: Level,
) -> [u8; 32] {
    let mut members: Vec<usize> = members.to_vec();
    members.sort_by(|a, b| program.globals[*a].name.cmp(&program.globals[*b].name));
    let references = Meanings {
        program,
        hashes,
        members: &members,
    };
    let mut encoder = Encoder::new(references);
    encoder.out.array(5);
    encoder.out.text("rtfs-definitions");
    encoder.out.uint(u64::from(SCHEMA_VERSION));
    encoder.out.text(LANGUAGE_VERSION);
    encoder.out.text(level_name(validation));
    encoder.out.array(members.len());
    for member in &members {
        let global = &program.globals[*member];
        encoder.out.array(4);
        encoder.out.text(&global.name);
        encoder.out.bool(global.fallback.is_some());
        match &global.declared {
            Some(declared) => encoder.declaration(declared),
            None => encoder.out.null(),
        }
        encoder.out.array(definitions[*member].len());
        for form in &definitions[*member] {
            encoder.out.array(2);
            encoder.slots(&form.slots);
            encoder.node(&form.node);
        }
    }
    let bytes = encoder.out.bytes;
    hash_of(|out| out.bytes = bytes)
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Basic => "basic",
        Level::Standard => "standard",
        Level::Strict => "strict",
    }
}

/// References to globals by what they mean.
struct Meanings<'p> {
    program: &'p Program,
    hashes: &'p [Option<DefinitionHash>],
    /// The group that is being hashed: references inside it are by name.
    members: &'p [usize],
}

impl GlobalWriter for Meanings<'_> {
    fn write(&mut self, id: GlobalId, out: &mut Writer) {
        let index = id.0 as usize;
        let Some(global) = self.program.globals.get(index) else {
            return out.null();
        };
        match self.hashes.get(index).copied().flatten() {
            Some(hash) => {
                out.array(2);
                out.uint(0);
                out.bytes(hash.as_bytes());
            }
            None if self.members.contains(&index) => {
                out.array(2);
                out.uint(1);
                out.text(&global.name);
            }
            // Only declared.
            None => {
                out.array(4);
                out.uint(2);
                out.text(&global.name);
                out.bool(global.fallback.is_some());
                match &global.declared {
                    Some(declared) => {
                        let mut encoder = Encoder::new(Unreachable);
                        encoder.declaration(declared);
                        out.bytes(&encoder.out.bytes);
                    }
                    None => out.null(),
                }
            }
        }
    }
}

/// A declaration refers to no global.
struct Unreachable;

impl GlobalWriter for Unreachable {
    fn write(&mut self, _: GlobalId, out: &mut Writer) {
        out.null();
    }
}
