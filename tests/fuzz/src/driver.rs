//! Feeding a target.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Once;
use std::time::{Duration, Instant};

use crate::noise::Noise;
use crate::seeds;
use crate::targets::{Input, Target};

/// How long a run takes.
#[derive(Clone, Debug)]
pub struct Budget {
    /// No case begins later than this after the start.
    pub time: Duration,
    /// At most this many cases.
    pub cases: u64,
    /// Determines the cases.
    pub seed: u64,
    /// A case that takes longer fails. Loose: the machine may be busy.
    pub case_time: Duration,
    /// Where the case at hand is written before it runs, for what ends the process.
    pub keep: Option<PathBuf>,
}

/// What a run did.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    /// Cases that were checked.
    pub cases: u64,
    /// Outcomes that differ.
    pub outcomes: usize,
    /// The longest time of a case.
    pub slowest: Duration,
}

/// A case that broke a law.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The number of the case in its run.
    pub case: u64,
    /// What the target was fed.
    pub input: Vec<u8>,
    /// What it said.
    pub message: String,
}

/// Interesting inputs that are kept beside the seeds.
const MAX_POOL: usize = 20_000;

/// Checks cases until the budget is used or one fails. Smaller inputs that fail alike are looked
/// for before a failure is reported.
///
/// # Errors
/// The failure.
pub fn run(target: &Target, budget: &Budget) -> Result<Report, Failure> {
    let mut noise = Noise::new(budget.seed);
    let mut pool: Vec<Vec<u8>> = seeds::programs()
        .iter()
        .filter_map(|program| target.seed(program))
        .collect();
    let mut outcomes = BTreeSet::new();
    let start = Instant::now();
    let mut slowest = Duration::ZERO;
    let mut case = 0;
    while case < budget.cases && start.elapsed() < budget.time {
        let input = next_input(target, &pool, &mut noise);
        let before = start.elapsed();
        let outcome = check(target, &input, budget).map_err(|message| {
            let input = shrink(target, &input, budget);
            Failure {
                case,
                input,
                message,
            }
        })?;
        slowest = slowest.max(start.elapsed() - before);
        if outcomes.insert(outcome) && pool.len() < MAX_POOL {
            pool.push(input);
        }
        case += 1;
    }
    Ok(Report {
        cases: case,
        outcomes: outcomes.len(),
        slowest,
    })
}

fn next_input(target: &Target, pool: &[Vec<u8>], noise: &mut Noise) -> Vec<u8> {
    let (one, other) = (noise.pick(pool), noise.pick(pool));
    match noise.below(16) {
        0 => one.clone(),
        1..=5 => target.generate(noise),
        6 => target.mutate(&target.generate(noise), other, noise),
        _ => target.mutate(one, other, noise),
    }
}

/// The outcome of a case, or how it failed.
fn check(target: &Target, input: &[u8], budget: &Budget) -> Result<u64, String> {
    if let Some(keep) = &budget.keep {
        // What cannot be kept is not worth ending the run.
        let _ = std::fs::write(keep, input);
    }
    record_panics();
    let start = Instant::now();
    PANIC.set(Some(String::new()));
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.check)(input)));
    let took = start.elapsed();
    let said = PANIC.take().unwrap_or_default();
    match outcome {
        Ok(_) if took > budget.case_time => Err(format!("the case took {took:?}")),
        Ok(outcome) => Ok(outcome),
        Err(_) => Err(said),
    }
}

thread_local! {
    /// What the case at hand said when it panicked; `None` outside cases.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Panics of cases are kept instead of printed: looking for smaller inputs makes thousands.
fn record_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let kept = PANIC.with_borrow_mut(|said| {
                said.as_mut()
                    .map(|said| *said = panic.to_string())
                    .is_some()
            });
            if !kept {
                usual(panic);
            }
        }));
    });
}

/// Cuts pieces out as long as it still fails and that takes no longer than a case may.
fn shrink(target: &Target, input: &[u8], budget: &Budget) -> Vec<u8> {
    let mut best = input.to_vec();
    let mut size = best.len() / 2;
    let start = Instant::now();
    let tired = || start.elapsed() > budget.case_time;
    while size > 0 && !tired() {
        let mut at = 0;
        while at < best.len() && !tired() {
            let mut smaller = best.clone();
            smaller.drain(at..(at + size).min(best.len()));
            let valid = target.input == Input::Bytes || std::str::from_utf8(&smaller).is_ok();
            if valid && check(target, &smaller, budget).is_err() {
                best = smaller;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    best
}
