//! The committed runtimes are what their sources give, and their digests are their own.

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

fn committed(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).expect("the runtimes are committed")
}

/// The files, and how cargo is told to make each.
const RUNTIMES: [(&str, &str, &[&str]); 2] = [
    ("runtime.wasm", "release", &["--release"]),
    (
        "runtime-lean.wasm",
        "lean",
        &["--profile", "lean", "--features", "lean"],
    ),
];

#[test]
fn the_digest_file_names_the_runtimes() {
    let lines = std::fs::read_to_string(folder().join("runtime.wasm.sha256"))
        .expect("runtime.wasm.sha256 is committed");
    let want = RUNTIMES.map(|(name, _, _)| format!("{}  {name}\n", digest(&committed(name))));
    assert_eq!(lines, want.concat());
}

#[test]
fn the_sources_give_the_committed_runtimes() {
    let target: PathBuf = [env!("CARGO_TARGET_TMPDIR"), "runtime"].iter().collect();
    for (name, profile, options) in RUNTIMES {
        let status = Command::new(env!("CARGO"))
            .args(["build", "--locked", "--quiet"])
            .args(options)
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
        let built = target.join(format!(
            "wasm32-unknown-unknown/{profile}/rtfs_wasm_runtime.wasm"
        ));
        let built = std::fs::read(built).expect("the build writes the module");
        assert_eq!(
            digest(&built),
            digest(&committed(name)),
            "{name} is stale: run backends/wasm/runtime/build.sh and commit the result"
        );
    }
}
