//! Exit status: part of the command line's contract. Wrong usage is status 2, and clap's doing.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// It did what was asked.
    Success,
    /// The program failed, did not parse or was not found, or a test failed.
    Failed,
    /// Trust forbids it: something is altered, not trusted or revoked.
    Refused,
    /// A limit of the run was hit.
    Limit,
    /// A defect of rtfs itself.
    Defect,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Success => 0,
            Exit::Failed => 1,
            Exit::Refused => 3,
            Exit::Limit => 4,
            Exit::Defect => 70,
        })
    }
}
