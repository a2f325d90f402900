//! Typed exports: values to and from the memory layout of component types, as
//! [descriptors](crate::descriptor) state them.

use alloc::vec::Vec;

use rtfs_value::{Error, Map, Value};

use crate::descriptor::{BYTES, Cursor, LIST, OPTION, RECORD, TUPLE};
use crate::dynamic;
use crate::heap;
use crate::outcome::Writer;
use crate::plain::{self, load, misfit};

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
                plain @ ..=BYTES => {
                    let mut accepted = true;
                    let value = plain::lift(plain, at, &mut accepted);
                    if !accepted {
                        let refused = || Error::invalid_argument(dynamic::NOT_A_VALUE);
                        self.error.get_or_insert_with(refused);
                    }
                    value
                }
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
            plain @ ..=BYTES => plain::lower(writer, plain, value, at)?,
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
        None => dynamic::call(export, &mut args, None),
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
        Err(error) => writer.error(error, offset),
    }
}
