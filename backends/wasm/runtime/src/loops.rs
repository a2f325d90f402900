//! `for`, `match` and `defstruct`.

use rtfs_value::library::struct_constructor_encoded;
use rtfs_value::{Error, Seq, Value, tag, types};

use crate::checks::described;
use crate::fat::{borrow, give, give_result, own, static_text};

/// What a `for` binding runs over, as a vector or list.
#[unsafe(export_name = "rt:for_items")]
pub(crate) unsafe extern "C" fn for_items(tag: u32, bits: u64) -> u64 {
    // SAFETY: owned by contract.
    give_result(items(unsafe { own(tag, bits) }))
}

fn items(collection: Value) -> Result<Value, Error> {
    if collection.as_seq().is_some() {
        return Ok(collection);
    }
    if let Some(text) = collection.as_str() {
        let mut buffer = [0; 4];
        let characters = text.chars();
        return Ok(Value::vector(
            characters.map(|c| Value::string(c.encode_utf8(&mut buffer))),
        ));
    }
    if let Some(map) = collection.as_map() {
        let pair = |(key, value): (&Value, &Value)| Value::vector([key.clone(), value.clone()]);
        return Ok(Value::vector(map.iter().map(pair)));
    }
    if collection.is_nil() {
        return Ok(Seq::new().into_value());
    }
    Err(Error::type_error(
        "for",
        "collection",
        collection.type_name(),
    ))
}

/// An empty vector with room for `n` items. Gives its payload, and no tag.
#[unsafe(export_name = "rt:vector_with_room")]
pub(crate) extern "C" fn vector_with_room(n: usize) -> u64 {
    Seq::with_capacity(n).into_value().into_parts().1
}

/// Appends to a vector. Gives the payload of the vector, and no tag.
#[unsafe(export_name = "rt:vector_push")]
pub(crate) unsafe extern "C" fn vector_push(vector: u64, tag: u32, bits: u64) -> u64 {
    // SAFETY: owned by contract.
    let (mut vector, item) = unsafe { (own(tag::VECTOR, vector), own(tag, bits)) };
    if let Some(seq) = vector.as_seq_mut() {
        seq.push(item);
    }
    vector.into_parts().1
}

/// Whether a borrowed value has the encoded type.
#[unsafe(export_name = "rt:fits")]
pub(crate) unsafe extern "C" fn fits(tag: u32, bits: u64, ty: *const u8, len: usize) -> u32 {
    // SAFETY: borrowed by contract.
    let (value, ty) = unsafe { (borrow(tag, bits), described(ty, len)) };
    u32::from(types::check_encoded(&value, ty, "").is_ok())
}

/// The constructor of a struct: its name (a static text) and the encoded type of its values.
#[unsafe(export_name = "rt:struct_constructor")]
pub(crate) unsafe extern "C" fn struct_constructor(name: u32, ty: *const u8, len: usize) -> u64 {
    // SAFETY: borrowed by contract.
    let (name, ty) = unsafe { (static_text(name), core::slice::from_raw_parts(ty, len)) };
    give(struct_constructor_encoded(Value::clone(&name), ty))
}
