//! Which parts of the runtime a program reaches.

use std::collections::{BTreeMap, BTreeSet};

use super::LinkError;
use super::runtime::{Reference, Runtime};

/// The reachable part of the runtime.
#[derive(Clone, Debug, Default)]
pub(super) struct Live {
    /// Functions, imported ones included.
    pub(super) functions: BTreeSet<u32>,
    /// Function in each table slot whose address is taken by something reachable.
    pub(super) slots: BTreeMap<u32, u32>,
    /// Indices of data symbols.
    pub(super) symbols: BTreeSet<usize>,
    /// Something reachable calls through the table.
    pub(super) table: bool,
}

impl Live {
    /// Follows every reference from the given functions and addresses.
    pub(super) fn walk(
        runtime: &Runtime<'_>,
        functions: impl IntoIterator<Item = u32>,
        addresses: impl IntoIterator<Item = u32>,
    ) -> Result<Self, LinkError> {
        let mut live = Self::default();
        let mut pending: Vec<Reference> = functions.into_iter().map(Reference::Function).collect();
        for address in addresses {
            pending.extend(runtime.symbols_at(address).map(Reference::Data));
        }
        while let Some(reference) = pending.pop() {
            live.visit(runtime, reference, &mut pending)?;
        }
        Ok(live)
    }

    fn visit(
        &mut self,
        runtime: &Runtime<'_>,
        reference: Reference,
        pending: &mut Vec<Reference>,
    ) -> Result<(), LinkError> {
        match reference {
            Reference::Function(function) => {
                if self.functions.insert(function)
                    && let Some(own) = function.checked_sub(runtime.object.import_count())
                {
                    pending.extend(&runtime.references[own as usize]);
                    pending.extend(runtime.companions_of(function).map(Reference::Function));
                }
            }
            Reference::Slot(function) => {
                let slot = runtime
                    .slots
                    .get(&function)
                    .ok_or(LinkError::Malformed("address of a function without a slot"))?;
                self.slots.insert(*slot, function);
                pending.push(Reference::Function(function));
            }
            Reference::Data(symbol) => {
                if self.symbols.insert(symbol) {
                    pending.extend(&runtime.symbols[symbol].references);
                }
            }
            Reference::Table => self.table = true,
        }
        Ok(())
    }
}
