//! Typed exports beside the dynamic interface.
//!
//! Every exported function also gets an export of its own, as a component function that foreign
//! callers can use without knowing RTFS: parameters and results whose annotations have a
//! counterpart among component types are passed as that, everything else as encoded values. A
//! typed export is a *view*: an integer under `:float` becomes a float, a list a vector, and
//! extra keys of a record are dropped.

mod abi;
mod descriptor;
mod entry;
mod unit;
mod wit;

use wasm_encoder::{Function, ValType};

use self::unit::{DATA_BASE, UnitBuilder};
use self::wit::{TypeNames, WitType};
use crate::component::DYNAMIC;
use crate::generated::{GeneratedExport, GeneratedFunction, GeneratedKind, GeneratedParam};
use crate::names::{Labels, export_labels};

/// The unit that holds the typed exports and the description, and the world's share of it.
#[derive(Clone, Debug)]
pub(crate) struct Shell {
    /// To be linked as a unit. It exports each typed function under its label, `describe`, and the
    /// intrinsic `export_count`.
    pub(crate) module: Vec<u8>,
    /// One for each exported function.
    pub(crate) exports: Vec<TypedExport>,
    /// Type definitions of the world, in WIT.
    pub(crate) types: Vec<String>,
}

/// One typed export.
#[derive(Clone, Debug)]
pub(crate) struct TypedExport {
    /// Position in the program's list of exports, from 0.
    pub(crate) position: usize,
    /// Name in the component and in the core module.
    pub(crate) label: String,
    /// Declaration, in WIT.
    pub(crate) wit: String,
}

/// The signature of a typed export.
struct Signature<'g> {
    function: &'g GeneratedFunction,
    /// Number of the export in `invoke`.
    number: u32,
    /// The rest parameter last, as a list.
    params: Vec<WitType>,
    result: WitType,
}

/// Makes the typed exports of a program, and its `describe` function, which gives `description`.
/// `module` is the name of the source module.
pub(crate) fn shell(
    exports: &[GeneratedExport],
    module: Option<&str>,
    description: &[u8],
) -> Shell {
    let functions: Vec<(usize, &GeneratedFunction)> = exports
        .iter()
        .enumerate()
        .filter_map(|(i, export)| match &export.kind {
            GeneratedKind::Function(function) => Some((i, function)),
            GeneratedKind::Value => None,
        })
        .collect();
    let names: Vec<String> = functions
        .iter()
        .map(|&(position, _)| qualified(module, &exports[position].name))
        .collect();
    let labels = export_labels(names.iter().map(String::as_str));
    let mut types = TypeNames::new(labels.iter().map(String::as_str));
    let mut unit = UnitBuilder::default();
    let mut typed = Vec::with_capacity(functions.len());
    for ((position, function), label) in functions.into_iter().zip(labels) {
        let signature = Signature {
            function,
            number: position as u32 + 1,
            params: params(function).map(|(_, ty)| ty).collect(),
            result: WitType::of_result(function.result.as_ref()),
        };
        entry::add(&mut unit, &label, &signature);
        typed.push(TypedExport {
            position,
            wit: declaration(&label, &signature, &mut types),
            label,
        });
    }
    add_defaults(&mut unit);
    add_constants(&mut unit, exports.len() as u32, description);
    Shell {
        module: unit.finish(),
        exports: typed,
        types: types.definitions,
    }
}

fn qualified(module: Option<&str>, name: &str) -> String {
    match module {
        Some(module) => format!("{module}/{name}"),
        None => name.to_owned(),
    }
}

/// Parameters with their types, the rest parameter as a list.
fn params(function: &GeneratedFunction) -> impl Iterator<Item = (&GeneratedParam, WitType)> {
    let fixed = function.params.iter();
    let fixed = fixed.map(|param| (param, WitType::of_param(param.ty.as_ref())));
    let rest = function.rest.iter().map(|rest| {
        // Each item is an encoded value of its own, so that the count stays visible.
        let item = WitType::of_param(rest.ty.as_ref());
        (rest, WitType::List(Box::new(item)))
    });
    fixed.chain(rest)
}

fn declaration(label: &str, signature: &Signature<'_>, types: &mut TypeNames) -> String {
    let names: Vec<&GeneratedParam> = params(signature.function).map(|(param, _)| param).collect();
    // Pattern parameters are named by their index; labels must not start with a digit.
    let readable = |param: &GeneratedParam| match param.name.parse::<u32>() {
        Ok(index) => format!("arg{index}"),
        Err(_) => param.name.clone(),
    };
    let mut used = Labels::default();
    let mut list = Vec::with_capacity(names.len());
    for (param, ty) in names.iter().zip(&signature.params) {
        let name = used.free(&crate::names::label(&readable(param)));
        let ty = types.print(ty, &format!("{label}-{name}"));
        list.push(format!("%{name}: {ty}"));
    }
    let result = types.print(&signature.result, &format!("{label}-result"));
    format!(
        "%{label}: func({}) -> result<{result}, error>",
        list.join(", ")
    )
}

/// Adds what programs leave out that use no library function as a value, or make no cells.
fn add_defaults(unit: &mut UnitBuilder) {
    let signature = (vec![ValType::I32; 3], vec![ValType::I64]);
    let mut body = Function::new([]);
    body.instructions().unreachable().end();
    unit.function("call_builtin", signature, body);
    let mut body = Function::new([]);
    body.instructions().end();
    unit.function("end_of_call", (vec![], vec![]), body);
}

/// Adds `export_count`, and `describe` with its result in static data.
fn add_constants(unit: &mut UnitBuilder, exports: u32, description: &[u8]) {
    let address = || (vec![], vec![ValType::I32]);
    let mut count = Function::new([]);
    count.instructions().i32_const(exports as i32).end();
    unit.function("export_count", address(), count);

    let bytes = unit.data(description);
    let list = unit.pointer(bytes);
    unit.data(&(description.len() as u32).to_le_bytes());
    let mut describe = Function::new([]);
    describe
        .instructions()
        .global_get(DATA_BASE)
        .i32_const(list as i32)
        .i32_add()
        .end();
    unit.function(&format!("{DYNAMIC}#describe"), address(), describe);
}
