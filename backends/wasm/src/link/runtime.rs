//! The runtime module with its relocations resolved: who refers to whom.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use wasmparser::{
    ExternalKind, Linking, LinkingSectionReader, RelocSectionReader, RelocationEntry,
    RelocationType, SymbolInfo,
};

use super::LinkError;
use super::object::{GlobalInit, Object};
use super::site::Site;

/// One thing a function body or a piece of data refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reference {
    /// Calls the function.
    Function(u32),
    /// Takes the function's table slot.
    Slot(u32),
    /// Takes the address of a data symbol (index into [`Runtime::symbols`]).
    Data(usize),
    /// Calls through the table.
    Table,
}

/// A named piece of initialised memory.
#[derive(Clone, Debug)]
pub(super) struct DataSymbol {
    /// Its place in linear memory.
    pub(super) memory: Range<u32>,
    pub(super) references: Vec<Reference>,
}

/// The parsed runtime. Parsing costs some ten microseconds and happens once per process.
#[derive(Clone, Debug)]
pub(crate) struct Runtime<'a> {
    pub(super) object: Object<'a>,
    /// What each defined function refers to.
    pub(super) references: Vec<Vec<Reference>>,
    /// What of each defined function's body linking changes, in order.
    pub(super) sites: Vec<Vec<Site>>,
    /// Sorted by address.
    pub(super) symbols: Vec<DataSymbol>,
    /// Table slot of each function whose address is taken somewhere.
    pub(super) slots: BTreeMap<u32, u32>,
    /// First address behind the runtime's static data.
    pub(super) heap_base: u32,
}

/// Intrinsics, the functions of the runtime they stand for, and what they are linked with: nothing
/// else makes the values that they are called for. Generated code imports `rt:regex_found` when a
/// type of the program has a pattern.
const COMPANIONS: [(&str, &str, &str); 2] = [
    ("encode_flat", "rt:encode_flat", "rt:vector_from"),
    ("regex_found", "rt:regex_found", "rt:regex_found"),
];

/// What a symbol of the `linking` section stands for.
#[derive(Clone, Copy)]
enum Symbol {
    Function(u32),
    /// Address and size.
    Data(u32, u32),
    Table,
    /// Globals need no tracking: they are few and always mapped. Undefined data is an error
    /// only when something refers to it.
    Other,
}

