//! Where everything stands in the merged module: addresses, table slots, indices.

use std::collections::BTreeMap;

use super::LinkError;
use super::live::Live;
use super::object::Object;
use super::runtime::Runtime;

/// Static data and the heap start at multiples of this.
const ALIGNMENT: u32 = 16;

/// The import module whose functions the linker replaces.
pub(super) const INTRINSIC: &str = "intrinsic";

/// Global 0 of the merged module, and of the runtime: the stack pointer.
pub(super) const STACK_POINTER: u32 = 0;
/// Global 1: the tag of the value whose payload was returned last.
pub(super) const TAG: u32 = 1;
const FIRST_UNIT_GLOBAL: u32 = 2;

/// Places of one unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct UnitLayout {
    pub(super) data_base: u32,
    /// Size of its static data, zeroes included.
    pub(super) data_size: u32,
    pub(super) table_base: u32,
    /// Index of the first function the unit defines.
    pub(super) first_function: u32,
    /// Index of the first global the unit defines.
    pub(super) first_global: u32,
}

/// Places of everything.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// Imports of the runtime that stay imports, in order.
    pub(super) imports: Vec<u32>,
    /// New index of each live function of the runtime, intrinsics excepted.
    pub(super) runtime_functions: BTreeMap<u32, u32>,
    pub(super) units: Vec<UnitLayout>,
    /// First address behind all static data.
    pub(super) heap_start: u32,
    /// Number of table slots, 0 when there is no table.
    pub(super) table_size: u32,
}

impl Layout {
    pub(super) fn new(
        runtime: &Runtime<'_>,
        units: &[Object<'_>],
        live: &Live,
    ) -> Result<Self, LinkError> {
        let (imports, runtime_functions) = number_functions(runtime, live);
        let mut next = UnitLayout {
            data_base: align(runtime.heap_base)?,
            data_size: 0,
            // Slot 0 stays empty, so that 0 can mean "no function".
            table_base: live.slots.keys().next_back().map_or(1, |slot| slot + 1),
            first_function: runtime_functions.len() as u32,
            first_global: FIRST_UNIT_GLOBAL,
        };
        let mut places = Vec::with_capacity(units.len());
        for unit in units {
            next.data_size = data_size(unit)?;
            places.push(next);
            let end = next.data_base.checked_add(next.data_size);
            next = UnitLayout {
                data_base: align(end.ok_or(LinkError::TooLarge)?)?,
                data_size: 0,
                table_base: next.table_base + slot_count(unit)?,
                first_function: next.first_function + unit.bodies.len() as u32,
                first_global: next.first_global + unit.globals.len() as u32,
            };
        }
        let has_table =
            live.table || !live.slots.is_empty() || units.iter().any(|unit| unit.has_table);
        Ok(Self {
            imports,
            runtime_functions,
            units: places,
            heap_start: next.data_base,
            table_size: if has_table { next.table_base } else { 0 },
        })
    }
}

fn number_functions(runtime: &Runtime<'_>, live: &Live) -> (Vec<u32>, BTreeMap<u32, u32>) {
    let is_intrinsic = |function: u32| {
        let import = runtime.object.function_imports.get(function as usize);
        import.is_some_and(|import| import.module == INTRINSIC)
    };
    let kept = || live.functions.iter().copied().filter(|&f| !is_intrinsic(f));
    let imports = kept()
        .take_while(|&f| f < runtime.object.import_count())
        .collect();
    (imports, kept().zip(0..).collect())
}

fn align(address: u32) -> Result<u32, LinkError> {
    address
        .checked_next_multiple_of(ALIGNMENT)
        .ok_or(LinkError::TooLarge)
}

/// The custom section that states how many bytes of static data a unit has, zeroes included.
const DATA_SIZE: &str = "rtfs.data-size";

fn data_size(unit: &Object<'_>) -> Result<u32, LinkError> {
    let mut size = match unit.custom(DATA_SIZE) {
        Some(mut reader) => reader.read_u32()?,
        None => 0,
    };
    for data in &unit.data {
        let end = u64::from(data.offset.addend) + data.bytes.len() as u64;
        size = size.max(u32::try_from(end).map_err(|_| LinkError::TooLarge)?);
    }
    Ok(size)
}

fn slot_count(unit: &Object<'_>) -> Result<u32, LinkError> {
    let mut count = 0;
    for elements in &unit.elements {
        let end = u64::from(elements.offset.addend) + elements.functions.len() as u64;
        count = count.max(u32::try_from(end).map_err(|_| LinkError::TooLarge)?);
    }
    Ok(count)
}
