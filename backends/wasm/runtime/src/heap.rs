//! The allocator: free lists by size class over a heap that only grows.
//!
//! Blocks up to 128 bytes come in steps of 8, larger ones in four sizes per doubling. Freed blocks
//! go to the list of their class and are never merged: an instance lives for one call or a few.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::{self, NonNull};

use crate::intrinsic;

/// Classes of 8, 16, … 128 bytes.
const SMALL_CLASSES: usize = 16;
/// The largest block of the small classes.
const SMALL_LIMIT: usize = 128;
/// Four classes for each doubling up to 2^31.
const CLASSES: usize = SMALL_CLASSES + 4 * (31 - 7);
/// Every block starts at a multiple of this.
const ALIGNMENT: usize = 8;
/// WebAssembly's page size.
const PAGE: usize = 65536;

/// A block in a free list.
struct Free {
    next: Option<NonNull<Free>>,
}

struct State {
    lists: [Option<NonNull<Free>>; CLASSES],
    /// First byte never handed out; 0 before the first allocation.
    top: usize,
}

/// The heap of the instance.
pub(crate) struct Heap(UnsafeCell<State>);

// SAFETY: a core module without shared memory has a single thread.
unsafe impl Sync for Heap {}

#[global_allocator]
pub(crate) static HEAP: Heap = Heap(UnsafeCell::new(State {
    lists: [None; CLASSES],
    top: 0,
}));

fn class_of(size: usize) -> usize {
    if size <= SMALL_LIMIT {
        return size.saturating_sub(1) / ALIGNMENT;
    }
    let last = (size - 1) as u32;
    let log = 31 - last.leading_zeros();
    let quarter = (last >> (log - 2)) & 3;
    SMALL_CLASSES + (log as usize - 7) * 4 + quarter as usize
}

fn class_size(class: usize) -> usize {
    if class < SMALL_CLASSES {
        return (class + 1) * ALIGNMENT;
    }
    let large = class - SMALL_CLASSES;
    (5 + large % 4) << (large / 4 + 5)
}

impl State {
    /// Takes a block from the list of its class.
    fn reuse(&mut self, class: usize) -> Option<NonNull<u8>> {
        let list = self.lists.get_mut(class)?;
        let block = (*list)?;
        // SAFETY: blocks in a list are free, large enough for the link and written by `release`.
        *list = unsafe { block.as_ref() }.next;
        Some(block.cast())
    }

    /// Moves the top so that a block of `size` bytes starts at `start`. False when the engine
    /// grants no more memory.
    fn extend(&mut self, start: usize, size: usize) -> bool {
        let Some(top) = start.checked_add(size) else {
            return false;
        };
        let end = core::arch::wasm32::memory_size(0) * PAGE;
        if top > end {
            let missing = (top - end).div_ceil(PAGE);
            // A sixteenth more, so that steady growth does not ask for every page. Programs of the
            // small runtime have no collections to grow.
            let spare = missing.max(end / PAGE / 16);
            if (cfg!(feature = "lean") || !grow(spare)) && !grow(missing) {
                return false;
            }
        }
        self.top = top;
        true
    }

    fn allocate(&mut self, size: usize) -> *mut u8 {
        let class = class_of(size);
        if let Some(block) = self.reuse(class) {
            return block.as_ptr();
        }
        if self.top == 0 {
            self.top = intrinsic::heap_start();
        }
        let block = self.top;
        if class >= CLASSES || !self.extend(block, class_size(class)) {
            return ptr::null_mut();
        }
        ptr::with_exposed_provenance_mut(block)
    }

    fn release(&mut self, block: *mut u8, size: usize) {
        let (Some(list), Some(block)) = (
            self.lists.get_mut(class_of(size)),
            NonNull::new(block.cast::<Free>()),
        ) else {
            return;
        };
        // SAFETY: the caller gives up the block, whose class is at least 8 bytes and aligned.
        unsafe { block.write(Free { next: *list }) };
        *list = Some(block);
    }

