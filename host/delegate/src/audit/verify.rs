//! Reading the log and walking its chain.

use std::io::{BufRead, BufReader, Read};

use cap_std::fs::Dir;
use rtfs_store::Digest;
use rustix::fs::FlockOperation;

use super::entry::AuditLine;
use super::log::{AuditError, AuditHead, Locked};
use super::{FILE, MAX_LINE_BYTES};

/// What walking the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// The end of the log.
    pub head: AuditHead,
    /// Numbers of lines that their writers did not finish, each closed by the next writer.
    pub torn_lines: Vec<u64>,
    /// Bytes of a last line that nobody has closed yet.
    pub torn_tail_bytes: u64,
    /// Where the chain does not hold.
    pub breaks: Vec<AuditBreak>,
}

/// A place where the chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditBreak {
    /// The line's place in the file, from 1.
    pub line: u64,
    /// What is wrong there.
    pub fault: AuditFault,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditFault {
    /// It is no line of a log, and no writer said that it was left unfinished.
    Malformed {
        /// What is wrong with it.
        detail: String,
    },
    /// It was written after another line than the one before it.
    Previous {
        /// The digest of the line before it.
        actual: Digest,
        /// What it says that is.
        claimed: Digest,
    },
    /// Its number is not its place.
    Number {
        /// What it says.
        claimed: u64,
    },
    /// It says that the line before is unfinished, which it is not.
    NotTorn,
    /// The log ends before the end that was expected.
    CutShort {
        /// What was expected.
        expected: AuditHead,
    },
}

impl AuditReport {
    /// Whether the chain holds. Torn lines are accidents, not breaks.
    pub fn is_sound(&self) -> bool {
        self.breaks.is_empty()
    }
}

/// Walks the chain of a directory's log. With `expected`, an end that was noted elsewhere, a log
/// that was cut short or replaced shows too.
///
/// # Errors
/// When the file system refuses. A log that does not hold is no error: the report says so.
pub fn verify_audit(dir: &Dir, expected: Option<AuditHead>) -> Result<AuditReport, AuditError> {
    let mut walk = Walk::new(expected);
    each_line(dir, |bytes, is_whole| walk.step(bytes, is_whole))?;
    Ok(walk.finish())
}

/// Gives every whole line of a directory's log to `each`, in order. Nothing is verified.
///
/// # Errors
/// When the file system refuses.
pub fn read_audit(dir: &Dir, mut each: impl FnMut(AuditLine)) -> Result<(), AuditError> {
    each_line(dir, |bytes, is_whole| {
        if is_whole && let Ok(line) = serde_json::from_slice(bytes) {
            each(line);
        }
    })
}

/// Gives each line, without its end, and whether it has one.
fn each_line(dir: &Dir, mut each: impl FnMut(&[u8], bool)) -> Result<(), AuditError> {
    let file = match dir.open(FILE) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let _lock = Locked::take(&file, FlockOperation::LockShared)?;
    let mut reader = BufReader::new(&file);
    let mut line = Vec::new();
    loop {
        line.clear();
        // One byte more than a line may have, so that a longer one is noticed and not swallowed.
        let mut limited = reader.by_ref().take(MAX_LINE_BYTES + 1);
        if limited.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let is_whole = line.last() == Some(&b'\n');
        if is_whole {
            line.pop();
        }
        each(&line, is_whole);
    }
}

struct Walk {
    report: AuditReport,
    expected: Option<AuditHead>,
    is_expected_found: bool,
    /// The last lines were no lines of a log; they count as torn if the next one says so. There are
    /// several when a writer died while it was closing what another had left.
    malformed: Vec<(u64, String)>,
}

impl Walk {
    fn new(expected: Option<AuditHead>) -> Self {
        let start = AuditHead::start();
        Self {
            is_expected_found: expected.is_none_or(|expected| expected == start),
            report: AuditReport {
                head: start,
                torn_lines: Vec::new(),
                torn_tail_bytes: 0,
                breaks: Vec::new(),
            },
            expected,
            malformed: Vec::new(),
        }
    }

    fn step(&mut self, bytes: &[u8], is_whole: bool) {
        if !is_whole {
            self.report.torn_tail_bytes = bytes.len() as u64;
            return;
        }
        let before = self.report.head;
        let place = before.lines + 1;
        match serde_json::from_slice::<AuditLine>(bytes) {
            Ok(line) => {
                self.check(&line, place, before.digest);
                self.settle(place, line.after_torn);
            }
            Err(error) => self.malformed.push((place, error.to_string())),
        }
        self.report.head = AuditHead {
            lines: place,
            digest: Digest::of(bytes),
        };
        self.is_expected_found |= self.expected == Some(self.report.head);
    }

    /// Judges the malformed lines before a good one, or before the end.
    fn settle(&mut self, place: u64, is_after_torn: bool) {
        let malformed = std::mem::take(&mut self.malformed);
        if is_after_torn && malformed.is_empty() {
            self.fault(place, AuditFault::NotTorn);
        }
        for (line, detail) in malformed {
            match is_after_torn {
                true => self.report.torn_lines.push(line),
                false => self.fault(line, AuditFault::Malformed { detail }),
            }
        }
    }

    fn check(&mut self, line: &AuditLine, place: u64, actual: Digest) {
        let claimed = line.previous;
        if claimed != actual {
            self.fault(place, AuditFault::Previous { actual, claimed });
        }
        if line.line != place {
            let claimed = line.line;
            self.fault(place, AuditFault::Number { claimed });
        }
    }

    fn fault(&mut self, line: u64, fault: AuditFault) {
        self.report.breaks.push(AuditBreak { line, fault });
    }

    fn finish(mut self) -> AuditReport {
        let lines = self.report.head.lines;
        self.settle(lines, false);
        if let Some(expected) = self.expected.filter(|_| !self.is_expected_found) {
            self.fault(lines, AuditFault::CutShort { expected });
        }
        self.report
    }
}
