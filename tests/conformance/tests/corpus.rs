//! Every case of the corpus on every engine; the answering engine is part of the result.

use rtfs_conformance::{ComponentEngine, Engine, EvaluatorEngine, find_case_files, run_file};
use std::path::Path;

fn corpus() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus")
}

/// Runs the corpus and returns how many cases the engine answered.
fn check(engine: &dyn Engine) -> usize {
    let mut failures = Vec::new();
    let mut n_cases = 0;
    for file in find_case_files(&corpus()).expect("the corpus is in the repository") {
        let report = run_file(&file, &[engine]).expect("corpus files are case files");
        for case in report.cases {
            assert_eq!(case.engine, engine.name());
            n_cases += 1;
            if let Some(mismatch) = case.mismatch {
                failures.push(format!("{}:{}: {mismatch}", file.display(), case.line));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {n_cases} cases failed on the {}:\n{}",
        failures.len(),
        engine.name(),
        failures.join("\n")
    );
    n_cases
}

fn component_engine(opt_level: u8) -> ComponentEngine {
    let engine = rtfs_host::Engine::new(rtfs_host::EngineConfig::default())
        .expect("this platform is supported");
    let options = rtfs_backend_wasm::Options {
        opt_level,
        ..rtfs_backend_wasm::Options::default()
    };
    ComponentEngine::new(engine, options)
}

#[test]
fn the_corpus_passes_on_the_evaluator() {
    assert!(check(&EvaluatorEngine) >= 900);
}

#[test]
fn the_corpus_passes_on_components_as_written() {
    assert!(check(&component_engine(0)) >= 900);
}

#[test]
fn the_corpus_passes_on_components_fully_optimised() {
    assert!(check(&component_engine(2)) >= 900);
}
