//! Cells of local functions that refer to later ones.

use core::cell::UnsafeCell;

use rtfs_value::{Cells, Error, tag};

use crate::fat::{borrow, give, own, raise, static_text};

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
