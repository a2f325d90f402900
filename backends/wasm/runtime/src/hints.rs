//! Runtime hints in force: what `^{:runtime.… value} form` tells the host about calls inside.

use alloc::vec::Vec;
use core::cell::UnsafeCell;

use rtfs_value::{Error, Map, Value, cbor};

use crate::fat::Args;

/// One scope: names and values.
type Row = Vec<(Value, Value)>;

/// The scopes that are open, the innermost last.
struct Scopes(UnsafeCell<Vec<Row>>);

// SAFETY: a core module without shared memory has a single thread.
unsafe impl Sync for Scopes {}

static SCOPES: Scopes = Scopes(UnsafeCell::new(Vec::new()));

fn scopes() -> *mut Vec<Row> {
    SCOPES.0.get()
}

/// Puts `n` hints in force: names and values in turn.
#[unsafe(export_name = "rt:hints_push")]
pub(crate) unsafe extern "C" fn hints_push(argv: *mut Value, n: usize) {
    // SAFETY: owned by contract.
    let mut words = unsafe { Args::own(argv, 2 * n) }.drain();
    let mut row = Row::with_capacity(n);
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        row.push((name, value));
    }
    // SAFETY: one thread, and nothing else holds a reference.
    unsafe { (*scopes()).push(row) };
}

/// Ends the innermost scope.
#[unsafe(export_name = "rt:hints_pop")]
pub(crate) extern "C" fn hints_pop() {
    // SAFETY: one thread, and nothing else holds a reference.
    unsafe {
        let scopes = &mut *scopes();
        scopes.pop();
        if scopes.is_empty() {
            // No room is kept between calls.
            *scopes = Vec::new();
        }
    }
}

/// The hints in force as an encoded map, sorted by name; the innermost value of a name counts.
/// `None` when there are none.
pub(crate) fn in_force() -> Result<Option<Vec<u8>>, Error> {
    // SAFETY: one thread, and nobody changes the scopes meanwhile.
    let scopes = unsafe { &*scopes() };
    if scopes.is_empty() {
        return Ok(None);
    }
    let mut hints: Vec<(&str, &Value)> = Vec::new();
    for (name, value) in scopes.iter().flatten() {
        let name = name.as_str().unwrap_or_default();
        match hints.binary_search_by(|(known, _)| (*known).cmp(name)) {
            Ok(at) => hints[at].1 = value,
            Err(at) => hints.insert(at, (name, value)),
        }
    }
    let mut map = Map::with_capacity(hints.len());
    for (name, value) in hints {
        map.assoc(Value::keyword(name), value.clone())?;
    }
    cbor::encode(&map.into_value()).map(Some)
}
