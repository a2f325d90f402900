//! The record of every decision: one JSON line each, chained by hashes.
//!
//! Each line carries the SHA-256 of the line before it, so that changing, removing or inserting a
//! line shows. Several processes append to one log; a lock orders them. A process that dies while
//! it writes leaves part of a line; the next writer closes it and says so in its own line.

mod entry;
mod log;
mod verify;

pub use entry::{AuditEntry, AuditLine, Outcome};
pub use log::{AuditError, AuditHead, AuditLog};
pub use verify::{AuditBreak, AuditFault, AuditReport, read_audit, verify_audit};

/// The log's name in its directory.
const FILE: &str = "decisions.jsonl";
/// Longest line: a decision lists a handful of things.
const MAX_LINE_BYTES: u64 = 1 << 20;
