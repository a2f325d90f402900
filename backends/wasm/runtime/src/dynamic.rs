//! The exports of `rtfs:module/dynamic`, lowered by hand.

use core::cell::Cell;

use rtfs_value::{Error, Value, tag};

use crate::codec;
use crate::fat::{own, own_error};
use crate::heap;
use crate::intrinsic;
use crate::outcome::Writer;

/// How deep calls may nest.
struct Depth {
    used: Cell<u32>,
    limit: Cell<u32>,
}

// SAFETY: a core module without shared memory has a single thread.
unsafe impl Sync for Depth {}

static DEPTH: Depth = Depth {
    used: Cell::new(0),
    limit: Cell::new(20_000),
};

/// The limit in force, for messages.
pub(crate) fn depth_limit() -> u32 {
    DEPTH.limit.get()
}

/// How many further non-tail calls may be pending: what generated code counts down. Negative when
/// the caller has used more than there is.
#[unsafe(export_name = "rt:depth")]
pub(crate) extern "C" fn depth() -> i32 {
    let left = i64::from(DEPTH.limit.get()) - i64::from(DEPTH.used.get());
    left.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
}

/// `limits: func(depth-used: u32, depth-limit: u32)`
#[unsafe(export_name = "rtfs:module/dynamic@0.1.0#limits")]
pub(crate) extern "C" fn limits(used: u32, limit: u32) {
    DEPTH.used.set(used);
    DEPTH.limit.set(limit);
}

/// Where the payload of `result<list<u8>, error>` begins.
const OFFSET: usize = 4;

/// `invoke: func(export: u32, args: list<u8>) -> result<list<u8>, error>`
#[unsafe(export_name = "rtfs:module/dynamic@0.1.0#invoke")]
pub(crate) unsafe extern "C" fn invoke(export: u32, args: *mut u8, len: usize) -> *const u8 {
    // SAFETY: the canonical ABI hands the bytes over; they were allocated with this size.
    let args = unsafe {
        let decoded = codec::decode_args(core::slice::from_raw_parts(args, len));
        heap::free(args, len);
        decoded
    };
    answer(
        export,
        args.map_err(|_| "arguments are not a canonical array"),
    )
}

/// Calls an export whose `n` parameters and result are encoded values. Pointer and length of each
/// parameter are in memory.
#[unsafe(export_name = "rt:encoded_call")]
pub(crate) unsafe extern "C" fn encoded_call(
    export: u32,
    n: usize,
    params: *const (*mut u8, usize),
) -> *const u8 {
    let mut args = Ok(codec::Args::new());
    for i in 0..n {
        // SAFETY: by contract; the bytes were allocated for us.
        let value = unsafe {
            let (start, len) = params.add(i).read();
            let decoded = codec::decode(core::slice::from_raw_parts(start, len));
            heap::free(start, len);
            decoded
        };
        match (&mut args, value) {
            (Ok(args), Ok(value)) => args.push(value),
            // Those behind it are freed too.
            (args, _) => *args = Err(NOT_A_VALUE),
        }
    }
    answer(export, args)
}

/// The error of an encoded parameter that is refused.
pub(crate) const NOT_A_VALUE: &str = "an argument is not a canonical value";

/// Calls an export and gives the encoded result, or the error.
#[inline(never)]
fn answer(export: u32, args: Result<codec::Args, &str>) -> *const u8 {
    let value = args
        .map_err(Error::invalid_argument)
        .and_then(|args| call(export, args));
    match value.and_then(|value| codec::encode(&value)) {
        Ok(bytes) => Writer::start().encoded(bytes, OFFSET),
        Err(error) => Writer::start().error(&error, OFFSET),
    }
}

/// Calls an export.
pub(crate) fn call(export: u32, args: codec::Args) -> Result<Value, Error> {
    if export > intrinsic::export_count() {
        return Err(Error::invalid_argument("no such export"));
    }
    let mut args = args;
    let argc = args.len();
    // SAFETY: the callee moves the values out of the buffer, whose length is 0 from now on.
    let bits = unsafe {
        args.set_len(0);
        intrinsic::call_export(export, args.as_mut_ptr(), argc, depth())
    };
    match intrinsic::get_tag() {
        // SAFETY: the callee gives an owned error.
        tag::RAISED => Err(unsafe { own_error(bits) }),
        // SAFETY: the callee gives an owned value.
        tag => Ok(unsafe { own(tag, bits) }),
    }
}
