//! Where compiled code finds things: byte offsets in a 32-bit memory. `LAYOUT.md` explains them.

use crate::object::Form;

/// Size of a value.
pub const VALUE_SIZE: u32 = 16;
/// Tag of a value (u32).
pub const VALUE_TAG: u32 = 0;
/// Payload of a value (u64).
pub const VALUE_BITS: u32 = 8;

/// Reference count of any object (u32).
pub const HEADER_COUNT: u32 = 0;
/// Second header word (u32).
pub const HEADER_META: u32 = 4;
/// Count of a static object when the module starts.
pub const IMMORTAL: u32 = crate::object::IMMORTAL;

/// Length of a text in bytes (u32).
pub const TEXT_LEN: u32 = 8;
/// Room of a text in bytes (u32); of a static text its length.
pub const TEXT_CAP: u32 = 12;
/// Length of a text in characters (u32).
pub const TEXT_CHARS: u32 = 16;
/// First byte of a text.
pub const TEXT_BYTES: u32 = 20;
/// Alignment of every object.
pub const OBJECT_ALIGN: u32 = 8;

/// Form of any object but a text (u32).
pub const OBJECT_FORM: u32 = 8;

/// [`OBJECT_FORM`] of a flat sequence.
pub const FORM_SEQ_FLAT: u32 = Form::SeqFlat as u32;

/// Number of items of a vector or list (u32), in every form.
pub const SEQ_LEN: u32 = 12;
/// Address of item 0 (u32), the others follow at [`VALUE_SIZE`]; 0 = in trie form, ask the
/// runtime. An empty sequence may have any address here.
pub const SEQ_ITEMS: u32 = 16;

/// Of a flat sequence: its trie form (u32), 0 = none.
pub const SEQ_OWNER: u32 = 20;

/// Number of entries of a map (u32), in every form.
pub const MAP_LEN: u32 = 12;

/// Number of values of an environment, cell, combinator or suspended function (u32). The header's
/// second word says the same.
pub const TUPLE_LEN: u32 = 12;
/// First value of one of these.
pub const TUPLE_VALUES: u32 = 16;

/// The bytes of a static text: an immortal object that compiled code can point to.
pub fn static_text(text: &str) -> alloc::vec::Vec<u8> {
    let mut bytes = alloc::vec::Vec::with_capacity(TEXT_BYTES as usize + text.len());
    let len = text.len() as u32;
    for word in [IMMORTAL, 0, len, len, crate::text::count_chars(text)] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

/// Frees the object of a value whose count compiled code has brought to 0, and everything only it
/// referred to.
///
/// # Safety
/// The words are a value whose payload is the address of an object with the count 0.
pub unsafe fn release(tag: u32, bits: u64) {
    // SAFETY: passed on from the caller.
    unsafe { crate::object::release(tag, core::ptr::with_exposed_provenance_mut(bits as usize)) };
}

/// Frees the object of a flat vector or list without its items, which compiled code has moved out.
///
/// # Safety
/// The payload is the address of a flat sequence without trie form that nobody uses any more.
pub unsafe fn free_row(bits: u64) {
    // SAFETY: passed on from the caller.
    unsafe { crate::seq::free_row(core::ptr::with_exposed_provenance_mut(bits as usize)) };
}

/// The address of a new environment for `n` captured values. The caller writes them, from
/// [`TUPLE_VALUES`] on, before anything else happens to it.
pub fn new_environment(n: u32) -> u64 {
    crate::tuple::uninit(n).as_ptr().expose_provenance() as u64
}

#[cfg(target_arch = "wasm32")]
const _: () = {
    use crate::map::MapObject;
    use crate::object::{Header, Node};
    use crate::seq::SeqObject;
    use crate::text::{BYTES, Text};
    use crate::tuple::{Tuple, VALUES};
    use core::mem::offset_of;

    assert!(offset_of!(Header, count) == HEADER_COUNT as usize);
    assert!(offset_of!(Header, meta) == HEADER_META as usize);
    assert!(offset_of!(Text, len) == TEXT_LEN as usize);
    assert!(offset_of!(Text, cap) == TEXT_CAP as usize);
    assert!(offset_of!(Text, chars) == TEXT_CHARS as usize);
    assert!(BYTES == TEXT_BYTES as usize);
    assert!(offset_of!(SeqObject, len) == SEQ_LEN as usize);
    assert!(offset_of!(SeqObject, items) == SEQ_ITEMS as usize);
    assert!(offset_of!(SeqObject, owner) == SEQ_OWNER as usize);
    assert!(offset_of!(Node, form) == OBJECT_FORM as usize);
    assert!(size_of::<SeqObject>() == 32 && size_of::<MapObject>() == 32);
    assert!(offset_of!(MapObject, len) == MAP_LEN as usize);
    assert!(offset_of!(Tuple, len) == TUPLE_LEN as usize);
    assert!(VALUES == TUPLE_VALUES as usize);
};

/// In the length of an encoded type that compiled code checks: at [`crate::types::Level::Basic`].
pub const BASIC_CHECK: u32 = 1 << 31;
