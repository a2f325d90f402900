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
//! crate-type = ["cdylib", "rlib"]
//!
//! [dependencies]
//! rtfs-guest = "0.1.0"
//! ```
//!
//! ```text
//! cargo build --release --target wasm32-wasip2
//! ```
//!
//! What a module is given and gives back are [`Value`]s; [`FromValue`] and [`IntoValue`] convert
//! the usual Rust types, and can be derived for structs and enums. What a module wants from outside
//! it asks its host for, by name, with [`call_capability`] and [`context`]; the host decides.
//! Files, environment, network and clock are there as far as WASI goes, and closed: see
//! `docs/guest-sdk.md` for what a guest finds.
//!
//! Besides modules, this crate makes *backends*, which compile programs ([`trait@Backend`],
//! [`embed`](mod@embed)), and *executors*, which run what backends made ([`Executor`]): see
//! `docs/backends.md`.
//!
//! # Features
//!
//! * `ir`: programs arrive decoded, as `rtfs_ir::Program` (`Ir::program`, re-exported as `ir`).
//! * `source`: tests of backends can start from source text (`testing::compile`).

#![deny(missing_docs)]

mod backend;
#[doc(hidden)]
pub mod bindings;
mod convert;
mod derive;
mod description;
mod dynamic;
pub mod embed;
mod encoding;
mod error;
mod executor;
mod export;
mod host;
pub mod library;
mod macros;
pub mod testing;

pub use backend::{Backend, Diagnostic, Ir, Options, Validation};
pub use convert::{FromValue, IntoAnswer, IntoValue};
pub use description::Description;
pub use dynamic::DynamicModule;
pub use encoding::{decode, encode};
pub use error::Error;
pub use executor::Executor;
pub use export::{Export, Param};
pub use host::{call_capability, call_capability_with, context};
pub use rtfs_guest_derive::{FromValue, IntoValue};
pub use rtfs_value::{Kind, Map, Value};

/// The program a backend is given, and what it is made of.
///
/// ```
/// use rtfs_guest::ir::{NodeKind, Program};
///
/// let program: Program = rtfs_guest::Ir::new(&[0x84, 1, 0x80, 0xf6, 0x80]).program().unwrap();
/// assert!(program.forms.iter().all(|form| !matches!(form.node.kind, NodeKind::Lambda(_))));
/// ```
#[cfg(feature = "ir")]
pub use rtfs_ir as ir;

/// What the macros expand to; not for direct use.
#[doc(hidden)]
pub mod __private {
    pub use crate::backend::Compiler;
    pub use crate::bindings::__export_rtfs_module as export_component;
    pub use crate::bindings::compiling::__export_rtfs_backend as export_backend;
    pub use crate::bindings::executing::__export_rtfs_executor as export_executor;
    pub use crate::executor::ExecutorGuest;
    pub use crate::export::{Guest, argument, describe, finish, invoke};
    pub use std::cell::RefCell;
    pub use std::result::Result;
    pub use std::string::String;
    pub use std::vec::Vec;

    pub use crate::derive::{
        field, fields, items, record, record_type, rest, tuple_type, union_type, variant,
    };
}
