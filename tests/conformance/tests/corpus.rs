//! Every case of the corpus on every engine; the answering engine is part of the result.

#[path = "support/sample.rs"]
mod sample;

use rtfs_conformance::{ComponentEngine, EvaluatorEngine};
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

#[test]
fn the_corpus_passes_on_the_evaluator() {
    assert!(check(&EvaluatorEngine, 1) >= 3000);
}

/// Making and translating a component takes a tenth of a second, and random programs are compared at
/// every level too (`rtfs-differential`), so that a part of the cases is enough here and below;
/// `RTFS_WHOLE_CORPUS=1` takes all of them.
#[test]
fn a_part_of_the_corpus_passes_on_components_as_written() {
    assert!(check(&component_engine(0), 8) >= 300);
}

#[test]
fn a_part_of_the_corpus_passes_on_components_fully_optimised() {
    assert!(check(&component_engine(2), 2) >= 1250);
}
