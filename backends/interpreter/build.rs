//! Builds the template that the backend holds.

use sha2::{Digest, Sha256};
use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let root = here.join("../..").canonicalize()?;
    for watched in [
        "lang",
        "guest-sdk/src",
        "guest-sdk/wit",
        "guest-sdk/Cargo.lock",
    ] {
        println!("cargo::rerun-if-changed={}", root.join(watched).display());
    }
    for watched in ["build.rs", "program", "template"] {
        println!("cargo::rerun-if-changed={}", here.join(watched).display());
    }
    build(
        &here.join("template/Cargo.toml"),
        &out.join("target"),
        &root,
    )?;
    let built = "target/wasm32-wasip2/release/rtfs_interpreter_template.wasm";
    let template = fs::read(out.join(built))?;
    fs::write(out.join("template.wasm"), &template)?;
    let mut digest = String::new();
    for byte in &Sha256::digest(&template)[..8] {
        write!(digest, "{byte:02x}")?;
    }
    println!("cargo::rustc-env=RTFS_TEMPLATE_DIGEST={digest}");
    Ok(())
}

fn build(manifest: &Path, target: &Path, root: &Path) -> Result<(), Box<dyn Error>> {
    let mut cargo = Command::new(env::var("CARGO")?);
    // What the build around this one was told is not meant for this one.
    for (name, _) in env::vars_os() {
        let of_cargo = name.to_string_lossy();
        let kept = ["CARGO_HOME", "CARGO_NET_OFFLINE"].contains(&&*of_cargo);
        if !kept && (of_cargo.starts_with("CARGO_") || of_cargo.contains("RUSTFLAGS")) {
            cargo.env_remove(&name);
        }
    }
    cargo.env_remove("RUSTC_WORKSPACE_WRAPPER");
    cargo.env("CARGO_TERM_COLOR", "never");
    // No path of this machine in the artifacts.
    let home = env::var("CARGO_HOME").or_else(|_| env::var("HOME").map(|home| home + "/.cargo"))?;
    let flags = format!(
        "--remap-path-prefix={}=/rtfs --remap-path-prefix={home}=/cargo",
        root.display()
    );
    cargo.env("RUSTFLAGS", flags);
    let status = cargo
        .args([
            "build",
            "--release",
            "--locked",
            "--target",
            "wasm32-wasip2",
        ])
        .arg("--manifest-path")
        .arg(manifest)
        .arg("--target-dir")
        .arg(target)
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("building the template: {status}").into())
    }
}
