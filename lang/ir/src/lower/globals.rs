//! The top-level names of a program.

use std::collections::BTreeMap;

use crate::node::{Declaration, GlobalId, GlobalInfo};

/// Top-level names in order of first appearance.
#[derive(Debug, Default)]
pub(crate) struct Globals {
    infos: Vec<GlobalInfo>,
    by_name: BTreeMap<String, GlobalId>,
}

impl Globals {
    /// The global with this name, made when it is new. `bare` is the name without its module.
    pub(crate) fn intern(&mut self, name: &str, bare: &str) -> GlobalId {
        if let Some(id) = self.by_name.get(name) {
            return *id;
        }
        let id = GlobalId(u32::try_from(self.infos.len()).unwrap_or(u32::MAX));
        self.infos.push(GlobalInfo {
            name: name.to_owned(),
            definitions: 0,
            declared: None,
            fallback: rtfs_value::library::lookup(bare),
        });
        self.by_name.insert(name.to_owned(), id);
        id
    }

    /// The global with this name.
    pub(crate) fn get(&self, name: &str) -> Option<GlobalId> {
        self.by_name.get(name).copied()
    }

    /// Notes one definition of a name.
    pub(crate) fn define(&mut self, name: &str, bare: &str) {
        let id = self.intern(name, bare);
        self.infos[id.0 as usize].definitions += 1;
    }

    /// Notes the declared signature of a global.
    pub(crate) fn declare(&mut self, id: GlobalId, declaration: Declaration) {
        self.infos[id.0 as usize].declared = Some(declaration);
    }

    /// The declared signature of a global.
    pub(crate) fn declaration(&self, id: GlobalId) -> Option<&Declaration> {
        self.infos.get(id.0 as usize)?.declared.as_ref()
    }

    /// All names, for suggestions.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.infos.iter().map(|info| info.name.as_str())
    }

    /// The finished table.
    pub(crate) fn into_infos(self) -> Vec<GlobalInfo> {
        self.infos
    }
}
