//! Helpers of the conformance tests.

#![allow(dead_code, reason = "each test file uses its own part")]

use rtfs_backend_wasm::{Artifact, Options};
use rtfs_ir::Program;
use std::path::{Path, PathBuf};

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[track_caller]
pub(crate) fn program(source: &str) -> Program {
    let read = rtfs_syntax::read(source);
    assert!(read.diagnostics.is_empty(), "{:?}", read.diagnostics);
    let lowered = rtfs_ir::lower(&read.forms, &rtfs_eval::lower_options());
    lowered
        .program
        .unwrap_or_else(|| panic!("{source} does not lower: {:?}", lowered.diagnostics))
}

#[track_caller]
pub(crate) fn compile(source: &str) -> Artifact {
    rtfs_backend_wasm::compile(&program(source), &Options::default())
        .unwrap_or_else(|error| panic!("{source} does not compile: {error}"))
}

/// Says why a test that needs another tool does nothing; fails where tools are required.
#[allow(clippy::print_stderr, reason = "says what was skipped")]
pub(crate) fn skip(reason: &str) {
    assert!(
        std::env::var_os("RTFS_REQUIRE_TOOLS").is_none_or(|value| value.is_empty()),
        "RTFS_REQUIRE_TOOLS is set, but {reason}"
    );
    eprintln!("skipped: {reason}");
}
