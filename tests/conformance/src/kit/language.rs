//! What the functions of a group give, and what they ask of their host.

use rtfs_host::{CallError, CallOptions, Grants};

use super::limits;
use super::module::{same, text};
use super::observed::{Callee, Ending, NO_ARGUMENTS, Observed, hex};
use super::report::Report;
use super::vectors::{Group, Vector};
use super::witness::Witness;

/// Values, as bytes, that a function which returns its argument must give back byte for byte.
pub(super) const RETURNED: &[(&str, &[u8])] = &[
    ("nil", &[0xf6]),
    ("false", &[0xf4]),
    (
        "smallest-integer",
        &[0x3b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ),
    ("byte", &[0x18, 0x18]),
    ("two-bytes", &[0x19, 0x01, 0x00]),
    ("four-bytes", &[0x1a, 0x00, 0x01, 0x00, 0x00]),
    ("half-float", &[0xf9, 0x3c, 0x00]),
    ("negative-zero", &[0xf9, 0x80, 0x00]),
    ("not-a-number", &[0xf9, 0x7e, 0x00]),
    ("infinity", &[0xf9, 0xfc, 0x00]),
    ("single-float", &[0xfa, 0x47, 0xc3, 0x50, 0x00]),
    (
        "double-float",
        &[0xfb, 0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a],
    ),
    ("text", &[0x65, b'g', 0xc3, 0xbc, 0xc3, 0x9f]),
    ("empty-text", &[0x60]),
    ("keyword", &[0xd9, 0x6a, 0x40, 0x61, b'k']),
    ("symbol", &[0xd9, 0x6a, 0x41, 0x61, b's']),
    ("list", &[0xd9, 0x6a, 0x42, 0x82, 0x01, 0x80]),
    (
        "map-in-its-order",
        &[
            0xd9, 0x6a, 0x43, 0x84, 0xd9, 0x6a, 0x40, 0x61, b'b', 0x01, 0xd9, 0x6a, 0x40, 0x61,
            b'a', 0xd9, 0x6a, 0x43, 0x80,
        ],
    ),
    (
        "timestamp",
        &[
            0xd9, 0x6a, 0x44, 0x74, b'2', b'0', b'2', b'4', b'-', b'0', b'1', b'-', b'0', b'2',
            b'T', b'0', b'3', b':', b'0', b'4', b':', b'0', b'5', b'Z',
        ],
    ),
];

/// Tries what was made of a group, and gives how each vector ended.
pub(super) fn check(callee: Callee<'_>, group: &Group, report: &mut Report) -> Vec<Ending> {
    let name = &group.name;
    let mut endings = Vec::new();
    let mut asked = Ok(());
    let mut repeated = Ok(());
    for vector in &group.vectors {
        let run = |entropy| {
            let options = CallOptions {
                entropy,
                ..CallOptions::default()
            };
            Observed::of_export(callee, (vector.export, &vector.args), &options)
        };
        let (first, again, elsewhere) = (run(0), run(0), run(1));
        let result = vector.expected.ending.expect(&first.0.ending);
        report.add(format!("language/{name}/{}", vector.name), result);
        asked = asked.and_then(|()| same_questions(vector, &first.0));
        // A guest's fuel may follow from its random numbers, what it gives may not.
        repeated = repeated.and_then(|()| {
            let name = &vector.name;
            same(
                &first,
                &again,
                &format!("two calls of `{name}`, or their fuel,"),
            )?;
            let elsewhere = &elsewhere.0;
            same(
                &first.0,
                elsewhere,
                &format!("what `{name}` gives for other random numbers"),
            )
        });
        endings.push(first.0.ending);
    }
    report.add(format!("capabilities/{name}"), asked);
    report.add(format!("determinism/calls-{name}"), repeated);
    limits::check_group(callee, group, report);
    if let Some(export) = group.export("same") {
        for (name, bytes) in RETURNED {
            let result = returned(callee, export, bytes);
            report.add(format!("encoding/returned-{name}"), result);
        }
    }
    if let Some(export) = group.export("asked") {
        report.add("capabilities/not-granted", not_granted(callee, export));
        report.add("capabilities/no-host", no_host(callee, export));
    }
    endings
}

fn same_questions(vector: &Vector, got: &Observed) -> Result<(), String> {
    let (wanted, got) = (&vector.expected.asked, &got.asked);
    if wanted == got {
        return Ok(());
    }
    let shown = |asked: &[String]| match asked {
        [] => "nothing".to_owned(),
        asked => asked.join(" "),
    };
    Err(format!(
        "`{}` must ask for {}, it asked for {}",
        vector.name,
        shown(wanted),
        shown(got)
    ))
}

fn returned(callee: Callee<'_>, export: u32, value: &[u8]) -> Result<(), String> {
    let args = [&[0x81], value].concat();
    let called = callee.invoke(export, &args, &CallOptions::default());
    match Ending::of_call(called) {
        Ending::Value(got) if got == value => Ok(()),
        Ending::Value(got) => Err(format!("sent {}, got {}", hex(value), hex(&got))),
        other => Ending::Value(value.to_owned()).expect(&other),
    }
}

/// Without a grant the call raises, and the host hears nothing.
fn not_granted(callee: Callee<'_>, export: u32) -> Result<(), String> {
    let witness = Witness::default();
    let options = witness.answering_under(Grants::none(), &CallOptions::default());
    raises(callee, export, &options, "SecurityViolation")?;
    match witness.asked()[..] {
        [] => Ok(()),
        [..] => Err("the host was asked all the same".to_owned()),
    }
}

fn no_host(callee: Callee<'_>, export: u32) -> Result<(), String> {
    raises(callee, export, &CallOptions::default(), "UnknownCapability")
}

fn raises(
    callee: Callee<'_>,
    export: u32,
    options: &CallOptions,
    class: &str,
) -> Result<(), String> {
    match callee.invoke(export, &NO_ARGUMENTS, options).result {
        Err(CallError::Raised(error)) if error.class == class => Ok(()),
        Err(error) => Err(format!("wanted !{class}: {}", text(error))),
        Ok(_) => Err(format!("wanted !{class}, got a value")),
    }
}
