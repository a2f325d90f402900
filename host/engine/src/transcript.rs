//! Recorded host answers: any call can be run again without its host.

use crate::capability::HostError;

/// One question of a guest to its host, with the answer it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostEvent {
    /// A capability call.
    Call {
        /// Capability id.
        id: String,
        /// One encoded array of the arguments.
        args: Vec<u8>,
        /// One encoded map of the hints in force, or the encoding of nil.
        metadata: Vec<u8>,
        /// The answer. Refusals are answers, too.
        answer: Result<Vec<u8>, HostError>,
    },
    /// A context lookup; only the first one of each name.
    Context {
        /// The name looked up.
        name: String,
        /// One encoded value, if the host had one.
        answer: Option<Vec<u8>>,
    },
}

impl HostEvent {
    /// What was asked, in one line for messages.
    ///
    /// ```
    /// use rtfs_host::HostEvent;
    ///
    /// let event = HostEvent::Context { name: "user".into(), answer: None };
    /// assert_eq!(event.question(), "context `user`");
    /// ```
    pub fn question(&self) -> String {
        match self {
            HostEvent::Call { id, args, .. } => {
                format!("call of `{id}` with {} bytes of arguments", args.len())
            }
            HostEvent::Context { name, .. } => format!("context `{name}`"),
        }
    }
}

/// Everything one call asked its host, in order.
///
/// ```
/// use rtfs_host::{HostEvent, Transcript};
///
/// let mut transcript = Transcript::default();
/// transcript.events.push(HostEvent::Context { name: "user".into(), answer: None });
/// assert_eq!(transcript.events.len(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// The events, first to last.
    pub events: Vec<HostEvent>,
}

/// Why recorded answers did not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The guest asked something else than it had asked when the answers were recorded.
    #[error("replay diverged at event {index}: recorded {recorded}, asked {asked}")]
    Diverged {
        /// Position in [`Transcript::events`].
        index: usize,
        /// What was recorded there.
        recorded: String,
        /// What the guest asked now.
        asked: String,
    },
    /// The guest asked more often than was recorded.
    #[error("replay ran out of answers at event {index}: asked {asked}")]
    Exhausted {
        /// Number of recorded events.
        index: usize,
        /// What the guest asked now.
        asked: String,
    },
}
