//! A little of what `rtfs-differential` does for hours, and what it reaches.

use std::time::Duration;

use rtfs_differential::{LEVELS, MUTANTS, Plan, Plant, coverage_of, on_large_stack, run};

fn plan(programs: u64) -> Plan<'static> {
    Plan {
        time: Duration::from_secs(600),
        programs,
        seed: 11,
        levels: &LEVELS,
        plant: Plant::NONE,
        shrink: Duration::from_secs(20),
        findings: 1,
    }
}

#[test]
fn engines_agree_for_a_while() {
    let report = on_large_stack(|| run(&plan(2), &mut |_| {}));
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    assert!(report.cases > 30, "{}", report.cases);
}

#[test]
fn nearly_all_of_the_language_is_reached() {
    let coverage = on_large_stack(|| coverage_of(1, 2_000));
    let report = coverage.report();
    for share in coverage.shares() {
        assert!(share >= 90, "{report}");
    }
}

#[test]
fn runs_are_determined_by_their_seed() {
    let (one, same) = on_large_stack(|| (coverage_of(5, 60), coverage_of(5, 60)));
    assert_eq!(one.report(), same.report());
    let other = on_large_stack(|| coverage_of(6, 60));
    assert_ne!(one.report(), other.report());
}

/// The others take longer: `MUTANTS.md` says how to plant them all.
#[test]
fn planted_defects_are_found() {
    for name in ["wrong-branch", "skipped-finally", "missing-retain"] {
        let mutant = MUTANTS.iter().find(|mutant| mutant.name == name);
        let mutant = mutant.expect("it is in the list");
        let hunt = || {
            let plan = Plan {
                levels: &[0],
                plant: Plant {
                    program: &|program| mutant.program(program),
                    code: &|code| mutant.code(code),
                },
                shrink: Duration::ZERO,
                ..plan(12)
            };
            run(&plan, &mut |_| {})
        };
        let report = on_large_stack(hunt);
        assert!(!report.findings.is_empty(), "{name} is not found");
    }
}

/// The document names every defect.
#[test]
fn the_list_of_defects_is_complete() {
    let document = include_str!("../MUTANTS.md");
    for mutant in MUTANTS {
        let row = format!("| `{}` | {}", mutant.name, mutant.what);
        assert!(document.contains(&row), "no row begins with {row}");
    }
}
