//! From a program to a component.

use std::fmt::Write as _;
use std::sync::OnceLock;

use rtfs_ir::{Description, OptLevel, Program};
use rtfs_value::cbor;
use rtfs_value::types::Level;
use sha2::{Digest, Sha256};

use crate::component::{self, DYNAMIC, World};
use crate::error::CompileError;
use crate::generated::{Generated, GeneratedKind};
use crate::link::{LinkError, LinkExport, Linked, Runtime, link};
use crate::rewrite::rewrite;
use crate::typed::{self, Shell};

/// Identifies this backend.
pub const BACKEND_ID: &str = "wasm32-component";

/// The runtime, as `runtime/build.sh` made it.
pub(crate) static RUNTIME: &[u8] = include_bytes!("../runtime.wasm");
/// The runtime of programs that never look inside a collection.
static LEAN_RUNTIME: &[u8] = include_bytes!("../runtime-lean.wasm");
/// Their SHA-256, in the format of `sha256sum`.
static RUNTIME_DIGESTS: &str = include_str!("../runtime.wasm.sha256");

/// Version of this backend: of the crate, and of the runtimes it links, by the first 64 bits of a
/// digest of both. Equal versions give equal bytes for equal programs and options.
pub fn backend_version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let digest = Sha256::digest(RUNTIME_DIGESTS);
        let mut version = format!("{}+runtime.", env!("CARGO_PKG_VERSION"));
        for byte in &digest[..8] {
            // Writing to a string cannot fail.
            let _ = write!(version, "{byte:02x}");
        }
        version
    })
}

/// How to compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// 0 = straightforward code, 2 = everything. All levels give the same results.
    pub opt_level: u8,
    /// What annotations check at run time.
    pub validation: Level,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            opt_level: 2,
            validation: Level::Standard,
        }
    }
}

/// A compiled program.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// The component.
    pub component: Vec<u8>,
    /// The core module inside it.
    pub core: Vec<u8>,
    /// The component's world.
    pub wit: String,
    /// Export `n` of `invoke` is item `n - 1`; export 0 is the program's top level.
    pub exports: Vec<ExportInfo>,
}

/// An exported name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportInfo {
    /// The RTFS name.
    pub name: String,
    /// Label of the typed export; `None` for values that are no functions.
    pub label: Option<String>,
    /// Number of fixed parameters; `None` for values that are no functions.
    pub arity: Option<usize>,
    /// The function takes more arguments than that.
    pub variadic: bool,
}

/// Compiles a program, as it was lowered: the backend optimises it itself, as far as `options` say.
///
/// # Errors
/// [`CompileError::Unsupported`] for functions with too many variables for an engine.
pub fn compile(program: &Program, options: &Options) -> Result<Artifact, CompileError> {
    let generated = crate::lower::generate(&prepared(program, options), options)?;
    // What is described and hashed is the program before.
    assemble(&Description::of(program, options.validation), &generated)
}

/// The module that is made of a program before it is linked with the runtime: its functions, with the names of
/// what they call and of their variables. For people; nothing can run it.
///
/// # Errors
/// As [`compile`].
pub fn compile_unlinked(program: &Program, options: &Options) -> Result<Vec<u8>, CompileError> {
    let generated = crate::lower::generate_for(&prepared(program, options), options, true)?;
    Ok(generated.module)
}

/// The program that is lowered.
fn prepared(program: &Program, options: &Options) -> Program {
    let level = OptLevel::from_number(options.opt_level).unwrap_or_default();
    let mut program = program.clone();
    rewrite(&mut program);
    rtfs_ir::optimise(program, level)
}

/// The core module of a program's component, for tests outside of this crate: `edit` may plant
/// defects in the generated code before it is linked, and `exports` names functions of the runtime
/// to be exported as well.
///
/// # Errors
/// As [`compile`].
#[doc(hidden)]
pub fn compile_core(
    program: &Program,
    options: &Options,
    exports: &[&str],
    edit: &dyn Fn(Vec<u8>) -> Vec<u8>,
) -> Result<Vec<u8>, CompileError> {
    let mut generated = crate::lower::generate(&prepared(program, options), options)?;
    generated.module = edit(generated.module);
    let description = Description::of(program, options.validation);
    let (core, _) = link_program(&description, &generated, exports)?;
    Ok(core.module)
}

