//! What tests of this crate share.

mod core;
mod engine;
mod hand;

use rtfs_ir::Program;

pub(crate) use self::core::CoreRun;
pub(crate) use self::engine::{HostError, RaisedError, Running};
pub(crate) use self::hand::{Hand, int, param};

/// The IR of a source text.
#[track_caller]
pub(crate) fn program(source: &str) -> Program {
    let read = rtfs_syntax::read(source);
    assert!(read.diagnostics.is_empty(), "{:?}", read.diagnostics);
    let lowered = rtfs_ir::lower(&read.forms, &rtfs_eval::lower_options());
    lowered
        .program
        .unwrap_or_else(|| panic!("{:?}", lowered.diagnostics))
}
