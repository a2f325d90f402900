//! Typed exports: values to and from the memory layout of component types.
//!
//! A descriptor states a type, in pre-order: a byte, then what the byte calls for. Numbers are
//! unsigned LEB128. `src/typed/descriptor.rs` of the backend writes them.
//!
//! | byte | type | followed by |
//! |---|---|---|
//! | 0 | `s64` | |
//! | 1 | `f64` | |
//! | 2 | `string` | |
//! | 3 | `bool` | |
//! | 4 | nothing (`nil`) | |
//! | 5 | `list<u8>`, an encoded value | |
//! | 6 | `list<T>` | size of an item, T |
//! | 7 | `option<T>` | offset of the payload, T |
//! | 8 | `tuple<…>` | count, then offset and T of each item |
//! | 9 | `record` | count, then of each field: offset, 1 if it may be absent (then T is an option), key length, key, T |
//! | 10 | `enum` of keywords | bytes of the discriminant, count, length and name of each |
//!
//! A function is: number of parameters, 1 if the last is the rest parameter, offset and T of each
//! parameter, then size of the result area, offset of its payload and T of the result.

use alloc::vec::Vec;

use rtfs_value::{Error, Map, Value, cbor};

use crate::dynamic;
use crate::fat::own_error;
use crate::heap;
use crate::outcome::Writer;

/// A position in a descriptor.
#[derive(Clone, Copy)]
struct Cursor {
    at: *const u8,
}

impl Cursor {
    fn byte(&mut self) -> u8 {
        // SAFETY: the compiler writes complete descriptors.
        unsafe {
            let byte = self.at.read();
            self.at = self.at.add(1);
            byte
        }
    }

    fn number(&mut self) -> usize {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return number;
            }
            shift += 7;
        }
    }

    fn text(&mut self) -> &'static str {
        let len = self.number();
        // SAFETY: names are UTF-8 in static data.
        unsafe {
            let bytes = core::slice::from_raw_parts(self.at, len);
            self.at = self.at.add(len);
            core::str::from_utf8_unchecked(bytes)
        }
    }

    /// Passes over a type.
    fn skip(&mut self) {
        match self.byte() {
            LIST | OPTION => {
                self.number();
                self.skip();
            }
            TUPLE => {
                for _ in 0..self.number() {
                    self.number();
                    self.skip();
                }
            }
            RECORD => {
                for _ in 0..self.number() {
                    self.number();
                    self.byte();
                    self.text();
                    self.skip();
                }
            }
            ENUM => {
                self.byte();
                for _ in 0..self.number() {
                    self.text();
                }
            }
            _ => {}
        }
    }
}

const S64: u8 = 0;
const F64: u8 = 1;
const STRING: u8 = 2;
const BOOL: u8 = 3;
const UNIT: u8 = 4;
const BYTES: u8 = 5;
const LIST: u8 = 6;
const OPTION: u8 = 7;
const TUPLE: u8 = 8;
const RECORD: u8 = 9;
const ENUM: u8 = 10;

/// Reads `T` at `at`.
unsafe fn load<T: Copy>(at: *const u8) -> T {
    // SAFETY: by the contract of the callers: memory of the described type.
    unsafe { at.cast::<T>().read() }
}

/// Turns memory into values, freeing what the memory refers to. Goes on after an error, so that
/// everything is freed.
struct Lifter {
    error: Option<Error>,
}

impl Lifter {
    /// # Safety
    /// `at` holds a value of the described type, owned by us and read once.
    unsafe fn lift(&mut self, ty: &mut Cursor, at: *const u8) -> Value {
        // SAFETY: by contract.
        unsafe {
            match ty.byte() {
                S64 => Value::int(load(at)),
                F64 => Value::float(load(at)),
                STRING => self.slice(at, 1, |_, start, len| {
                    let bytes = core::slice::from_raw_parts(start, len);
                    Value::string(core::str::from_utf8_unchecked(bytes))
                }),
                BOOL => Value::bool(load::<u8>(at) != 0),
                UNIT => Value::NIL,
                BYTES => self.slice(at, 1, |lifter, start, len| {
                    lifter.decode(core::slice::from_raw_parts(start, len))
                }),
                LIST => self.list(ty, at),
                OPTION => {
                    let payload = at.add(ty.number());
                    if load::<u8>(at) != 0 {
                        self.lift(ty, payload)
                    } else {
                        ty.skip();
                        Value::NIL
                    }
                }
                TUPLE => {
                    let n = ty.number();
                    let mut items = Vec::with_capacity(n);
                    for _ in 0..n {
                        let item = at.add(ty.number());
                        items.push(self.lift(ty, item));
                    }
                    Value::vector(items)
                }
                RECORD => self.record(ty, at),
                _ => lift_enum(ty, at),
            }
        }
    }

