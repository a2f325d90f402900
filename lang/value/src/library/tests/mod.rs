//! The library, row by row.
