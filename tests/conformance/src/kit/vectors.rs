//! Programs that every backend is tried on. Each function without parameters is a test; what it must
//! give is what the evaluator gives.

use rtfs_ir::Program;

use super::observed::Observed;

/// Name and source of each group of language vectors, the simplest first. A function without
/// parameters is a vector.
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
    pub(super) expected: Observed,
}

impl Group {
    /// Number of the export of a name.
    pub(super) fn export(&self, name: &str) -> Option<u32> {
        let exports = self.program.exports();
        let named = |global: &rtfs_ir::GlobalId| {
            let info = self.program.globals.get(global.0 as usize);
            info.is_some_and(|info| info.name == name)
        };
        let index = exports.iter().position(named)?;
        u32::try_from(index + 1).ok()
    }
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
    let program = program(source).map_err(|why| format!("vectors `{name}`: {why}"))?;
    let mut vectors = Vec::new();
    for (index, global) in program.exports().into_iter().enumerate() {
        let has_parameters =
            |lambda: &rtfs_ir::Lambda| !lambda.params.is_empty() || lambda.rest.is_some();
        if program.function(global).is_none_or(has_parameters) {
            continue;
        }
        let Some(info) = program.globals.get(global.0 as usize) else {
            continue;
        };
        let called = self::program(&format!("{source}\n({})", info.name))?;
        vectors.push(Vector {
            name: info.name.clone(),
            export: u32::try_from(index + 1).unwrap_or(u32::MAX),
            expected: Observed::of_evaluator(&called),
        });
    }
    Ok(Group {
        name: name.to_owned(),
        program,
        vectors,
    })
}
