//! Every case of the corpus on every engine; the answering engine is part of the result.

#[path = "support/sample.rs"]
mod sample;

use rtfs_conformance::{Answered, AnsweredBy, ComponentEngine, Engine, EvaluatorEngine, run_file};
use rtfs_ir::Program;
use rtfs_syntax::case_file::Directives;
use sample::check;

fn component_engine(opt_level: u8) -> ComponentEngine {
    let engine = rtfs_host::Engine::new(rtfs_host::EngineConfig {
        translation: rtfs_host::Translation::Fast,
        ..rtfs_host::EngineConfig::default()
    })
    .expect("this platform is supported");
    let options = rtfs_backend_wasm::Options {
        opt_level,
        ..rtfs_backend_wasm::Options::default()
    };
    ComponentEngine::new(engine, options)
}

/// A component that the backend of this host made.
fn compiled() -> AnsweredBy {
    AnsweredBy::Component(rtfs_backend_wasm::backend_version().to_owned())
}

#[test]
fn the_corpus_passes_on_the_evaluator() {
    assert!(check(&EvaluatorEngine, &AnsweredBy::Evaluator, 1) >= 3000);
}

/// Making and translating a component takes a tenth of a second, and random programs are compared at
/// every level too (`rtfs-differential`), so that a part of the cases is enough here and below;
/// `RTFS_WHOLE_CORPUS=1` takes all of them.
#[test]
fn a_part_of_the_corpus_passes_on_components_as_written() {
    assert!(check(&component_engine(0), &compiled(), 8) >= 300);
}

#[test]
fn a_part_of_the_corpus_passes_on_components_fully_optimised() {
    assert!(check(&component_engine(2), &compiled(), 2) >= 1250);
}

/// An engine of components that has the evaluator answer.
struct FallsBack(ComponentEngine);

impl Engine for FallsBack {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn answerer(&self) -> AnsweredBy {
        self.0.answerer()
    }

    fn run(&self, program: &Program, directives: &Directives) -> Answered {
        EvaluatorEngine.run(program, directives)
    }
}

#[test]
fn a_right_answer_of_another_engine_fails() {
    let file = tempfile::Builder::new().suffix(".rtfs").tempfile();
    let file = file.expect("there is room for a file");
    let cases = "(+ 1 2) ;=> 3\n(/ 1 0) ;=> !DivisionByZero\n";
    std::fs::write(&file, cases).expect("it can be written");
    let (honest, fallen) = (component_engine(2), FallsBack(component_engine(2)));
    let report = run_file(file.path(), &[&honest, &fallen]).expect("it is a case file");
    let [value, _, raised, _, ..] = &report.cases[..] else {
        panic!("{report:?}");
    };
    for case in [value, raised] {
        assert_eq!(case.mismatch, None);
        assert_eq!(case.answered_by, compiled());
    }
    for case in report.cases.iter().skip(1).step_by(2) {
        let mismatch = case.mismatch.as_ref().map(ToString::to_string);
        let mismatch = mismatch.unwrap_or_else(|| panic!("{case:?}"));
        assert!(mismatch.ends_with("from the evaluator"), "{mismatch}");
        assert_eq!(case.answered_by, AnsweredBy::Evaluator);
    }
}
