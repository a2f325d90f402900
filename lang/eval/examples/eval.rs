//! Evaluates its argument and prints the value and what the run took.
//!
//! `cargo run --release -p rtfs-eval --example eval -- '(map inc [1 2])'`

#![allow(clippy::print_stdout, reason = "it is a program for the terminal")]

use rtfs_eval::{Limits, PureHost, evaluate};

fn main() {
    let source = std::env::args().nth(1).unwrap_or_default();
    let read = rtfs_syntax::read(&source);
    let lowered = rtfs_ir::lower(&read.forms, &rtfs_eval::lower_options());
    for diagnostic in read.diagnostics.iter().chain(&lowered.diagnostics) {
        println!("{}: {}", diagnostic.code, diagnostic.message);
    }
    let Some(program) = lowered.program else {
        return;
    };
    let start = std::time::Instant::now();
    let outcome = evaluate(&program, &mut PureHost, &Limits::default());
    let elapsed = start.elapsed();
    match &outcome.result {
        Ok(value) => println!("{}", rtfs_value::readable(value)),
        Err(error) => println!(
            "{}: {} {:?}",
            error.class_name(),
            error.text(),
            error.stack()
        ),
    }
    println!(
        "{} steps, {} bytes at most, {elapsed:?}",
        outcome.steps, outcome.peak_memory
    );
}
