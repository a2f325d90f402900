//! Measures everything and writes the report: see `bench/README.md`.

#![allow(clippy::print_stderr, reason = "a benchmark tells its reader")]

use std::process::ExitCode;

use rtfs_bench::command::Request;

fn main() -> ExitCode {
    let asked = Request::read(std::env::args().skip(1));
    match asked.and_then(|request| request.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