    /// # Safety
    /// `at` holds pointer and length of a block of `len * size` bytes.
    unsafe fn slice(
        &mut self,
        at: *const u8,
        size: usize,
        read: impl FnOnce(&mut Self, *const u8, usize) -> Value,
    ) -> Value {
        // SAFETY: by contract.
        unsafe {
            let (start, len): (*mut u8, usize) = (load(at), load(at.add(4)));
            let value = read(self, start, len);
            heap::free(start, len * size);
            value
        }
    }

    fn decode(&mut self, bytes: &[u8]) -> Value {
        cbor::decode(bytes).unwrap_or_else(|_| {
            let error = Error::invalid_argument("an argument is not a canonical value");
            self.error.get_or_insert(error);
            Value::NIL
        })
    }

    /// # Safety
    /// As of [`Lifter::lift`].
    unsafe fn list(&mut self, ty: &mut Cursor, at: *const u8) -> Value {
        let size = ty.number();
        let item = *ty;
        ty.skip();
        // SAFETY: by contract.
        unsafe {
            self.slice(at, size, |lifter, start, len| {
                Value::vector((0..len).map(|i| lifter.lift(&mut item.clone(), start.add(i * size))))
            })
        }
    }

    /// # Safety
    /// As of [`Lifter::lift`].
    unsafe fn record(&mut self, ty: &mut Cursor, at: *const u8) -> Value {
        let mut map = Map::new();
        for _ in 0..ty.number() {
            // SAFETY: by contract.
            unsafe {
                let field = at.add(ty.number());
                let may_be_absent = ty.byte() != 0;
                let key = ty.text();
                // An option starts with its discriminant.
                let absent = may_be_absent && load::<u8>(field) == 0;
                let value = self.lift(ty, field);
                if !absent {
                    // A keyword is a valid key.
                    let _ = map.assoc(Value::keyword(key), value);
                }
            }
        }
        map.into_value()
    }
}

/// # Safety
/// `at` holds a value of the described type.
unsafe fn lift_enum(ty: &mut Cursor, at: *const u8) -> Value {
    // SAFETY: by contract.
    let chosen = unsafe {
        match ty.byte() {
            1 => usize::from(load::<u8>(at)),
            2 => usize::from(load::<u16>(at)),
            _ => load::<u32>(at) as usize,
        }
    };
    let mut value = Value::NIL;
    for i in 0..ty.number() {
        let name = ty.text();
        if i == chosen {
            value = Value::keyword(name);
        }
    }
    value
}

/// A result value that does not have the described type. Checked annotations exclude it, except
/// at validation level `basic`, which looks at the outermost kind only.
fn misfit() -> Error {
    Error::type_validation("fn return", "the result does not fit the typed export")
}

/// Writes `value` as the described type at `at`.
///
/// # Safety
/// `at` has room for the type.
unsafe fn lower(
    writer: &mut Writer,
    ty: &mut Cursor,
    value: &Value,
    at: *mut u8,
) -> Result<(), Error> {
    // SAFETY: by contract.
    unsafe {
        match ty.byte() {
            S64 => at.cast::<i64>().write(value.as_int().ok_or_else(misfit)?),
            F64 => {
                let float = value
                    .as_float()
                    .or_else(|| value.as_int().map(|i| i as f64));
                at.cast::<f64>().write(float.ok_or_else(misfit)?);
            }
            STRING => writer.bytes(at, value.as_str().ok_or_else(misfit)?.as_bytes()),
            BOOL => at.write(u8::from(value.as_bool().ok_or_else(misfit)?)),
            UNIT => {}
            BYTES => writer.adopt(at, cbor::encode(value)?),
            LIST => lower_list(writer, ty, value, at)?,
            OPTION => {
                let payload = at.add(ty.number());
                at.write(u8::from(!value.is_nil()));
                if value.is_nil() {
                    ty.skip();
                } else {
                    lower(writer, ty, value, payload)?;
                }
            }
            TUPLE => {
                let items = value.as_seq().ok_or_else(misfit)?;
                for i in 0..ty.number() {
                    let field = at.add(ty.number());
                    lower(writer, ty, items.get(i).ok_or_else(misfit)?, field)?;
                }
            }
            RECORD => {
                let map = value.as_map().ok_or_else(misfit)?;
                for _ in 0..ty.number() {
                    let field = at.add(ty.number());
                    let may_be_absent = ty.byte() != 0;
                    let key = ty.text();
                    let found = map
                        .get_keyword(key)
                        .or_else(|| map.get(&Value::string(key)));
                    match found {
                        Some(value) => lower(writer, ty, value, field)?,
                        None if may_be_absent => {
                            field.write(0);
                            ty.skip();
                        }
                        None => return Err(misfit()),
                    }
                }
            }
            _ => lower_enum(ty, value, at)?,
        }
    }
    Ok(())
}

