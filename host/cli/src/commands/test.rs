//! `rtfs test`: runs case files and counts.

use std::path::Path;

use rtfs_conformance::{
    CaseReport, Engine, EvaluatorEngine, FileError, FileReport, find_case_files, run_file,
};
use rtfs_delegate::ExecutionLimits;
use rtfs_ir::Coverage;
use rtfs_syntax::case_file::parse_cases;

use crate::args::{CompileArgs, Format, Global, TestArgs, TestEngine};
use crate::chosen::Chosen;
use crate::exit::Exit;
use crate::output::Output;
use crate::problem::Problem;
use rtfs_runtime::chain;

#[derive(Default)]
struct Totals {
    passed: usize,
    failed: usize,
}

pub(crate) fn test(args: &TestArgs, global: &Global, output: &Output) -> Result<Exit, Problem> {
    let engines = engines(args.engine, &args.compile, global)?;
    let engines: Vec<&dyn Engine> = engines.iter().map(AsRef::as_ref).collect();
    let mut totals = Totals::default();
    let mut coverage = args.coverage.then(Coverage::default);
    for path in &args.paths {
        let files = find_case_files(path)
            .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
        for file in files {
            match run_file(&file, &engines) {
                Ok(report) => {
                    count(&report, args.output.format, output, &mut totals);
                    if let Some(coverage) = &mut coverage {
                        add(coverage, &file)?;
                    }
                }
                Err(FileError::Malformed(rendered)) => {
                    output.message(&rendered);
                    totals.failed += 1;
                }
                Err(FileError::Io(error)) => {
                    let text = format!("cannot read `{}`: {error}", file.display());
                    return Err(Problem::failed(text));
                }
                Err(_) => {
                    let text = format!("cannot run `{}`", file.display());
                    return Err(Problem::failed(text));
                }
            }
        }
    }
    let complete =
        coverage.is_none_or(|coverage| show_coverage(&coverage, args.output.format, output));
    let Totals { passed, failed } = totals;
    match args.output.format {
        Format::Text => output.value(&format!("{passed} passed, {failed} failed")),
        Format::Json => output.json(&serde_json::json!({"passed": passed, "failed": failed})),
    }
    if passed + failed == 0 {
        return Err(Problem::failed("there is no case to run"));
    }
    Ok(if failed == 0 && complete {
        Exit::Success
    } else {
        Exit::Failed
    })
}

/// Runs the cases of one file on every engine; all must pass, and there must be one.
pub(crate) fn passes(path: &Path, compile: &CompileArgs, global: &Global) -> Result<(), Problem> {
    let engines = engines(TestEngine::All, compile, global)?;
    let engines: Vec<&dyn Engine> = engines.iter().map(AsRef::as_ref).collect();
    let place = path.display();
    let report = run_file(path, &engines).map_err(|error| match error {
        FileError::Malformed(rendered) => Problem::failed(rendered.trim_end()),
        FileError::Io(error) => Problem::failed(format!("cannot read `{place}`: {error}")),
        _ => Problem::failed(format!("cannot run the cases of `{place}`")),
    })?;
    if report.cases.is_empty() {
        let text = format!("`{place}` has no case");
        return Err(Problem::failed(text).next("write one, as in `(add 1 2) ;=> 3`"));
    }
    for case in &report.cases {
        if let Some(mismatch) = &case.mismatch {
            let text = format!("{place}:{} fails on {}: {mismatch}", case.line, case.engine);
            return Err(Problem::failed(text).next("nothing was published; see `rtfs test`"));
        }
    }
    Ok(())
}

/// Adds the cases of a file that has just been run.
fn add(coverage: &mut Coverage, file: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| format!("cannot read `{}`: {error}", file.display()))?;
    let cases = parse_cases(&text)
        .map(|file| file.cases)
        .unwrap_or_default();
    cases.iter().for_each(|case| coverage.add(case));
    Ok(())
}

/// Shows what has a case and what has none; whether everything has one.
fn show_coverage(coverage: &Coverage, format: Format, output: &Output) -> bool {
    let missing = coverage.missing();
    for (group, title) in [
        ("form", "forms"),
        ("function", "library functions"),
        ("error", "kinds of errors"),
    ] {
        let all = coverage.counts();
        let total = all.filter(|(it, _)| it.group() == group).count();
        let missing: Vec<&str> = missing
            .iter()
            .filter(|feature| feature.group() == group)
            .map(|feature| feature.name())
            .collect();
        let n_covered = total - missing.len();
        match format {
            Format::Json => output.json(&serde_json::json!({
                "coverage": group,
                "total": total,
                "covered": n_covered,
                "missing": missing,
            })),
            Format::Text => {
                output.value(&format!("{title}: {n_covered} of {total} have a case"));
                if !missing.is_empty() {
                    output.value(&format!("  without a case: {}", missing.join(" ")));
                }
            }
        }
    }
    missing.is_empty()
}

fn engines(
    which: TestEngine,
    compile: &CompileArgs,
    global: &Global,
) -> Result<Vec<Box<dyn Engine>>, Problem> {
    let component = || -> Result<Box<dyn Engine>, Problem> {
        let chosen = Chosen::of(compile, ExecutionLimits::default(), global)?;
        // Each component runs once.
        let engine = rtfs_host::Engine::new(rtfs_host::EngineConfig {
            translation: rtfs_host::Translation::Fast,
            ..rtfs_host::EngineConfig::default()
        });
        let engine = engine.map_err(|error| chain(&error))?;
        Ok(Box::new(chosen.cases(engine, compile)))
    };
    Ok(match which {
        TestEngine::Evaluator => vec![Box::new(EvaluatorEngine)],
        TestEngine::Component => vec![component()?],
        TestEngine::All => vec![Box::new(EvaluatorEngine), component()?],
    })
}

fn count(report: &FileReport, format: Format, output: &Output, totals: &mut Totals) {
    for case in &report.cases {
        match &case.mismatch {
            None => totals.passed += 1,
            Some(_) => totals.failed += 1,
        }
        show(report, case, format, output);
    }
}

fn show(report: &FileReport, case: &CaseReport, format: Format, output: &Output) {
    let place = format!("{}:{}", report.path.display(), case.line);
    match (format, &case.mismatch) {
        (Format::Text, None) => {}
        (Format::Text, Some(mismatch)) => {
            output.value(&format!("FAILED {place} on {}: {mismatch}", case.engine));
        }
        (Format::Json, mismatch) => output.json(&serde_json::json!({
            "case": place,
            "engine": case.engine,
            "passed": mismatch.is_none(),
            "expected": mismatch.as_ref().map(|mismatch| &mismatch.expected),
            "actual": mismatch.as_ref().map(|mismatch| &mismatch.actual),
        })),
    }
}
