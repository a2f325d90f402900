//! Recursion over trees whose depth outside input decides.

/// Stack left when a new segment is added; more than one level of any walk in this crate needs.
const RED_ZONE_BYTES: usize = 160 * 1024;
/// Size of an added segment.
const SEGMENT_BYTES: usize = 4 * 1024 * 1024;

/// Runs one level of a recursive walk, growing the stack when little is left.
pub(crate) fn nested<R>(level: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(RED_ZONE_BYTES, SEGMENT_BYTES, level)
}
