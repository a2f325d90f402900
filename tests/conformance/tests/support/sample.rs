//! The corpus on an engine, whole or in part.

use std::path::Path;

use rtfs_conformance::{Answer, Answered, AnsweredBy, Engine, find_case_files, run_file};
use rtfs_ir::Program;
use rtfs_syntax::case_file::Directives;

/// What is done with every case, in the sample or not; what it finds amiss is the case's answer.
type First<'a> = &'a dyn Fn(&Program, &Directives) -> Result<(), Answer>;

/// Hands every `n`-th case to an engine, and lets the others pass.
struct Sample<'a> {
    engine: &'a dyn Engine,
    every: usize,
    first: First<'a>,
    seen: std::cell::Cell<usize>,
    answered: std::cell::Cell<usize>,
}

impl Sample<'_> {
    fn takes(&self) -> bool {
        let seen = self.seen.get();
        self.seen.set(seen + 1);
        seen.is_multiple_of(self.every)
    }
}

/// The text of answers that are none, because the case is not in the sample.
const LEFT_OUT: &str = "not in the sample";

impl Engine for Sample<'_> {
    fn name(&self) -> &str {
        self.engine.name()
    }

    fn stands_for(&self) -> &str {
        self.engine.stands_for()
    }

    fn can(&self, directives: &Directives) -> bool {
        self.engine.can(directives)
    }

    fn answerer(&self) -> AnsweredBy {
        self.engine.answerer()
    }

    fn run(&self, program: &Program, directives: &Directives) -> Answered {
        let none = |answer| Answered {
            answer,
            by: AnsweredBy::Unknown,
        };
        if let Err(amiss) = (self.first)(program, directives) {
            return none(amiss);
        }
        if !self.takes() {
            return none(Answer::Broken(LEFT_OUT.to_owned()));
        }
        self.answered.set(self.answered.get() + 1);
        self.engine.run(program, directives)
    }
}

/// Runs every `n`-th case of the corpus that gets as far as an engine, and gives how many that were.
/// `by` has to answer all of them.
pub(crate) fn check(engine: &dyn Engine, by: &AnsweredBy, every: usize) -> usize {
    check_after(&|_, _| Ok(()), engine, by, every)
}

/// [`check`], after something that is done with all cases.
pub(crate) fn check_after(
    first: First<'_>,
    engine: &dyn Engine,
    by: &AnsweredBy,
    every: usize,
) -> usize {
    let every = match std::env::var_os("RTFS_WHOLE_CORPUS") {
        Some(_) => 1,
        None => every,
    };
    let sample = Sample {
        engine,
        every,
        first,
        seen: std::cell::Cell::new(0),
        answered: std::cell::Cell::new(0),
    };
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus");
    let mut failures = Vec::new();
    let mut answers = 0;
    for file in find_case_files(&corpus).expect("the corpus is in the repository") {
        let report = run_file(&file, &[&sample]).expect("corpus files are case files");
        for case in report.cases {
            let place = format!("{}:{}", file.display(), case.line);
            let mismatch = case.mismatch.map(|mismatch| mismatch.to_string());
            let is_left_out = mismatch.as_ref().is_some_and(|it| it.contains(LEFT_OUT));
            match case.answered_by {
                _ if is_left_out => continue,
                AnsweredBy::Lowering => {}
                answerer if answerer == *by => answers += 1,
                other => failures.push(format!("{place}: answered by {other}")),
            }
            if let Some(mismatch) = mismatch {
                failures.push(format!("{place}: {mismatch}"));
            }
        }
    }
    let answered = sample.answered.get();
    assert!(
        failures.is_empty(),
        "{} of {answered} cases failed on {}:\n{}",
        failures.len(),
        engine.name(),
        failures.join("\n")
    );
    assert_eq!(answers, answered, "answers of {by}");
    answered
}
