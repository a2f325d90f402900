//! The reference evaluator: the meaning of RTFS programs.
