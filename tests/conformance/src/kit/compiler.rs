//! What holds for every compiler, and what its artifacts must do.

use rtfs_delegate::{BackendOptions, BytecodeBackend as _, CompileError, ExecutionLimits};
use rtfs_host::{CallOptions, CompilationError, Compiler, Identity, Module};
use rtfs_ir::{Description, Program};
use rtfs_runtime::GuestBackend;
use rtfs_value::{Map, cbor};

use super::Kit;
use super::module::{self, same, text};
use super::observed::Callee;
use super::report::{Outcome, Report};
use super::vectors::{self, Group};
use super::{declared, instance, language, limits, settings};

/// The vectors whose program takes and gives values of every kind.
const ALL_VALUES: &str = "values";

/// Tries a compiler.
pub(super) fn check(kit: &Kit, compiler: Compiler, report: &mut Report) {
    for (name, ir) in [
        ("empty", &[][..]),
        ("garbage", b"\xff\x00garbage"),
        // A schema version that does not exist yet.
        ("version", &[0x84, 0x19, 0x27, 0x0f, 0x80, 0xf6, 0x80]),
        ("truncated", &[0x84, 0x01, 0x80]),
    ] {
        report.add(format!("ir/{name}"), refuses(&compiler, ir));
    }
    let backend = match GuestBackend::of(compiler.clone(), ExecutionLimits::default()) {
        Ok(backend) => backend,
        Err(error) => return report.add("backend/identity", Err(text(error))),
    };
    report.add("backend/identity", Ok(()));
    report.add("backend/constant", constant(&compiler));
    let groups = match vectors::groups() {
        Ok(groups) => groups,
        Err(defect) => return report.add("vectors", Err(defect)),
    };
    report.add(
        "backend/constant-after-compile",
        constant_after_compile(&compiler, &groups),
    );
    if backend.target_id() != rtfs_delegate::WASM32_COMPONENT {
        let target = backend.target_id();
        let detail = format!("its artifacts are for `{target}`, which the kit cannot run");
        return report.push("artifacts", Outcome::Unsupported(detail));
    }
    let mut probed = None;
    for group in &groups {
        if let Some(module) = artifact(kit, &backend, &group.name, &group.program, report) {
            check_group(&module, group, report);
            // A program of integers may have no use for most of a decoder.
            if probed.is_none() || group.name == ALL_VALUES {
                probed = Some(module);
            }
        }
    }
    match probed {
        Some(module) => module::check(&module, "artifact/", report),
        None => report.add(
            "language",
            Err("the backend compiles none of the groups".to_owned()),
        ),
    }
    settings::check(kit, &compiler, &backend, report);
    for (name, source, check) in OTHERS {
        match vectors::program(source) {
            Ok(program) => {
                if let Some(module) = artifact(kit, &backend, name, &program, report) {
                    check(&module, report);
                }
            }
            Err(defect) => report.add("vectors", Err(defect)),
        }
    }
}

/// What is tried on the artifact of a program.
type Check = fn(&Module, &mut Report);

/// Programs that are no language vectors, and what is tried on what is made of them.
pub(super) const OTHERS: &[(&str, &str, Check)] = &[
    ("state", instance::STATE, instance::check_state),
    ("state-again", instance::STATE_AGAIN, instance::check_again),
    ("declared", declared::PROGRAM, |module, report| {
        declared::check(Callee::Module(module), report);
    }),
    ("limits", limits::PROGRAM, |module, report| {
        limits::check(Callee::Module(module), report);
    }),
];

/// Tries what was made of a group.
pub(super) fn check_group(module: &Module, group: &Group, report: &mut Report) {
    let alone = language::check(Callee::Module(module), group, report);
    instance::check_group(module, group, &alone, report);
}

/// What is no program is answered with a diagnostic.
fn refuses(compiler: &Compiler, ir: &[u8]) -> Result<(), String> {
    let options = no_settings()?;
    let compilation = compiler.compile(ir, &options, &CallOptions::default());
    match compilation.result {
        Err(CompilationError::Diagnostics(given))
            if given.iter().all(|it| it.code == "invalid-ir") =>
        {
            Ok(())
        }
        Err(error) => Err(format!("wanted a diagnostic `invalid-ir`: {}", text(error))),
        Ok(_) => Err("wanted a diagnostic `invalid-ir`, got an artifact".to_owned()),
    }
}

/// Options of which each has its default.
fn no_settings() -> Result<Vec<u8>, String> {
    cbor::encode(&Map::new().into_value()).map_err(|error| error.to_string())
}

/// A compiler says the same in every instance. On one host, instances that are asked the same can
/// differ only by random numbers.
fn constant(compiler: &Compiler) -> Result<(), String> {
    let ask = |entropy| -> Result<Identity, String> {
        let options = CallOptions {
            entropy,
            ..CallOptions::default()
        };
        let target_id = compiler.target_id(&options).map_err(text)?;
        let description = compiler.describe(&options).map_err(text)?;
        Ok(Identity {
            target_id,
            description,
        })
    };
    same_identity(&[ask(0)?, ask(1)?])
}

/// A compiler says the same before and after it compiles.
fn constant_after_compile(compiler: &Compiler, groups: &[Group]) -> Result<(), String> {
    let settings = no_settings()?;
    for group in groups {
        let ir = group.program.encode();
        let asked = compiler.identities(&ir, &settings, &CallOptions::default());
        same_identity(&asked.map_err(text)?)?;
    }
    Ok(())
}

fn same_identity([one, other]: &[Identity; 2]) -> Result<(), String> {
    same(&one.target_id, &other.target_id, "two target ids")?;
    same(&one.description, &other.description, "two descriptions")
}

/// Compiles a group twice, and holds the artifact against the program.
fn artifact(
    kit: &Kit,
    backend: &GuestBackend,
    name: &str,
    program: &Program,
    report: &mut Report,
) -> Option<Module> {
    let options = BackendOptions::default();
    let bytes = match backend.compile_module(program, &options) {
        Ok(bytes) => bytes,
        Err(CompileError::Unsupported { what, .. }) => {
            report.push(format!("compile/{name}"), Outcome::Unsupported(what));
            return None;
        }
        Err(error) => {
            report.add(format!("compile/{name}"), Err(text(error)));
            return None;
        }
    };
    report.add(format!("compile/{name}"), Ok(()));
    let again = backend
        .compile_with_entropy(program, &options, 1)
        .map_err(text);
    report.add(
        format!("determinism/{name}"),
        again.and_then(|again| same(&bytes, &again, "two artifacts of one program")),
    );
    let module = match kit.engine.compile_apart(&kit.worker, &bytes) {
        Ok(module) => module,
        Err(error) => {
            report.add(format!("artifact/{name}"), Err(text(error)));
            return None;
        }
    };
    report.add(format!("artifact/{name}"), Ok(()));
    report.add(
        format!("descriptor/{name}"),
        truth(&module, &Description::of(program, options.validation)),
    );
    Some(module)
}

pub(super) fn truth(module: &Module, wanted: &Description) -> Result<(), String> {
    let account = module
        .describe(&CallOptions::default())
        .map_err(text)?
        .value;
    let account = cbor::decode(&account).map_err(|error| error.to_string())?;
    wanted.difference(&account).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_with_values_of_every_kind_are_there() {
        let groups = vectors::groups().expect("they are well formed");
        assert!(groups.iter().any(|group| group.name == ALL_VALUES));
    }
}
