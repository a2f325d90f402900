//! Texts: the object behind strings, keywords, symbols, timestamps, uuids and resource handles.
//!
//! Header, byte length, capacity, character count, then the bytes. Appending to an unshared text
//! grows it in place.

use crate::bytes::{copy, count_starts};
use crate::mem;
use crate::object::{Header, IMMORTAL};
use core::ptr::{self, NonNull};

/// The fixed part of a text. The bytes follow at [`BYTES`].
#[repr(C)]
pub(crate) struct Text {
    pub(crate) header: Header,
    /// Length in bytes.
    pub(crate) len: u32,
    /// Room for bytes.
    pub(crate) cap: u32,
    /// Number of characters (Unicode scalar values).
    pub(crate) chars: u32,
}

/// Where the bytes begin.
pub(crate) const BYTES: usize = size_of::<Text>();

fn length(n: usize) -> u32 {
    match u32::try_from(n) {
        Ok(n) => n,
        Err(_) => mem::exhausted(),
    }
}

fn block_size(cap: u32) -> usize {
    mem::size_of_block(BYTES, cap as usize, 1)
}

/// The capacity for at least `n` bytes that fills the block to a multiple of 8.
fn round_capacity(n: usize) -> u32 {
    let size = mem::size_of_block(BYTES + 7, n, 1) & !7;
    length(size - BYTES)
}

/// Characters of a text.
pub(crate) fn count_chars(text: &str) -> u32 {
    if cfg!(feature = "opaque") {
        // Nobody asks.
        return 0;
    }
    length(count_starts(text.as_bytes()))
}

/// A new text without contents.
pub(crate) fn with_capacity(n: usize) -> NonNull<Text> {
    let cap = round_capacity(n);
    let block: NonNull<Text> = mem::allocate(block_size(cap)).cast();
    // SAFETY: the block is fresh and large enough for the fixed part.
    unsafe {
        block.write(Text {
            header: Header { count: 1, meta: 0 },
            len: 0,
            cap,
            chars: 0,
        });
    }
    block
}

/// A new text.
pub(crate) fn new(contents: &str) -> NonNull<Text> {
    counted(contents, count_chars(contents))
}

/// A new text of that many characters.
pub(crate) fn counted(contents: &str, chars: u32) -> NonNull<Text> {
    let mut text = with_capacity(contents.len());
    // SAFETY: fresh, so unshared, and with room.
    unsafe {
        if cfg!(feature = "opaque") {
            append_bytes(&mut text, contents.as_bytes(), chars);
        } else {
            let object = text.as_ptr();
            copy(contents.as_bytes(), object.cast::<u8>().add(BYTES));
            // As much as the capacity, which fits.
            (*object).len = contents.len() as u32;
            (*object).chars = chars;
        }
    }
    text
}

/// New raw bytes.
pub(crate) fn new_bytes(contents: &[u8]) -> NonNull<Text> {
    let mut text = with_capacity(contents.len());
    // SAFETY: fresh, so unshared.
    unsafe { append_bytes(&mut text, contents, 0) };
    text
}

/// The contents.
///
/// # Safety
/// `text` is live for `'a` and not changed meanwhile.
#[inline]
pub(crate) unsafe fn bytes<'a>(text: *const Text) -> &'a [u8] {
    // SAFETY: `len` bytes after the fixed part are initialised.
    unsafe { core::slice::from_raw_parts(text.cast::<u8>().add(BYTES), (*text).len as usize) }
}

/// The contents as text.
///
/// # Safety
/// As [`bytes`]; `text` was not made by [`new_bytes`].
#[inline]
pub(crate) unsafe fn as_str<'a>(text: *const Text) -> &'a str {
    // SAFETY: texts are only made of and extended by `str`.
    unsafe { core::str::from_utf8_unchecked(bytes(text)) }
}

/// Appends, growing the block when needed (which may move it).
///
/// # Safety
/// The text is live and unshared, and `more` does not point into it.
pub(crate) unsafe fn append_bytes(text: &mut NonNull<Text>, more: &[u8], chars: u32) {
    // SAFETY: by contract; there is room after `grow`.
    unsafe {
        let needed = mem::size_of_block((*text.as_ptr()).len as usize, more.len(), 1);
        if needed > (*text.as_ptr()).cap as usize {
            grow(text, needed);
        }
        put(*text, needed, more, chars);
    }
}

/// [`append_bytes`], if there is room: says whether there was.
///
/// # Safety
/// As [`append_bytes`].
#[inline]
pub(crate) unsafe fn append_in_room(text: NonNull<Text>, more: &[u8], chars: u32) -> bool {
    // SAFETY: by contract; there is room as checked.
    unsafe {
        let needed = mem::size_of_block((*text.as_ptr()).len as usize, more.len(), 1);
        let fits = needed <= (*text.as_ptr()).cap as usize;
        if fits {
            put(text, needed, more, chars);
        }
        fits
    }
}

/// Writes bytes behind a text, which has `needed` bytes with them.
///
/// # Safety
/// As [`append_bytes`], and there is room.
#[inline(always)]
unsafe fn put(text: NonNull<Text>, needed: usize, more: &[u8], chars: u32) {
    // SAFETY: unshared, so nobody else sees the change; there is room by contract.
    unsafe {
        let object = text.as_ptr();
        let end = object.cast::<u8>().add(BYTES + (*object).len as usize);
        if cfg!(feature = "opaque") {
            ptr::copy_nonoverlapping(more.as_ptr(), end, more.len());
        } else {
            copy(more, end);
        }
        // Not more than the capacity, which fits.
        (*object).len = needed as u32;
        // Where collections are opaque nobody counts or hashes.
        if !cfg!(feature = "opaque") {
            (*object).chars += chars;
            (*object).header.meta = 0;
        }
    }
}

/// Makes room for that many bytes, and for as many as there was already.
///
/// # Safety
/// As [`append_bytes`].
#[cfg_attr(not(feature = "opaque"), inline(never))]
unsafe fn grow(text: &mut NonNull<Text>, needed: usize) {
    // SAFETY: by contract.
    unsafe {
        let old_cap = (*text.as_ptr()).cap;
        let cap = round_capacity(needed.max(old_cap as usize * 2));
        *text = mem::resize(text.cast(), block_size(old_cap), block_size(cap)).cast();
        (*text.as_ptr()).cap = cap;
    }
}

/// Frees a text.
///
/// # Safety
/// The count is 0 and the text is not used again.
pub(crate) unsafe fn free(text: *mut Text) {
    // SAFETY: the block was allocated with its capacity's size and the pointer is not null.
    unsafe {
        debug_assert!((*text).header.count < IMMORTAL);
        mem::free(NonNull::new_unchecked(text.cast()), block_size((*text).cap));
    }
}
