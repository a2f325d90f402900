// Builds the sample components with the guest SDK, once per test run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The bytes of one of the components in `tests/components`.
pub(crate) fn sample(name: &str) -> Vec<u8> {
    let path = built().join(format!("{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/../../guest-sdk");
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
        let status = Command::new(env!("CARGO"))
            .args(["build", "--release", "--locked", "--quiet"])
            .args(["--target", "wasm32-wasip2"])
            .args(["--package", "probe", "--package", "text-tools"])
            .arg("--target-dir")
            .arg(&target)
            .current_dir(workspace)
            // Flags for the host's code are not for the guests.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("CARGO_TARGET_DIR")
            .status()
            .expect("cargo is there: it runs this test");
        assert!(status.success(), "the sample components do not build");
        target.join("wasm32-wasip2/release")
    })
}
