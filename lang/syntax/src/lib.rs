//! Reader, forms, printer and diagnostics of RTFS source text.
