//! Why a command did not do what was asked: what happened, and what to do next.

use std::error::Error;

use rtfs_runtime::chain;
use rtfs_store::{
    CollectError, FindError, KeyError, LocateError, OpenError, RecordError, ScrubError, TrustError,
};

use crate::exit::Exit;

/// Ends a command.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) exit: Exit,
    /// What happened, in one line.
    pub(crate) text: String,
    /// What to do about it.
    pub(crate) next: Option<String>,
}

impl Problem {
    /// The command failed.
    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Self {
            exit: Exit::Failed,
            text: text.into(),
            next: None,
        }
    }

    /// Trust forbids it.
    pub(crate) fn refused(text: impl Into<String>) -> Self {
        Self {
            exit: Exit::Refused,
            ..Self::failed(text)
        }
    }

    #[must_use]
    pub(crate) fn next(mut self, text: impl Into<String>) -> Self {
        self.next = Some(text.into());
        self
    }

    /// An error of a library with its causes. One of them may say more about what it means.
    pub(crate) fn of(error: &(dyn Error + 'static)) -> Self {
        let mut problem = Self::failed(chain(error));
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some((exit, next)) = known(error) {
                problem.exit = exit;
                problem.next = next;
            }
            cause = error.source();
        }
        problem
    }
}

impl From<String> for Problem {
    fn from(text: String) -> Self {
        Self::failed(text)
    }
}

macro_rules! from_library {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                Self::of(&error)
            }
        })+
    };
}

from_library!(
    CollectError,
    FindError,
    KeyError,
    LocateError,
    OpenError,
    RecordError,
    ScrubError,
    TrustError,
    rtfs_store::IndexError,
    rtfs_store::PublishError,
    rtfs_store::SourceError,
    rtfs_store::GetError,
);

/// Exit status and advice for errors that have their own.
fn known(error: &(dyn Error + 'static)) -> Option<(Exit, Option<String>)> {
    if let Some(error) = error.downcast_ref::<KeyError>() {
        return of_key(error);
    }
    if let Some(error) = error.downcast_ref::<LocateError>() {
        return of_location(error);
    }
    if let Some(error) = error.downcast_ref::<OpenError>() {
        return of_opening(error);
    }
    if let Some(CollectError::Unreadable { .. }) = error.downcast_ref() {
        let next = "`rtfs scrub` moves damaged records away";
        return Some((Exit::Failed, Some(next.to_owned())));
    }
    None
}

fn of_opening(error: &OpenError) -> Option<(Exit, Option<String>)> {
    let next = match error {
        OpenError::NotAStore { .. } => {
            "give --store an empty directory, or one that does not exist"
        }
        OpenError::NewerFormat { .. } => "use the version of rtfs that made it, or a later one",
        OpenError::Malformed { .. } => {
            "restore the file from a copy; every new store has the same, next to other directories \
             of the same names"
        }
        _ => return None,
    };
    Some((Exit::Failed, Some(next.to_owned())))
}

fn of_key(error: &KeyError) -> Option<(Exit, Option<String>)> {
    let next = match error {
        KeyError::Exposed { file, .. } => {
            format!("if nobody has read it: chmod 600 {file}; if somebody may have: make a new key")
        }
        KeyError::Writable { .. } => "see who added keys, then: chmod 700 on the directory".into(),
        KeyError::Malformed { file, .. } => match file.strip_suffix(".pub") {
            Some(key) => format!(
                "restore it from a copy, or make it again in the keys directory with: \
                 openssl pkey -in {key}.key -pubout -out {file}"
            ),
            None => "restore it from a copy, or move it away and make a new key with \
                     `rtfs key new --default`"
                .into(),
        },
        _ => return None,
    };
    Some((Exit::Refused, Some(next)))
}

fn of_location(error: &LocateError) -> Option<(Exit, Option<String>)> {
    match error {
        LocateError::NotFound { .. } => {
            let next = "`rtfs list` shows what there is";
            Some((Exit::Failed, Some(next.to_owned())))
        }
        LocateError::Dangling { .. } => {
            let next = "publish the module again, or restore the record from a copy of the store";
            Some((Exit::Failed, Some(next.to_owned())))
        }
        LocateError::Unreadable { .. } => Some((
            Exit::Refused,
            Some("`rtfs scrub` moves it away; then publish again".to_owned()),
        )),
        LocateError::Ambiguous { records, .. } => {
            let records: Vec<String> = records.iter().map(ToString::to_string).collect();
            Some((
                Exit::Failed,
                Some(format!("write one of {}", records.join(", "))),
            ))
        }
        _ => None,
    }
}
