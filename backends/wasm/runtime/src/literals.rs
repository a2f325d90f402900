//! Making and dropping values.

use core::cell::UnsafeCell;

use rtfs_value::{Cells, Error, Map, Value, tag};

use crate::fat::{Args, borrow, give, own, raise, static_text};

/// Frees an object whose count generated code has brought to 0.
#[unsafe(export_name = "rt:release")]
pub(crate) unsafe extern "C" fn release(tag: u32, bits: u64) {
    // SAFETY: the value is dead: its count is 0.
    unsafe { rtfs_value::layout::release(tag, bits) };
}

/// Drops a value.
#[unsafe(export_name = "rt:drop")]
pub(crate) unsafe extern "C" fn drop_value(tag: u32, bits: u64) {
    // SAFETY: owned by contract.
    drop(unsafe { own(tag, bits) });
}

/// Counts one more reference to a borrowed value.
#[unsafe(export_name = "rt:dup")]
pub(crate) unsafe extern "C" fn dup(tag: u32, bits: u64) {
    // SAFETY: borrowed by contract; the clone is owned by the caller from now on.
    core::mem::forget(unsafe { borrow(tag, bits) }.clone());
}

/// Drops values in memory.
#[unsafe(export_name = "rt:drop_args")]
pub(crate) unsafe extern "C" fn drop_args(argv: *mut Value, argc: usize) {
    // SAFETY: owned by contract.
    drop(unsafe { Args::own(argv, argc) });
}

/// An environment for `n` captured values, which the caller writes at once.
#[unsafe(export_name = "rt:env_new")]
pub(crate) extern "C" fn env_new(n: u32) -> u32 {
    rtfs_value::layout::new_environment(n) as u32
}

/// The cells of the instance, which would keep each other alive.
struct Registry(UnsafeCell<Cells>);

// SAFETY: a core module without shared memory has a single thread.
unsafe impl Sync for Registry {}

static CELLS: Registry = Registry(UnsafeCell::new(Cells::new()));

/// An empty cell. Every value of generated code is counted while this runs.
#[unsafe(export_name = "rt:cell_new")]
pub(crate) extern "C" fn cell_new() -> u32 {
    // SAFETY: one thread, and making a cell calls nothing that comes back here.
    let cells = unsafe { &mut *CELLS.0.get() };
    cells.make().into_parts().1 as u32
}

/// Frees cells that only lead to each other.
#[unsafe(export_name = "rt:cells_sweep")]
pub(crate) extern "C" fn cells_sweep() {
    // SAFETY: as in `cell_new`.
    unsafe { &mut *CELLS.0.get() }.sweep();
}

/// The content of a borrowed cell; `UndefinedSymbol` when it is empty.
#[unsafe(export_name = "rt:cell_get")]
pub(crate) unsafe extern "C" fn cell_get(cell: u32, name: u32) -> u64 {
    // SAFETY: borrowed by contract.
    let cell = unsafe { borrow(tag::CELL, u64::from(cell)) };
    match cell.cell_get() {
        Some(value) => give(value),
        // SAFETY: by contract.
        None => raise(Error::undefined_symbol(
            unsafe { static_text(name) }.as_str().unwrap_or_default(),
        )),
    }
}

/// Fills a borrowed cell.
#[unsafe(export_name = "rt:cell_set")]
pub(crate) unsafe extern "C" fn cell_set(cell: u32, tag: u32, bits: u64) {
    // SAFETY: borrowed and owned by contract.
    let (cell, value) = unsafe { (borrow(tag::CELL, u64::from(cell)), own(tag, bits)) };
    cell.cell_set(value);
}

/// A vector of the values in memory.
#[unsafe(export_name = "rt:vector_from")]
pub(crate) unsafe extern "C" fn vector_from(argv: *mut Value, argc: usize) -> u64 {
    // SAFETY: owned by contract.
    give(Value::vector(unsafe { Args::own(argv, argc) }.drain()))
}

/// A list of the values in memory.
#[unsafe(export_name = "rt:list_from")]
pub(crate) unsafe extern "C" fn list_from(argv: *mut Value, argc: usize) -> u64 {
    // SAFETY: owned by contract.
    give(Value::list(unsafe { Args::own(argv, argc) }.drain()))
}

/// A vector with the values in memory appended.
#[unsafe(export_name = "rt:vector_append")]
pub(crate) unsafe extern "C" fn vector_append(bits: u64, argv: *mut Value, argc: usize) -> u64 {
    // SAFETY: owned by contract.
    let (mut vector, args) = unsafe { (own(tag::VECTOR, bits), Args::own(argv, argc)) };
    if let Some(seq) = vector.as_seq_mut() {
        args.drain().for_each(|item| seq.push(item));
    }
    give(vector)
}

/// A map of the keys and values in memory. The last value of a key wins, at its first position.
#[unsafe(export_name = "rt:map_from")]
pub(crate) unsafe extern "C" fn map_from(argv: *mut Value, pairs: usize) -> u64 {
    // SAFETY: owned by contract.
    unsafe { map_append(Map::new().into_value().into_parts().1, argv, pairs) }
}

/// A map with keys and values in memory added.
#[unsafe(export_name = "rt:map_append")]
pub(crate) unsafe extern "C" fn map_append(bits: u64, argv: *mut Value, pairs: usize) -> u64 {
    // SAFETY: owned by contract.
    let (mut map, args) = unsafe { (own(tag::MAP, bits), Args::own(argv, 2 * pairs)) };
    if let Some(map) = map.as_map_mut() {
        let mut words = args.drain();
        while let (Some(key), Some(value)) = (words.next(), words.next()) {
            // Keys are literals of the three kinds that may be keys.
            let _ = map.assoc(key, value);
        }
    }
    give(map)
}

/// A value of a kind that has a text, from its UTF-8 bytes.
#[unsafe(export_name = "rt:text_new")]
pub(crate) unsafe extern "C" fn text_new(tag: u32, bytes: *const u8, len: usize) -> u64 {
    // SAFETY: the compiler writes texts from strings.
    let text = unsafe { core::str::from_utf8_unchecked(core::slice::from_raw_parts(bytes, len)) };
    give(match tag {
        tag::KEYWORD => Value::keyword(text),
        tag::SYMBOL => Value::symbol(text),
        tag::TIMESTAMP => Value::timestamp(text),
        tag::UUID => Value::uuid(text),
        tag::RESOURCE => Value::resource(text),
        _ => Value::string(text),
    })
}
