//! RTFS values and the standard library, for the evaluator and for compiled components.
