//! Every target, a little; and what is found must be reported.

use std::time::Duration;

use rtfs_eval::{Limits, PureHost};
use rtfs_fuzz::grammar::Grammar;
use rtfs_fuzz::{Budget, Noise, TARGETS, Target, run};

fn budget(cases: u64) -> Budget {
    Budget {
        time: Duration::from_secs(600),
        cases,
        seed: 1,
        case_time: Duration::from_secs(60),
        keep: None,
    }
}

#[test]
fn all_targets_hold_for_a_while() {
    for target in TARGETS {
        match run(target, &budget(1_500)) {
            Ok(report) => assert!(report.outcomes > 3, "{}: {report:?}", target.name),
            Err(failure) => panic!(
                "{}: {}: {:?}",
                target.name,
                failure.message,
                String::from_utf8_lossy(&failure.input)
            ),
        }
    }
}

/// A generator that writes nonsense tests nothing but the first stage.
#[test]
fn programs_of_the_grammar_get_far() {
    let mut noise = Noise::new(1);
    let (mut n_lowered, mut n_values) = (0, 0);
    for _ in 0..1_000 {
        let text = Grammar::program(&mut noise, 40);
        let read = rtfs_syntax::read(&text);
        let lowered = rtfs_ir::lower(&read.forms, &rtfs_eval::lower_options());
        let Some(program) = lowered.program else {
            continue;
        };
        n_lowered += 1;
        let limits = Limits {
            steps: Some(10_000),
            ..Limits::default()
        };
        let outcome = rtfs_eval::evaluate(&program, &mut PureHost, &limits);
        n_values += usize::from(outcome.result.is_ok());
    }
    assert!(n_lowered > 850, "only {n_lowered} of 1000 programs lower");
    assert!(
        n_values > 400,
        "only {n_values} of 1000 programs give a value"
    );
}

#[test]
fn what_fails_is_found_and_made_small() {
    let target = Target::new("planted", |input| {
        assert!(!input.windows(3).any(|piece| piece == b"map"), "planted");
        0
    });
    let failure = run(&target, &budget(5_000)).expect_err("the corpus calls `map`");
    assert_eq!(failure.input, b"map");
    assert!(failure.message.ends_with("planted"), "{}", failure.message);
    let again = run(&target, &budget(5_000)).expect_err("the same cases fail");
    assert_eq!(again.case, failure.case);
}
