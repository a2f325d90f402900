//! Results on their way to the caller of the component.
//!
//! Every export gives a `result<T, error>`: a discriminant and a payload in memory that stays
//! until the caller is done with it and calls the export's post-return function. An instance is
//! not entered again before that, so one area and one list of blocks serve all exports.

use core::cell::UnsafeCell;

use rtfs_value::{Error, Pile, Value};

use crate::codec;
use crate::heap;
use crate::intrinsic;

/// Room for a discriminant, padding, and an error record.
const AREA: usize = 56;

#[repr(C, align(8))]
struct Outcome {
    area: [u8; AREA],
    /// Memory the result refers to, freed after it was read.
    blocks: Pile<(*mut u8, usize)>,
}

struct Shared(UnsafeCell<Outcome>);

// SAFETY: a core module without shared memory has a single thread.
unsafe impl Sync for Shared {}

static OUTCOME: Shared = Shared(UnsafeCell::new(Outcome {
    area: [0; AREA],
    blocks: Pile::new(),
}));

/// A result under construction. There is at most one.
pub(crate) struct Writer {
    outcome: &'static mut Outcome,
}

impl Writer {
    /// Starts the result of an export call.
    pub(crate) fn start() -> Self {
        // SAFETY: one thread; the writer of the call before is gone.
        let outcome = unsafe { &mut *OUTCOME.0.get() };
        Self { outcome }
    }

    /// The area the export returns a pointer to.
    pub(crate) fn area(&mut self) -> *mut u8 {
        self.outcome.area.as_mut_ptr()
    }

    /// An area of at least `size` bytes for the result.
    pub(crate) fn room(&mut self, size: usize) -> *mut u8 {
        if size <= AREA {
            self.area()
        } else {
            self.block(size)
        }
    }

    /// Memory of `size` bytes that lives until the post-return call; aligned to 8.
    pub(crate) fn block(&mut self, size: usize) -> *mut u8 {
        if size == 0 {
            return core::ptr::without_provenance_mut(8);
        }
        let block = heap::allocate(size);
        self.outcome.blocks.push((block, size));
        block
    }

    /// Writes a `list<u8>` or `string` at `at`.
    ///
    /// # Safety
    /// `at` is the address of two writable words.
    pub(crate) unsafe fn bytes(&mut self, at: *mut u8, bytes: &[u8]) {
        let block = self.block(bytes.len());
        // SAFETY: fresh block of that size; `at` by contract.
        unsafe {
            core::ptr::copy_nonoverlapping(bytes.as_ptr(), block, bytes.len());
            self.slice(at, block, bytes.len());
        }
    }

    /// Writes pointer and length at `at`.
    ///
    /// # Safety
    /// `at` is the address of two writable words.
    pub(crate) unsafe fn slice(&mut self, at: *mut u8, start: *const u8, len: usize) {
        // SAFETY: by contract.
        unsafe {
            at.cast::<*const u8>().write(start);
            at.add(4).cast::<usize>().write(len);
        }
    }

    /// Finishes with the error, whose record starts at `offset` in the area.
    #[inline(never)]
    pub(crate) fn error(mut self, error: Error, offset: usize) -> *const u8 {
        // SAFETY: discriminant, padding and record fit: offset is 4 or 8.
        unsafe {
            let record = self.start_error(offset);
            self.names(record, &error);
            self.bytes(record.add(16), error.text().as_bytes());
            match codec::encode(&error.data()) {
                Ok(data) => self.adopt(record.add(24), data),
                Err(_) => self.bytes(record.add(24), &NIL),
            }
            let node = error.node().unwrap_or(u32::MAX);
            record.add(32).cast::<u32>().write(node);
            self.strings(record.add(36), error.frames());
        }
        self.area()
    }

    /// # Safety
    /// `offset` leaves room for the record.
    unsafe fn start_error(&mut self, offset: usize) -> *mut u8 {
        let area = self.area();
        // SAFETY: within the area by contract.
        unsafe {
            area.write(1);
            area.add(offset)
        }
    }

    /// Writes class and kind keyword.
    ///
    /// # Safety
    /// As of [`Writer::bytes`], for four words.
    unsafe fn names(&mut self, at: *mut u8, error: &Error) {
        // SAFETY: by contract.
        unsafe {
            self.bytes(at, error.class_name().as_bytes());
            self.bytes(at.add(8), error.kind_keyword().as_bytes());
        }
    }

    /// # Safety
    /// As of [`Writer::bytes`].
    unsafe fn strings(&mut self, at: *mut u8, items: &[Value]) {
        const PAIR: usize = 8;
        let block = self.block(items.len() * PAIR);
        // SAFETY: the block has room for as many pairs; `at` by contract.
        unsafe {
            for (i, item) in items.iter().enumerate() {
                self.bytes(
                    block.add(i * PAIR),
                    item.as_str().unwrap_or_default().as_bytes(),
                );
            }
            self.slice(at, block, items.len());
        }
    }

    /// Writes the text of a value at `at`.
    ///
    /// # Safety
    /// As of [`Writer::bytes`].
    pub(crate) unsafe fn text(&mut self, at: *mut u8, value: &Value) -> Option<()> {
        let text = value.as_str()?;
        // SAFETY: by contract.
        unsafe { self.bytes(at, text.as_bytes()) };
        Some(())
    }

    /// Writes the encoding of a value at `at`.
    ///
    /// # Safety
    /// As of [`Writer::bytes`].
    pub(crate) unsafe fn encode(&mut self, at: *mut u8, value: &Value) -> Result<(), Error> {
        let bytes = codec::encode(value)?;
        // SAFETY: by contract.
        unsafe { self.adopt(at, bytes) };
        Ok(())
    }

    /// Writes a `list<u8>` at `at` without copying the bytes.
    ///
    /// # Safety
    /// `at` is the address of two writable words.
    pub(crate) unsafe fn adopt(&mut self, at: *mut u8, bytes: codec::Encoded) {
        self.outcome.blocks.push((bytes.start, bytes.size));
        // SAFETY: by contract.
        unsafe { self.slice(at, bytes.start, bytes.len) };
    }
}

/// The encoding of `nil`.
const NIL: [u8; 1] = [0xf6];

/// Frees what the last result refers to, and what only keeps itself alive.
#[unsafe(export_name = "rt:post_return")]
pub(crate) extern "C" fn post_return(_area: *const u8) {
    // SAFETY: one thread; the caller has read the result and no writer exists.
    let outcome = unsafe { &mut *OUTCOME.0.get() };
    while let Some((block, size)) = outcome.blocks.pop() {
        // SAFETY: a block of this heap and size (the capacity of an adopted vector) that nothing
        // else frees.
        unsafe { heap::free(block, size) };
    }
    intrinsic::end_of_call();
}
