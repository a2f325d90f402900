//! Builds `program` as a component: the template that the backend puts programs into.

use std::error::Error;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=program");
    println!("cargo::rerun-if-changed=build.rs");
    // Beside this build, not in it: native tests and the component share the template.
    let target = match env::var_os("CARGO_TARGET_DIR") {
        Some(target) => PathBuf::from(target),
        None => PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("target"),
    };
    let target = target.join("template");
    let mut cargo = Command::new(env::var("CARGO")?);
    // What the build around this one was told is not meant for this one.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        let is_setting = name.starts_with("CARGO_") || name.contains("RUSTFLAGS");
        if is_setting && !["CARGO_HOME", "CARGO_NET_OFFLINE"].contains(&&*name) {
            cargo.env_remove(&name);
        }
    }
    let status = cargo
        .args(["build", "--release", "--package", "__name__-program"])
        .args(["--features", "component", "--target", "wasm32-wasip2"])
        .arg("--target-dir")
        .arg(&target)
        .status()?;
    if !status.success() {
        return Err(format!("building the template: {status}").into());
    }
    fs::copy(
        target.join("wasm32-wasip2/release/__ident___program.wasm"),
        PathBuf::from(env::var("OUT_DIR")?).join("template.wasm"),
    )?;
    Ok(())
}
