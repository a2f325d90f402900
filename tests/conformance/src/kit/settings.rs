//! What a compiler makes of what it is told besides the program.

use rtfs_delegate::{BackendOptions, BytecodeBackend as _, CompileError};
use rtfs_host::{CallOptions, CompilationError, Compiler, Module};
use rtfs_ir::{Description, Program};
use rtfs_runtime::GuestBackend;
use rtfs_value::types::Level;
use rtfs_value::{Map, Value, cbor};

use super::Kit;
use super::compiler::truth;
use super::module::{same, text};
use super::observed::{Callee, Observed};
use super::report::{Outcome, Report};
use super::vectors::{self, Group};

/// Programs whose answers are looked at: the first needs no more than the smallest backend has, answers
/// of the second follow from the level of validation.
pub(super) const PROGRAMS: &[(&str, &str)] = &[
    (
        "settings-scalars",
        include_str!("../../vectors/settings-scalars.rtfs"),
    ),
    ("settings", include_str!("../../vectors/settings.rtfs")),
];

/// The settings that are tried besides those that everything else is compiled with.
const SETTINGS: &[(&str, u8, Level)] = &[
    ("opt-level-0", 0, Level::Standard),
    ("opt-level-1", 1, Level::Standard),
    ("opt-level-2", 2, Level::Standard),
    ("validation-basic", 2, Level::Basic),
    ("validation-strict", 2, Level::Strict),
    ("least", 0, Level::Basic),
    ("most-checks", 0, Level::Strict),
];

/// What is told besides, once in each way.
const OTHER_KEYS: [&str; 2] = ["unknown-key", "absent-keys"];

/// Ids of what is tried.
pub(super) fn ids() -> impl Iterator<Item = String> {
    PROGRAMS.iter().flat_map(|(name, _)| {
        let settings = SETTINGS.iter().map(|(id, _, _)| *id);
        let ids = settings.chain(OTHER_KEYS);
        ids.map(move |id| format!("{name}/{id}"))
    })
}

/// Why something was not tried, or failed.
enum Failed {
    Unsupported(String),
    Wrong(String),
}

impl From<String> for Failed {
    fn from(why: String) -> Self {
        Failed::Wrong(why)
    }
}

/// Tries a compiler under all settings.
pub(super) fn check(kit: &Kit, compiler: &Compiler, backend: &GuestBackend, report: &mut Report) {
    for (name, source) in PROGRAMS {
        let mut add = |id: &str, result: Result<(), Failed>| {
            let outcome = match result {
                Ok(()) => Outcome::Passed,
                Err(Failed::Wrong(why)) => Outcome::Failed(why),
                Err(Failed::Unsupported(what)) => Outcome::Unsupported(what),
            };
            report.push(format!("{name}/{id}"), outcome);
        };
        for (id, opt_level, validation) in SETTINGS {
            let options = BackendOptions {
                opt_level: *opt_level,
                validation: *validation,
            };
            add(id, compiled(kit, backend, (name, source), &options));
        }
        let program = vectors::program(source);
        for (id, with) in OTHER_KEYS.into_iter().zip(Others::BOTH) {
            let program = program.clone().map_err(Failed::Wrong);
            add(
                id,
                program.and_then(|program| with(&Others { compiler, program })),
            );
        }
    }
}

/// Compiles a program and holds what it gives against what the evaluator gives.
fn compiled(
    kit: &Kit,
    backend: &GuestBackend,
    (name, source): (&str, &str),
    options: &BackendOptions,
) -> Result<(), Failed> {
    let group = vectors::group_at(name, source, options.validation)?;
    let artifact = match backend.compile_module(&group.program, options) {
        Ok(artifact) => artifact,
        Err(CompileError::Unsupported { what, .. }) => return Err(Failed::Unsupported(what)),
        Err(error) => return Err(Failed::Wrong(text(error))),
    };
    let module = kit.engine.compile_apart(&kit.worker, &artifact);
    let module = module.map_err(text)?;
    let description = Description::of(&group.program, options.validation);
    truth(&module, &description)?;
    Ok(answers(&module, &group)?)
}

fn answers(module: &Module, group: &Group) -> Result<(), String> {
    for vector in &group.vectors {
        let call = (vector.export, &vector.args[..]);
        let callee = Callee::Module(module);
        let (got, _) = Observed::of_export(callee, call, &CallOptions::default());
        let met = vector.expected.ending.expect(&got.ending);
        met.map_err(|why| format!("`{}`: {why}", vector.name))?;
    }
    Ok(())
}

type Trial<'a> = fn(&Others<'a>) -> Result<(), Failed>;

/// Settings that this host never sends, but others may.
struct Others<'a> {
    compiler: &'a Compiler,
    program: Program,
}

impl<'a> Others<'a> {
    /// In the order of [`OTHER_KEYS`].
    const BOTH: [Trial<'a>; 2] = [Self::unknown_key, Self::absent_keys];

    /// Keys that nobody knows are skipped: the same bytes as without.
    fn unknown_key(&self) -> Result<(), Failed> {
        let known = self.all_keys();
        let more = ("acme.unheard-of", Value::vector([Value::int(1)]));
        let with_more = [&known[..], &[more]].concat();
        let what = "artifacts with and without a key that nobody knows";
        Ok(same(&self.made(&known)?, &self.made(&with_more)?, what)?)
    }

    /// Absent keys have their defaults: the same bytes as with these.
    fn absent_keys(&self) -> Result<(), Failed> {
        let [level, validation, _] = self.all_keys();
        let stated = [level, validation, ("description", Value::NIL)];
        let what = "artifacts without options and with the defaults stated";
        Ok(same(&self.made(&[])?, &self.made(&stated)?, what)?)
    }

    fn all_keys(&self) -> [(&'static str, Value); 3] {
        let description = Description::of(&self.program, Level::Standard);
        [
            ("opt-level", Value::int(2)),
            ("validation", Value::keyword("standard")),
            ("description", description.to_instruction()),
        ]
    }

    fn made(&self, settings: &[(&str, Value)]) -> Result<Vec<u8>, Failed> {
        let mut map = Map::new();
        for (key, value) in settings {
            // A keyword is a valid key.
            let _ = map.assoc(Value::keyword(key), value.clone());
        }
        let settings = cbor::encode(&map.into_value()).map_err(|error| error.to_string())?;
        let options = CallOptions::default();
        let made = self
            .compiler
            .compile(&self.program.encode(), &settings, &options);
        made.result.map_err(|error| match error {
            CompilationError::Diagnostics(given) if given.iter().all(|it| it.is_unsupported()) => {
                let what: Vec<String> = given.iter().map(ToString::to_string).collect();
                Failed::Unsupported(what.join("; "))
            }
            error => Failed::Wrong(text(error)),
        })
    }
}
