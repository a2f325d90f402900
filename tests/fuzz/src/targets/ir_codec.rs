//! IR from anyone: what decodes has no other encoding, and running it does no harm.

use rtfs_ir::{Program, dump};
use rtfs_value::types::Level;

use super::evaluator;
use crate::pipeline::{self, digest};

pub(super) fn encode(text: &str) -> Option<Vec<u8>> {
    pipeline::program(text).map(|program| program.encode())
}

pub(super) fn check(bytes: &[u8]) -> u64 {
    match Program::decode(bytes) {
        Ok(program) => {
            assert!(
                program.encode() == bytes,
                "two encodings of {}",
                dump(&program)
            );
            program.hashes(Level::Standard);
            program.interface_hash();
            digest(("program", evaluator::check_program(&program)))
        }
        Err(error) => digest(std::mem::discriminant(&error)),
    }
}
