// Builds components of the guests' workspace, each once per test run.

use std::path::Path;
use std::process::Command;

/// The component of a package: a sample of `tests/components`, a backend or an executor.
pub(crate) fn component(package: &str) -> Vec<u8> {
    // Crates lie at different depths.
    let mut above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let workspace =
        above.find_map(|folder| Some(folder.join("guest-sdk")).filter(|it| it.is_dir()));
    let workspace = workspace.expect("the guests are in the repository");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--quiet"])
        .args(["--target", "wasm32-wasip2", "--package", package])
        .arg("--target-dir")
        .arg(&target)
        .current_dir(workspace)
        // Nobody looks at their size here, and this is what takes time.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        // Flags for the host's code are not for the guests.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_TARGET_DIR")
        .status()
        .expect("cargo is there: it runs this test");
    assert!(status.success(), "`{package}` does not build");
    let file = format!("{}.wasm", package.replace('-', "_"));
    let path = target.join("wasm32-wasip2/release").join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
