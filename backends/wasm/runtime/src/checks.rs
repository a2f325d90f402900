//! Annotations, destructuring and patterns. Values are borrowed.

use alloc::string::String;

use rtfs_value::types::{self, Level};
use rtfs_value::{Value, destructure, layout, tag};

use crate::fat::{borrow, give, payload, static_text, verdict};
use crate::intrinsic;

/// An encoded type and the level it is to be checked at.
///
/// # Safety
/// The memory is static.
pub(crate) unsafe fn described(ty: *const u8, len: usize) -> (&'static [u8], Level) {
    let level = match len & BASIC != 0 {
        true => Level::Basic,
        false => Level::Standard,
    };
    // SAFETY: by contract.
    (
        unsafe { core::slice::from_raw_parts(ty, len & !BASIC) },
        level,
    )
}

const BASIC: usize = layout::BASIC_CHECK as usize;

/// Checks a value against an encoded type. 0, or the payload of `TypeValidationError`.
#[unsafe(export_name = "rt:check")]
pub(crate) unsafe extern "C" fn check(
    tag: u32,
    bits: u64,
    ty: *const u8,
    len: usize,
    context: u32,
) -> u64 {
    // SAFETY: borrowed by contract.
    let (value, ty, context) =
        unsafe { (borrow(tag, bits), described(ty, len), static_text(context)) };
    verdict(types::check_encoded(
        &value,
        ty,
        context.as_str().unwrap_or_default(),
    ))
}

/// Whether a pattern is found in a text; 2 for what is no pattern.
#[unsafe(export_name = "rt:regex_found")]
pub(crate) unsafe extern "C" fn regex_found(
    pattern: *const u8,
    len: usize,
    text: *const u8,
    text_len: usize,
) -> u32 {
    // SAFETY: both are texts that live during the call.
    let (pattern, text) = unsafe {
        (
            core::str::from_utf8_unchecked(core::slice::from_raw_parts(pattern, len)),
            core::str::from_utf8_unchecked(core::slice::from_raw_parts(text, text_len)),
        )
    };
    types::is_found(pattern, text).map_or(2, u32::from)
}

/// Checks each item of a rest list against an encoded type. 0, or the payload of the error.
#[unsafe(export_name = "rt:check_rest")]
pub(crate) unsafe extern "C" fn check_rest(tag: u32, bits: u64, ty: *const u8, len: usize) -> u64 {
    // SAFETY: borrowed by contract.
    let (list, ty) = unsafe { (borrow(tag, bits), described(ty, len)) };
    for (i, item) in list
        .as_seq()
        .into_iter()
        .flat_map(|list| list.iter())
        .enumerate()
    {
        let mut context = String::from("variadic param item ");
        rtfs_value::write_readable(&Value::int(i as i64), &mut context);
        if let Err(error) = types::check_encoded(item, ty, &context) {
            return payload(error);
        }
    }
    0
}

/// 0, or the payload of the error of a pattern of exactly `n` items.
#[unsafe(export_name = "rt:expect_exact")]
pub(crate) unsafe extern "C" fn expect_exact(tag: u32, bits: u64, n: usize) -> u64 {
    // SAFETY: borrowed by contract.
    let value = unsafe { borrow(tag, bits) };
    verdict(destructure::expect_exact(&value, n).map(drop))
}

/// 0, or the payload of the error of a pattern of at least `n` items.
#[unsafe(export_name = "rt:expect_at_least")]
pub(crate) unsafe extern "C" fn expect_at_least(tag: u32, bits: u64, n: usize) -> u64 {
    // SAFETY: borrowed by contract.
    let value = unsafe { borrow(tag, bits) };
    verdict(destructure::expect_at_least(&value, n).map(drop))
}

/// 0, or the payload of the error of a map pattern.
#[unsafe(export_name = "rt:expect_map")]
pub(crate) unsafe extern "C" fn expect_map(tag: u32, bits: u64) -> u64 {
    // SAFETY: borrowed by contract.
    let value = unsafe { borrow(tag, bits) };
    verdict(destructure::expect_map(&value).map(drop))
}

/// Item `i` of a vector or list.
#[unsafe(export_name = "rt:seq_item")]
pub(crate) unsafe extern "C" fn seq_item(tag: u32, bits: u64, i: usize) -> u64 {
    // SAFETY: borrowed by contract.
    let value = unsafe { borrow(tag, bits) };
    give(destructure::seq_item(&value, i))
}

/// The address of item `i` of a vector or list that has it: 16 bytes that live as long as the value.
#[unsafe(export_name = "rt:seq_at")]
pub(crate) unsafe extern "C" fn seq_at(tag: u32, bits: u64, i: usize) -> *const Value {
    // SAFETY: borrowed by contract.
    let value = unsafe { borrow(tag, bits) };
    let item = value.as_seq().and_then(|seq| seq.get(i));
    item.map_or(core::ptr::null(), core::ptr::from_ref)
}

/// The items of a vector or list from `n` on.
#[unsafe(export_name = "rt:seq_rest")]
pub(crate) unsafe extern "C" fn seq_rest(tag: u32, bits: u64, n: usize) -> u64 {
    // SAFETY: borrowed by contract.
    let value = unsafe { borrow(tag, bits) };
    give(destructure::seq_rest(&value, n))
}

/// The value of a key; tag `UNSET` when there is none.
#[unsafe(export_name = "rt:map_find")]
pub(crate) unsafe extern "C" fn map_find(tag: u32, bits: u64, key_tag: u32, key_bits: u64) -> u64 {
    // SAFETY: borrowed by contract.
    let (map, key) = unsafe { (borrow(tag, bits), borrow(key_tag, key_bits)) };
    match destructure::map_get(&map, &key) {
        Some(value) => give(value),
        None => {
            intrinsic::set_tag(tag::UNSET);
            0
        }
    }
}

/// The address of the value of a key, 16 bytes that live as long as the map; 0 when there is none.
#[unsafe(export_name = "rt:map_at")]
pub(crate) unsafe extern "C" fn map_at(
    tag: u32,
    bits: u64,
    key_tag: u32,
    key_bits: u64,
) -> *const Value {
    // SAFETY: borrowed by contract.
    let (map, key) = unsafe { (borrow(tag, bits), borrow(key_tag, key_bits)) };
    let value = map.as_map().and_then(|map| map.get(&key));
    value.map_or(core::ptr::null(), core::ptr::from_ref)
}

/// The map without `n` keys in memory (borrowed too).
#[unsafe(export_name = "rt:map_without")]
pub(crate) unsafe extern "C" fn map_without(
    tag: u32,
    bits: u64,
    keys: *const Value,
    n: usize,
) -> u64 {
    // SAFETY: borrowed by contract.
    let (map, keys) = unsafe { (borrow(tag, bits), core::slice::from_raw_parts(keys, n)) };
    give(destructure::map_without(&map, keys))
}

/// Whether two values are equal.
#[unsafe(export_name = "rt:equal")]
pub(crate) unsafe extern "C" fn equal(a_tag: u32, a_bits: u64, b_tag: u32, b_bits: u64) -> u32 {
    // SAFETY: borrowed by contract.
    let (a, b) = unsafe { (borrow(a_tag, a_bits), borrow(b_tag, b_bits)) };
    u32::from(rtfs_value::equal(&a, &b))
}
