//! The canonical encoding: faithful, deterministic, and safe to decode from anyone.

mod noise;
mod sources;

use noise::Noise;
use rtfs_ir::{DecodeError, LowerOptions, Program, dump, lower};
use rtfs_syntax::read;

fn lowered(source: &str) -> Option<Program> {
    lower(&read(source).forms, &LowerOptions::default()).program
}

fn program(source: &str) -> Program {
    lowered(source).expect("the program lowers")
}

/// Every program of the golden files and the corpus that lowers.
fn programs() -> Vec<Program> {
    let programs: Vec<Program> = sources::all()
        .iter()
        .filter_map(|source| lowered(source))
        .collect();
    assert!(programs.len() > 500, "the sources were not found");
    programs
}

#[test]
fn every_program_survives_encoding() {
    for program in programs() {
        let bytes = program.encode();
        let decoded =
            Program::decode(&bytes).unwrap_or_else(|error| panic!("{error}: {}", dump(&program)));
        assert_eq!(decoded.encode(), bytes);
        assert_eq!(Program::decode(&bytes), Ok(decoded));
    }
}

#[test]
fn programs_of_the_greatest_depth_survive_encoding() {
    let deep = |before: &str, after: &str| format!("{}1{}", before.repeat(998), after.repeat(998));
    for source in [
        deep("[", "]"),
        format!("'{}", deep("[", "]")),
        deep("(let [] (def f (fn [] g)) (def g 1) ", ")"),
        deep("(let [] (if 1 (def g 1)) ", ")"),
        format!("(cond {})", "x 1 ".repeat(1_400)),
    ] {
        let bytes = program(&source).encode();
        assert!(Program::decode(&bytes).is_ok());
    }
}

#[test]
fn names_that_nobody_can_observe_are_not_encoded() {
    let same = |a: &str, b: &str| assert_eq!(program(a).encode(), program(b).encode(), "{a} / {b}");
    same("(let [x 1] x)", "(let [y   1]\n y) ; comment");
    same(
        "(defn f [a [b & c] & d] [a b c d])",
        "(defn f [p [q & r] & s] [p q r s])",
    );
    same(
        "(let [{:keys [a] :or {a 1}} {}] a)",
        "(let [{b :a :or {b 1}} {}] b)",
    );
    same("(for [i [1]] i)", "(for [j [1]] j)");
    same("(match 1 x x)", "(match 1 other other)");
    same("(try 1 (catch e e))", "(try 1 (catch err err))");
    same("(when 1 2)", "(if 1 (do 2))");
}

#[test]
fn what_can_be_observed_is_encoded() {
    let differ =
        |a: &str, b: &str| assert_ne!(program(a).encode(), program(b).encode(), "{a} / {b}");
    differ("(fn [a:int] a)", "(fn [b:int] b)");
    differ("(let [a:int 1] a)", "(let [b:int 1] b)");
    differ("(let [f (fn [] 1)] f)", "(let [g (fn [] 1)] g)");
    differ("(defn f [] 1)", "(defn g [] 1)");
    differ("(fn [] (if 1 (def k 1)) k)", "(fn [] (if 1 (def l 1)) l)");
    differ("1", "1.0");
    differ("0.0", "-0.0");
    differ("\"a\"", ":a");
    differ("'a", ":a");
    differ("[1 2]", "'[1 2]");
    differ("(if 1 2 3)", "(if 1 3 2)");
    differ("(and 1 2)", "(or 1 2)");
    differ("(fn [x] x)", "(fn [& x] x)");
    differ("(fn [x] : int x)", "(fn [x:int] x)");
    differ("(let [[a] [1]] a)", "(let [[a & _] [1]] a)");
}

#[test]
fn other_encodings_of_the_same_program_are_refused() {
    let bytes = program("42").encode();
    assert_eq!(
        bytes,
        [
            0x84, 1, 0x80, 0xf6, 0x81, 0x82, 0x82, 0, 0x80, 0x82, 0, 0x18, 42
        ]
    );
    let refused = |bytes: &[u8], error: DecodeError| assert_eq!(Program::decode(bytes), Err(error));
    let with_long_int = [&bytes[..11], &[0x19, 0, 42]].concat();
    refused(&with_long_int, DecodeError::NotCanonical);
    let with_more = [&bytes[..], &[0]].concat();
    refused(
        &with_more,
        DecodeError::Malformed {
            at: 13,
            expected: "the end",
        },
    );
    let version_two = [&[0x84, 2], &bytes[2..]].concat();
    refused(&version_two, DecodeError::UnknownVersion(2));
    let unknown_node = [&bytes[..10], &[0x18, 31, 0]].concat();
    refused(&unknown_node, DecodeError::UnknownNode(31));
    let wrong_fields = [&bytes[..10], &[15, 0]].concat();
    refused(
        &wrong_fields,
        DecodeError::Malformed {
            at: 11,
            expected: "a node with the right fields",
        },
    );
    let indefinite = [&[0x9f][..], &bytes[1..], &[0xff]].concat();
    refused(
        &indefinite,
        DecodeError::Malformed {
            at: 0,
            expected: "an item of this schema",
        },
    );
}

/// A program whose only form is the node with these bytes, in a form with one slot.
fn with_node(node: &[u8], cells: &[u8]) -> Vec<u8> {
    [&[0x84, 1, 0x80, 0xf6, 0x81, 0x82, 0x82, 1], cells, node].concat()
}

