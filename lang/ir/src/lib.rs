//! Expansion, resolution, typed IR, canonical encoding and hashes.
