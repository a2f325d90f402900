//! The conformance kit: what a component passes and what it does not.
//!
//! A third party runs it on a module or a backend, here or with `rtfs conform`. Tests have stable
//! ids, and the same component gives the same report. What a component's artifacts must answer is
//! what the evaluator answers.

mod account;
mod calls;
mod compiler;
mod declared;
mod executor;
mod instance;
mod language;
mod limits;
mod module;
mod observed;
mod report;
mod settings;
mod vectors;
mod witness;

use rtfs_host::{CompileWorker, Engine, Inspection, Role};
use sha2::{Digest, Sha256};

pub use limits::PROGRAM as LIMITS_PROGRAM;
pub use report::{Check, Outcome, Report, Summary};
pub use vectors::GROUPS;

/// Tries components on one engine.
#[derive(Clone, Debug)]
pub struct Kit {
    engine: Engine,
    worker: CompileWorker,
}

impl Kit {
    /// A kit that runs on `engine` and translates in `worker`.
    pub fn new(engine: Engine, worker: CompileWorker) -> Self {
        Self { engine, worker }
    }

    /// Tries everything that applies to a component.
    pub fn conform(&self, component: &[u8]) -> Report {
        let digest = Sha256::digest(component);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut report = Report {
            component: format!("sha256:{hex}"),
            role: "none",
            checks: Vec::new(),
        };
        let inspection = match Inspection::of(component) {
            Ok(inspection) => inspection,
            Err(error) => {
                report.add("component/valid", Err(module::text(error)));
                return report;
            }
        };
        report.add("component/valid", Ok(()));
        let role = match inspection.roles()[..] {
            [role] => role,
            [] => {
                let detail = "it exports none of the interfaces that this host knows";
                report.add("component/role", Err(detail.to_owned()));
                return report;
            }
            [..] => {
                let detail = "it exports the interfaces of more than one role";
                report.add("component/role", Err(detail.to_owned()));
                return report;
            }
        };
        report.add("component/role", Ok(()));
        self.conform_as(role, &inspection, component, &mut report);
        report
    }

    fn conform_as(
        &self,
        role: Role,
        inspection: &Inspection,
        component: &[u8],
        report: &mut Report,
    ) {
        report.role = match role {
            Role::Module => "module",
            Role::Compiler => "compiler",
            Role::Executor => "executor",
        };
        // Versions, and nothing imported that this role may not have.
        let fits = inspection.check(role).map_err(module::text);
        let is_fit = fits.is_ok();
        report.add("component/interfaces", fits);
        if !is_fit {
            return;
        }
        let (engine, worker) = (&self.engine, &self.worker);
        let loaded = match role {
            Role::Module => engine
                .compile_apart(worker, component)
                .map(|module| module::check(&module, "", report)),
            Role::Compiler => engine
                .compile_compiler_apart(worker, component)
                .map(|compiler| compiler::check(self, compiler, report)),
            Role::Executor => engine
                .compile_executor_apart(worker, component)
                .map(|executor| executor::check(&executor, report)),
        };
        if let Err(error) = loaded {
            report.add("component/loads", Err(module::text(error)));
        }
    }
}

/// Tries what every module must do on one that is loaded already.
pub fn check_module(module: &rtfs_host::Module) -> Report {
    let mut report = Report::of_loaded("module");
    module::check(module, "", &mut report);
    report
}

/// Tries what every executor must do on one that is loaded already.
pub fn check_executor(executor: &rtfs_host::Executor) -> Report {
    let mut report = Report::of_loaded("executor");
    executor::check(executor, &mut report);
    report
}

/// Tries a module as what a compiler made of a program: of every function without parameters, what
/// it gives and what it asks of its host is what the evaluator gives and asks. Of the functions that
/// the kit's own groups have, `same`, `asked`, `hoard` and `nag` are tried as there.
///
/// # Errors
///
/// Why the source is no program.
pub fn check_program(
    module: &rtfs_host::Module,
    name: &str,
    source: &str,
) -> Result<Report, String> {
    let mut report = Report::of_loaded("module");
    let group = vectors::group(name, source)?;
    compiler::check_group(module, &group, &mut report);
    Ok(report)
}

/// Tries a module as what a compiler made of one of [`GROUPS`], or of the program of another test that
/// has one: `state`, `state-again`, `limits`.
///
/// # Errors
///
/// When there is no such group.
pub fn check_group(module: &rtfs_host::Module, name: &str) -> Result<Report, String> {
    let mut report = Report::of_loaded("module");
    if let Some((_, _, check)) = compiler::OTHERS.iter().find(|other| other.0 == name) {
        check(module, &mut report);
        return Ok(report);
    }
    let group = GROUPS.iter().find(|group| group.0 == name);
    let (name, source) = group.ok_or_else(|| format!("there is no group `{name}`"))?;
    let group = vectors::group(name, source)?;
    compiler::check_group(module, &group, &mut report);
    Ok(report)
}

/// Tries that a module ends at its limits, which must be what a compiler made of
/// [`LIMITS_PROGRAM`].
pub fn check_limits(module: &rtfs_host::Module) -> Report {
    let mut report = Report::of_loaded("module");
    limits::check(observed::Callee::Module(module), &mut report);
    report
}

/// Sources of the programs that are compiled apart from [`GROUPS`], by name.
pub fn other_programs() -> impl Iterator<Item = (&'static str, &'static str)> {
    let others = compiler::OTHERS.iter();
    let others = others.map(|(name, source, _)| (*name, *source));
    others.chain(settings::PROGRAMS.iter().copied())
}

/// Ids of all vectors as a compiler's report has them: what programs must answer, what is tried of
/// settings and other programs, and values and arguments that are sent.
///
/// # Errors
///
/// Why the vectors are no programs: a defect of this kit.
pub fn vector_ids() -> Result<Vec<String>, String> {
    let groups = vectors::groups()?;
    let language = groups.iter().flat_map(|group| {
        let vectors = group.vectors.iter();
        vectors.map(|vector| format!("language/{}/{}", group.name, vector.name))
    });
    let hostile = module::HOSTILE.iter().map(|(name, _)| *name);
    let hostile = hostile.chain(["too-deep"]);
    let hostile = hostile.map(|name| format!("artifact/encoding/{name}"));
    let returned = language::RETURNED.iter();
    let returned = returned.map(|(name, _)| format!("encoding/returned-{name}"));
    let others = compiler::OTHERS.iter();
    let others = others.map(|(name, _, _)| format!("compile/{name}"));
    let all = language.chain(hostile).chain(returned).chain(others);
    Ok(all.chain(settings::ids()).chain(declared::ids()).collect())
}

/// Ids of what an executor's report has of programs that are none.
pub fn hostile_artifact_ids() -> Vec<String> {
    let hostile = executor::HOSTILE.iter().map(|(name, _)| *name);
    let hostile = hostile.chain(["too-deep"]);
    hostile
        .map(|name| format!("executor/artifact-{name}"))
        .collect()
}
