//! The rows of targets, and what was found for each.

use std::fmt;

use crate::contender::{EVALUATOR, HAND, RTFS, TYPED};
use crate::race::Times;

const NODE: &str = "Node";

/// One target: a figure that must not be exceeded.
#[derive(Debug)]
pub struct Row {
    /// Its number.
    pub number: u8,
    /// What it is about.
    pub what: &'static str,
}

/// All of them.
pub static ROWS: &[Row] = &[
    Row {
        number: 1,
        what: "annotated integer and float code vs hand-written wasm, same profile and entry, fuel on",
    },
    Row {
        number: 2,
        what: "un-annotated integer code vs the same",
    },
    Row {
        number: 3,
        what: "numeric programs vs Node (warm)",
    },
    Row {
        number: 4,
        what: "map counting, vectors, sorting, record pipelines vs Node with mutable structures",
    },
    Row {
        number: 5,
        what: "20,000 string appends vs Node, and linear in length",
    },
    Row {
        number: 6,
        what: "programs whose time is in RTFS code vs the evaluator; library-bound ones",
    },
    Row {
        number: 7,
        what: "IR to component for a 200-line module, wasmtime excluded",
    },
    Row {
        number: 8,
        what: "cold `rtfs run` of a 200-line module including native compilation, vs `--engine evaluator`",
    },
    Row {
        number: 9,
        what: "warm `rtfs run` of a program whose work is trivial: whole process",
    },
];

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unit {
    /// How many times as long.
    Ratio,
    /// Milliseconds.
    Millis,
}

/// A figure that belongs to a row.
#[derive(Debug)]
pub struct Finding {
    /// The row's number.
    pub row: u8,
    /// What was measured.
    pub case: String,
    /// What came out.
    pub measured: f64,
    /// What may come out.
    pub at_most: f64,
    /// Of both.
    pub unit: Unit,
}

impl Finding {
    /// Whether the target is met.
    pub fn holds(&self) -> bool {
        self.measured <= self.at_most
    }
}

/// A figure with its unit.
pub struct Figure(pub f64, pub Unit);

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Unit::Ratio => write!(f, "{:.2}", self.0),
            Unit::Millis => write!(f, "{:.1} ms", self.0),
        }
    }
}

/// Compares two contenders of some programs.
struct Comparison {
    row: u8,
    programs: &'static [&'static str],
    ours: &'static str,
    theirs: &'static str,
    at_most: f64,
}

const NUMERIC: &[&str] = &["fib", "tak", "collatz", "mandelbrot"];

static COMPARISONS: &[Comparison] = &[
    Comparison {
        row: 1,
        programs: NUMERIC,
        ours: TYPED,
        theirs: HAND,
        at_most: 1.3,
    },
    Comparison {
        row: 2,
        programs: &["fib", "tak", "collatz"],
        ours: RTFS,
        theirs: HAND,
        at_most: 1.6,
    },
    Comparison {
        row: 3,
        programs: NUMERIC,
        ours: RTFS,
        theirs: NODE,
        at_most: 1.5,
    },
    Comparison {
        row: 4,
        programs: &["counting", "vectors", "sorting", "records"],
        ours: RTFS,
        theirs: NODE,
        at_most: 3.0,
    },
    Comparison {
        row: 5,
        programs: &["append"],
        ours: RTFS,
        theirs: NODE,
        at_most: 3.0,
    },
    Comparison {
        row: 6,
        programs: &[
            "fib",
            "tak",
            "collatz",
            "mandelbrot",
            "closures",
            "derive",
            "queens",
        ],
        ours: RTFS,
        theirs: EVALUATOR,
        at_most: 0.1,
    },
    Comparison {
        row: 6,
        programs: &[
            "vectors", "counting", "records", "sorting", "append", "words", "json",
        ],
        ours: RTFS,
        theirs: EVALUATOR,
        at_most: 1.5,
    },
];

/// What a program's times say about the rows.
pub fn findings(program: &str, times: &Times) -> Vec<Finding> {
    let mut found = Vec::new();
    for it in COMPARISONS {
        if !it.programs.contains(&program) {
            continue;
        }
        let Some(measured) = times.ratio(it.ours, it.theirs) else {
            continue;
        };
        found.push(Finding {
            row: it.row,
            case: format!("{program}: {} vs {}", it.ours, it.theirs),
            measured,
            at_most: it.at_most,
            unit: Unit::Ratio,
        });
    }
    found
}

/// What the times of a text of `longer` pieces and of one of half the length say about row 5.
pub fn linearity(longer: i64, half: std::time::Duration, whole: std::time::Duration) -> Finding {
    Finding {
        row: 5,
        case: format!("append: {longer} pieces vs half of them"),
        measured: whole.as_secs_f64() / half.as_secs_f64(),
        // Twice as much work, with a quarter for noise; quadratic growth gives 4.
        at_most: 2.5,
        unit: Unit::Ratio,
    }
}
