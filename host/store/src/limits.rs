//! Every bound of the store, in one place.

use std::time::Duration;

/// Largest blob that is read back: 1 GiB, far above any component a host would run.
pub const MAX_BLOB_BYTES: u64 = 1 << 30;

/// Largest signed record. A module with 10,000 exports of long names needs about 3 MiB.
pub const MAX_RECORD_BYTES: u64 = 8 << 20;

/// Largest lease, trust or key file.
pub(crate) const MAX_SMALL_FILE_BYTES: u64 = 1 << 20;

/// Largest uncompressed source. Bounds what a small compressed blob can make of memory.
pub const MAX_SOURCE_BYTES: u64 = 64 << 20;

/// Longest name of a module, of a key or of an annotation, in bytes. Names of exports are the program's
/// and bounded by [`MAX_RECORD_BYTES`] alone.
pub const MAX_NAME_BYTES: usize = 256;

/// Verdicts kept in memory; all are dropped when there would be more.
pub(crate) const MAX_CACHED_RECORDS: usize = 10_000;

/// A time stamp this much older than now can no longer be shared by a later change: file systems
/// stamp with the kernel's tick, 10 ms at most, and a second leaves room for coarser ones.
pub(crate) const SETTLED: Duration = Duration::from_secs(1);

/// Pinned releases at most: tools read the whole of `index.json` for one of them.
pub(crate) const MAX_PINS: usize = 10_000;

/// Largest `index.json`. A release takes about 1.5 KiB of it.
pub(crate) const MAX_INDEX_BYTES: u64 = 32 << 20;