impl<'a> Runtime<'a> {
    /// Parses a module that was linked with `--emit-relocs`.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, LinkError> {
        let object = Object::parse(bytes)?;
        let table = read_symbols(&object)?;
        let heap_base = exported_constant(&object, "__heap_base")
            .ok_or(LinkError::Malformed("runtime does not export __heap_base"))?;
        let mut runtime = Self {
            references: vec![Vec::new(); object.bodies.len()],
            sites: vec![Vec::new(); object.bodies.len()],
            symbols: data_symbols(&table),
            slots: read_slots(&object)?,
            heap_base,
            object,
        };
        runtime.read_relocations(&table)?;
        Ok(runtime)
    }

    /// The function that an intrinsic stands for when what makes it necessary is linked.
    pub(super) fn companion(&self, intrinsic: &str) -> Option<u32> {
        let (_, function, _) = COMPANIONS.iter().find(|(name, ..)| *name == intrinsic)?;
        self.object.exported_function(function)
    }

    /// The functions that are reachable by intrinsics once `function` is linked.
    pub(super) fn companions_of(&self, function: u32) -> impl Iterator<Item = u32> + '_ {
        let with = move |name| self.object.exported_function(name) == Some(function);
        let companions = COMPANIONS.iter().filter(move |(.., name)| with(name));
        companions.filter_map(|(_, function, _)| self.object.exported_function(function))
    }

    /// The address the runtime exports under `name`.
    pub(super) fn address(&self, name: &str) -> Option<u32> {
        exported_constant(&self.object, name)
    }

    /// The symbols whose memory contains `address`.
    pub(super) fn symbols_at(&self, address: u32) -> impl Iterator<Item = usize> + '_ {
        let end = self
            .symbols
            .partition_point(|symbol| symbol.memory.start <= address);
        (0..end).filter(move |&i| self.symbols[i].memory.contains(&address))
    }

    fn read_relocations(&mut self, table: &[Symbol]) -> Result<(), LinkError> {
        for (name, reader) in self.object.customs.clone() {
            if !name.starts_with("reloc.") {
                continue;
            }
            let reader = RelocSectionReader::new(reader)?;
            let section = reader.section_index();
            for entry in reader.entries() {
                let entry = entry?;
                let reference = self.reference(table, &entry)?;
                match (&self.object.code_section, &self.object.data_section) {
                    (Some((code, range)), _) if *code == section => {
                        let position = range.start + entry.offset as usize;
                        let function = self.function_at(position)?;
                        let body = self.object.bodies[function].range();
                        let site = Site::new(position - body.start, entry.ty)?;
                        self.sites[function].push(site);
                        self.references[function].extend(reference);
                    }
                    (_, Some((data, range))) if *data == section => {
                        let position = range.start + entry.offset as usize;
                        self.attach_to_data(position, reference)?;
                    }
                    // Debug sections and the like.
                    _ => {}
                }
            }
        }
        for references in &mut self.references {
            references.sort_unstable();
            references.dedup();
        }
        for sites in &mut self.sites {
            sites.sort_unstable_by_key(Site::at);
        }
        Ok(())
    }

    fn reference(
        &self,
        table: &[Symbol],
        entry: &RelocationEntry,
    ) -> Result<Option<Reference>, LinkError> {
        use RelocationType as R;
        // A type relocation holds a type index, not a symbol.
        if entry.ty == R::TypeIndexLeb {
            return Ok(None);
        }
        let symbol = *table
            .get(entry.index as usize)
            .ok_or(LinkError::Malformed("relocation of an unknown symbol"))?;
        Ok(Some(match (entry.ty, symbol) {
            (R::FunctionIndexLeb, Symbol::Function(f)) => Reference::Function(f),
            (R::TableIndexSleb | R::TableIndexI32, Symbol::Function(f)) => Reference::Slot(f),
            (R::MemoryAddrLeb | R::MemoryAddrSleb | R::MemoryAddrI32, Symbol::Data(at, size)) => {
                let found = self
                    .symbols
                    .binary_search_by_key(&(at, at + size), |s| (s.memory.start, s.memory.end));
                Reference::Data(found.map_err(|_| LinkError::Malformed("unplaced data symbol"))?)
            }
            (R::GlobalIndexLeb, Symbol::Other) => return Ok(None),
            (R::TableNumberLeb, Symbol::Table) => Reference::Table,
            _ => return Err(LinkError::Malformed("unsupported relocation")),
        }))
    }

    /// The defined function in whose body a place of the file lies.
    fn function_at(&self, position: usize) -> Result<usize, LinkError> {
        let bodies = &self.object.bodies;
        let after = bodies.partition_point(|body| body.range().start <= position);
        after
            .checked_sub(1)
            .filter(|&i| bodies[i].range().end > position)
            .ok_or(LinkError::Malformed("relocation outside of functions"))
    }

    fn attach_to_data(
        &mut self,
        position: usize,
        reference: Option<Reference>,
    ) -> Result<(), LinkError> {
        let segment = self
            .object
            .data
            .iter()
            .find(|data| data.range.contains(&position))
            .ok_or(LinkError::Malformed("relocation outside of data"))?;
        let address = segment.offset.addend + (position - segment.range.start) as u32;
        let owners: Vec<usize> = self.symbols_at(address).collect();
        if owners.is_empty() {
            return Err(LinkError::Malformed("relocation in unnamed data"));
        }
        for owner in owners {
            self.symbols[owner].references.extend(reference);
        }
        Ok(())
    }
}

fn exported_constant(object: &Object<'_>, name: &str) -> Option<u32> {
    let &(ExternalKind::Global, index) = object.exports.get(name)? else {
        return None;
    };
    let own = (index as usize).checked_sub(object.global_imports.len())?;
    match object.globals.get(own)?.init {
        GlobalInit::I32(value) => Some(value as u32),
        _ => None,
    }
}