    fn reallocate(&mut self, block: *mut u8, old: usize, new: usize) -> *mut u8 {
        let (old_class, new_class) = (class_of(old), class_of(new));
        if old_class == new_class {
            return block;
        }
        // What grows in place elsewhere is copied by the small runtime.
        if cfg!(feature = "lean") {
            return self.moved(block, old, new);
        }
        let reused = self.reuse(new_class);
        // Free blocks first: extending the top while one is free would leak a block for every
        // round of growing and freeing.
        let is_top = block.addr() + class_size(old_class) == self.top;
        if reused.is_none() && is_top && new_class < CLASSES {
            let extended = self.extend(block.addr(), class_size(new_class));
            return if extended { block } else { ptr::null_mut() };
        }
        if let Some(block) = reused {
            // For `moved` to find.
            self.release(block.as_ptr(), new);
        }
        self.moved(block, old, new)
    }

    /// Copies a block to another of another class.
    fn moved(&mut self, block: *mut u8, old: usize, new: usize) -> *mut u8 {
        let target = self.allocate(new);
        if !target.is_null() {
            // SAFETY: both blocks hold that many bytes, and they are different blocks.
            unsafe { ptr::copy_nonoverlapping(block, target, old.min(new)) };
            self.release(block, old);
        }
        target
    }

    /// Bytes handed out and not yet given back.
    fn in_use(&self) -> usize {
        if self.top == 0 {
            return 0;
        }
        let mut bytes = self.top - intrinsic::heap_start();
        for (class, list) in self.lists.iter().enumerate() {
            let mut next = *list;
            while let Some(block) = next {
                bytes -= class_size(class);
                // SAFETY: blocks in a list are free and were written by `release`.
                next = unsafe { block.as_ref() }.next;
            }
        }
        bytes
    }
}

fn grow(pages: usize) -> bool {
    core::arch::wasm32::memory_grow(0, pages) != usize::MAX
}

impl Heap {
    #[expect(clippy::mut_from_ref, reason = "one thread, and no method calls back")]
    fn state(&self) -> &mut State {
        // SAFETY: there is one thread, and the methods of `State` do not use the allocator.
        unsafe { &mut *self.0.get() }
    }
}

// SAFETY: blocks are disjoint, aligned to 8 and stay in place until they are given back; layouts
// of larger alignment are refused.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > ALIGNMENT {
            return ptr::null_mut();
        }
        self.state().allocate(layout.size())
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.state().release(block, layout.size());
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new: usize) -> *mut u8 {
        self.state().reallocate(block, layout.size(), new)
    }
}

/// Bytes in use, free lists deducted: what tests compare to find leaks.
#[unsafe(export_name = "rt:heap_in_use")]
pub(crate) extern "C" fn heap_in_use() -> usize {
    HEAP.state().in_use()
}

/// A block aligned to 8. Traps when there is no memory left.
pub(crate) fn allocate(size: usize) -> *mut u8 {
    granted(HEAP.state().allocate(size))
}

/// Gives a block back.
///
/// # Safety
/// `block` was allocated here with a size of the same class, and is not used again. A capacity of
/// 0 stands for no block.
pub(crate) unsafe fn free(block: *mut u8, size: usize) {
    if size != 0 {
        HEAP.state().release(block, size);
    }
}

fn granted(block: *mut u8) -> *mut u8 {
    if block.is_null() {
        core::arch::wasm32::unreachable();
    }
    block
}

/// The canonical ABI's allocation function: memory for what the host passes in.
#[unsafe(export_name = "cabi_realloc")]
pub(crate) unsafe extern "C" fn cabi_realloc(
    old: *mut u8,
    old_size: usize,
    align: usize,
    new_size: usize,
) -> *mut u8 {
    if new_size == 0 {
        return core::ptr::without_provenance_mut(align);
    }
    if old_size == 0 {
        return allocate(new_size);
    }
    granted(HEAP.state().reallocate(old, old_size, new_size))
}

/// Gives back a block that the host allocated for parameters.
#[unsafe(export_name = "rt:free")]
pub(crate) unsafe extern "C" fn free_block(block: *mut u8, size: usize) {
    // SAFETY: by contract.
    unsafe { free(block, size) };
}
