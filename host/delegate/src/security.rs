//! What was refused, and where: reported whatever becomes of the call.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use rtfs_store::{Digest, Verdict};

/// Events a [`SecurityLog`] keeps; older ones are dropped and counted.
const MAX_KEPT: usize = 1_000;

/// Something in the store that must not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityEvent {
    /// The function or module that was looked for.
    pub subject: String,
    /// The record it happened at.
    pub record: Digest,
    /// What is wrong.
    pub incident: SecurityIncident,
}

/// What is wrong with something in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecurityIncident {
    /// The record is unsigned, altered, revoked or signed by a stranger.
    Record(Verdict),
    /// Nothing answers but several records by strangers, or revoked ones.
    Records {
        /// The verdict on the first.
        first: Verdict,
        /// How many more there are.
        n_more: usize,
    },
    /// The record is trusted, but a blob it names has other bytes.
    Blob {
        /// The blob.
        blob: Digest,
        /// What its bytes hash to.
        actual: Digest,
    },
    /// The record is trusted, but what it names is not what it says.
    Content {
        /// The blob.
        blob: Digest,
        /// What is wrong with it.
        detail: String,
    },
}

impl fmt::Display for SecurityEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "refused {} for `{}`: {}",
            self.record, self.subject, self.incident
        )
    }
}

impl fmt::Display for SecurityIncident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(verdict) => write!(f, "{verdict}"),
            Self::Records { first, n_more } => {
                let records = if *n_more == 1 { "record" } else { "records" };
                write!(f, "{first}; refused with {n_more} more {records}")
            }
            Self::Blob { blob, actual } => {
                write!(f, "altered: the bytes of {blob} hash to {actual}")
            }
            Self::Content { blob, detail } => write!(f, "{blob}: {detail}"),
        }
    }
}

/// Hears of security events.
pub trait SecuritySink: Send + Sync {
    /// Something was refused.
    fn report(&self, event: &SecurityEvent);
}

impl<F: Fn(&SecurityEvent) + Send + Sync> SecuritySink for F {
    fn report(&self, event: &SecurityEvent) {
        self(event);
    }
}

/// Keeps the latest security events in memory.
#[derive(Debug, Default)]
pub struct SecurityLog {
    kept: Mutex<VecDeque<SecurityEvent>>,
}

impl SecurityLog {
    /// Takes the events that are kept, oldest first.
    pub fn take(&self) -> Vec<SecurityEvent> {
        self.kept().drain(..).collect()
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, VecDeque<SecurityEvent>> {
        // Pushing to a queue leaves it whole whatever happens elsewhere.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SecuritySink for SecurityLog {
    fn report(&self, event: &SecurityEvent) {
        let mut kept = self.kept();
        if kept.len() == MAX_KEPT {
            kept.pop_front();
        }
        kept.push_back(event.clone());
    }
}