/// Links and wraps a lowered program.
fn assemble(description: &Description, generated: &Generated) -> Result<Artifact, CompileError> {
    let (core, shell) = link_program(description, generated, &[])?;
    let world = World {
        uses_host: core.uses_host,
        types: shell.types.clone(),
        functions: shell
            .exports
            .iter()
            .map(|export| export.wit.clone())
            .collect(),
    };
    Ok(Artifact {
        component: component::componentise(core.module.clone(), &world)?,
        core: core.module,
        wit: world.wit(),
        exports: export_infos(generated, &shell),
    })
}

/// Links a lowered program with its typed exports and its part of the runtime. `more` names
/// functions of the runtime to be exported as well.
pub(crate) fn link_program(
    description: &Description,
    generated: &Generated,
    more: &[&str],
) -> Result<(Linked, Shell), CompileError> {
    let backend = format!("{BACKEND_ID} {}", backend_version());
    // The value is shallow, so encoding cannot fail; an empty description would be refused by the
    // host, which compares it with the signed record.
    let described = cbor::encode(&description.to_value(&backend)).unwrap_or_default();
    let shell = typed::shell(
        &generated.exports,
        description.module.as_deref(),
        &described,
    );
    let mut exports = exports(&shell);
    exports.extend(more.iter().map(|&name| LinkExport {
        name: name.to_owned(),
        unit: None,
        source: name.to_owned(),
    }));
    let units: [&[u8]; 2] = [&generated.module, &shell.module];
    // Whatever looks inside a collection is absent from the lean runtime.
    let core = match link(lean_runtime()?, &units, &exports) {
        Err(LinkError::Missing { .. }) => link(runtime()?, &units, &exports)?,
        linked => linked?,
    };
    Ok((core, shell))
}

fn runtime() -> Result<&'static Runtime<'static>, LinkError> {
    static PARSED: OnceLock<Runtime<'static>> = OnceLock::new();
    parsed(&PARSED, RUNTIME)
}

fn lean_runtime() -> Result<&'static Runtime<'static>, LinkError> {
    static PARSED: OnceLock<Runtime<'static>> = OnceLock::new();
    parsed(&PARSED, LEAN_RUNTIME)
}

/// Parses a runtime once per process.
fn parsed(
    known: &'static OnceLock<Runtime<'static>>,
    bytes: &'static [u8],
) -> Result<&'static Runtime<'static>, LinkError> {
    if let Some(runtime) = known.get() {
        return Ok(runtime);
    }
    let runtime = Runtime::parse(bytes)?;
    Ok(known.get_or_init(|| runtime))
}

/// What the core module exports, under the names of the canonical ABI.
fn exports(shell: &Shell) -> Vec<LinkExport> {
    /// Position of the shell among the units.
    const SHELL: Option<usize> = Some(1);
    let export = |name: String, unit, source: &str| LinkExport {
        name,
        unit,
        source: source.to_owned(),
    };
    let post_return =
        |function: &str| export(format!("cabi_post_{function}"), None, "rt:post_return");
    let mut exports = Vec::new();
    for function in ["invoke", "limits"] {
        let name = format!("{DYNAMIC}#{function}");
        exports.push(export(name.clone(), None, &name));
    }
    let describe = format!("{DYNAMIC}#describe");
    exports.push(export(describe.clone(), SHELL, &describe));
    exports.push(post_return(&format!("{DYNAMIC}#invoke")));
    exports.push(export("cabi_realloc".to_owned(), None, "cabi_realloc"));
    for typed in &shell.exports {
        exports.push(export(typed.label.clone(), SHELL, &typed.label));
        exports.push(post_return(&typed.label));
    }
    exports
}

fn export_infos(generated: &Generated, shell: &Shell) -> Vec<ExportInfo> {
    let infos = generated.exports.iter().enumerate().map(|(i, export)| {
        let typed = shell.exports.iter().find(|typed| typed.position == i);
        let (arity, variadic) = match &export.kind {
            GeneratedKind::Function(function) => {
                (Some(function.params.len()), function.rest.is_some())
            }
            GeneratedKind::Value => (None, false),
        };
        ExportInfo {
            name: export.name.clone(),
            label: typed.map(|typed| typed.label.clone()),
            arity,
            variadic,
        }
    });
    infos.collect()
}

#[cfg(test)]
mod tests;
