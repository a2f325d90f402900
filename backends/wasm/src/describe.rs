//! What a component says of itself.
//!
//! `describe()` gives one encoded map:
//!
//! | key | value |
//! |---|---|
//! | `:backend` | id and version of the backend, a string |
//! | `:module` | name of the source module, or `nil` |
//! | `:exports` | vector of maps; item `n` is export `n + 1` of `invoke` |
//!
//! An export's map holds `:name` (string), `:kind` (`:function` or `:value`), `:definition` (the
//! definition hash as text, or `nil`), and for functions `:params` (vector of `[name type]`),
//! `:rest` (`[name type]` or `nil`), `:result` (type) and `:interface` (the interface hash).
//! Types are strings in their printed form, `":any"` where none was written.

use rtfs_ir::{DefinitionHashes, GlobalId, Program};
use rtfs_value::types::{Level, Type};
use rtfs_value::{Map, Value, cbor};

use crate::compile::{BACKEND_ID, backend_version};
use crate::generated::{GeneratedExport, GeneratedKind, GeneratedParam};

/// The encoded description of a program's exports.
pub(crate) fn describe(
    program: &Program,
    validation: Level,
    exports: &[GeneratedExport],
) -> Vec<u8> {
    let hashes = program.hashes(validation);
    let export = |export| describe_export(program, &hashes, export);
    let module = program.module.as_ref();
    let backend = format!("{BACKEND_ID} {}", backend_version());
    let description = map([
        ("backend", Value::string(&backend)),
        (
            "module",
            module.map_or(Value::NIL, |module| Value::string(&module.name)),
        ),
        ("exports", Value::vector(exports.iter().map(export))),
    ]);
    // The value is shallow, so encoding cannot fail; an empty description would be refused by the
    // host, which compares it with the signed record.
    cbor::encode(&description).unwrap_or_default()
}

fn describe_export(
    program: &Program,
    hashes: &DefinitionHashes,
    export: &GeneratedExport,
) -> Value {
    let global = program
        .globals
        .iter()
        .position(|global| global.name == export.name);
    let global = global.map(|index| GlobalId(index as u32));
    let definition = global.and_then(|global| hashes.get(global));
    let interface = global.and_then(|global| program.interface(global));
    let name = ("name", Value::string(&export.name));
    let definition = ("definition", text(definition));
    match &export.kind {
        GeneratedKind::Value => map([name, ("kind", Value::keyword("value")), definition]),
        GeneratedKind::Function(function) => map([
            name,
            ("kind", Value::keyword("function")),
            definition,
            ("params", Value::vector(function.params.iter().map(param))),
            ("rest", function.rest.as_ref().map_or(Value::NIL, param)),
            ("result", ty(function.result.as_ref())),
            (
                "interface",
                text(interface.map(|interface| interface.hash())),
            ),
        ]),
    }
}

fn text(hash: Option<impl ToString>) -> Value {
    hash.map_or(Value::NIL, |hash| Value::string(&hash.to_string()))
}

fn param(param: &GeneratedParam) -> Value {
    Value::vector([Value::string(&param.name), ty(param.ty.as_ref())])
}

fn ty(ty: Option<&Type>) -> Value {
    Value::string(&ty.unwrap_or(&Type::Any).printed())
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    let mut map = Map::new();
    for (key, value) in entries {
        // A keyword is a valid key.
        let _ = map.assoc(Value::keyword(key), value);
    }
    map.into_value()
}
