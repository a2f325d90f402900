//! What tests of this crate share.

mod engine;
mod hand;

pub(crate) use self::engine::{RaisedError, Running};
pub(crate) use self::hand::{Hand, int, param};
