//! Reading without a terminal: lines from a pipe or a file.

use std::io::{BufRead as _, Write as _};

use rtfs_syntax::Balance;

use super::command::Command;
use super::{Next, Repl};
use crate::problem::Problem;

/// Reads lines to their end. Forms are evaluated as soon as they are complete, so that whoever
/// writes into a pipe can wait for each value.
pub(super) fn read(repl: &mut Repl<'_>, prompts: bool) -> Result<(), Problem> {
    let mut input = std::io::stdin().lock();
    let mut pending = Pending::default();
    loop {
        if prompts {
            prompt(pending.is_empty());
        }
        let mut line = Vec::new();
        let n_read = input
            .read_until(b'\n', &mut line)
            .map_err(|error| Problem::failed(format!("cannot read standard input: {error}")))?;
        let ended = n_read == 0;
        pending.add(line);
        if (ended || pending.is_complete()) && repl.enter(pending.take()) == Next::Leave {
            return Ok(());
        }
        if ended {
            return Ok(());
        }
    }
}

/// A reader of prompts reads standard error.
fn prompt(is_first: bool) {
    let mut stderr = std::io::stderr();
    let text = if is_first { "rtfs> " } else { "  ... " };
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}

/// Lines that are not evaluated yet.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    balance: Balance,
}

impl Pending {
    fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn add(&mut self, line: Vec<u8>) {
        self.balance.feed(&String::from_utf8_lossy(&line));
        self.bytes.extend(line);
    }

    fn is_complete(&self) -> bool {
        if self.balance.is_open() {
            return false;
        }
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => is_complete(text),
            // The session will say what is wrong.
            Err(_) => true,
        }
    }

    fn take(&mut self) -> Vec<u8> {
        self.balance = Balance::default();
        std::mem::take(&mut self.bytes)
    }
}

/// Whether a text is no beginning of something longer.
pub(super) fn is_complete(text: &str) -> bool {
    Command::parse(text).is_some() || !rtfs_syntax::read(text).incomplete
}
