//! Appending to the log.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cap_std::fs::{Dir, File, OpenOptions};
use rtfs_store::Digest;
use rustix::fs::{FlockOperation, flock};

use super::entry::{AuditEntry, AuditLine};
use super::{FILE, MAX_LINE_BYTES};
use crate::clock::Clock;

/// Why a line was not written, or the log not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The file system refused.
    #[error("cannot use the audit log")]
    Io(#[from] io::Error),
    /// The line would be too long.
    #[error("an audit line of {size_bytes} bytes is longer than {limit_bytes}")]
    TooLong {
        /// How long it would be.
        size_bytes: u64,
        /// The longest.
        limit_bytes: u64,
    },
    /// The last line is not one that this version can continue.
    #[error("the last line of the audit log is not a line of a log: {detail}")]
    Unreadable {
        /// What is wrong with it.
        detail: String,
    },
    /// An entry could not be encoded.
    #[error("cannot encode an audit line")]
    Encode(#[source] serde_json::Error),
}

/// The end of a log. A log whose end is known elsewhere cannot be cut short unnoticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHead {
    /// Lines so far.
    pub lines: u64,
    /// SHA-256 of the last one; that of nothing for an empty log.
    pub digest: Digest,
}

impl AuditHead {
    pub(super) fn start() -> Self {
        Self {
            lines: 0,
            digest: Digest::of(b""),
        }
    }
}

/// A log that is appended to. Shared between threads; other processes may append too.
pub struct AuditLog {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    file: File,
    /// The end as this process left it, and the length of the file then.
    known: Option<(u64, AuditHead)>,
}

/// Held while a line is written or the log read.
pub(super) struct Locked<'a>(&'a File);

impl<'a> Locked<'a> {
    pub(super) fn take(file: &'a File, operation: FlockOperation) -> io::Result<Self> {
        loop {
            match flock(file, operation) {
                Err(rustix::io::Errno::INTR) => {}
                result => {
                    result?;
                    return Ok(Self(file));
                }
            }
        }
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // Closing the file would unlock it as well.
        let _ = flock(self.0, FlockOperation::Unlock);
    }
}

impl AuditLog {
    /// Opens the log of a directory, making an empty one where there is none.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn open(dir: &Dir, clock: Arc<dyn Clock>) -> Result<Self, AuditError> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        let file = dir.open_with(FILE, &options)?;
        Ok(Self {
            clock,
            state: Mutex::new(State { file, known: None }),
        })
    }

    /// Appends a decision and gives the log's new end. The line is with the operating system; it
    /// is on the medium after [`AuditLog::sync`].
    ///
    /// # Errors
    /// When it cannot be written whole.
    pub fn append(&self, entry: &AuditEntry) -> Result<AuditHead, AuditError> {
        let mut state = self.state();
        let State { file, known } = &mut *state;
        let lock = Locked::take(file, FlockOperation::LockExclusive)?;
        let size_bytes = file.metadata()?.len();
        let (head, is_torn) = match known {
            Some((then, head)) if *then == size_bytes => (*head, false),
            _ => end_of(file, size_bytes)?,
        };
        *known = None;
        let line = AuditLine {
            line: head.lines + 1,
            previous: head.digest,
            time: self.clock.now().as_millis(),
            after_torn: is_torn,
            entry: entry.clone(),
        };
        let mut bytes = serde_json::to_vec(&line).map_err(AuditError::Encode)?;
        if bytes.len() as u64 >= MAX_LINE_BYTES {
            return Err(AuditError::TooLong {
                size_bytes: bytes.len() as u64,
                limit_bytes: MAX_LINE_BYTES,
            });
        }
        let digest = Digest::of(&bytes);
        bytes.push(b'\n');
        if is_torn {
            bytes.insert(0, b'\n');
        }
        // The file is open for appending: one call writes at its end, wherever that is.
        let mut writer: &File = file;
        writer.write_all(&bytes)?;
        drop(lock);
        let head = AuditHead {
            lines: head.lines + 1,
            digest,
        };
        *known = Some((size_bytes + bytes.len() as u64, head));
        Ok(head)
    }

    /// Makes what was appended durable.
    ///
    /// # Errors
    /// When the file system refuses; what is on the medium is unknown then.
    pub fn sync(&self) -> Result<(), AuditError> {
        Ok(self.state().file.sync_data()?)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // After a panic `known` may be stale; then the file's length differs from it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end of a log of which this process knows nothing, and whether its last line is torn.
///
/// A torn line counts as a line. Its number is one more than that of the line before it.
fn end_of(file: &File, size_bytes: u64) -> Result<(AuditHead, bool), AuditError> {
    if size_bytes == 0 {
        return Ok((AuditHead::start(), false));
    }
    // Two lines at most, and the line ends.
    let start = size_bytes.saturating_sub(2 * MAX_LINE_BYTES + 2);
    let mut reader: &File = file;
    reader.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    reader.take(size_bytes - start).read_to_end(&mut tail)?;
    let is_torn = tail.last() != Some(&b'\n');
    if !is_torn {
        tail.pop();
    }
    let mut before = tail.rsplit(|byte| *byte == b'\n');
    let last = before.next().unwrap_or_default();
    let lines = match is_torn {
        false => number(last)?,
        true => torn_number(before, start == 0)?,
    };
    let digest = Digest::of(last);
    Ok((AuditHead { lines, digest }, is_torn))
}

/// The number of a torn line by the lines before it, the nearest first. Those may be remains too,
/// when a writer died while it was closing what another had left.
fn torn_number<'a>(
    before: impl Iterator<Item = &'a [u8]>,
    is_whole_log: bool,
) -> Result<u64, AuditError> {
    let mut n_torn = 1;
    let mut last = None;
    for line in before {
        match number(line) {
            Ok(number) => return Ok(number + n_torn),
            Err(error) => last = Some(error),
        }
        n_torn += 1;
    }
    match last {
        Some(error) if !is_whole_log => Err(error),
        _ => Ok(n_torn),
    }
}

fn number(line: &[u8]) -> Result<u64, AuditError> {
    let read: Result<AuditLine, _> = serde_json::from_slice(line);
    read.map(|line| line.line)
        .map_err(|error| AuditError::Unreadable {
            detail: error.to_string(),
        })
}
