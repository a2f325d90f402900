//! Links generated core modules with the runtime, statically.
//!
//! The runtime is one core module that `wasm-ld` wrote with relocations kept. From it the linker
//! takes what a program reaches, exactly: functions, table slots and data, symbol by symbol.
//! Nothing of the runtime moves: live data keep their addresses, dead ranges are not written.
//! Generated modules ("units") are ordinary core modules too. They import the runtime from `rt`
//! and each other from `unit`; static data, table slots and globals of each follow those of the
//! one before.

mod layout;
mod live;
mod merge;
mod object;
mod runtime;
mod site;

use wasmparser::{
    FuncType, FuncValidatorAllocations, Parser, Payload, ValidPayload, Validator, WasmFeatures,
};

use self::layout::{INTRINSIC, Layout, STACK_POINTER, TAG};
use self::live::Live;
use self::merge::{IndexMap, Merger, Target, absolute};
use self::object::{GlobalInit, Object};

pub(crate) use self::runtime::Runtime;

/// Why modules could not be linked. Every case is a defect of this crate, not of a program.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// An input is not a core module.
    #[error("cannot read a module to link")]
    Read(#[from] wasmparser::BinaryReaderError),
    /// An input is a core module of another form than the linker knows.
    #[error("cannot link: {0}")]
    Malformed(&'static str),
    /// A unit imports something that nobody provides.
    #[error("cannot link: nothing provides `{module}` `{name}`")]
    Missing {
        /// Import module.
        module: String,
        /// Import name.
        name: String,
    },
    /// A unit imports a function with another signature than the provider's.
    #[error("cannot link: `{name}` has another signature")]
    Signature {
        /// Import name.
        name: String,
    },
    /// Static data or the function table exceed 32 bits.
    #[error("the program's static data is too large")]
    TooLarge,
    /// The merged module does not validate.
    #[error("the linked module is not valid")]
    Invalid(#[source] wasmparser::BinaryReaderError),
}

/// A function the merged module exports.
#[derive(Clone, Debug)]
pub(crate) struct LinkExport {
    /// Name in the merged module.
    pub(crate) name: String,
    /// The exporting input: the runtime or the n-th unit.
    pub(crate) unit: Option<usize>,
    /// Name there.
    pub(crate) source: String,
}

/// A merged module.
#[derive(Clone, Debug)]
pub(crate) struct Linked {
    pub(crate) module: Vec<u8>,
    /// It imports `rtfs:host/capability`.
    pub(crate) uses_host: bool,
}

/// Merges `units` with the part of `runtime` that they and `exports` reach.
pub(crate) fn link(
    runtime: &Runtime<'_>,
    units: &[&[u8]],
    exports: &[LinkExport],
) -> Result<Linked, LinkError> {
    let objects = units
        .iter()
        .map(|bytes| Object::parse(bytes))
        .collect::<Result<Vec<_>, _>>()?;
    let live = Live::walk(
        runtime,
        root_functions(runtime, &objects, exports)?,
        root_addresses(runtime, &objects),
    )?;
    let layout = Layout::new(runtime, &objects, &live)?;
    let linker = Linker {
        runtime,
        objects: &objects,
        live: &live,
        layout: &layout,
    };
    let module = linker.merge(exports)?;
    let generated = objects.iter().map(|object| object.bodies.len()).sum();
    validate(&module, generated)?;
    Ok(Linked {
        module,
        uses_host: !layout.imports.is_empty(),
    })
}

/// What a unit may use, and so what every engine must offer: all of it works in Node 20.
const FEATURES: WasmFeatures = WasmFeatures::WASM2
    .difference(WasmFeatures::SIMD)
    .union(WasmFeatures::TAIL_CALL);

/// Validates a merged module. Of the functions only the last `generated` ones are looked into: those
/// of the runtime, which make up most of many components, are the same in all of them. Debug builds
/// look into these too.
fn validate(module: &[u8], generated: usize) -> Result<(), LinkError> {
    let mut validator = Validator::new_with_features(FEATURES);
    let mut buffers = FuncValidatorAllocations::default();
    let mut skipped = 0;
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.map_err(LinkError::Invalid)?;
        if let Payload::CodeSectionStart { count, .. } = &payload
            && !cfg!(debug_assertions)
        {
            skipped = (*count as usize).saturating_sub(generated);
        }
        let valid = validator.payload(&payload).map_err(LinkError::Invalid)?;
        let ValidPayload::Func(function, body) = valid else {
            continue;
        };
        if skipped > 0 {
            skipped -= 1;
            continue;
        }
        let mut function = function.into_validator(buffers);
        function.validate(&body).map_err(LinkError::Invalid)?;
        buffers = function.into_allocations();
    }
    Ok(())
}

fn missing(module: &str, name: &str) -> LinkError {
    LinkError::Missing {
        module: module.to_owned(),
        name: name.to_owned(),
    }
}

fn root_functions(
    runtime: &Runtime<'_>,
    units: &[Object<'_>],
    exports: &[LinkExport],
) -> Result<Vec<u32>, LinkError> {
    let imported = units
        .iter()
        .flat_map(|unit| &unit.function_imports)
        .filter(|import| import.module == RT)
        .map(|import| import.name);
    let exported = exports
        .iter()
        .filter(|export| export.unit.is_none())
        .map(|export| export.source.as_str());
    let find = |name: &str| {
        let found = runtime.object.exported_function(name);
        found.ok_or_else(|| missing(RT, name))
    };
    imported.chain(exported).map(find).collect()
}

fn root_addresses<'a>(
    runtime: &'a Runtime<'_>,
    units: &'a [Object<'_>],
) -> impl Iterator<Item = u32> + 'a {
    units
        .iter()
        .flat_map(|unit| &unit.global_imports)
        .filter_map(|import| runtime.address(import.name))
}