fn read_symbols(object: &Object<'_>) -> Result<Vec<Symbol>, LinkError> {
    let linking = object
        .custom("linking")
        .ok_or(LinkError::Malformed("runtime has no linking section"))?;
    let mut symbols = Vec::new();
    for subsection in LinkingSectionReader::new(linking)?.subsections() {
        let Linking::SymbolTable(map) = subsection? else {
            continue;
        };
        for info in map {
            symbols.push(match info? {
                SymbolInfo::Func { index, .. } => Symbol::Function(index),
                SymbolInfo::Data {
                    symbol: Some(defined),
                    ..
                } => match object.data.get(defined.index as usize) {
                    Some(segment) => {
                        Symbol::Data(segment.offset.addend + defined.offset, defined.size)
                    }
                    None => return Err(LinkError::Malformed("data symbol without a segment")),
                },
                SymbolInfo::Table { .. } => Symbol::Table,
                _ => Symbol::Other,
            });
        }
    }
    Ok(symbols)
}

fn data_symbols(table: &[Symbol]) -> Vec<DataSymbol> {
    let places: BTreeSet<(u32, u32)> = table
        .iter()
        .filter_map(|symbol| match *symbol {
            Symbol::Data(at, size) => Some((at, at + size)),
            _ => None,
        })
        .collect();
    let symbol = |(start, end)| DataSymbol {
        memory: start..end,
        references: Vec::new(),
    };
    places.into_iter().map(symbol).collect()
}

fn read_slots(object: &Object<'_>) -> Result<BTreeMap<u32, u32>, LinkError> {
    let mut slots = BTreeMap::new();
    for elements in &object.elements {
        if elements.offset.global.is_some() {
            return Err(LinkError::Malformed("runtime table is not absolute"));
        }
        for (i, &function) in elements.functions.iter().enumerate() {
            slots.insert(function, elements.offset.addend + i as u32);
        }
    }
    Ok(slots)
}

#[cfg(test)]
mod tests {
    use super::*;

    static RUNTIME: &[u8] = include_bytes!("../../runtime.wasm");

    /// An unsigned LEB128 number, or a signed one that is positive: both are padded to five bytes.
    fn padded(bytes: &[u8]) -> u32 {
        let number = bytes.iter().rev();
        number.fold(0, |number: u32, byte| {
            number.wrapping_shl(7) | u32::from(byte & 0x7f)
        })
    }

    /// Linking relies on it: what a field holds is the address its relocation states.
    #[test]
    fn relocated_fields_hold_the_addresses_of_their_symbols() {
        let runtime = Runtime::parse(RUNTIME).expect("the committed runtime parses");
        let object = &runtime.object;
        let table = read_symbols(object).expect("the symbols are readable");
        let mut checked = 0;
        for (name, reader) in object.customs.clone() {
            let section = match name {
                "reloc.CODE" => &object.code_section,
                "reloc.DATA" => &object.data_section,
                _ => continue,
            };
            let (_, range) = section.clone().expect("the section is there");
            let reader = RelocSectionReader::new(reader).expect("readable");
            for entry in reader.entries() {
                let entry = entry.expect("readable");
                let field = entry.relocation_range().expect("in range");
                let field = &RUNTIME[range.start + field.start..range.start + field.end];
                let Some(&symbol) = table.get(entry.index as usize) else {
                    continue;
                };
                let want = match (entry.ty, symbol) {
                    (RelocationType::MemoryAddrI32, Symbol::Data(at, _)) => {
                        let held = u32::from_le_bytes(field.try_into().expect("four bytes"));
                        assert_eq!(held, at.wrapping_add_signed(entry.addend as i32));
                        checked += 1;
                        continue;
                    }
                    (
                        RelocationType::MemoryAddrLeb | RelocationType::MemoryAddrSleb,
                        Symbol::Data(at, _),
                    ) => at.wrapping_add_signed(entry.addend as i32),
                    (RelocationType::FunctionIndexLeb, Symbol::Function(function)) => function,
                    (RelocationType::TableIndexSleb, Symbol::Function(function)) => {
                        runtime.slots[&function]
                    }
                    _ => continue,
                };
                assert_eq!(padded(field), want, "{entry:?}");
                checked += 1;
            }
        }
        assert!(checked > 1000, "only {checked} fields were checked");
    }

    #[test]
    fn symbols_are_sorted_and_below_the_heap() {
        let runtime = Runtime::parse(RUNTIME).expect("the committed runtime parses");
        assert!(
            runtime
                .symbols
                .is_sorted_by_key(|symbol| symbol.memory.start)
        );
        let ends = runtime.symbols.iter().map(|symbol| symbol.memory.end);
        assert!(ends.max().is_some_and(|end| end <= runtime.heap_base));
    }
}
