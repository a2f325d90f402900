//! The standard library, one function each, for backends and executors that run programs.
//!
//! These are the functions that every engine uses, so their results and errors are the language's,
//! word for word. The argument count is checked. A component holds only those that it names. What
//! calls back (`map`, `reduce`, …) is not here.
//!
//! ```
//! use rtfs_guest::{Error, Value, library};
//!
//! let function: fn(&mut [Value]) -> Result<Value, Error> = library::sum;
//! assert_eq!(function(&mut [Value::int(1), Value::int(2)]).unwrap(), Value::int(3));
//!
//! let error = library::sum(&mut [Value::int(i64::MAX), Value::int(1)]).unwrap_err();
//! assert_eq!(error.class(), "Overflow");
//! let error = library::sum(&mut []).unwrap_err();
//! assert_eq!(error.to_string(), "Arity mismatch in +: expected at least 1, got 0");
//! ```

use crate::error::Error;
use rtfs_value::Value;
use rtfs_value::library::entry;

/// The name of a library function, as programs write it.
///
/// ```
/// # #[cfg(feature = "source")] {
/// use rtfs_guest::ir::NodeKind;
/// use rtfs_guest::library;
///
/// let program = rtfs_guest::testing::program("(+ 1 2)").unwrap();
/// let NodeKind::Call { head, .. } = &program.forms[0].node.kind else {
///     panic!("it is a call");
/// };
/// let NodeKind::Builtin(id) = head.kind else {
///     panic!("of a library function");
/// };
/// assert_eq!(library::name_of(id), "+");
/// # }
/// ```
pub fn name_of(id: rtfs_value::BuiltinId) -> &'static str {
    rtfs_value::library::BUILTINS
        .get(usize::from(id.0))
        .map_or("", |builtin| builtin.name)
}

fn expect(
    argc: usize,
    name: &'static str,
    min: usize,
    max: Option<usize>,
) -> Result<(), rtfs_value::Error> {
    match argc >= min && max.is_none_or(|max| argc <= max) {
        true => Ok(()),
        false => Err(rtfs_value::Error::arity(name, min, max, argc)),
    }
}

macro_rules! max {
    (_) => {
        None
    };
    ($max:literal) => {
        Some($max)
    };
}

macro_rules! function {
    // What calls back, or asks the host, is no plain function.
    ($id:ident $name:literal Steps $min:literal $max:tt $signature:literal $doc:literal) => {};
    ($id:ident $name:literal HostCall $min:literal $max:tt $signature:literal $doc:literal) => {};
    ($id:ident $name:literal $form:ident $min:literal $max:tt $signature:literal $doc:literal) => {
        #[doc = concat!("`", $signature, "`: ", $doc)]
        ///
        /// # Errors
        /// As the library function.
        pub fn $id(args: &mut [Value]) -> Result<Value, Error> {
            expect(args.len(), $name, $min, max!($max))?;
            Ok(entry::$id(args)?)
        }
    };
}

macro_rules! functions {
    ($( ($id:ident $name:literal $form:ident $module:ident::$function:ident
        ($min:literal $max:tt) $section:literal $signature:literal $doc:literal) )*) => {
        $( function!($id $name $form $min $max $signature $doc); )*
    };
}

rtfs_value::for_each_builtin!(functions);
