//! The committed runtime is what its sources give, and its digest is its own.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn digest(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
    }
    text
}

fn committed() -> Vec<u8> {
    std::fs::read(folder().join("runtime.wasm")).expect("runtime.wasm is committed")
}

#[test]
fn the_digest_file_names_the_runtime() {
    let line = std::fs::read_to_string(folder().join("runtime.wasm.sha256"))
        .expect("runtime.wasm.sha256 is committed");
    assert_eq!(line, format!("{}  runtime.wasm\n", digest(&committed())));
}

#[test]
fn the_sources_give_the_committed_runtime() {
    let target: PathBuf = [env!("CARGO_TARGET_TMPDIR"), "runtime"].iter().collect();
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--quiet"])
        .current_dir(folder().join("runtime"))
        .env("CARGO_TARGET_DIR", &target)
        // What `cargo test` sets for the host must not leak into the build for wasm32.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_BUILD_RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET")
        .status()
        .expect("cargo starts");
    assert!(status.success(), "the runtime does not build");
    let built = target.join("wasm32-unknown-unknown/release/rtfs_wasm_runtime.wasm");
    let built = std::fs::read(built).expect("the build writes the module");
    assert_eq!(
        digest(&built),
        digest(&committed()),
        "runtime.wasm is stale: run backends/wasm/runtime/build.sh and commit the result"
    );
}
