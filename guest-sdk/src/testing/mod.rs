//! Testing modules and backends natively, without a host and without WebAssembly.
//!
//! The tests of a module can be ordinary `#[test]`s: [`call`] calls an export as a host would, with
//! the same checks, and a [`MockHost`] answers what the module asks its host for.

mod calls;
pub(crate) mod mock;
#[cfg(feature = "source")]
mod source;

pub use calls::{call, describe};
pub use mock::{HostCall, MockHost};
#[cfg(feature = "source")]
pub use source::{SourceError, compile, program};
