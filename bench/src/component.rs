//! Components: of RTFS programs, and of functions written by hand.
//!
//! Both are components of the same world, run by the same engine under the same profile (fuel on)
//! through the same entry, so that their ratio says how good the generated code is.

use std::path::Path;
use std::time::Instant;

use rtfs_backend_wasm::Options;
use rtfs_host::{CallOptions, Engine, Module};
use rtfs_value::{Value, cbor};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::Failure;
use crate::race::{Contender, Sample};

/// What stands around `$run` of a hand-written program: the way in reads one non-negative integer
/// below 2^32 from the argument array, the way out leaves eight bytes, lowest first.
const SHELL: &str = r#"
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "rtfs:module/dynamic@0.1.0#limits") (param i32 i32))
  (func (export "rtfs:module/dynamic@0.1.0#describe") (result i32)
    (i32.store (i32.const 256) (i32.const 512))
    (i32.store (i32.const 260) (i32.const 0))
    (i32.const 256))
  (func $byte (param $at i32) (param $i i32) (result i32)
    (i32.load8_u (i32.add (local.get $at) (local.get $i))))
  (func $argument (param $at i32) (result i64)
    (local $head i32) (local $value i32) (local $i i32) (local $end i32)
    (local.set $head (call $byte (local.get $at) (i32.const 1)))
    (if (i32.lt_u (local.get $head) (i32.const 0x18))
      (then (return (i64.extend_i32_u (local.get $head)))))
    (local.set $end (i32.shl (i32.const 1) (i32.sub (local.get $head) (i32.const 0x18))))
    (loop $next
      (local.set $value (i32.or
        (i32.shl (local.get $value) (i32.const 8))
        (call $byte (local.get $at) (i32.add (local.get $i) (i32.const 2)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $end))))
    (i64.extend_i32_u (local.get $value)))
  (func (export "rtfs:module/dynamic@0.1.0#invoke") (param i32 i32 i32) (result i32)
    (i64.store (i32.const 512) (call $run (call $argument (local.get 1))))
    (i32.store8 (i32.const 256) (i32.const 0))
    (i32.store (i32.const 260) (i32.const 512))
    (i32.store (i32.const 264) (i32.const 8))
    (i32.const 256))
"#;

/// The IR of a source text.
///
/// # Errors
/// When the text is not a program.
pub fn program(source: &str) -> Result<rtfs_ir::Program, Failure> {
    let read = rtfs_syntax::read(source);
    let lowered = rtfs_ir::lower(&read.forms, &rtfs_eval::lower_options());
    lowered
        .program
        .ok_or_else(|| "the text is not a program".into())
}

/// A loaded component that is called again and again.
pub struct Component {
    module: Module,
    export: u32,
    args: Vec<u8>,
    decode: fn(&[u8]) -> Result<String, Failure>,
}

impl Component {
    /// Compiles an RTFS program. Its export `run` is what is called.
    ///
    /// # Errors
    /// When it cannot be compiled.
    pub fn of_source(engine: &Engine, source: &str, n: i64) -> Result<Self, Failure> {
        let artifact = rtfs_backend_wasm::compile(&program(source)?, &Options::default())?;
        let position = artifact.exports.iter().position(|it| it.name == "run");
        let position = position.ok_or("the program defines no `run`")?;
        Ok(Self {
            module: engine.compile(&artifact.component)?,
            export: u32::try_from(position)? + 1,
            args: cbor::encode_args(&[Value::int(n)])?,
            decode: |bytes| Ok(rtfs_value::plain(&cbor::decode(bytes)?)),
        })
    }

    /// Wraps functions written by hand, `$run` among them.
    ///
    /// # Errors
    /// When they are not valid.
    pub fn of_hand(engine: &Engine, functions: &str, n: i64) -> Result<Self, Failure> {
        let text = format!("(module {SHELL}\n{functions})");
        Ok(Self {
            module: engine.compile(&componentise(&text)?)?,
            export: 1,
            args: cbor::encode_args(&[Value::int(n)])?,
            decode: |bytes| Ok(i64::from_le_bytes(bytes.try_into()?).to_string()),
        })
    }
}

impl Contender for Component {
    fn run(&mut self) -> Result<Sample, Failure> {
        let options = CallOptions::default();
        let started = Instant::now();
        let outcome = self.module.invoke(self.export, &self.args, &options)?;
        let time = started.elapsed();
        Ok(Sample {
            time,
            answer: (self.decode)(&outcome.value)?,
        })
    }
}

fn componentise(text: &str) -> Result<Vec<u8>, Failure> {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    let mut resolve = Resolve::default();
    resolve.push_dir(wit.join("host"))?;
    let (package, _) = resolve.push_dir(wit.join("module"))?;
    let world = resolve.select_world(&[package], Some("pure-module"))?;
    let mut core = wat::parse_str(text)?;
    embed_component_metadata(&mut core, &resolve, world, StringEncoding::UTF8)?;
    Ok(ComponentEncoder::default().module(&core)?.encode()?)
}
