//! What the report says besides the rows of targets.

#[path = "../../host/engine/tests/guests/built.rs"]
mod built;

use rtfs_bench::report::Report;
use rtfs_bench::section::{Case, Section};
use rtfs_bench::{calls, compiling};
use rtfs_host::{EngineConfig, Translation};

#[test]
fn calls_are_compared_with_bare_ones() {
    let section = calls::measure(1, 10).expect("calls answer");
    let limits: Vec<_> = section.cases.iter().map(|case| case.at_most).collect();
    assert_eq!(limits, [Some(1.2), Some(4.0)]);
    assert!(section.cases.iter().all(|case| case.measured > 0.0));
}

#[test]
fn the_compiler_is_compared_with_itself_in_the_sandbox() {
    let scratch = tempfile::tempdir().expect("a directory");
    let guest = scratch.path().join("guest.wasm");
    let component = built::component("rtfs-backend-wasm-guest");
    std::fs::write(&guest, component).expect("the directory is writable");
    let engine = EngineConfig {
        translation: Translation::Fast,
        ..EngineConfig::default()
    };
    let section = compiling::measure(&guest, engine, 1).expect("both compile");
    let whats: Vec<_> = section
        .cases
        .iter()
        .map(|case| case.what.as_str())
        .collect();
    for (what, begin) in whats
        .iter()
        .zip(["one function", "the 200-line", "translating"])
    {
        assert!(what.starts_with(begin), "{whats:?}");
    }
    assert_eq!(whats.len(), 3);
}

#[test]
fn sections_say_what_holds() {
    let section = |ours: f64| Section {
        title: "Calls",
        about: "One call.",
        cases: vec![
            Case::ratio("typed", "us", ours, 10.0).at_most(1.2),
            Case::ratio("free", "us", 90.0, 10.0),
        ],
    };
    let report = |ours| {
        let sections = vec![section(ours)];
        let report = Report {
            sections,
            ..Report::default()
        };
        report.markdown()
    };
    let held = report(11.0);
    for line in [
        "| | Calls | hold |",
        "### Calls",
        "| typed: 11.0 us vs 10.0 us | 1.10 | 1.20 | hold |",
        "| free: 90.0 us vs 10.0 us | 9.00 |  |  |",
    ] {
        assert!(held.lines().any(|it| it == line), "{line} in {held}");
    }
    let missed = report(13.0);
    assert!(
        missed.contains("| | Calls | **miss** (0 of 1 hold) |"),
        "{missed}"
    );
    assert!(missed.contains("| 1.30 | 1.20 | **miss** |"), "{missed}");
}
