// Small guests, written as core WebAssembly text and made into components with the WIT packages
// of the repository: the same way a code generator does it.
//
// (Ordinary comments, because the crate's first doc example includes this file.)

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Loops for ever.
#[allow(dead_code, reason = "not every includer uses every guest")]
pub(crate) const ENDLESS_LOOP: &str = "(loop $again (br $again)) (unreachable)";

/// Answers with its arguments.
#[allow(dead_code, reason = "not every includer uses every guest")]
pub(crate) const ECHO: &str = "(call $ok (local.get $ptr) (local.get $len))";

/// `$alloc` and what the canonical ABI wants of it.
const ALLOCATOR: &str = include_str!("allocator.wat");

/// What every guest has besides. `$ok` and `$raise` make answers.
const COMMON: &str = r#"
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 4096))
  (global $depth_used (mut i32) (i32.const -1))
  (global $depth_limit (mut i32) (i32.const -1))
  (func $ok (param $ptr i32) (param $len i32) (result i32)
    (local $area i32)
    (local.set $area (call $alloc (i32.const 48)))
    (i32.store8 (local.get $area) (i32.const 0))
    (i32.store offset=4 (local.get $area) (local.get $ptr))
    (i32.store offset=8 (local.get $area) (local.get $len))
    (local.get $area))
  (func $byte (param $value i32) (result i32)
    (local $at i32)
    (local.set $at (call $alloc (i32.const 1)))
    (i32.store8 (local.get $at) (local.get $value))
    (call $ok (local.get $at) (i32.const 1)))
  (data (i32.const 64) "DivisionByZerodivision-by-zeroDivision by zero\f6half")
  (func $raise (result i32)
    (local $area i32)
    (local.set $area (call $alloc (i32.const 48)))
    (i32.store8 (local.get $area) (i32.const 1))
    (i32.store offset=4 (local.get $area) (i32.const 64))
    (i32.store offset=8 (local.get $area) (i32.const 14))
    (i32.store offset=12 (local.get $area) (i32.const 78))
    (i32.store offset=16 (local.get $area) (i32.const 16))
    (i32.store offset=20 (local.get $area) (i32.const 94))
    (i32.store offset=24 (local.get $area) (i32.const 16))
    (i32.store offset=28 (local.get $area) (i32.const 110))
    (i32.store offset=32 (local.get $area) (i32.const 1))
    (i32.store offset=36 (local.get $area) (i32.const 7))
    (i32.store offset=40 (local.get $area) (i32.const 200))
    (i32.store offset=44 (local.get $area) (i32.const 1))
    (i32.store (i32.const 200) (i32.const 111))
    (i32.store (i32.const 204) (i32.const 4))
    (local.get $area))
  (func (export "rtfs:module/dynamic@0.1.0#limits") (param i32 i32)
    (global.set $depth_used (local.get 0))
    (global.set $depth_limit (local.get 1)))
  (func (export "rtfs:module/dynamic@0.1.0#describe") (result i32)
    (i32.store (i32.const 300) (i32.const 308))
    (i32.store (i32.const 304) (i32.const 1))
    (i32.store8 (i32.const 308) (i32.const 0x80))
    (i32.const 300))
"#;

const HOST: &str = r#"
  (import "rtfs:host/capability@0.1.0" "call"
    (func $call (param i32 i32 i32 i32 i32 i32 i32)))
  (import "rtfs:host/capability@0.1.0" "context"
    (func $context (param i32 i32 i32)))
"#;

fn resolve(version: &str) -> Resolve {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit").to_owned() + version;
    let mut resolve = Resolve::default();
    for package in ["host", "module"] {
        resolve
            .push_dir(format!("{root}/{package}"))
            .expect("the WIT packages parse");
    }
    resolve
}

/// Makes a component of the named world out of a core module's text.
pub(crate) fn component(world: &str, core: &str) -> Vec<u8> {
    built("", world, core)
}

/// [`host_module`] built against the draft 0.2 of the interfaces. Its errors carry one note, the
/// text `DivisionByZero`.
#[allow(dead_code, reason = "not every includer uses every form")]
pub(crate) fn draft_module(body: &str) -> Vec<u8> {
    let notes = r#"
      (i32.store offset=48 (local.get $area) (i32.const 320))
      (i32.store offset=52 (local.get $area) (i32.const 1))
      (i32.store (i32.const 320) (i32.const 64))
      (i32.store (i32.const 324) (i32.const 14))
      (i32.store offset=44 (local.get $area) (i32.const 1))"#;
    let core = core(HOST, "", body)
        .replace("@0.1.0", "@0.2.0-draft.1")
        .replace(
            "(call $alloc (i32.const 48))",
            "(call $alloc (i32.const 56))",
        )
        .replace(
            "(i32.store offset=44 (local.get $area) (i32.const 1))",
            notes,
        );
    built("/draft", "module", &core)
}

fn built(version: &str, world: &str, core: &str) -> Vec<u8> {
    let resolve = resolve(version);
    let package = resolve
        .package_names
        .iter()
        .find(|(name, _)| name.name == "module")
        .map(|(_, id)| *id)
        .expect("the package is there");
    let world = resolve
        .select_world(&[package], Some(world))
        .expect("the world is there");
    let mut core = wat::parse_str(core).unwrap_or_else(|error| panic!("{error}"));
    embed_component_metadata(&mut core, &resolve, world, StringEncoding::UTF8)
        .expect("the metadata fits");
    ComponentEncoder::default()
        .validate(true)
        .module(&core)
        .and_then(|mut encoder| encoder.encode())
        .unwrap_or_else(|error| panic!("{error:#}"))
}

/// A guest of world `pure-module` whose `invoke` is `body`, with `extra` fields beside it.
///
/// In `body`: `$export`, `$ptr`, `$len` are the parameters, the result is the answer's address.
#[allow(dead_code, reason = "not every includer uses every form")]
pub(crate) fn module_with(extra: &str, body: &str) -> Vec<u8> {
    component("pure-module", &core("", extra, body))
}

/// [`module_with`] without anything beside it.
pub(crate) fn module(body: &str) -> Vec<u8> {
    component("pure-module", &core("", "", body))
}

/// A guest of world `module`, which can use `$call` and `$context`.
#[allow(dead_code, reason = "not every includer uses every form")]
pub(crate) fn host_module(extra: &str, body: &str) -> Vec<u8> {
    component("module", &core(HOST, extra, body))
}

fn core(imports: &str, extra: &str, body: &str) -> String {
    format!(
        r#"(module {imports} {COMMON} {ALLOCATOR} {extra}
             (func $invoke (export "rtfs:module/dynamic@0.1.0#invoke")
               (param $export i32) (param $ptr i32) (param $len i32) (result i32)
               (local $a i32) (local $b i32) (local $n i64)
               {body}))"#
    )
}
