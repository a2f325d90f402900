//! Making cases and comparing engines on them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use rtfs_fuzz::grammar::Grammar;
use rtfs_fuzz::{Noise, mutate, seeds};
use rtfs_ir::Program;

use crate::answer::{Answer, Observed};
use crate::batch::{Batch, can_share};
use crate::core::{Compiled, generate};
use crate::coverage::Coverage;
use crate::shrink::shrink;
use crate::writer::{Case, Writer};

/// Cases of one program.
const CASES: usize = 48;
/// The levels of optimisation.
pub const LEVELS: [u8; 3] = [0, 1, 2];

/// A defect that is planted before compilation.
#[derive(Clone, Copy)]
pub struct Plant<'a> {
    /// In the program; the evaluator still runs the one that was written.
    pub program: &'a dyn Fn(Program) -> Program,
    /// In the code made of it.
    pub code: &'a dyn Fn(Vec<u8>) -> Vec<u8>,
}

impl Plant<'_> {
    /// No defect.
    pub const NONE: Plant<'static> = Plant {
        program: &|program| program,
        code: &|code| code,
    };
}

/// How a run is to be done.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    /// No program begins later than this after the start.
    pub time: Duration,
    /// At most this many programs.
    pub programs: u64,
    /// Determines the programs.
    pub seed: u64,
    /// Levels to compare.
    pub levels: &'a [u8],
    /// What is planted.
    pub plant: Plant<'a>,
    /// How long to look for smaller programs.
    pub shrink: Duration,
    /// Findings after which the run ends.
    pub findings: usize,
}

/// Engines disagree.
#[derive(Clone, Debug)]
pub struct Finding {
    /// A program on which they do.
    pub text: String,
    /// The case of the program, where it has several.
    pub case: usize,
    /// The level.
    pub level: u8,
    /// What the evaluator says.
    pub expected: Observed,
    /// What compiled code does.
    pub got: Observed,
}

/// What a run did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Programs compiled, each at every level.
    pub programs: u64,
    /// Cases compared.
    pub cases: u64,
    /// What they used of the language.
    pub coverage: Coverage,
    /// Where engines disagreed.
    pub findings: Vec<Finding>,
    /// When the first finding came up.
    pub first: Option<Duration>,
}

/// Compares until the plan's end.
pub fn run(plan: &Plan<'_>, say: &mut dyn FnMut(&Finding)) -> Report {
    let start = Instant::now();
    let mut noise = Noise::new(plan.seed);
    let corpus = seeds::programs();
    let mut report = Report::default();
    let more = |report: &Report| {
        report.programs < plan.programs
            && report.findings.len() < plan.findings
            && start.elapsed() < plan.time
    };
    while more(&report) {
        for batch in next_batches(&mut noise, &corpus, &mut report.coverage) {
            report.programs += 1;
            report.cases += batch.expected.iter().flatten().count() as u64;
            for finding in findings(&batch, plan, &mut || {
                report.first.get_or_insert_with(|| start.elapsed());
            }) {
                say(&finding);
                report.findings.push(finding);
            }
            if !more(&report) {
                break;
            }
        }
    }
    report
}

/// What this many cases of a seed use of the language. Nothing is compiled.
pub fn coverage_of(seed: u64, cases: usize) -> Coverage {
    let mut noise = Noise::new(seed);
    let corpus = seeds::programs();
    let mut coverage = Coverage::default();
    for _ in 0..cases {
        let case = next_case(&mut noise, &corpus, 0);
        if let Some(alone) = Batch::solo(case.program()) {
            let observed = alone.expected[0].as_ref();
            coverage.add(
                &alone.program,
                observed.expect("a solo program is compared"),
            );
        }
    }
    coverage
}

/// Programs of new cases. Those that cannot share one get their own.
fn next_batches(noise: &mut Noise, corpus: &[String], coverage: &mut Coverage) -> Vec<Batch> {
    let mut shared: Vec<Case> = Vec::new();
    let mut batches = Vec::new();
    while shared.len() < CASES {
        let case = next_case(noise, corpus, shared.len());
        let Some(alone) = Batch::solo(case.program()) else {
            continue;
        };
        let observed = alone.expected[0]
            .as_ref()
            .expect("a solo program is compared");
        if can_share(&case) {
            coverage.add(&alone.program, observed);
            shared.push(case);
        } else if noise.one_in(30) {
            coverage.add(&alone.program, observed);
            batches.push(alone);
        }
    }
    let cases: Vec<&Case> = shared.iter().collect();
    batches.extend(Batch::of(&cases, noise));
    batches
}

fn next_case(noise: &mut Noise, corpus: &[String], number: usize) -> Case {
    let plain = |body| Case {
        definitions: String::new(),
        body,
    };
    let fuel = 8 + noise.below(80);
    match noise.below(12) {
        0 => plain(Grammar::program(noise, fuel)),
        1 => plain(noise.pick(corpus).clone()),
        2 => {
            let (one, other) = (noise.pick(corpus), noise.pick(corpus));
            plain(mutate::text(one, other, noise))
        }
        _ => Writer::case(noise, &format!("c{number}-"), fuel),
    }
}