/// Import module of everything the runtime provides.
const RT: &str = "rt";
/// Import module of functions that another unit exports.
const UNIT: &str = "unit";
/// Custom section listing the pointers inside a unit's static data.
const RELOCATIONS: &str = "rtfs.reloc";

struct Linker<'l, 'a> {
    runtime: &'l Runtime<'a>,
    objects: &'l [Object<'a>],
    live: &'l Live,
    layout: &'l Layout,
}

impl Linker<'_, '_> {
    fn merge(&self, exports: &[LinkExport]) -> Result<Vec<u8>, LinkError> {
        let mut merger = Merger::new(self.stack_pointer()?);
        let runtime = &self.runtime.object;
        for &import in &self.layout.imports {
            let named = runtime.function_imports[import as usize];
            merger.import(named.module, named.name, runtime.signature(import)?);
        }
        let map = self.runtime_map()?;
        for &function in self.layout.runtime_functions.keys() {
            if let Some(own) = function.checked_sub(runtime.import_count()) {
                merger.copy(self.runtime, &map, own)?;
            }
        }
        for (&slot, &function) in &self.live.slots {
            merger.elements(slot, &[self.kept(function)?]);
        }
        self.merge_data(&mut merger);
        for (unit, object) in self.objects.iter().enumerate() {
            self.merge_unit(&mut merger, unit, object)?;
        }
        for export in exports {
            let index = match export.unit {
                None => {
                    let function = runtime.exported_function(&export.source);
                    self.kept(function.ok_or_else(|| missing(RT, &export.source))?)?
                }
                Some(unit) => {
                    let found = self.unit_export(unit, &export.source);
                    found.ok_or_else(|| missing(UNIT, &export.source))?.0
                }
            };
            merger.export(&export.name, index);
        }
        merger.finish(self.layout)
    }

    /// The initial stack pointer, which `wasm-ld` wrote into global 0.
    fn stack_pointer(&self) -> Result<i32, LinkError> {
        match self.runtime.object.globals.first() {
            Some(global) if global.ty.mutable => match global.init {
                GlobalInit::I32(value) => Ok(value),
                _ => Err(LinkError::Malformed("stack pointer is not an i32")),
            },
            _ => Err(LinkError::Malformed("runtime has no stack pointer")),
        }
    }

    /// New index of a live function of the runtime.
    fn kept(&self, function: u32) -> Result<u32, LinkError> {
        let index = self.layout.runtime_functions.get(&function);
        index
            .copied()
            .ok_or(LinkError::Malformed("an intrinsic is used as a function"))
    }

