//! Serves one program: every line asks for one timed run.

#[path = "PROGRAM"]
mod program;

use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

fn main() {
    let n = std::env::args().nth(1).and_then(|n| n.parse().ok()).expect("a number");
    for _ in std::io::stdin().lines() {
        let started = Instant::now();
        let result = black_box(program::run(black_box(n)));
        let time = started.elapsed().as_nanos();
        println!("{time} {result}");
        std::io::stdout().flush().expect("somebody reads");
    }
}
