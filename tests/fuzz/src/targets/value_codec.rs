//! Encoded values from anyone: what decodes has no other encoding, prints and reads back.

use rtfs_value::{cbor, compare, equal, hash};

use super::evaluator;
use crate::pipeline::{self, digest, outcome};

pub(super) fn encode(text: &str) -> Option<Vec<u8>> {
    let value = outcome(&pipeline::program(text)?).result.ok()?;
    cbor::encode(&value).ok()
}

pub(super) fn check(bytes: &[u8]) -> u64 {
    match cbor::decode(bytes) {
        Ok(value) => {
            let again = cbor::encode(&value).unwrap_or_else(|error| panic!("{error:?}"));
            assert!(
                again == bytes,
                "two encodings of {}",
                rtfs_value::readable(&value)
            );
            let copy = cbor::decode(bytes).unwrap_or_else(|error| panic!("{error}"));
            if !cbor::contains_function(&value) {
                assert_eq!(equal(&copy, &value), equal(&value, &value.clone()));
                assert_eq!(hash(&copy), hash(&value));
                assert!(compare(&copy, &value).is_eq());
            }
            evaluator::check_value(&value);
            digest(("value", value.kind().name(), bytes.len().checked_ilog2()))
        }
        Err(error) => {
            let text = error.to_string();
            digest(text.trim_end_matches(|c: char| c.is_ascii_digit()))
        }
    }
}
