//! What our compiler costs in the sandbox: the same compiler, compiled natively and as a component.

use std::path::{Path, PathBuf};
use std::time::Instant;

use rtfs_delegate::{BackendOptions, BytecodeBackend, ExecutionLimits};
use rtfs_host::{Engine, EngineConfig};
use rtfs_runtime::{GuestBackend, WasmBackend};

use crate::Failure;
use crate::component::program;
use crate::section::{Case, Section};
use crate::stages::{self, Home, millis};
use crate::target::Unit;

const LINE: &str = "(defn double [n] (* 2 n))";

/// `RTFS_WASM_GUEST`: the component of `backends/wasm-guest`, which belongs to another workspace.
pub fn guest() -> Option<PathBuf> {
    std::env::var_os("RTFS_WASM_GUEST").map(PathBuf::from)
}

/// Compiles the same programs natively and with the component `guest`, which must give the same bytes.
///
/// # Errors
/// When one of them does not compile, or they differ.
pub fn measure(guest: &Path, engine: EngineConfig, rounds: usize) -> Result<Section, Failure> {
    let component =
        std::fs::read(guest).map_err(|error| format!("{}: {error}", guest.display()))?;
    let engine = Engine::new(engine)?;
    let started = Instant::now();
    let compiler = engine.compile_compiler(&component)?;
    let translated = millis(started.elapsed());
    let guest = GuestBackend::of(compiler, ExecutionLimits::default())?;
    let module = std::fs::read_to_string(stages::module())?;
    let mut cases = Vec::new();
    for (what, source) in [("one function", LINE), ("the 200-line module", &module)] {
        let (native, sandboxed) = compare(source, &guest, rounds)?;
        let what = format!("{what}, from IR to bytes");
        cases.push(Case::ratio(&what, "ms", sandboxed, native));
    }
    cases.push(Case {
        what: "translating the compiler itself, once a store".to_owned(),
        measured: translated,
        at_most: None,
        unit: Unit::Millis,
    });
    Ok(Section {
        title: "Compiling",
        about: "Our compiler as a component (`backends/wasm-guest`) vs the same built in. Both give the \
                same bytes. No limit is set.",
        cases,
    })
}

/// Least times in milliseconds: native, and in the sandbox.
fn compare(source: &str, guest: &GuestBackend, rounds: usize) -> Result<(f64, f64), Failure> {
    let program = program(source)?;
    let options = BackendOptions::default();
    let time = |backend: &dyn BytecodeBackend| -> Result<(f64, Vec<u8>), Failure> {
        let started = Instant::now();
        let made = backend.compile_module(&program, &options)?;
        Ok((millis(started.elapsed()), made))
    };
    let mut least = (f64::INFINITY, f64::INFINITY);
    for _ in 0..rounds {
        let (native, expected) = time(&WasmBackend)?;
        let (sandboxed, made) = time(guest)?;
        if made != expected {
            return Err("the compiler as a component gives other bytes".into());
        }
        least = (native.min(least.0), sandboxed.min(least.1));
    }
    Ok(least)
}

/// Whole processes of `rtfs build`, built in and with the component `guest`, which is added first: that
/// runs the conformance kit.
///
/// # Errors
/// When a command fails.
pub fn processes(
    rtfs: &Path,
    guest: &Path,
    rounds: usize,
    scratch: &Path,
) -> Result<Vec<Case>, Failure> {
    let home = Home::new(rtfs, scratch.join("guest"))?;
    home.command(&["backend", "add", "--unsigned"], guest)?;
    let line = scratch.join("line.rtfs");
    std::fs::write(&line, LINE)?;
    let out = scratch.join("built.wasm").display().to_string();
    let native = ["build", "--output", &out];
    let sandboxed = ["build", "--output", &out, "--backend", "wasm-guest"];
    let mut cases = Vec::new();
    for (what, file) in [
        ("one function", line),
        ("the 200-line module", stages::module()),
    ] {
        let mut least = (f64::INFINITY, f64::INFINITY);
        for _ in 0..rounds {
            least.0 = millis(home.command(&native, &file)?).min(least.0);
            least.1 = millis(home.command(&sandboxed, &file)?).min(least.1);
        }
        let what = format!("{what}, whole process of `rtfs build`");
        cases.push(Case::ratio(&what, "ms", least.1, least.0));
    }
    Ok(cases)
}
