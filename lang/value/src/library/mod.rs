//! The standard library: functions by name, callable by every engine.

use crate::{Error, Value};
use alloc::vec::Vec;

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
}

/// How a library function runs.
#[derive(Clone, Copy, Debug)]
pub enum Imp {
    /// Computes at once. May take items out of the slice, so that unshared arguments are updated
    /// in place.
    Plain(fn(&mut [Value]) -> Result<Value, Error>),
    /// Calls back: gives the first step.
    Steps(fn(&mut [Value]) -> Result<Next, Error>),
    /// `call`: the engine suspends.
    HostCall,
}

/// What a suspended library function wants next.
#[derive(Debug)]
pub enum Next {
    /// Apply `f`, then [`resume`] `then` with the result.
    Call {
        /// Any callable.
        f: Value,
        /// Its arguments.
        args: Args,
        /// The suspended rest.
        then: Value,
    },
    /// Finished.
    Done(Value),
}

/// Owned arguments.
#[derive(Clone, Debug, Default)]
pub struct Args(Vec<Value>);

impl Args {
    /// These arguments.
    pub fn new(args: Vec<Value>) -> Self {
        Self(args)
    }

    /// One argument.
    pub fn one(a: Value) -> Self {
        Self(alloc::vec![a])
    }

    /// Two arguments.
    pub fn two(a: Value, b: Value) -> Self {
        Self(alloc::vec![a, b])
    }

    /// The arguments.
    pub fn as_mut_slice(&mut self) -> &mut [Value] {
        &mut self.0
    }

    /// The arguments.
    pub fn into_vec(self) -> Vec<Value> {
        self.0
    }
}

impl core::ops::Deref for Args {
    type Target = [Value];
    fn deref(&self) -> &[Value] {
        &self.0
    }
}

/// All library functions.
pub static BUILTINS: &[Builtin] = &[];

/// The function of a name.
pub fn lookup(name: &str) -> Option<BuiltinId> {
    BUILTINS
        .iter()
        .position(|b| b.name == name)
        .map(|i| BuiltinId(i as u16))
}

/// The entry of a function.
pub fn get(id: BuiltinId) -> &'static Builtin {
    &BUILTINS[id.0 as usize]
}

/// Checks an argument count.
///
/// # Errors
/// `ArityMismatch`.
pub fn check_arity(id: BuiltinId, argc: usize) -> Result<(), Error> {
    let b = get(id);
    let (min, max) = (b.min as usize, b.max.map(usize::from));
    if argc >= min && max.is_none_or(|max| argc <= max) {
        Ok(())
    } else {
        Err(Error::arity(b.name, min, max, argc))
    }
}

/// Continues after a callback returned.
///
/// # Errors
/// What the function raises.
pub fn resume(steps: Value, result: Value) -> Result<Next, Error> {
    drop((steps, result));
    Err(Error::internal("not a suspended library function"))
}

/// Applies a combinator.
///
/// # Errors
/// What the function raises.
pub fn call_combinator(f: &Value, args: Args) -> Result<Next, Error> {
    drop(args);
    Err(not_callable(f))
}

/// Applies a keyword.
///
/// # Errors
/// `ArityMismatch`, `TypeError`.
pub fn keyword_call(kw: &Value, args: &mut [Value]) -> Result<Value, Error> {
    if args.is_empty() || args.len() > 2 {
        return Err(Error::arity(&crate::readable(kw), 1, Some(2), args.len()));
    }
    let default = args.get_mut(1).map(Value::take).unwrap_or_default();
    let target = &args[0];
    if target.is_nil() {
        return Ok(default);
    }
    if let Some(map) = target.as_map() {
        return Ok(map.get(kw).cloned().unwrap_or(default));
    }
    match target.as_error() {
        Some(error) => Ok(error.field(kw).unwrap_or(default)),
        None => Err(Error::type_error(
            "keyword lookup",
            "map",
            target.type_name(),
        )),
    }
}

/// The error of calling something that is not callable.
pub fn not_callable(v: &Value) -> Error {
    Error::type_error("function call", "function", v.type_name())
}
