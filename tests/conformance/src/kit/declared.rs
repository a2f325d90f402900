//! Functions that a program only declares: somebody else answers their calls.

use std::sync::{Arc, Mutex, PoisonError};

use rtfs_eval::{Limits as EvaluatorLimits, PureHost};
use rtfs_host::{
    CallOptions, CapabilityHost, DECLARED_PREFIX, HostError, HostFuture, HostRequest, Limits,
};
use rtfs_ir::Program;
use rtfs_value::{Value, cbor, readable};

use super::observed::{Callee, Ending, NO_ARGUMENTS};
use super::report::Report;
use super::vectors;

/// A program that declares functions and defines none of them.
pub(super) const PROGRAM: &str = include_str!("../../vectors/declared.rtfs");

/// Calls that may be pending.
const DEPTH: u32 = 1000;

/// What is called (the two with the rest parameter in tail position), what it gives (a value, or the class of an error behind `!`), and what the host is
/// asked: the names of context values, and calls with how many more calls may be pending.
const CALLS: &[(&str, &str, &[&str])] = &[
    (
        "asked",
        "42",
        &["declared:look-up", "(declared:look-up 998 41)"],
    ),
    (
        "with-rest",
        "6",
        &["declared:sum-of", "(declared:sum-of 999 1 (2 3))"],
    ),
    (
        "without-rest",
        "1",
        &["declared:sum-of", "(declared:sum-of 999 1 ())"],
    ),
    (
        "deeper",
        "43",
        &["declared:look-up", "(declared:look-up 997 41)"],
    ),
    (
        "twice",
        "[1 2]",
        &[
            "declared:look-up",
            "(declared:look-up 998 1)",
            "(declared:look-up 998 2)",
        ],
    ),
    (
        "raised",
        "\"Network error: offline\"",
        &["declared:look-up", "(declared:look-up 998 -1)"],
    ),
    ("too-few", "!ArityMismatch", &["declared:look-up"]),
    (
        "left-alone",
        "!UndefinedSymbol",
        &["declared:nobody", "nobody"],
    ),
];

/// Ids of what is tried.
pub(super) fn ids() -> impl Iterator<Item = String> {
    CALLS.iter().map(|(name, _, _)| format!("declared/{name}"))
}

/// Tries what was made of [`PROGRAM`].
pub(super) fn check(callee: Callee<'_>, report: &mut Report) {
    let program = vectors::program(PROGRAM);
    for (name, wanted, asked) in CALLS {
        let program = program.as_ref().map_err(Clone::clone);
        let result = program.and_then(|program| tried(callee, program, (name, wanted, asked)));
        report.add(format!("declared/{name}"), result);
    }
}

fn tried(
    callee: Callee<'_>,
    program: &Program,
    (name, wanted, asked): (&str, &str, &[&str]),
) -> Result<(), String> {
    let export = vectors::export(program, name).ok_or("the program does not export it")?;
    let host = Answering::default();
    let options = CallOptions {
        limits: Limits {
            depth: DEPTH,
            ..Limits::default()
        },
        host: Some(Arc::new(host.clone())),
        ..CallOptions::default()
    };
    let got = Ending::of_call(callee.invoke(export, &NO_ARGUMENTS, &options));
    let is_wanted = match wanted.strip_prefix('!') {
        Some(class) => got.class() == Some(class),
        None => got == Ending::Value(encoded(wanted)?),
    };
    if !is_wanted {
        return Err(format!("wanted {wanted}, got {}", got.shown()));
    }
    let heard = host.heard();
    match heard == asked {
        true => Ok(()),
        false => Err(format!(
            "must ask for {}, it asked for {}",
            asked.join(" "),
            heard.join(" ")
        )),
    }
}

fn encoded(text: &str) -> Result<Vec<u8>, String> {
    let outcome = rtfs_eval::evaluate(
        &vectors::program(text)?,
        &mut PureHost,
        &EvaluatorLimits::default(),
    );
    let value = outcome.result.and_then(|value| cbor::encode(&value));
    value.map_err(|error| error.text().to_owned())
}

/// Answers calls of all declared functions but `nobody`, and notes what it is asked.
#[derive(Clone, Debug, Default)]
struct Answering {
    heard: Arc<Mutex<Vec<String>>>,
}

impl Answering {
    fn heard(&self) -> Vec<String> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.clone()
    }

    fn note(&self, what: String) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.push(what);
    }

    fn answer(&self, request: HostRequest<'_>) -> Result<Vec<u8>, HostError> {
        let malformed = || HostError::new("HostError", "host-error", "malformed arguments");
        let args = cbor::decode_args(request.args).map_err(|_| malformed())?;
        let shown: Vec<String> = args.iter().map(readable).collect();
        self.note(format!("({} {})", request.id, shown.join(" ")));
        let numbers = match &args[..] {
            [_, one] => vec![one.as_int()],
            [_, one, rest] => {
                let rest = rest.as_seq().ok_or_else(malformed)?;
                let rest = rest.iter().map(Value::as_int);
                std::iter::once(one.as_int()).chain(rest).collect()
            }
            _ => return Err(malformed()),
        };
        let numbers: Option<Vec<i64>> = numbers.into_iter().collect();
        match numbers.ok_or_else(malformed)?.iter().sum::<i64>() {
            sum if sum < 0 => Err(HostError::network("offline")),
            sum => cbor::encode(&Value::int(sum)).map_err(|_| malformed()),
        }
    }
}

impl CapabilityHost for Answering {
    fn call<'a>(&'a self, request: HostRequest<'a>) -> HostFuture<'a, Result<Vec<u8>, HostError>> {
        Box::pin(std::future::ready(self.answer(request)))
    }

    fn context(&self, name: &str) -> Option<Vec<u8>> {
        self.note(name.to_owned());
        None
    }

    fn declares(&self, name: &str) -> bool {
        self.note(format!("{DECLARED_PREFIX}{name}"));
        name != "nobody"
    }
}
