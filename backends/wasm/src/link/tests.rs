use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection,
    Module, TypeSection, ValType,
};
use wasmparser::{ExternalKind, Parser, Payload};

use super::*;

static RUNTIME: &[u8] = include_bytes!("../../runtime.wasm");

fn runtime() -> Runtime<'static> {
    Runtime::parse(RUNTIME).expect("the committed runtime parses")
}

/// A unit that imports one function of the runtime and exports the functions the runtime calls.
fn unit(module: &str, name: &str, params: &[ValType], results: &[ValType]) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function(params.to_vec(), results.to_vec());
    types.ty().function([ValType::I32; 4], [ValType::I64]);
    types.ty().function([ValType::I32; 3], [ValType::I64]);
    types.ty().function([], [ValType::I32]);
    types.ty().function([], []);
    let mut imports = ImportSection::new();
    imports.import(module, name, EntityType::Function(0));
    let mut functions = FunctionSection::new();
    let mut exports = ExportSection::new();
    let mut code = CodeSection::new();
    for (i, name) in (1..).zip(["call_export", "call_builtin", "export_count", "end_of_call"]) {
        functions.function(i);
        exports.export(name, ExportKind::Func, i);
        let mut body = Function::new([]);
        body.instructions().unreachable().end();
        code.function(&body);
    }
    let mut module = Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&exports)
        .section(&code);
    module.finish()
}

fn link_one(runtime: &Runtime<'_>, name: &str) -> Result<Linked, LinkError> {
    let function = runtime.object.exported_function(name);
    let signature = runtime.object.signature(function.expect("exported"))?;
    let types = |types: &[wasmparser::ValType]| {
        let types = types.iter().map(|&ty| object::value_type(ty));
        types.collect::<Result<Vec<ValType>, LinkError>>()
    };
    let unit = unit(
        RT,
        name,
        &types(signature.params())?,
        &types(signature.results())?,
    );
    link(runtime, &[&unit], &[])
}

fn size_of(name: &str) -> usize {
    let linked = link_one(&runtime(), name).expect("links");
    linked.module.len()
}

/// Number of functions of a core module.
fn function_count(module: &[u8]) -> u32 {
    let payloads = Parser::new(0).parse_all(module).filter_map(Result::ok);
    let counts = payloads.map(|payload| match payload {
        Payload::CodeSectionStart { count, .. } => count,
        _ => 0,
    });
    counts.sum()
}

#[test]
fn every_function_of_the_runtime_links_alone() {
    let runtime = runtime();
    let whole = function_count(RUNTIME);
    for (name, (kind, _)) in &runtime.object.exports {
        if *kind != ExternalKind::Func {
            continue;
        }
        let linked = link_one(&runtime, name).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        let reached = function_count(&linked.module);
        assert!(
            reached < whole / 2,
            "{name} reaches {reached} of {whole} functions"
        );
    }
}

#[test]
fn a_small_function_reaches_little() {
    assert!(size_of("lib:not") < 3000, "{}", size_of("lib:not"));
    assert!(size_of("op:add") < 8000, "{}", size_of("op:add"));
}

#[test]
fn only_functions_that_ask_the_host_import_it() {
    let runtime = runtime();
    let uses_host = |name| link_one(&runtime, name).expect("links").uses_host;
    assert!(uses_host("rt:host_call") && uses_host("rt:free_symbol"));
    assert!(!uses_host("lib:map") && !uses_host("rt:typed_call"));
}

#[test]
fn missing_functions_are_named() {
    for (module, name) in [("rt", "rt:no_such"), ("unit", "elsewhere"), ("env", "x")] {
        let unit = unit(module, name, &[], &[]);
        match link(&runtime(), &[&unit], &[]) {
            Err(LinkError::Missing { name: missing, .. }) => assert_eq!(missing, name),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn wrong_signatures_are_refused() {
    let unit = unit("rt", "rt:drop", &[], &[ValType::I32]);
    let result = link(&runtime(), &[&unit], &[]);
    assert!(
        matches!(result, Err(LinkError::Signature { .. })),
        "{result:?}"
    );
}

#[test]
fn truncated_inputs_are_errors() {
    let unit = unit("rt", "rt:drop", &[ValType::I32, ValType::I64], &[]);
    let runtime = runtime();
    for cut in 8..unit.len() {
        // A cut between sections leaves a module without the intrinsics; elsewhere it is none.
        let _ = link(&runtime, &[&unit[..cut]], &[]);
    }
    for cut in (0..RUNTIME.len()).step_by(4999) {
        assert!(Runtime::parse(&RUNTIME[..cut]).is_err(), "cut at {cut}");
    }
}
