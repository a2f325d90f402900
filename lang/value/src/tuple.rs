//! Tuples: objects of a fixed number of values. Environments of closures, cells, combinators and
//! suspended library functions are tuples; the tag of the value tells which.

use crate::mem;
use crate::object::{Form, Header, Node};
use crate::value::Value;
use alloc::vec::Vec;
use core::ptr::NonNull;

/// The fixed part; `len` values follow.
#[repr(C)]
pub(crate) struct Tuple {
    pub(crate) node: Node,
    /// Number of values. `header.meta` says the same while the tuple lives; this field also
    /// survives the list of the dying, which is threaded through the header.
    pub(crate) len: u32,
}

/// Where the values begin.
pub(crate) const VALUES: usize = size_of::<Tuple>();

fn block_size(n: u32) -> usize {
    mem::size_of_block(VALUES, n as usize, size_of::<Value>())
}

/// A tuple of these values.
pub(crate) fn new(values: Vec<Value>) -> NonNull<Tuple> {
    let Ok(n) = u32::try_from(values.len()) else {
        mem::exhausted()
    };
    let tuple = uninit(n);
    // SAFETY: the block has room for `n` values behind the fixed part.
    unsafe {
        let mut slot = self::values(tuple.as_ptr());
        for value in values {
            slot.write(value);
            slot = slot.add(1);
        }
    }
    tuple
}

/// A tuple of these values and one more.
pub(crate) fn appended(values: &[Value], last: Value) -> NonNull<Tuple> {
    let Ok(n) = u32::try_from(values.len() + 1) else {
        mem::exhausted()
    };
    let tuple = uninit(n);
    // SAFETY: the block has room for `n` values behind the fixed part.
    unsafe {
        let mut slot = self::values(tuple.as_ptr());
        for value in values {
            slot.write(value.clone());
            slot = slot.add(1);
        }
        slot.write(last);
    }
    tuple
}

/// A tuple whose values the caller writes before anything else happens to it.
pub(crate) fn uninit(n: u32) -> NonNull<Tuple> {
    let tuple: NonNull<Tuple> = mem::allocate(block_size(n)).cast();
    let node = Node {
        header: Header { count: 1, meta: n },
        form: Form::Tuple,
    };
    // SAFETY: fresh block, large enough.
    unsafe { tuple.write(Tuple { node, len: n }) };
    tuple
}

/// The address of the first value.
///
/// # Safety
/// `tuple` is live.
#[inline]
pub(crate) unsafe fn values(tuple: *mut Tuple) -> *mut Value {
    // SAFETY: the values follow the fixed part in the same block.
    unsafe { tuple.cast::<u8>().add(VALUES).cast() }
}

/// The values.
///
/// # Safety
/// `tuple` is live for `'a`; none of its values is replaced meanwhile.
#[inline]
pub(crate) unsafe fn as_slice<'a>(tuple: *mut Tuple) -> &'a [Value] {
    // SAFETY: `len` values are initialised.
    unsafe { core::slice::from_raw_parts(values(tuple), (*tuple).len as usize) }
}

/// Calls `each` for every object that the values lead to.
///
/// # Safety
/// `tuple` is live.
pub(crate) unsafe fn visit(tuple: *mut Tuple, each: &mut dyn FnMut(*mut Node)) {
    // SAFETY: live, and nobody changes the values meanwhile.
    let values = unsafe { as_slice(tuple) };
    values.iter().filter_map(Value::node).for_each(each);
}

/// What a tuple holds: its values, how many there are, and the size of its block.
///
/// # Safety
/// `tuple` is a tuple that was not freed.
pub(crate) unsafe fn holdings(tuple: *mut Tuple) -> (*mut Value, usize, usize) {
    // SAFETY: by contract.
    let (values, n) = unsafe { (values(tuple), (*tuple).len) };
    (values, n as usize, block_size(n))
}
