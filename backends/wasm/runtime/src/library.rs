//! The library functions, one export each: `lib:NAME (argv, argc)`. Generated code has checked the
//! number of arguments. Only what a program names is linked.

use rtfs_value::library::{Next, entry};
use rtfs_value::{Error, Value, for_each_builtin};

use crate::calls::give_next;
use crate::exporting::functions;
use crate::fat::Args;

macro_rules! export {
    ($( ($id:ident $name:literal $form:ident $($rest:tt)*) )*) => {
        $( one!($form $id $name); )*
    };
}

macro_rules! one {
    // `call` goes through `rt:host_call`.
    (HostCall $id:ident $name:literal) => {};
    (Steps $id:ident $name:literal) => {
        const _: () = {
            #[unsafe(export_name = concat!("lib:", $name))]
            unsafe extern "C" fn call(argv: *mut Value, argc: usize) -> u64 {
                // SAFETY: owned by contract.
                unsafe { steps(entry::$id, argv, argc) }
            }
        };
    };
    ($plain:ident $id:ident $name:literal) => {
        functions! { $id $name; }
    };
}

/// # Safety
/// `argv` points to `argc` owned values.
#[inline(always)]
unsafe fn steps(
    function: fn(&mut [Value]) -> Result<Next, Error>,
    argv: *mut Value,
    argc: usize,
) -> u64 {
    // SAFETY: by contract.
    let mut args = unsafe { Args::own(argv, argc) };
    let next = function(args.as_mut_slice());
    // They may be in the record that the next call is written to.
    drop(args);
    give_next(next)
}

for_each_builtin!(export);
