//! Write RTFS modules in Rust: functions in, a WebAssembly component out.
//!
//! A module is a set of named functions. Write them as ordinary Rust, list them once with
//! [`module!`], build for `wasm32-wasip2`, and the result is a component that RTFS programs and
//! the `rtfs` command can call like any other module:
//!
//! ```
//! use rtfs_guest::{Error, module};
//!
//! fn words(text: String) -> i64 {
//!     text.split_whitespace().count() as i64
//! }
//!
//! fn first_word(text: String) -> Result<String, Error> {
//!     let word = text.split_whitespace().next();
//!     word.map(str::to_owned)
//!         .ok_or_else(|| Error::invalid_argument("there is no word"))
//! }
//!
//! module! {
//!     /// How many words a text has.
//!     "words" => words(text: String) -> i64;
//!     /// The first word of a text.
//!     "first-word" => first_word(text: String) -> Result<String, Error>;
//! }
//! # fn main() {
//! # use rtfs_guest::testing;
//! # assert_eq!(testing::call(RTFS_EXPORTS, "words", &["a b".into()]).unwrap(), 2_i64.into());
//! # }
//! ```
//!
//! ```toml
//! [lib]
//! crate-type = ["cdylib"]
//!
//! [dependencies]
//! rtfs-guest = { path = "…/guest-sdk" }
//! ```
//!
//! ```text
//! cargo build --release --target wasm32-wasip2
//! ```
//!
//! What a module is given and gives back are [`Value`]s; [`FromValue`] and [`IntoValue`] convert
//! the usual Rust types. What a module wants from outside it asks its host for, by name, with
//! [`call_capability`] and [`context`]; the host decides. Files, environment, network and clock
//! are there as far as WASI goes, and closed: see `docs/guest-sdk.md` for what a guest finds.

#[doc(hidden)]
pub mod bindings;
mod convert;
mod error;
mod export;
mod host;
mod macros;
pub mod testing;

pub use convert::{FromValue, IntoAnswer, IntoValue};
pub use error::Error;
pub use export::{Export, Param};
pub use host::{call_capability, call_capability_with, context};
pub use rtfs_value::{Kind, Map, Value};

/// What [`module!`] expands to; not for direct use.
#[doc(hidden)]
pub mod __private {
    pub use crate::bindings::__export_rtfs_module as export_component;
    pub use crate::export::{Guest, argument, finish};
}