    fn runtime_map(&self) -> Result<IndexMap, LinkError> {
        let object = &self.runtime.object;
        let mut functions = Vec::with_capacity(object.function_count() as usize);
        for function in 0..object.function_count() {
            let intrinsic = object
                .function_imports
                .get(function as usize)
                .filter(|import| import.module == INTRINSIC);
            functions.push(match intrinsic {
                Some(import) if self.live.functions.contains(&function) => {
                    self.intrinsic(import.name)?
                }
                _ => match self.layout.runtime_functions.get(&function) {
                    Some(&index) => Target::Index(index),
                    None => Target::Dead,
                },
            });
        }
        Ok(IndexMap {
            functions,
            globals: vec![Target::Index(STACK_POINTER)],
        })
    }

    /// What a call of an intrinsic becomes.
    fn intrinsic(&self, name: &str) -> Result<Target, LinkError> {
        Ok(match name {
            "set_tag" => Target::SetGlobal(TAG),
            "get_tag" => Target::GetGlobal(TAG),
            "heap_start" => Target::Constant(self.layout.heap_start as i32),
            _ if self.runtime.companion(name).is_some() => {
                let function = self.runtime.companion(name);
                match function.filter(|function| self.live.functions.contains(function)) {
                    Some(function) => Target::Index(self.kept(function)?),
                    None => Target::Unreachable,
                }
            }
            _ => {
                let (index, _) = self
                    .find_in_units(name)
                    .ok_or_else(|| missing(INTRINSIC, name))?;
                Target::Index(index)
            }
        })
    }

    /// The first unit that exports a name decides.
    fn find_in_units(&self, name: &str) -> Option<(u32, &FuncType)> {
        (0..self.objects.len()).find_map(|unit| self.unit_export(unit, name))
    }

    fn unit_export(&self, unit: usize, name: &str) -> Option<(u32, &FuncType)> {
        let object = self.objects.get(unit)?;
        let function = object.exported_function(name)?;
        let own = function.checked_sub(object.import_count())?;
        let index = self.layout.units.get(unit)?.first_function + own;
        Some((index, object.signature(function).ok()?))
    }

    /// Writes the live data of the runtime. Symbols that touch, or nearly so, share a segment.
    fn merge_data(&self, merger: &mut Merger) {
        let mut ranges: Vec<std::ops::Range<u32>> = Vec::new();
        for &symbol in &self.live.symbols {
            let memory = self.runtime.symbols[symbol].memory.clone();
            match ranges.last_mut() {
                Some(last) if memory.start <= last.end.saturating_add(SEGMENT as u32) => {
                    last.end = last.end.max(memory.end);
                }
                _ => ranges.push(memory),
            }
        }
        for range in ranges {
            for data in &self.runtime.object.data {
                let start = data.offset.addend;
                let end = start + data.bytes.len() as u32;
                let (from, to) = (range.start.max(start), range.end.min(end));
                if from < to {
                    let bytes = &data.bytes[(from - start) as usize..(to - start) as usize];
                    put_data(merger, from, bytes);
                }
            }
        }
    }

    fn merge_unit(
        &self,
        merger: &mut Merger,
        unit: usize,
        object: &Object<'_>,
    ) -> Result<(), LinkError> {
        let map = self.unit_map(unit, object)?;
        for own in 0..object.bodies.len() as u32 {
            merger.function(object, &map, own)?;
            if let Some(name) = object.function_names.get(&(object.import_count() + own)) {
                merger.name(self.layout.units[unit].first_function + own, name);
            }
        }
        for global in &object.globals {
            merger.global(global)?;
        }
        for elements in &object.elements {
            let functions = elements.functions.iter().map(|&function| {
                match map.functions.get(function as usize) {
                    Some(Target::Index(index)) => Ok(*index),
                    _ => Err(LinkError::Malformed("table slot of an unknown function")),
                }
            });
            let functions = functions.collect::<Result<Vec<u32>, _>>()?;
            merger.elements(absolute(elements.offset, &map)?, &functions);
        }
        self.merge_unit_data(merger, unit, object, &map)
    }

