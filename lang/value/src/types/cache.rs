//! Types decoded once, for compiled code that checks the same annotation again and again.

use super::{Level, Type, check, decode};
use crate::error::Error;
use crate::value::Value;
use alloc::vec::Vec;

/// Decoded types by the address of their encoding.
#[derive(Debug, Default)]
pub struct TypeCache {
    /// Sorted by address.
    types: Vec<(usize, Type)>,
}

impl TypeCache {
    /// An empty cache.
    pub const fn new() -> Self {
        Self { types: Vec::new() }
    }

    /// [`super::check_encoded`] at the standard level, decoding each type once. One address must always hold the same
    /// bytes, as static data do.
    ///
    /// # Errors
    /// As [`super::check_encoded`].
    pub fn check(&mut self, value: &Value, encoded: &[u8], context: &str) -> Result<(), Error> {
        let address = encoded.as_ptr().addr();
        let at = match self
            .types
            .binary_search_by_key(&address, |(known, _)| *known)
        {
            Ok(at) => at,
            Err(at) => {
                let ty = decode(encoded)
                    .map_err(|_| Error::internal("type descriptor cannot be decoded"))?;
                self.types.insert(at, (address, ty));
                at
            }
        };
        match self.types.get(at) {
            Some((_, ty)) => {
                check(value, ty, Level::Standard).map_err(|detail| detail.into_error(context))
            }
            None => Ok(()),
        }
    }
}