/// What a level of the compiler says about the cases of a batch. `known` is the code of the level
/// before: the same code does the same.
fn observe(
    batch: &Batch,
    level: u8,
    plant: &Plant<'_>,
    known: &mut Vec<u8>,
) -> Vec<(usize, Observed)> {
    let cases: Vec<usize> = (0..batch.expected.len())
        .filter(|&case| batch.expected[case].is_some())
        .collect();
    let broken = |text: String| Observed {
        answer: Answer::Broken(text),
        asked: Vec::new(),
        leaked: 0,
    };
    let program = (plant.program)(batch.program.clone());
    let core = guarded(|| generate(&program, level, plant.code)).unwrap_or_else(Err);
    if core.as_ref().is_ok_and(|core| core == known) {
        return Vec::new();
    }
    let compiled = core.and_then(|core| {
        *known = core;
        guarded(|| Compiled::new(known)).unwrap_or_else(Err)
    });
    match compiled {
        Ok(compiled) => cases
            .into_iter()
            .map(|case| {
                (
                    case,
                    guarded(|| compiled.observe(case)).unwrap_or_else(broken),
                )
            })
            .collect(),
        Err(text) => cases
            .into_iter()
            .take(1)
            .map(|case| (case, broken(text.clone())))
            .collect(),
    }
}

/// A panic as text.
fn guarded<R>(run: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        format!("panic: {}", text.unwrap_or_default())
    })
}

/// Where engines disagree on a batch, made small.
fn findings(batch: &Batch, plan: &Plan<'_>, found_one: &mut dyn FnMut()) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut known = Vec::new();
    for &level in plan.levels {
        for (case, got) in observe(batch, level, &plan.plant, &mut known) {
            let expected = batch.expected[case]
                .clone()
                .expect("only such cases are run");
            if got == expected {
                continue;
            }
            found_one();
            // What cannot be compiled may be any of the cases.
            let broken = matches!(got.answer, Answer::Broken(_));
            let suspects = batch.alone.iter().enumerate();
            let alone = suspects
                .filter(|(suspect, _)| broken || *suspect == case)
                .find_map(|(_, text)| difference(text, 0, level, &plan.plant));
            let finding = alone.unwrap_or_else(|| Finding {
                text: batch.text.clone(),
                case,
                level,
                expected,
                got,
            });
            found.push(smaller(finding, plan));
            // One of a program is enough.
            return found;
        }
    }
    found
}

/// How an answer is wrong, roughly: a smaller program shall be wrong alike.
fn manner(expected: &Observed, got: &Observed) -> (u8, String) {
    match (&expected.answer, &got.answer) {
        (_, Answer::Broken(text)) => (
            0,
            text.chars()
                .filter(|c| c.is_alphabetic())
                .take(30)
                .collect(),
        ),
        (Answer::Value(..), Answer::Value(..)) if expected.answer != got.answer => {
            (1, String::new())
        }
        (Answer::Value(..), Answer::Raised(error)) => (2, error.class.clone()),
        (Answer::Raised(error), Answer::Value(..)) => (3, error.class.clone()),
        (Answer::Raised(one), Answer::Raised(other)) if one != other => {
            let part = if one.class != other.class {
                "class"
            } else if one.message != other.message {
                "message"
            } else if one.node != other.node {
                "node"
            } else {
                "rest"
            };
            (4, part.to_owned())
        }
        _ if expected.asked != got.asked => (5, String::new()),
        _ => (6, String::new()),
    }
}

/// The difference of one program at a level, if there is one.
pub fn difference(text: &str, case: usize, level: u8, plant: &Plant<'_>) -> Option<Finding> {
    let mut batch = Batch::solo(text.to_owned())?;
    if case > 0 {
        batch.expected = vec![None; case];
        batch
            .expected
            .push(crate::reference::observe(&batch.program, case));
    }
    let (_, got) = observe(&batch, level, plant, &mut Vec::new()).pop()?;
    let expected = batch.expected.pop()??;
    (got != expected).then_some(Finding {
        text: batch.text,
        case,
        level,
        expected,
        got,
    })
}

/// A smaller program that fails alike.
pub fn smaller(finding: Finding, plan: &Plan<'_>) -> Finding {
    let manner_of = |finding: &Finding| manner(&finding.expected, &finding.got);
    let wanted = manner_of(&finding);
    let again = |text: &str| {
        let found = difference(text, finding.case, finding.level, &plan.plant)?;
        (manner_of(&found) == wanted).then_some(found)
    };
    let text = shrink(&finding.text, plan.shrink, &mut |text| {
        again(text).is_some()
    });
    let found = again(&text);
    found.unwrap_or(finding)
}
