//! The reference evaluator: the meaning of RTFS programs.
//!
//! [`evaluate`] runs a lowered program to its end. [`Machine`] runs it in slices and suspends
//! where it needs its host; an [`Environment`] keeps what programs define for the next ones.
//!
//! Nothing a program does makes Rust recurse. A program is flattened into instructions once (see
//! `compile`), and the machine keeps calls, nested expressions and callbacks of library functions
//! on stacks of its own. So a machine can stop after any instruction, deep recursion is an error
//! the program can catch, and a thread with a small stack is enough for everything.
//!
//! The evaluator knows no files, no clock and no network: what a program wants from outside is a
//! [`HostCall`] that the embedder answers, through [`Host`] or by hand.

mod arith;
mod boundary;
mod code;
mod compile;
mod decision;
mod direct;
mod doc;
mod environment;
mod evaluate;
mod exec;
mod export;
mod frame;
mod hints;
mod host;
mod limits;
mod liveness;
mod load;
mod machine;
mod macros;
mod meter;
mod replay;
mod security;
mod session;
mod unwind;

pub use decision::{FunctionCall, Watches};
pub use doc::{Doc, doc};
pub use environment::Environment;
pub use evaluate::{Outcome, drive, evaluate, evaluate_in, perform};
pub use hints::HintChange;
pub use host::{CallMetadata, Host, HostCall, PureHost};
pub use limits::{DEFAULT_DEPTH, Limits};
pub use load::{LoadError, Unit};
pub use machine::{Machine, MachineError, Status};
pub use macros::{MacroRunner, lower_options};
pub use replay::{Answer, Recording, RecordingError, RecordingHost, ReplayHost};
pub use security::{SecurityContext, SecurityLevel, default_effects};
pub use session::{Evaluated, Name, Session, SessionError, Surroundings, Text, TypeOf};
