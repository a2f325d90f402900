//! The exports of `rtfs:module/dynamic`, lowered by hand.

use core::cell::Cell;

use rtfs_value::{Error, Value, tag};

use crate::codec;
use crate::fat::{own, own_error};
use crate::intrinsic;
use crate::outcome::Writer;

/// How deep calls may nest.
struct Depth {
    left: Cell<i32>,
    limit: Cell<u32>,
}

// SAFETY: a core module without shared memory has a single thread.
unsafe impl Sync for Depth {}

static DEPTH: Depth = Depth {
    left: Cell::new(20_000),
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
    DEPTH.left.get()
}

/// `limits: func(depth-used: u32, depth-limit: u32)`
#[unsafe(export_name = "rtfs:module/dynamic@0.1.0#limits")]
pub(crate) extern "C" fn limits(used: u32, limit: u32) {
    let left = i64::from(limit) - i64::from(used);
    let left = left.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
    DEPTH.left.set(left);
    DEPTH.limit.set(limit);
}

/// Where the payload of `result<list<u8>, error>` begins.
const OFFSET: usize = 4;

/// `invoke: func(export: u32, args: list<u8>) -> result<list<u8>, error>`
#[unsafe(export_name = "rtfs:module/dynamic@0.1.0#invoke")]
pub(crate) unsafe extern "C" fn invoke(export: u32, args: *mut u8, len: usize) -> *const u8 {
    let mut decoded = codec::Args::new();
    // SAFETY: the canonical ABI hands the bytes over; they were allocated with this size.
    let accepted = unsafe { codec::take(args, len, true, &mut decoded) };
    let refusal = (!accepted).then_some("arguments are not a canonical array");
    answer(export, &mut decoded, refusal)
}

/// Calls an export whose `n` parameters and result are encoded values. Pointer and length of each
/// parameter are in memory.
#[unsafe(export_name = "rt:encoded_call")]
pub(crate) unsafe extern "C" fn encoded_call(
    export: u32,
    n: usize,
    params: *const (*mut u8, usize),
) -> *const u8 {
    let mut args = codec::Args::new();
    let mut accepted = true;
    for i in 0..n {
        // SAFETY: by contract; the bytes were allocated for us. Those behind a refused one are
        // freed too.
        unsafe {
            let (start, len) = params.add(i).read();
            accepted &= codec::take(start, len, false, &mut args);
        }
    }
    answer(export, &mut args, (!accepted).then_some(NOT_A_VALUE))
}

/// The error of an encoded parameter that is refused.
pub(crate) const NOT_A_VALUE: &str = "an argument is not a canonical value";

/// Calls an export, unless its arguments were refused, and gives the encoded result, or the error.
#[inline(never)]
fn answer(export: u32, args: &mut codec::Args, refusal: Option<&str>) -> *const u8 {
    let mut writer = Writer::start();
    let area = writer.area();
    let encoded = call(export, args, refusal).and_then(|value| {
        // SAFETY: the area has room.
        unsafe {
            area.write(0);
            writer.encode(area.add(OFFSET), &value)
        }
    });
    match encoded {
        Ok(()) => area,
        Err(error) => writer.error(error, OFFSET),
    }
}

/// Calls an export, unless its arguments were refused. Those that it does not take are left.
#[inline(never)]
pub(crate) fn call(
    export: u32,
    args: &mut codec::Args,
    refusal: Option<&str>,
) -> Result<Value, Error> {
    let is_none = export > intrinsic::export_count();
    if let Some(refusal) = refusal.or(is_none.then_some("no such export")) {
        return Err(Error::invalid_argument(refusal));
    }
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
