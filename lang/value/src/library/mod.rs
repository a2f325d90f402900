//! The standard library: functions by name, callable by every engine.
//!
//! The table in `table.rs` names every function once; [`BUILTINS`] and [`entry`] are made from it,
//! and so can be more (see [`for_each_builtin!`](crate::for_each_builtin)). Nothing else refers to
//! all functions, so a compiled component links only those it can reach.
//!
//! Functions that call back are resumable: they give a [`Next`] and keep their state in a value,
//! so that no frame of this crate waits for a callback, and a callback may suspend.

mod argument;
mod arithmetic;
mod call;
mod combinator;
mod comparison;
pub mod direct;
mod failing;
mod folding;
mod grouping;
mod json;
mod kinds;
mod making;
mod mapping;
mod next;
mod number;
mod path;
mod reading;
mod regex;
mod remainder;
mod seen;
mod sequence;
mod sorting;
mod structure;
mod table;
mod text;
mod text_case;
mod updating;

#[cfg(all(test, feature = "std"))]
mod tests;

pub use call::{call_combinator, check_call, keyword_call, not_callable};
pub use next::{Args, Next, resume};
pub use structure::{struct_constructor, struct_constructor_encoded};
pub use table::{BUILTINS, entry};

use crate::{Error, Value};

/// A library function: index in [`BUILTINS`]. Encodings use the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuiltinId(pub u16);

/// A library function's entry.
#[derive(Debug)]
pub struct Builtin {
    /// As programs write it.
    pub name: &'static str,
    /// Fewest arguments.
    pub min: u8,
    /// Most arguments; `None` = any number.
    pub max: Option<u8>,
    /// How it runs.
    pub imp: Imp,
    /// One line for people.
    pub doc: &'static str,
    /// Section of the language reference.
    pub section: &'static str,
    /// How a call looks: `(nth c i default?)`.
    pub signature: &'static str,
}

/// How a library function runs.
#[derive(Clone, Copy, Debug)]
pub enum Imp {
    /// Computes at once. May take items out of the slice, so that unshared arguments are updated
    /// in place.
    Plain(fn(&mut [Value]) -> Result<Value, Error>),
    /// Calls back: gives the first step.
    Steps(fn(&mut [Value]) -> Result<Next, Error>),
    /// `call`: the engine suspends. [`check_call`] checks the arguments.
    HostCall,
}

/// The function of a name.
pub fn lookup(name: &str) -> Option<BuiltinId> {
    let index = BUILTINS.iter().position(|builtin| builtin.name == name)?;
    u16::try_from(index).ok().map(BuiltinId)
}

/// The entry of a function.
///
/// # Panics
/// For an id that is none of [`lookup`]'s.
pub fn get(id: BuiltinId) -> &'static Builtin {
    &BUILTINS[usize::from(id.0)]
}

/// Checks an argument count.
///
/// # Errors
/// `ArityMismatch`.
pub fn check_arity(id: BuiltinId, argc: usize) -> Result<(), Error> {
    let builtin = get(id);
    let (min, max) = (usize::from(builtin.min), builtin.max.map(usize::from));
    if argc >= min && max.is_none_or(|max| argc <= max) {
        Ok(())
    } else {
        Err(Error::arity(builtin.name, min, max, argc))
    }
}

// Last, so that the lines above, which panics name, stay where they are in compiled components.
#[cfg(feature = "std")]
pub mod docs;
