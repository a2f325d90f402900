//! Results on their way to the caller of the component, in little code.
//!
//! As `outcome.rs` says, but without lists of blocks: a result refers to at most one value, one
//! encoding, one keyword, and the names of functions, which are static. No program of this runtime
//! holds on to errors, so the names noted since the last result are those of the error.

use core::cell::UnsafeCell;

use rtfs_value::cbor::opaque;
use rtfs_value::error::MAX_FRAMES;
use rtfs_value::{Error, Pile, Value};

use crate::fat::{own_error, payload};
use crate::intrinsic;

/// Room for a discriminant, padding, and an error record.
const AREA: usize = 56;

/// A `string` or `list<u8>` of the canonical ABI.
#[derive(Clone, Copy)]
#[repr(C)]
struct Slice {
    start: *const u8,
    len: usize,
}

#[repr(C, align(8))]
struct Outcome {
    area: [u8; AREA],
    /// An encoded value.
    encoding: Pile<u8>,
    /// The kind keyword of an error.
    keyword: Pile<u8>,
    /// What the result points into.
    kept: Value,
    frame_count: usize,
    /// Names of the functions that the error left, innermost first.
    frames: [Slice; MAX_FRAMES],
}

struct Shared(UnsafeCell<Outcome>);

// SAFETY: a core module without shared memory has a single thread.
unsafe impl Sync for Shared {}

static OUTCOME: Shared = Shared(UnsafeCell::new(Outcome {
    area: [0; AREA],
    encoding: Pile::new(),
    keyword: Pile::new(),
    kept: Value::NIL,
    frame_count: 0,
    frames: [Slice {
        start: core::ptr::null(),
        len: 0,
    }; MAX_FRAMES],
}));

/// Notes that an error leaves a function with a static name.
pub(crate) fn note_frame(name: &'static [u8]) {
    // SAFETY: one thread; no writer exists while the program runs.
    let outcome = unsafe { &mut *OUTCOME.0.get() };
    if let Some(frame) = outcome.frames.get_mut(outcome.frame_count) {
        *frame = Slice {
            start: name.as_ptr(),
            len: name.len(),
        };
        outcome.frame_count += 1;
    }
}

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

    /// Writes the text of a value at `at`.
    ///
    /// # Safety
    /// `at` is the address of two writable words.
    pub(crate) unsafe fn text(&mut self, at: *mut u8, value: &Value) -> Option<()> {
        let text = value.as_str()?;
        // SAFETY: by contract. The text stays as long as the value is kept.
        unsafe { slice(at, text.as_bytes()) };
        self.outcome.kept = value.clone();
        Some(())
    }

    /// Writes the encoding of a value at `at`.
    ///
    /// # Safety
    /// `at` is the address of two writable words.
    pub(crate) unsafe fn encode(&mut self, at: *mut u8, value: &Value) -> Result<(), Error> {
        let encoding = &mut self.outcome.encoding;
        // Something of a value that could not be encoded may be there.
        encoding.truncate(0);
        if !opaque::encode_one(value, encoding) {
            // SAFETY: both live during the call.
            let error = unsafe {
                intrinsic::encode_flat((&raw const *value).cast(), (&raw mut *encoding).cast())
            };
            if error != 0 {
                // SAFETY: an owned error.
                return Err(unsafe { own_error(error) });
            }
        }
        // SAFETY: by contract.
        unsafe { slice(at, encoding) };
        Ok(())
    }

    /// Finishes with the error, whose record starts at `offset` in the area.
    #[inline(never)]
    pub(crate) fn error(mut self, error: Error, offset: usize) -> *const u8 {
        let area = self.area();
        let kind = error.kind();
        // SAFETY: discriminant, padding and record fit: offset is 4 or 8.
        unsafe {
            area.write(1);
            let record = area.add(offset);
            slice(record, kind.compact_class());
            let keyword = &mut self.outcome.keyword;
            kind.write_compact_keyword(keyword);
            slice(record.add(8), keyword);
            slice(record.add(16), error.text().as_bytes());
            // It is flat.
            let _never = self.encode(record.add(24), error.data_ref());
            record
                .add(32)
                .cast::<u32>()
                .write(error.node().unwrap_or(u32::MAX));
            let frames = Slice {
                start: self.outcome.frames.as_ptr().cast(),
                len: self.outcome.frame_count,
            };
            record.add(36).cast::<Slice>().write(frames);
        }
        self.outcome.frame_count = 0;
        self.outcome.kept = error.into_value();
        area
    }
}

/// Encodes a flat vector or list. Gives 0, or the payload of an error. Linked when something makes
/// such values.
#[unsafe(export_name = "rt:encode_flat")]
pub(crate) unsafe extern "C" fn encode_flat(value: *const Value, out: *mut Pile<u8>) -> u64 {
    // SAFETY: both are live by contract, and nothing else refers to the pile.
    if unsafe { opaque::encode_into(&*value, &mut *out) } {
        return 0;
    }
    payload(opaque::too_deep())
}

/// # Safety
/// `at` is the address of two writable words.
unsafe fn slice(at: *mut u8, bytes: &[u8]) {
    let slice = Slice {
        start: bytes.as_ptr(),
        len: bytes.len(),
    };
    // SAFETY: by contract.
    unsafe { at.cast::<Slice>().write(slice) };
}

/// Frees what the last result refers to, and what only keeps itself alive.
#[unsafe(export_name = "rt:post_return")]
pub(crate) extern "C" fn post_return(_area: *const u8) {
    // SAFETY: one thread; the caller has read the result and no writer exists.
    let outcome = unsafe { &mut *OUTCOME.0.get() };
    outcome.encoding = Pile::new();
    outcome.keyword = Pile::new();
    outcome.kept = Value::NIL;
    intrinsic::end_of_call();
}