/// # Safety
/// As of [`lower`].
unsafe fn lower_list(
    writer: &mut Writer,
    ty: &mut Cursor,
    value: &Value,
    at: *mut u8,
) -> Result<(), Error> {
    let size = ty.number();
    let item = *ty;
    ty.skip();
    let items = value.as_seq().ok_or_else(misfit)?;
    let block = writer.block(items.len() * size);
    // SAFETY: the block has room for every item; `at` by contract.
    unsafe {
        for (i, value) in items.iter().enumerate() {
            lower(writer, &mut item.clone(), value, block.add(i * size))?;
        }
        writer.slice(at, block, items.len());
    }
    Ok(())
}

/// # Safety
/// As of [`lower`].
unsafe fn lower_enum(ty: &mut Cursor, value: &Value, at: *mut u8) -> Result<(), Error> {
    let width = ty.byte();
    let mut chosen = None;
    for i in 0..ty.number() {
        if value.as_keyword() == Some(ty.text()) {
            chosen = Some(i);
        }
    }
    let chosen = chosen.ok_or_else(misfit)?;
    // SAFETY: by contract.
    unsafe {
        match width {
            1 => at.write(chosen as u8),
            2 => at.cast::<u16>().write(chosen as u16),
            _ => at.cast::<u32>().write(chosen as u32),
        }
    }
    Ok(())
}

/// Calls an export with parameters laid out in memory. Gives the address of the result.
#[unsafe(export_name = "rt:typed_call")]
pub(crate) unsafe extern "C" fn typed_call(
    export: u32,
    function: *const u8,
    params: *const u8,
) -> *const u8 {
    let mut ty = Cursor { at: function };
    let mut lifter = Lifter { error: None };
    let n = ty.number();
    let has_rest = ty.byte() != 0;
    let mut args = Vec::with_capacity(n);
    for _ in 0..n {
        // SAFETY: by contract.
        unsafe {
            let param = params.add(ty.number());
            args.push(lifter.lift(&mut ty, param));
        }
    }
    if has_rest
        && let Some(rest) = args.pop()
        && let Some(rest) = rest.as_seq()
    {
        args.extend(rest.iter().cloned());
    }
    let outcome = match lifter.error {
        Some(error) => Err(error),
        None => dynamic::call(export, args),
    };
    give_typed(&mut ty, outcome)
}

fn give_typed(ty: &mut Cursor, outcome: Result<Value, Error>) -> *const u8 {
    let (size, offset) = (ty.number(), ty.number());
    let mut writer = Writer::start();
    let lowered = outcome.and_then(|value| {
        let area = writer.room(size);
        // SAFETY: the area has room for the result type.
        unsafe {
            area.write(0);
            lower(&mut writer, ty, &value, area.add(offset))?;
        }
        Ok(area)
    });
    match lowered {
        Ok(area) => area,
        Err(error) => writer.error(&error, offset),
    }
}

/// The area for a small result; the caller writes discriminant and payload.
#[unsafe(export_name = "rt:result_area")]
pub(crate) extern "C" fn result_area() -> *mut u8 {
    Writer::start().area()
}

/// The result for an owned error, whose record is at `offset`.
#[unsafe(export_name = "rt:result_error")]
pub(crate) unsafe extern "C" fn result_error(error: u64, offset: usize) -> *const u8 {
    // SAFETY: owned by contract.
    Writer::start().error(&unsafe { own_error(error) }, offset)
}