    /// Index and signature of the function that provides a unit's import.
    fn provider(&self, module: &str, name: &str) -> Result<(u32, &FuncType), LinkError> {
        let found = match module {
            RT => {
                let object = &self.runtime.object;
                let function = object.exported_function(name);
                let function = function.ok_or_else(|| missing(module, name))?;
                return Ok((self.kept(function)?, object.signature(function)?));
            }
            UNIT => self.find_in_units(name),
            _ => None,
        };
        found.ok_or_else(|| missing(module, name))
    }

    fn unit_map(&self, unit: usize, object: &Object<'_>) -> Result<IndexMap, LinkError> {
        let place = self.layout.units[unit];
        let mut functions = Vec::with_capacity(object.function_count() as usize);
        for (i, import) in (0..).zip(&object.function_imports) {
            let (index, provided) = self.provider(import.module, import.name)?;
            if provided != object.signature(i)? {
                return Err(LinkError::Signature {
                    name: import.name.to_owned(),
                });
            }
            functions.push(Target::Index(index));
        }
        let own = object.bodies.len() as u32;
        functions.extend((0..own).map(|i| Target::Index(place.first_function + i)));
        let mut globals = Vec::new();
        for import in &object.global_imports {
            globals.push(match import.name {
                "sp" => Target::Index(STACK_POINTER),
                "tag" => Target::Index(TAG),
                "data_base" => Target::Constant(place.data_base as i32),
                "table_base" => Target::Constant(place.table_base as i32),
                name => match self.runtime.address(name) {
                    Some(address) => Target::Constant(address as i32),
                    None => return Err(missing(import.module, name)),
                },
            });
        }
        let own = object.globals.len() as u32;
        globals.extend((0..own).map(|i| Target::Index(place.first_global + i)));
        Ok(IndexMap { functions, globals })
    }

    fn merge_unit_data(
        &self,
        merger: &mut Merger,
        unit: usize,
        object: &Object<'_>,
        map: &IndexMap,
    ) -> Result<(), LinkError> {
        let place = self.layout.units[unit];
        let mut image = vec![0; place.data_size as usize];
        for data in &object.data {
            let at = absolute(data.offset, map)?.wrapping_sub(place.data_base) as usize;
            let target = image
                .get_mut(at..)
                .and_then(|rest| rest.get_mut(..data.bytes.len()));
            let target = target.ok_or(LinkError::Malformed("data outside of the unit's"))?;
            target.copy_from_slice(data.bytes);
        }
        if let Some(mut reader) = object.custom(RELOCATIONS) {
            while !reader.eof() {
                let base = match reader.read_u8()? {
                    0 => place.data_base,
                    1 => place.table_base,
                    _ => return Err(LinkError::Malformed("unknown relocation kind")),
                };
                add_at(&mut image, reader.read_u32()? as usize, base)?;
            }
        }
        put_data(merger, place.data_base, &image);
        Ok(())
    }
}

/// Adds `base` to the little-endian number at `at`.
fn add_at(image: &mut [u8], at: usize, base: u32) -> Result<(), LinkError> {
    let field = image.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<4>);
    let field = field.ok_or(LinkError::Malformed("relocation outside of a unit's data"))?;
    *field = u32::from_le_bytes(*field).wrapping_add(base).to_le_bytes();
    Ok(())
}

/// A segment of its own costs about as many bytes.
const SEGMENT: usize = 8;

/// Writes segments without the zeroes at their ends and long runs of zeroes between them: memory is
/// zero to begin with.
fn put_data(merger: &mut Merger, address: u32, bytes: &[u8]) {
    let used = bytes
        .iter()
        .enumerate()
        .filter_map(|(i, &byte)| (byte != 0).then_some(i));
    let mut segment: Option<std::ops::Range<usize>> = None;
    for at in used {
        segment = Some(match segment {
            Some(open) if at - open.end <= SEGMENT => open.start..at + 1,
            full => {
                put_segment(merger, address, bytes, full);
                at..at + 1
            }
        });
    }
    put_segment(merger, address, bytes, segment);
}

fn put_segment(
    merger: &mut Merger,
    address: u32,
    bytes: &[u8],
    segment: Option<std::ops::Range<usize>>,
) {
    if let Some(segment) = segment {
        let start = segment.start as u32;
        merger.data(address + start, &bytes[segment]);
    }
}

#[cfg(test)]
mod tests;
