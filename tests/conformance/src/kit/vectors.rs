//! Programs that every backend is tried on. Each value and each function without parameters is a test, and
//! so are calls of others and the top level; what they must give is what the evaluator gives.

use rtfs_eval::{Limits, PureHost};
use rtfs_ir::Program;
use rtfs_value::types::Level;
use rtfs_value::{Value, cbor};

use super::calls;
use super::observed::{NO_ARGUMENTS, Observed};

/// Name and source of each group of language vectors. A value and a function without parameters are
/// vectors, calls of others, and the top level where its last form is an expression.
pub const GROUPS: &[(&str, &str)] = &[
    ("integers", include_str!("../../vectors/integers.rtfs")),
    ("floats", include_str!("../../vectors/floats.rtfs")),
    ("strings", include_str!("../../vectors/strings.rtfs")),
    (
        "collections",
        include_str!("../../vectors/collections.rtfs"),
    ),
    ("functions", include_str!("../../vectors/functions.rtfs")),
    ("errors", include_str!("../../vectors/errors.rtfs")),
    ("patterns", include_str!("../../vectors/patterns.rtfs")),
    ("values", include_str!("../../vectors/values.rtfs")),
    ("host-calls", include_str!("../../vectors/host-calls.rtfs")),
    ("scalars", include_str!("../../vectors/scalars.rtfs")),
    ("parameters", include_str!("../../vectors/parameters.rtfs")),
    ("exports", include_str!("../../vectors/exports.rtfs")),
    ("top-level", include_str!("../../vectors/top-level.rtfs")),
];

/// A program whose exports are tests.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) program: Program,
    pub(super) vectors: Vec<Vector>,
}

/// One test.
pub(super) struct Vector {
    pub(super) name: String,
    /// Number of the export.
    pub(super) export: u32,
    /// One encoded array.
    pub(super) args: Vec<u8>,
    pub(super) expected: Observed,
}

impl Group {
    /// Number of the export of a name.
    pub(super) fn export(&self, name: &str) -> Option<u32> {
        export(&self.program, name)
    }
}

/// Number of the export of a name.
pub(super) fn export(program: &Program, name: &str) -> Option<u32> {
    let exports = program.exports();
    let named = |global: &rtfs_ir::GlobalId| {
        let info = program.globals.get(global.0 as usize);
        info.is_some_and(|info| info.name == name)
    };
    let index = exports.iter().position(named)?;
    u32::try_from(index + 1).ok()
}

/// Why the vectors are no programs: a defect of this kit.
pub(super) fn groups() -> Result<Vec<Group>, String> {
    let groups = GROUPS.iter();
    groups.map(|(name, source)| group(name, source)).collect()
}

/// Lowers a program of the kit.
pub(super) fn program(source: &str) -> Result<Program, String> {
    let read = rtfs_syntax::read(source);
    let lowered = rtfs_ir::lower(&read.forms, &rtfs_eval::lower_options());
    let first = read.diagnostics.first().or(lowered.diagnostics.first());
    lowered.program.ok_or_else(|| match first {
        Some(diagnostic) => diagnostic.message.clone(),
        None => "it is no program".to_owned(),
    })
}

pub(super) fn group(name: &str, source: &str) -> Result<Group, String> {
    group_at(name, source, Level::Standard)
}

/// A group whose annotations are checked so thoroughly.
pub(super) fn group_at(name: &str, source: &str, level: Level) -> Result<Group, String> {
    let defect = |why: String| format!("vectors `{name}`: {why}");
    let program = program(source).map_err(defect)?;
    let mut vectors = Vec::new();
    for (index, global) in program.exports().into_iter().enumerate() {
        let Some(info) = program.globals.get(global.0 as usize) else {
            continue;
        };
        let export = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let mut add = |name: &str, args: &[Value]| -> Result<(), String> {
            vectors.push(Vector {
                name: name.to_owned(),
                export,
                args: cbor::encode_args(args).map_err(|error| defect(error.to_string()))?,
                expected: Observed::of_export_here(&program, global, args, level),
            });
            Ok(())
        };
        let has_parameters =
            |lambda: &rtfs_ir::Lambda| !lambda.params.is_empty() || lambda.rest.is_some();
        if !program.function(global).is_some_and(has_parameters) {
            add(&info.name, &[])?;
        }
        for (call, _, args) in calls::of(name).iter().filter(|call| call.1 == info.name) {
            add(call, &arguments(args).map_err(defect)?)?;
        }
    }
    vectors.push(Vector {
        name: "top-level".to_owned(),
        export: 0,
        args: NO_ARGUMENTS.to_vec(),
        expected: Observed::of_evaluator(&program, level),
    });
    Ok(Group {
        name: name.to_owned(),
        program,
        vectors,
    })
}

/// Reads arguments as text.
fn arguments(text: &str) -> Result<Vec<Value>, String> {
    let program = program(&format!("(quote [{text}\n])"))?;
    let outcome = rtfs_eval::evaluate(&program, &mut PureHost, &Limits::default());
    let value = outcome.result.map_err(|error| error.text().to_owned())?;
    let items = value.as_seq().ok_or("they are no vector")?;
    Ok(items.iter().cloned().collect())
}