#[test]
fn references_that_lead_nowhere_are_refused() {
    let (plain, cell): (&[u8], &[u8]) = (&[0x80], &[0x81, 0]);
    let refused = |node: &[u8], cells: &[u8], wanted: &str| {
        let error = Program::decode(&with_node(node, cells)).unwrap_err();
        assert!(
            matches!(error, DecodeError::BadReference { what, .. } if what == wanted),
            "{error:?}, not {wanted}"
        );
    };
    assert!(Program::decode(&with_node(&[0x82, 2, 0], plain)).is_ok());
    refused(&[0x82, 2, 1], plain, "a slot");
    refused(&[0x82, 2, 0x20], plain, "a captured value");
    refused(&[0x82, 2, 0xf6], plain, "a running closure");
    refused(&[0x82, 2, 0], cell, "a cell in scope");
    refused(&[0x83, 3, 0, 0x61, b'k'], plain, "a cell or a value");
    refused(&[0x83, 17, 0x81, 0, 0x82, 2, 0], cell, "a cell or a value");
    assert!(
        Program::decode(&with_node(
            &[0x83, 17, 0x81, 0, 0x83, 3, 0, 0x61, b'k'],
            cell
        ))
        .is_ok()
    );
    refused(&[0x83, 17, 0x81, 0, 0x82, 0, 0], plain, "a cell");
    refused(&[0x82, 4, 0], plain, "a global");
    refused(
        &[0x84, 0x18, 26, 0, 0x82, 0, 0, 0x82, 0, 0],
        cell,
        "a cell in scope",
    );
}

#[test]
fn false_lengths_end_with_the_input() {
    let huge: &[u8] = &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let huge_text: &[u8] = &[0x7b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    for node in [
        [&[0x82, 16], huge].concat(),
        [&[0x82, 6], huge_text].concat(),
    ] {
        assert!(Program::decode(&with_node(&node, &[0x80])).is_err());
    }
    // Four thousand million slots.
    let bytes = [
        0x84, 1, 0x80, 0xf6, 0x81, 0x82, 0x82, 0x1a, 0xff, 0xff, 0xff, 0xff, 0x80, 0x82, 0, 0,
    ];
    assert!(Program::decode(&bytes).is_err());
}

#[test]
fn nesting_beyond_the_limit_is_refused() {
    let nested = |n: usize, open: &[u8], inside: &[u8]| [open.repeat(n), inside.to_vec()].concat();
    let vectors = nested(1_000_000, &[0x82, 23, 0x81], &[0x82, 0, 0]);
    assert_eq!(
        Program::decode(&with_node(&vectors, &[0x80])),
        Err(DecodeError::TooDeep)
    );
    let data = nested(1_000_000, &[0x82, 2, 0x81], &[0x82, 0, 0]);
    let quoted = [&[0x82, 1][..], &data].concat();
    assert_eq!(
        Program::decode(&with_node(&quoted, &[0x80])),
        Err(DecodeError::TooDeep)
    );
}

/// What is decoded is canonical; everything else is refused without a panic.
fn check_bytes(bytes: &[u8]) {
    if let Ok(program) = Program::decode(bytes) {
        assert_eq!(program.encode(), bytes);
        assert!(!dump(&program).is_empty() || program.forms.is_empty());
    }
}

#[test]
fn changed_bytes_never_panic() {
    let mut noise = Noise(1);
    for program in programs() {
        let bytes = program.encode();
        for _ in 0..20 {
            let mut changed = bytes.clone();
            for _ in 0..=noise.below(3) {
                let at = noise.below(changed.len());
                match noise.below(4) {
                    0 => changed[at] = noise.next().to_le_bytes()[0],
                    1 => changed[at] ^= 1 << noise.below(8),
                    2 => changed.truncate(at),
                    _ => {
                        let from = noise.below(bytes.len());
                        let piece = bytes[from..].iter().take(noise.below(20)).copied();
                        changed.splice(at..at, piece.collect::<Vec<_>>());
                    }
                }
                if changed.is_empty() {
                    break;
                }
            }
            check_bytes(&changed);
        }
    }
}

#[test]
fn noise_never_panics() {
    let mut noise = Noise(2);
    for _ in 0..20_000 {
        let n_bytes = noise.below(60);
        let mut bytes = vec![0x84, 1, 0x80, 0xf6, 0x81, 0x82, 0x82, 1, 0x80];
        // Mostly small heads, so that the noise gets past the first item.
        bytes.extend((0..n_bytes).map(|_| match noise.below(3) {
            0 => 0x80 | noise.next().to_le_bytes()[0] & 7,
            1 => noise.next().to_le_bytes()[0] & 31,
            _ => noise.next().to_le_bytes()[0],
        }));
        check_bytes(&bytes);
    }
}

#[test]
fn literals_that_nobody_can_write_are_refused() {
    for (source, text, damaged) in [
        ("2026-03-01T08:00:00Z", "2026-03-01", "2026-13-01"),
        (
            "0f0e0d0c-0b0a-0908-0706-050403020100",
            "0f0e0d0c",
            "0f0e0d0g",
        ),
        (":two-words", "two-words", "two words"),
        ("{:two-words 1}", "two-words", "two words"),
    ] {
        let mut bytes = program(source).encode();
        let at = bytes
            .windows(text.len())
            .position(|window| window == text.as_bytes())
            .expect("the literal is encoded as text");
        bytes[at..at + text.len()].copy_from_slice(damaged.as_bytes());
        let error = Program::decode(&bytes).expect_err(source);
        let expected = "a literal that can be written";
        assert!(
            matches!(error, DecodeError::Malformed { expected: found, .. } if found == expected),
            "{source}: {error}"
        );
    }
}
