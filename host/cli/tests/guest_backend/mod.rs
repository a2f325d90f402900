//! A backend in core WebAssembly text, and how it is handed to `rtfs`.

#[path = "../../../engine/tests/guests/world.rs"]
mod world;

use rtfs_conformance::kit;
use rtfs_value::{Map, Value, cbor};

use crate::support::{Ended, Rtfs};

const ALLOCATOR: &str = include_str!("../../../engine/tests/guests/allocator.wat");

/// A backend in core WebAssembly text: it knows one program by the length of its encoding.
pub(crate) struct Guest {
    pub(crate) target_id: &'static str,
    pub(crate) description: Vec<u8>,
    /// What it gives for the program it knows.
    pub(crate) artifact: Vec<u8>,
    /// Length of that program's encoding.
    pub(crate) known: usize,
    /// Lengths of other programs that it claims to know.
    pub(crate) claimed: &'static [usize],
    /// What it says of bytes that are no program: address and length of a code.
    pub(crate) of_garbage: (u32, u32),
    /// Run before the target id and the description are answered. `$asked` counts such questions and
    /// compilations.
    pub(crate) asked_target: &'static str,
    pub(crate) asked_description: &'static str,
    /// Runs before the answer; `$answer` is the address of the artifact, `$size` its length.
    pub(crate) body: &'static str,
    /// Imports of its world besides the export.
    pub(crate) imports: &'static str,
    pub(crate) core_imports: &'static str,
}

impl Guest {
    /// Compiles the kit's simplest group, and says of everything else that it does not.
    pub(crate) fn honest() -> Self {
        let program = program(kit::GROUPS[0].1);
        Self {
            target_id: "wasm32-component",
            description: describe(&[("name", "table"), ("version", "1.0")]),
            artifact: component_of(&program),
            known: program.encode().len(),
            claimed: &[],
            of_garbage: (1035, 10),
            asked_target: "",
            asked_description: "",
            body: "",
            imports: "",
            core_imports: "",
        }
    }

    pub(crate) fn component(&self) -> Vec<u8> {
        let world = format!("{} export rtfs:backend/compiler@0.1.0;", self.imports);
        world::component(&world, &self.core())
    }

    fn core(&self) -> String {
        let Self {
            target_id,
            asked_target,
            asked_description,
            body,
            ..
        } = self;
        let known = self.claimed.iter().fold(
            format!("(i32.eq (local.get $length) (i32.const {}))", self.known),
            |all, n| format!("(i32.or {all} (i32.eq (local.get $length) (i32.const {n})))"),
        );
        let (code, code_length) = self.of_garbage;
        let core_imports = self.core_imports;
        let description = escaped(&self.description);
        let artifact = escaped(&self.artifact);
        let size = self.artifact.len();
        let top = 8192 + size.next_multiple_of(16);
        let pages = top / 65_536 + 2;
        format!(
            r#"(module {core_imports}
  (memory (export "memory") {pages})
  (global $top (mut i32) (i32.const {top}))
  (global $asked (mut i32) (i32.const -1))
  (func $count (global.set $asked (i32.add (global.get $asked) (i32.const 1))))
  {ALLOCATOR}
  (data (i32.const 64) "{target_id}")
  (data (i32.const 256) "{description}")
  (data (i32.const 1024) "unsupportedinvalid-irnot in the table")
  (data (i32.const 8192) "{artifact}")
  (func $pair (param $at i32) (param $ptr i32) (param $len i32) (result i32)
    (i32.store (local.get $at) (local.get $ptr))
    (i32.store offset=4 (local.get $at) (local.get $len))
    (local.get $at))
  (func $diagnostic (param $ptr i32) (param $len i32) (result i32)
    (drop (call $pair (i32.const 2048) (local.get $ptr) (local.get $len)))
    (drop (call $pair (i32.const 2056) (i32.const 1045) (i32.const 16)))
    (i32.store (i32.const 2064) (i32.const -1))
    (i32.store (i32.const 3000) (i32.const 1))
    (drop (call $pair (i32.const 3004) (i32.const 2048) (i32.const 1)))
    (i32.const 3000))
  (func (export "rtfs:backend/compiler@0.1.0#target-id") (result i32)
    (call $count)
    {asked_target}
    (call $pair (i32.const 16) (i32.const 64) (i32.const {id_length})))
  (func (export "rtfs:backend/compiler@0.1.0#describe") (result i32)
    (call $count)
    {asked_description}
    (call $pair (i32.const 16) (i32.const 256) (i32.const {description_length})))
  (func (export "rtfs:backend/compiler@0.1.0#compile")
    (param $ir i32) (param $length i32) (param i32) (param $told i32) (result i32)
    (local $answer i32) (local $size i32)
    (call $count)
    (if (i32.lt_u (local.get $length) (i32.const 20))
      (then (return (call $diagnostic (i32.const {code}) (i32.const {code_length})))))
    (if (i32.eqz {known})
      (then (return (call $diagnostic (i32.const 1024) (i32.const 11)))))
    (local.set $answer (i32.const 8192))
    (local.set $size (i32.const {size}))
    {body}
    (i32.store (i32.const 3000) (i32.const 0))
    (drop (call $pair (i32.const 3004) (local.get $answer) (local.get $size)))
    (i32.const 3000)))"#,
            id_length = target_id.len(),
            description_length = self.description.len(),
        )
    }
}

fn escaped(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\{byte:02x}")).collect()
}

pub(crate) fn describe(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut map = Map::new();
    for (key, value) in entries {
        map.assoc(Value::keyword(key), Value::string(value))
            .expect("a keyword is a key");
    }
    cbor::encode(&map.into_value()).expect("it is shallow")
}

pub(crate) fn program(source: &str) -> rtfs_ir::Program {
    let forms = rtfs_syntax::read(source).forms;
    let lowered = rtfs_ir::lower(&forms, &rtfs_eval::lower_options());
    lowered.program.expect("the source is well formed")
}

pub(crate) fn component_of(program: &rtfs_ir::Program) -> Vec<u8> {
    let options = rtfs_backend_wasm::Options::default();
    let artifact = rtfs_backend_wasm::compile(program, &options);
    artifact.expect("it can be compiled").component
}

pub(crate) fn add(rtfs: &Rtfs, component: &[u8]) -> Ended {
    let path = write(rtfs, "backend.wasm", component);
    rtfs.run(&["backend", "add", "--unsigned", &path])
}

pub(crate) fn write(rtfs: &Rtfs, name: &str, bytes: &[u8]) -> String {
    std::fs::write(rtfs.path(name), bytes).expect("the temporary directory is writable");
    rtfs.path(name).display().to_string()
}
