//! Literals of collections.

use rtfs_value::{Map, Value, tag};

use crate::fat::{Args, give, own};

/// A list of the values in memory.
#[unsafe(export_name = "rt:list_from")]
pub(crate) unsafe extern "C" fn list_from(argv: *mut Value, argc: usize) -> u64 {
    // SAFETY: owned by contract.
    give(Value::list(unsafe { Args::own(argv, argc) }.drain()))
}

/// A vector with the values in memory appended.
#[unsafe(export_name = "rt:vector_append")]
pub(crate) unsafe extern "C" fn vector_append(bits: u64, argv: *mut Value, argc: usize) -> u64 {
    // SAFETY: owned by contract.
    let (mut vector, args) = unsafe { (own(tag::VECTOR, bits), Args::own(argv, argc)) };
    if let Some(seq) = vector.as_seq_mut() {
        args.drain().for_each(|item| seq.push(item));
    }
    give(vector)
}

/// A map of the keys and values in memory. The last value of a key wins, at its first position.
#[unsafe(export_name = "rt:map_from")]
pub(crate) unsafe extern "C" fn map_from(argv: *mut Value, pairs: usize) -> u64 {
    // SAFETY: owned by contract.
    unsafe {
        map_append(
            Map::with_capacity(pairs).into_value().into_parts().1,
            argv,
            pairs,
        )
    }
}

/// A map with keys and values in memory added.
#[unsafe(export_name = "rt:map_append")]
pub(crate) unsafe extern "C" fn map_append(bits: u64, argv: *mut Value, pairs: usize) -> u64 {
    // SAFETY: owned by contract.
    let (mut map, args) = unsafe { (own(tag::MAP, bits), Args::own(argv, 2 * pairs)) };
    if let Some(map) = map.as_map_mut() {
        let mut words = args.drain();
        while let (Some(key), Some(value)) = (words.next(), words.next()) {
            // Keys are literals of the three kinds that may be keys.
            let _ = map.assoc(key, value);
        }
    }
    give(map)
}
