//! Corpora and drivers: one corpus, every engine.
