//! Object memory: the one place that allocates objects, and its accounting.
//!
//! With the feature `std` every thread counts the bytes of its live objects, and a limit can be
//! set which engines ask for between steps. Without it nothing is counted: a compiled component's
//! memory is limited from outside, and a failed allocation traps.

use crate::Error;
use alloc::alloc::{alloc, dealloc, handle_alloc_error, realloc};
use core::alloc::Layout;
use core::ptr::NonNull;

/// Alignment of every object: values hold a 64-bit payload.
const ALIGN: usize = 8;

#[cfg(feature = "std")]
mod count {
    use core::cell::Cell;

    std::thread_local! {
        static USED: Cell<usize> = const { Cell::new(0) };
        static PEAK: Cell<usize> = const { Cell::new(0) };
        static LIMIT: Cell<usize> = const { Cell::new(usize::MAX) };
    }

    #[inline]
    pub(super) fn add(size: usize) {
        let used = USED.get().wrapping_add(size);
        USED.set(used);
        if used > PEAK.get() {
            PEAK.set(used);
        }
    }

    #[inline]
    pub(super) fn sub(size: usize) {
        USED.set(USED.get().wrapping_sub(size));
    }

    pub(super) fn used() -> usize {
        USED.get()
    }

    pub(super) fn peak() -> usize {
        PEAK.get()
    }

    pub(super) fn reset_peak() {
        PEAK.set(USED.get());
    }

    pub(super) fn limit() -> usize {
        LIMIT.get()
    }

    pub(super) fn set_limit(limit: usize) {
        LIMIT.set(limit);
    }
}

#[cfg(not(feature = "std"))]
mod count {
    #[inline]
    pub(super) fn add(_: usize) {}
    #[inline]
    pub(super) fn sub(_: usize) {}
    pub(super) fn used() -> usize {
        0
    }
    pub(super) fn peak() -> usize {
        0
    }
    pub(super) fn reset_peak() {}
    pub(super) fn limit() -> usize {
        usize::MAX
    }
    pub(super) fn set_limit(_: usize) {}
}

/// Bytes of live objects of this thread.
pub fn used() -> usize {
    count::used()
}

/// The most [`used`] has been since the start or [`reset_peak`].
pub fn peak() -> usize {
    count::peak()
}

/// Starts a new measurement of [`peak`].
pub fn reset_peak() {
    count::reset_peak();
}

/// Sets what [`over_limit`] compares with; `None` is no limit.
pub fn set_limit(limit: Option<usize>) {
    count::set_limit(limit.unwrap_or(usize::MAX));
}

/// The limit in force.
pub fn limit() -> Option<usize> {
    match count::limit() {
        usize::MAX => None,
        limit => Some(limit),
    }
}

/// Whether more object memory is in use than allowed.
#[inline]
pub fn over_limit() -> bool {
    count::used() > count::limit()
}

/// Bytes left below the limit.
pub fn headroom() -> usize {
    count::limit().saturating_sub(count::used())
}

/// Raises `BudgetExhausted` when [`over_limit`]. Loops that allocate call it now and then.
///
/// # Errors
/// `BudgetExhausted` with dimension `memory`.
#[inline]
pub fn guard() -> Result<(), Error> {
    if over_limit() {
        Err(exhausted_error())
    } else {
        Ok(())
    }
}

/// Raises `BudgetExhausted` when `bytes` more would pass the limit. For single large results.
///
/// # Errors
/// `BudgetExhausted` with dimension `memory`.
pub fn reserve(bytes: usize) -> Result<(), Error> {
    if count::used().saturating_add(bytes) > count::limit() {
        Err(exhausted_error())
    } else {
        Ok(())
    }
}

/// The error of passing the limit.
#[cold]
pub(crate) fn exhausted_error() -> Error {
    Error::budget("memory", "limit")
}

/// Ends the process or traps: memory (or a 32-bit length) is exhausted.
#[cold]
pub(crate) fn exhausted() -> ! {
    handle_alloc_error(Layout::new::<u64>())
}

#[inline]
fn layout(size: usize) -> Layout {
    match Layout::from_size_align(size, ALIGN) {
        Ok(layout) => layout,
        Err(_) => exhausted(),
    }
}

/// `base + n * each`, ending the process when it does not fit.
#[inline]
pub(crate) fn size_of_block(base: usize, n: usize, each: usize) -> usize {
    match n.checked_mul(each).and_then(|size| size.checked_add(base)) {
        Some(size) => size,
        None => exhausted(),
    }
}

/// A new block of `size > 0` bytes, uninitialised.
#[inline]
pub(crate) fn allocate(size: usize) -> NonNull<u8> {
    let layout = layout(size);
    // SAFETY: every object has a header, so the size is not 0.
    match NonNull::new(unsafe { alloc(layout) }) {
        Some(block) => {
            count::add(size);
            block
        }
        None => handle_alloc_error(layout),
    }
}

/// Gives a block back.
///
/// # Safety
/// `block` came from [`allocate`] or [`resize`] with this `size` and is not used again.
#[inline]
pub(crate) unsafe fn free(block: NonNull<u8>, size: usize) {
    count::sub(size);
    // SAFETY: by this function's contract the block has this layout.
    unsafe { dealloc(block.as_ptr(), layout(size)) }
}

/// Grows or shrinks a block, keeping its contents.
///
/// # Safety
/// As [`free`] with `old_size`; only the result may be used afterwards.
#[inline]
pub(crate) unsafe fn resize(block: NonNull<u8>, old_size: usize, size: usize) -> NonNull<u8> {
    // SAFETY: by this function's contract the block has this layout; `layout` checked the size.
    let moved = unsafe { realloc(block.as_ptr(), layout(old_size), layout(size).size()) };
    match NonNull::new(moved) {
        Some(block) => {
            count::sub(old_size);
            count::add(size);
            block
        }
        None => handle_alloc_error(layout(size)),
    }
}
