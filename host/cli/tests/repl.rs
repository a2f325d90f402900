//! `rtfs repl` without a terminal: forms from a pipe, values to another.

mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};

use support::Rtfs;

#[track_caller]
fn check(args: &[&str], input: &str, status: i32, stdout: &str) -> String {
    let rtfs = Rtfs::new();
    let mut all = vec!["repl"];
    all.extend(args);
    let ended = rtfs.run_with_input(&all, input.as_bytes());
    assert_eq!(
        (ended.status, ended.stdout.as_str()),
        (status, stdout),
        "{input}: {}",
        ended.stderr
    );
    ended.stderr
}

#[test]
fn forms_from_a_pipe_give_their_values_without_a_prompt() {
    let stderr = check(
        &[],
        "(def x 2)\n(* x\n  21) :price\n; a comment\n\n\"a\"",
        0,
        "2\n42\n:price\n\"a\"\n",
    );
    assert_eq!(stderr, "");
    check(&[], "", 0, "");
}

#[test]
fn errors_have_excerpts_and_what_follows_is_evaluated() {
    let input = "(defn pick [xs]\n  (nth xs 9))\n(pick [1])\n(+ 1 1)\n";
    let stderr = check(&[], input, 1, "#<function>\n2\n");
    assert!(
        stderr.contains("error[IndexOutOfBounds]: Index 9 out of bounds"),
        "{stderr}"
    );
    assert!(
        stderr.contains("--> <input 1>:2:3") && stderr.contains("(nth xs 9))"),
        "{stderr}"
    );
    assert!(stderr.contains("in pick"), "{stderr}");
}

#[test]
fn an_unfinished_form_at_the_end_is_an_error() {
    let stderr = check(&[], "(+ 1 2)\n(let [x", 1, "3\n");
    assert!(stderr.contains("E0010"), "{stderr}");
}

#[test]
fn each_value_comes_before_the_next_form_is_sent() {
    let rtfs = Rtfs::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_rtfs"))
        .arg("repl")
        .current_dir(rtfs.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary was built");
    let mut input = child.stdin.take().expect("it is piped");
    let mut values = BufReader::new(child.stdout.take().expect("it is piped"));
    for n in 0..3 {
        writeln!(input, "(* {n} 10)").expect("it reads");
        let mut line = String::new();
        values.read_line(&mut line).expect("it writes");
        assert_eq!(line, format!("{}\n", n * 10));
    }
    drop(input);
    assert!(child.wait().expect("the child is ours").success());
}

#[test]
fn commands_work_in_a_pipe_too() {
    let rtfs = Rtfs::new();
    rtfs.write(
        "shop.rtfs",
        "(defn total [n:int] : int (* n 250))\n(total 2)\n",
    );
    let input = ":load shop.rtfs\n(total 3)\n:type total\n:type (str 1)\n:doc total\n:load none.rtfs\n:quit\n(total 4)\n";
    let ended = rtfs.run_with_input(&["repl"], input.as_bytes());
    let (first, doc) = ended
        .stdout
        .split_at(ended.stdout.find("defined in").expect(":doc"));
    assert_eq!(first, "500\n750\n[:fn [:int] :int]\n:string\n");
    assert_eq!(
        doc,
        "defined in shop.rtfs\n\n(defn total [n:int] : int (* n 250))\n"
    );
    assert!(
        ended.stderr.contains("cannot read `none.rtfs`"),
        "{}",
        ended.stderr
    );
    let stderr = check(&[], "(/ 1 0)\n:doc nowhere\n", 1, "");
    assert!(
        stderr.contains("nothing is known about `nowhere`"),
        "{stderr}"
    );
    let ended = rtfs.run_with_input(&["repl"], b"(/ 1 0)\n:explain\n:doc nth\n:help\n");
    for part in [
        "DivisionByZero (`:division-by-zero`)",
        "Wrong:",
        "(nth c i default?)",
        ":load FILE",
    ] {
        assert!(ended.stdout.contains(part), "{part}: {}", ended.stdout);
    }
}

#[test]
fn grants_and_limits_hold() {
    let echo = "(call :ccos.echo 5)\n";
    check(&["--grant", "cap:ccos.echo"], echo, 0, "5\n");
    let stderr = check(&[], echo, 1, "");
    assert!(stderr.contains("UnknownCapability"), "{stderr}");
    let spin = "(defn spin [n] (spin (+ n 1)))\n(spin 0)\n(+ 1 1)\n";
    let stderr = check(&["--fuel", "100000"], spin, 4, "#<function>\n2\n");
    assert!(stderr.contains("--fuel"), "{stderr}");
    let stderr = check(&["--timeout", "200ms"], spin, 4, "#<function>\n2\n");
    assert!(stderr.contains("--timeout"), "{stderr}");
    let wrong = "(let [x:int \"one\"] x)\n";
    assert!(check(&[], wrong, 1, "").contains("E0201"));
    assert!(check(&["--no-type-check"], wrong, 1, "").contains("TypeValidationError"));
}

#[test]
fn bytes_that_are_not_utf8_are_reported() {
    let rtfs = Rtfs::new();
    let ended = rtfs.run_with_input(&["repl"], b"(+ 1 \xff)\n(+ 1 2)\n");
    assert_eq!((ended.status, ended.stdout.as_str()), (1, "3\n"));
    assert!(ended.stderr.contains("E0001"), "{}", ended.stderr);
}

#[test]
fn a_reader_that_went_away_ends_the_session() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rtfs"))
        .arg("repl")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary was built");
    drop(child.stdout.take());
    let mut input = child.stdin.take().expect("it is piped");
    // The session ends at the first value; the pipe stays open until it has.
    writeln!(input, "(+ 1 2)").expect("it reads");
    let status = child.wait().expect("the child is ours");
    let mut stderr = String::new();
    let mut errors = child.stderr.take().expect("it is piped");
    errors.read_to_string(&mut stderr).expect("text");
    assert_eq!((status.code(), stderr.as_str()), (Some(0), ""));
    drop(input);
}

#[test]
fn ten_megabytes_are_read_at_once_and_in_lines() {
    let long = format!("(string-length \"{}\")\n", "x".repeat(10 << 20));
    check(&[], &long, 0, "10485760\n");
    let lines = format!("(count [\n{}])\n", "1 2 3 4 5 6 7 8\n".repeat(640 << 10));
    check(&[], &lines, 0, "5242880\n");
}
