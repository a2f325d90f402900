//! What the backend in Python is held against (`backends/python/tests`) is what the evaluator answers.
//!
//! `RTFS_BLESS=1 cargo test -p rtfs-interpreter-program --test python_answers` writes both files anew: the
//! program's encoding, and the answers to the calls that are in the file.

use std::fs;
use std::path::{Path, PathBuf};

use rtfs_eval::lower_options;
use rtfs_guest::{DynamicModule as _, Error};
use rtfs_interpreter_program::Interpreter;
use rtfs_ir::LowerOptions;
use rtfs_value::cbor;
use serde_json::{Value, json};

fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../python/tests");
    folder.join(name)
}

fn is_blessing() -> bool {
    std::env::var_os("RTFS_BLESS").is_some()
}

/// The encoding of the program: some of its functions violate their annotations on purpose.
fn encoded() -> Vec<u8> {
    let source = fs::read_to_string(file("arithmetic.rtfs")).expect("it is there");
    let options = LowerOptions {
        static_checks: false,
        ..lower_options()
    };
    let lowered = rtfs_ir::lower(&rtfs_syntax::read(&source).forms, &options);
    lowered.program.expect("it is a program").encode()
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    let digits = pairs.map(|pair| std::str::from_utf8(pair).expect("hexadecimal digits"));
    let bytes = digits.map(|pair| u8::from_str_radix(pair, 16));
    bytes.collect::<Result<_, _>>().expect("hexadecimal digits")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A call `[export, arguments, depth]` as a component is called: bytes in, bytes or an error out.
fn answer(interpreter: &mut Interpreter, call: &Value) -> Value {
    let number = |at: usize| {
        let number = call[at].as_u64().and_then(|n| u32::try_from(n).ok());
        number.expect("numbers are of 32 bits")
    };
    interpreter.limits(0, number(2));
    let answer = cbor::decode_args(&bytes(call[1].as_str().expect("arguments")))
        .map_err(|_| Error::invalid_argument("arguments are not a canonical array"))
        .and_then(|args| interpreter.invoke(number(0), args))
        .and_then(|value| rtfs_guest::encode(&value));
    match answer {
        Ok(bytes) => json!({"ok": hex(&bytes)}),
        Err(error) => json!({
            "error": error.class(),
            "kind": error.kind(),
            "message": error.to_string(),
            "node": error.node().map_or(-1, i64::from),
            "stack": error.stack(),
        }),
    }
}

#[test]
fn the_program_is_the_encoding_of_its_source() {
    if is_blessing() {
        fs::write(file("arithmetic.ir"), encoded()).expect("the repository is writable");
    }
    let noted = fs::read(file("arithmetic.ir")).expect("it is there");
    assert!(
        noted == encoded(),
        "arithmetic.ir is stale: RTFS_BLESS=1 writes it anew"
    );
}

#[test]
fn the_answers_are_the_evaluator_s() {
    let noted = fs::read_to_string(file("arithmetic.json")).expect("it is there");
    let noted: Vec<(Value, Value)> = serde_json::from_str(&noted).expect("it is JSON");
    assert!(noted.len() > 2000, "{} calls", noted.len());
    let mut interpreter = Interpreter::of_program(&encoded()).expect("it is a program");
    let answers = noted
        .iter()
        .map(|(call, _)| (call.clone(), answer(&mut interpreter, call)));
    let answers: Vec<(Value, Value)> = answers.collect();
    if is_blessing() {
        let lines: Vec<String> = answers
            .iter()
            .map(|pair| serde_json::to_string(pair).expect("it is JSON"))
            .collect();
        let text = format!("[\n{}\n]\n", lines.join(",\n"));
        fs::write(file("arithmetic.json"), text).expect("the repository is writable");
        return;
    }
    for ((call, noted), (_, answer)) in noted.iter().zip(&answers) {
        assert_eq!(noted, answer, "{call}");
    }
}
