//! What `rtfs build --emit wat` shows of small functions.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --workspace --test wat` writes the files in `tests/wat` anew.

mod support;

use std::path::Path;

use support::Rtfs;

/// A function of a module's text, without its number and that of its type.
fn function(wat: &str, name: &str) -> String {
    let start = format!("(func ${name} ");
    let lines = wat
        .lines()
        .skip_while(|line| !line.trim_start().starts_with(&start));
    let mut text = String::new();
    for line in lines {
        let line = line.strip_prefix("  ").unwrap_or(line);
        match line.strip_prefix("(func $") {
            Some(head) => text.push_str(&plain(head)),
            None => text.push_str(line),
        }
        text.push('\n');
        if line == ")" {
            break;
        }
    }
    text
}

fn plain(head: &str) -> String {
    let words = head.split(' ').filter(|word| !word.starts_with("(;"));
    let text = words.collect::<Vec<_>>().join(" ");
    let (name, types) = text.split_once(" (type ").unwrap_or((&text, ""));
    let types = types.split_once(") ").map_or("", |(_, types)| types);
    format!("(func ${name} {types}")
}

#[track_caller]
fn check(name: &str, source: &str) {
    check_version(name, name, source);
}

/// As [`check`]; the function was lowered for certain kinds of arguments.
#[track_caller]
fn check_version(name: &str, function_name: &str, source: &str) {
    let rtfs = Rtfs::new();
    let program = rtfs.write("p.rtfs", source);
    let ended = rtfs.run(&["build", &program, "-o", "-", "--emit", "wat"]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let text = function(&ended.stdout, function_name);
    assert!(!text.is_empty(), "there is no function {function_name}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.join(format!("tests/wat/{name}.wat"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&file, &text).expect("the folder is writable");
    }
    let expected = std::fs::read_to_string(&file).expect("there is a snapshot");
    assert_eq!(text, expected, "{}", file.display());
}

#[test]
fn a_sum_of_integers() {
    check("add", "(defn add [a:int b:int] (+ a b))");
}

#[test]
fn a_loop_by_tail_calls() {
    check_version(
        "sum-to",
        "sum-to.ii",
        "(defn sum-to [n acc] (if (= n 0) acc (sum-to (- n 1) (+ acc n)))) (sum-to 10 0)",
    );
}

#[test]
fn a_choice_by_pattern() {
    check(
        "area",
        "(defn area [shape] (match shape {:r r} (* 3 r r) [w h] (* w h) _ 0))",
    );
}
