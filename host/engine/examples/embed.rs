//! Embeds RTFS in a program: `cargo run -p rtfs-host --example embed -- DIRECTORY`.
use cap_std::{ambient_authority, fs::Dir};
use rtfs_backend_wasm::{BACKEND_ID, Options, backend_version, compile};
use rtfs_host::{AotCache, AotKey, CallOptions, Engine, EngineConfig, Module};
use rtfs_value::{Value, cbor, readable};
use std::io::Write;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const SOURCE: &str = "
  (defmacro unless [test then else] `(if ~test ~else ~then))
  (defn total [prices:[:vector :int]] :int
    (unless (empty? prices) (reduce + 0 prices) 0))
  (defn forever [n] (forever (+ n 1)))
  (total [1 2 3])";

/// Native code is kept in `dir`, authenticated by a key in `keys`.
fn load(engine: &Engine, dir: Dir, keys: &Dir, source: &str) -> Result<Module> {
    let forms = rtfs_syntax::read(source).forms;
    // These options know who runs macros.
    let program = rtfs_ir::lower(&forms, &rtfs_eval::lower_options()).program;
    let program = program.ok_or("the source has errors")?;
    let key = rtfs_ir::ArtifactKey::new(&program, BACKEND_ID, backend_version(), "");
    let component = compile(&program, &Options::default())?.component;
    let (cache, key) = (AotCache::open(dir, keys)?, AotKey(*key.as_bytes()));
    Ok(engine.compile_cached(&cache, &key, &component, b"")?.module)
}

/// Calls an export; 0 is the top level.
fn call(module: &Module, export: u32, args: &[Value]) -> Result<String> {
    let mut options = CallOptions::default();
    options.limits.fuel = 10_000_000;
    let outcome = module.invoke(export, &cbor::encode_args(args)?, &options)?;
    Ok(readable(&cbor::decode(&outcome.value)?))
}

/// Everything this program can touch arrives here as a value.
pub fn run(dir: Dir, keys: &Dir, out: &mut impl Write) -> Result<()> {
    let engine = Engine::new(EngineConfig::default())?;
    let module = load(&engine, dir, keys, SOURCE)?;
    writeln!(out, "top level: {}", call(&module, 0, &[])?)?;
    let prices = Value::vector([20, 22].map(Value::int));
    writeln!(out, "total: {}", call(&module, 1, &[prices])?)?;
    // An endless loop costs its fuel and nothing else.
    if let Err(stopped) = call(&module, 2, &[Value::int(0)]) {
        writeln!(out, "forever: {stopped}")?;
    }
    writeln!(out, "still here: {}", call(&module, 0, &[])?)?;
    Ok(())
}

fn main() -> Result<()> {
    let path = std::env::args().nth(1).ok_or("usage: embed DIRECTORY")?;
    let dir = Dir::open_ambient_dir(path, ambient_authority())?;
    dir.create_dir_all("keys")?;
    let keys = dir.open_dir("keys")?;
    run(dir, &keys, &mut std::io::stdout())
}
