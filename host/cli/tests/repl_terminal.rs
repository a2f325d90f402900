//! `rtfs repl` at a real terminal: a pseudo-terminal whose other side is the test.

#![cfg(unix)]

#[path = "support/terminal.rs"]
mod terminal;

use terminal::{END_PASTE, Terminal};

const CTRL_C: &str = "\u{3}";
const CTRL_D: &str = "\u{4}";
const UP: &str = "\u{1b}[A";

#[test]
fn values_are_shown_and_the_session_ends_with_ctrl_d() {
    let mut terminal = Terminal::start();
    terminal.enter("(* 6 7)");
    terminal.expect("42\r\n");
    terminal.enter("(nth [1] 5)");
    terminal.expect("error[IndexOutOfBounds]");
    terminal.expect("<input 2>:1:1");
    terminal.send(CTRL_D);
    assert_eq!(terminal.wait(), 0);
}

#[test]
fn an_unfinished_form_goes_on_in_the_next_line() {
    let mut terminal = Terminal::start();
    terminal.enter("(let [x 40");
    terminal.expect("  ... ");
    terminal.enter("y 3]");
    terminal.enter("(+ x y))");
    terminal.expect("43\r\n");
    terminal.leave();
}

#[test]
fn ctrl_c_ends_an_endless_loop_and_keeps_definitions() {
    let mut terminal = Terminal::start();
    terminal.enter("(def kept 4711)");
    terminal.expect("4711\r\n");
    terminal.enter("(defn spin [n] (spin (+ n 1)))");
    terminal.expect("#<function>\r\n");
    terminal.enter("(spin 0)");
    // Until the form runs, Ctrl-C only drops what is typed.
    terminal.insist(CTRL_C, "interrupted");
    terminal.prompt();
    terminal.enter("(str kept \"!\")");
    terminal.expect("\"4711!\"\r\n");
    terminal.leave();
}

#[test]
fn ctrl_c_drops_what_is_typed() {
    let mut terminal = Terminal::start();
    terminal.send("(let [never");
    terminal.cancel();
    terminal.enter("(+ 20 3)");
    terminal.expect("23\r\n");
    terminal.leave();
}

#[test]
fn names_are_completed() {
    let mut terminal = Terminal::start();
    terminal.enter("(defn quite-a-long-name [] :completed)");
    terminal.expect("#<function>\r\n");
    terminal.prompt();
    terminal.send("(quite-a\t");
    terminal.expect("quite-a-long-name");
    terminal.send(")\r");
    terminal.expect(":completed\r\n");
    terminal.prompt();
    terminal.send("(string-upp\t");
    terminal.expect("string-upper");
    terminal.send(" \"done\")\r");
    terminal.expect("\"DONE\"\r\n");
    terminal.leave();
}

#[test]
fn files_are_loaded_and_names_explained() {
    let mut terminal = Terminal::start();
    terminal.write("shop.rtfs", "(defn total [n] (* n 250))\n(total 2)\n");
    terminal.enter(":load shop.rtfs");
    terminal.expect("500\r\n");
    terminal.enter("(total 3)");
    terminal.expect("750\r\n");
    terminal.enter(":doc nth");
    terminal.expect("The item at an index.");
    terminal.enter(":type [1 2]");
    terminal.expect("[:vector :int]\r\n");
    terminal.enter(":quit");
    assert_eq!(terminal.wait(), 0);
}

#[test]
fn history_outlives_the_session() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let mut terminal = Terminal::start_with(&[("HOME", Some(home.path()))]);
    terminal.enter("(* 111 7)");
    terminal.expect("777\r\n");
    terminal.leave();
    let history = home.path().join(".local/share/rtfs/repl/history");
    assert!(history.exists() || cfg!(not(target_os = "linux")));
    let mut terminal = Terminal::start_with(&[("HOME", Some(home.path()))]);
    terminal.send(UP);
    terminal.expect("(* 111 7)");
    terminal.send("\r");
    terminal.expect("777\r\n");
    terminal.leave();
}

#[test]
fn without_a_home_there_is_no_history_and_no_failure() {
    let mut terminal = Terminal::start_with(&[("HOME", None), ("XDG_DATA_HOME", None)]);
    terminal.enter("(* 111 7)");
    terminal.expect("777\r\n");
    terminal.send(UP);
    terminal.expect("(* 111 7)");
    terminal.send("\r");
    terminal.expect("777\r\n");
    terminal.leave();
}

#[test]
fn ten_megabytes_can_be_pasted() {
    let mut terminal = Terminal::start();
    terminal.paste(&format!("(string-length \"{}\")", "x".repeat(10 << 20)));
    terminal.expect("#<pasted 1: 10485778 bytes>");
    terminal.send("\r");
    terminal.expect("10485760\r\n");
    terminal.prompt();
    terminal.enter("(+ 20 3)");
    terminal.expect("23\r\n");
    terminal.leave();
}

#[test]
fn several_lines_can_be_pasted() {
    let mut terminal = Terminal::start();
    terminal.paste("(defn f [x]\r  (* x 11))\r(f 4)\r(f 5)");
    terminal.send("\r");
    terminal.expect("#<function>\r\n44\r\n55\r\n");
    terminal.leave();
}

#[test]
fn bytes_that_are_not_utf8_do_no_harm() {
    let mut terminal = Terminal::start();
    terminal.send_bytes(b"\xff\xfe\xc3\x28");
    terminal.cancel();
    terminal.enter("(+ 20 3)");
    terminal.expect("23\r\n");
    terminal.send_bytes(b"\x1b[200~(str \"\xff\")");
    terminal.send(END_PASTE);
    terminal.cancel();
    terminal.enter("(+ 20 4)");
    terminal.expect("24\r\n");
    terminal.leave();
}

#[test]
fn a_closed_standard_output_ends_the_session() {
    let mut terminal = Terminal::start_with_closed_output();
    terminal.send("(+ 1 2)\n");
    assert_eq!(terminal.wait(), 0);
    let seen = terminal.seen();
    assert!(!seen.contains("panic") && !seen.contains("error"), "{seen}");
}
