//! Looks at every generated module in debug builds, without knowing how it was generated.
//!
//! Validation shows that types fit. This shows, for all paths through a function, that
//!
//! * only functions of the runtime are imported, with the types that the runtime gives them,
//! * the runtime's stack in memory is as high at the end as at the start ([`flow`]),
//! * no value is used after it was dropped, so none is dropped twice ([`flow`]),
//! * what a call gives is used after a look at its tag: it may be an error ([`flow`]),
//! * nothing ends in a trap but what cannot be reached ([`results`]).

mod flow;
mod results;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use wasmparser::{
    CompositeInnerType, ExternalKind, FuncType, KnownCustom, Name, NameSectionReader, Operator,
    Parser, Payload, TypeRef, Validator, WasmFeatures,
};

/// What generated code consists of. Everything else is a mistake, even if an engine would take it.
const FEATURES: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::FLOATS);

/// The module whose functions generated code calls.
const RUNTIME: &str = "rt";

/// A generated module, as far as the checks need it.
struct Generated<'m> {
    types: Vec<FuncType>,
    /// Names of imported functions, in order.
    imports: Vec<&'m str>,
    /// Types of all functions.
    functions: Vec<u32>,
    /// The index of the global with the top of the runtime's stack.
    stack: Option<u32>,
    /// Names of functions, for people.
    names: BTreeMap<u32, &'m str>,
    /// Instructions of the functions that are not imported.
    bodies: Vec<Vec<Operator<'m>>>,
}

/// Checks a module that is to be linked with the runtime whose bytes are given.
///
/// # Errors
/// What is wrong, for people.
pub(crate) fn check(module: &[u8], runtime: &[u8]) -> Result<(), String> {
    Validator::new_with_features(FEATURES)
        .validate_all(module)
        .map_err(|error| error.to_string())?;
    let generated = parse(module).map_err(|error| error.to_string())?;
    check_imports(&generated, runtime)?;
    let first = generated.imports.len();
    for (index, body) in generated.bodies.iter().enumerate() {
        let check = || -> Result<(), String> {
            results::check(&generated, body)?;
            flow::check(&generated, body)
        };
        check().map_err(|text| {
            let number = u32::try_from(first + index).unwrap_or(u32::MAX);
            let name = generated.names.get(&number).copied().unwrap_or_default();
            format!("function {number} `{name}`: {text}")
        })?;
    }
    Ok(())
}

fn parse(module: &[u8]) -> Result<Generated<'_>, wasmparser::BinaryReaderError> {
    let mut generated = Generated {
        types: Vec::new(),
        imports: Vec::new(),
        functions: Vec::new(),
        stack: None,
        names: BTreeMap::new(),
        bodies: Vec::new(),
    };
    let mut n_globals = 0;
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::TypeSection(types) => generated.types = function_types(types)?,
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    match import.ty {
                        TypeRef::Func(ty) => {
                            // A foreign name is one that the runtime does not have.
                            let known = import.module == RUNTIME;
                            generated.imports.push(if known { import.name } else { "" });
                            generated.functions.push(ty);
                        }
                        TypeRef::Global(_) => {
                            if import.name == "sp" {
                                generated.stack = Some(n_globals);
                            }
                            n_globals += 1;
                        }
                        _ => {}
                    }
                }
            }
            Payload::FunctionSection(functions) => {
                for ty in functions {
                    generated.functions.push(ty?);
                }
            }
            Payload::CodeSectionEntry(body) => {
                let operators = body.get_operators_reader()?.into_iter();
                generated.bodies.push(operators.collect::<Result<_, _>>()?);
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    generated.names = function_names(names)?;
                }
            }
            _ => {}
        }
    }
    Ok(generated)
}

fn function_names(
    section: NameSectionReader<'_>,
) -> Result<BTreeMap<u32, &str>, wasmparser::BinaryReaderError> {
    let mut names = BTreeMap::new();
    for part in section {
        if let Name::Function(functions) = part? {
            for naming in functions {
                let naming = naming?;
                names.insert(naming.index, naming.name);
            }
        }
    }
    Ok(names)
}

fn function_types(
    section: wasmparser::TypeSectionReader<'_>,
) -> Result<Vec<FuncType>, wasmparser::BinaryReaderError> {
    let mut types = Vec::new();
    for group in section {
        for ty in group?.into_types() {
            types.push(match ty.composite_type.inner {
                CompositeInnerType::Func(ty) => ty,
                _ => FuncType::new([], []),
            });
        }
    }
    Ok(types)
}

fn check_imports(generated: &Generated<'_>, runtime: &[u8]) -> Result<(), String> {
    static KNOWN: OnceLock<BTreeMap<String, FuncType>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| exports(runtime).unwrap_or_default());
    for (name, ty) in generated.imports.iter().zip(&generated.functions) {
        let Some(expected) = known.get(*name) else {
            return Err(format!("the runtime has no function `{name}`"));
        };
        let ty = &generated.types[*ty as usize];
        if ty != expected {
            return Err(format!("`{name}` is {expected:?}, not {ty:?}"));
        }
    }
    Ok(())
}

/// The functions that a runtime exports.
fn exports(runtime: &[u8]) -> Result<BTreeMap<String, FuncType>, wasmparser::BinaryReaderError> {
    let (mut types, mut functions, mut exports) = (Vec::new(), Vec::new(), BTreeMap::new());
    for payload in Parser::new(0).parse_all(runtime) {
        match payload? {
            Payload::TypeSection(section) => types = function_types(section)?,
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    if let TypeRef::Func(ty) = import?.ty {
                        functions.push(ty);
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    functions.push(ty?);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        exports.insert(export.name.to_owned(), export.index);
                    }
                }
            }
            _ => {}
        }
    }
    let typed = exports.into_iter().map(|(name, index)| {
        let ty = types[functions[index as usize] as usize].clone();
        (name, ty)
    });
    Ok(typed.collect())
}

impl Generated<'_> {
    /// The name of a function of the runtime.
    fn runtime_name(&self, function: u32) -> Option<&str> {
        self.imports.get(function as usize).copied()
    }

    fn type_of(&self, function: u32) -> &FuncType {
        &self.types[self.functions[function as usize] as usize]
    }
}
