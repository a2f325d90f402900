//! What an engine shows of a run.

use std::fmt;

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The value: readable text, and its encoding.
    Value(String, Vec<u8>),
    /// An error that left the program.
    Raised(Raised),
    /// The engine broke, or a limit was hit that the other engine does not have.
    Broken(String),
}

/// Everything an error says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// E.g. `TypeError`.
    pub class: String,
    /// Keyword without its colon.
    pub kind: String,
    /// The text that `getMessage` gives.
    pub message: String,
    /// Readable text.
    pub data: String,
    /// Node that raised it.
    pub node: u32,
    /// Functions that it left.
    pub stack: Vec<String>,
}

/// A run: how it ended, what it asked its host, what it left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// How it ended.
    pub answer: Answer,
    /// Host calls in order.
    pub asked: Vec<String>,
    /// Bytes by which the heap grew in a further run of the same.
    pub leaked: i64,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Value(text, _) => f.write_str(text),
            Answer::Raised(error) => write!(
                f,
                "!{} {:?} (:{}, node {}, stack {:?}, data {})",
                error.class, error.message, error.kind, error.node, error.stack, error.data
            ),
            Answer::Broken(text) => write!(f, "broken: {text}"),
        }
    }
}

impl fmt::Display for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.answer)?;
        if !self.asked.is_empty() {
            write!(f, "\n    asked {}", self.asked.join("; "))?;
        }
        if self.leaked != 0 {
            write!(f, "\n    leaked {} bytes", self.leaked)?;
        }
        Ok(())
    }
}
