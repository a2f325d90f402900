//! The object of a sequence in its three forms.

use crate::mem;
use crate::object::{self, Dying, Form, Header, Node};
use crate::tag;
use crate::trie::Trie;
use crate::value::Value;
use core::ptr::{self, NonNull};

/// The fixed part of a sequence.
#[repr(C)]
pub(crate) struct SeqObject {
    pub(crate) node: Node,
    /// Number of items.
    pub(crate) len: u32,
    /// Address of item 0; null in trie form.
    pub(crate) items: *mut Value,
    /// View: the flat sequence that holds the items. Trie: the root. Flat: a trie of the same
    /// items, made when the sequence was updated while shared, or null.
    pub(crate) owner: *mut Node,
    /// Flat: room for items. Trie: bits of the index above the leaves.
    pub(crate) cap: u32,
    /// Trie: index of item 0.
    pub(crate) start: u32,
}

/// Where the items of a flat sequence are stored.
const STORAGE: usize = size_of::<SeqObject>();

fn block_size(cap: u32) -> usize {
    mem::size_of_block(STORAGE, cap as usize, size_of::<Value>())
}

/// A length as it is stored.
pub(super) fn length(n: usize) -> u32 {
    match u32::try_from(n) {
        Ok(n) => n,
        Err(_) => mem::exhausted(),
    }
}

fn allocate(form: Form, cap: u32) -> NonNull<SeqObject> {
    let size = if form == Form::SeqFlat {
        block_size(cap)
    } else {
        STORAGE
    };
    let seq: NonNull<SeqObject> = mem::allocate(size).cast();
    let node = Node {
        header: Header { count: 1, meta: 0 },
        form,
    };
    let (items, owner) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: a fresh block, large enough for the fixed part.
    unsafe {
        seq.write(SeqObject {
            node,
            len: 0,
            items,
            owner,
            cap,
            start: 0,
        })
    };
    seq
}

/// A flat sequence without items, with room for `front` before and `back` behind its start.
pub(super) fn new_flat(front: usize, back: usize) -> NonNull<SeqObject> {
    let cap = mem::size_of_block(front, back, 1);
    let seq = allocate(Form::SeqFlat, length(cap));
    // SAFETY: the object was just made; `front` is at most its capacity.
    unsafe { (*seq.as_ptr()).items = storage(seq.as_ptr()).add(front) };
    seq
}

/// A flat sequence of these items.
pub(crate) fn of_items(items: impl ExactSizeIterator<Item = Value>) -> NonNull<SeqObject> {
    let seq = new_flat(0, items.len());
    let object = seq.as_ptr();
    for item in items {
        // SAFETY: there is room for as many items as were announced, which all are written.
        unsafe {
            if (*object).len < (*object).cap {
                (*object).items.add((*object).len as usize).write(item);
                (*object).len += 1;
            }
        }
    }
    seq
}

/// The items of a flat vector or list.
pub(crate) fn flat_items(value: &Value) -> Option<&[Value]> {
    if !matches!(value.tag(), tag::VECTOR | tag::LIST) {
        return None;
    }
    let seq = value.object().cast::<SeqObject>();
    // SAFETY: the value keeps the object alive; a flat sequence has its items together.
    unsafe {
        ((*seq).node.form == Form::SeqFlat)
            .then(|| core::slice::from_raw_parts((*seq).items, (*seq).len as usize))
    }
}

/// A part of a flat sequence.
///
/// # Safety
/// `owner` is a live flat sequence that holds `len` items at `items`.
pub(super) unsafe fn new_view(
    owner: *mut SeqObject,
    items: *mut Value,
    len: u32,
) -> NonNull<SeqObject> {
    let seq = allocate(Form::SeqView, 0);
    // SAFETY: the object was just made; the owner is live.
    unsafe {
        object::retain(owner.cast());
        (*seq.as_ptr()).items = items;
        (*seq.as_ptr()).owner = owner.cast();
        (*seq.as_ptr()).len = len;
    }
    seq
}

/// A part of a trie, sharing its root.
///
/// # Safety
/// The root is live and holds `len` values from `start`.
pub(super) unsafe fn new_trie(trie: Trie, start: u32, len: u32) -> NonNull<SeqObject> {
    let seq = allocate(Form::SeqTrie, trie.shift);
    // SAFETY: the object was just made; the root is live.
    unsafe {
        object::retain(trie.root.cast());
        (*seq.as_ptr()).owner = trie.root;
        (*seq.as_ptr()).start = start;
        (*seq.as_ptr()).len = len;
    }
    seq
}

/// Where a flat sequence stores its items.
///
/// # Safety
/// `seq` is a flat sequence.
#[inline]
pub(super) unsafe fn storage(seq: *mut SeqObject) -> *mut Value {
    // SAFETY: the storage follows the fixed part in the same block.
    unsafe { seq.cast::<u8>().add(STORAGE).cast() }
}

/// Room before the first item.
///
/// # Safety
/// `seq` is a live flat sequence.
#[inline]
pub(super) unsafe fn front_room(seq: *mut SeqObject) -> usize {
    // SAFETY: both addresses are in the block of the sequence.
    unsafe { (*seq).items.offset_from_unsigned(storage(seq)) }
}

/// Room behind the last item.
///
/// # Safety
/// `seq` is a live flat sequence.
#[inline]
pub(super) unsafe fn back_room(seq: *mut SeqObject) -> usize {
    // SAFETY: as in `front_room`; the storage ends behind the items.
    unsafe {
        let end = storage(seq).add((*seq).cap as usize);
        end.offset_from_unsigned((*seq).items.add((*seq).len as usize))
    }
}

/// The trie of a sequence in trie form.
///
/// # Safety
/// `seq` is live and in trie form.
#[inline]
pub(super) unsafe fn trie_of(seq: *mut SeqObject) -> Trie {
    // SAFETY: by contract.
    unsafe {
        Trie {
            root: (*seq).owner,
            shift: (*seq).cap,
        }
    }
}

/// The trie form of a flat sequence, made once and kept beside the items.
///
/// # Safety
/// `seq` is a live flat sequence.
pub(super) unsafe fn companion(seq: *mut SeqObject) -> *mut SeqObject {
    // SAFETY: by contract; the items are initialised. Nobody holds a reference to the field
    // `owner`, so it may be filled in while the sequence is shared.
    unsafe {
        if (*seq).owner.is_null() {
            let items = core::slice::from_raw_parts((*seq).items, (*seq).len as usize);
            let trie = Trie::build(items.iter());
            (*seq).owner = new_trie(trie, 0, (*seq).len).as_ptr().cast();
            // The object holds its own reference to the root.
            object::drop_node(trie.root);
        }
        (*seq).owner.cast()
    }
}

/// Moves the items of an unshared flat sequence into a larger block, or only within it.
///
/// # Safety
/// `seq` is an unshared flat sequence without trie form; only the result is used afterwards.
pub(super) unsafe fn grow(seq: *mut SeqObject, front: usize, back: usize) -> *mut SeqObject {
    // SAFETY: items are moved bitwise, each once; the old block is freed without dropping them.
    unsafe {
        let (len, cap) = ((*seq).len as usize, (*seq).cap as usize);
        let room = front_room(seq);
        if room >= front && back_room(seq) >= back {
            return seq;
        }
        if front == 0 && room > cap / 2 && cap - len >= back {
            // A queue: use the room that was left in front again.
            ptr::copy((*seq).items, storage(seq), len);
            (*seq).items = storage(seq);
            return seq;
        }
        if front == 0 && room == 0 {
            let new_cap = length(mem::size_of_block(len, back, 1).max(cap * 2).max(4));
            let block = NonNull::new_unchecked(seq.cast::<u8>());
            let moved =
                mem::resize(block, block_size((*seq).cap), block_size(new_cap)).cast::<SeqObject>();
            let seq = moved.as_ptr();
            (*seq).cap = new_cap;
            (*seq).items = storage(seq);
            return seq;
        }
        // Twice the size at the end that grows; the other keeps what it has, within reason, so
        // that using both ends in turn stays cheap.
        let slack = len.max(4).max(front).max(back);
        let new_front = if front > 0 { slack } else { room.min(slack) };
        let new_back = if back > 0 {
            slack
        } else {
            back_room(seq).min(slack)
        };
        let new = new_flat(new_front, len + new_back).as_ptr();
        ptr::copy_nonoverlapping((*seq).items, (*new).items, len);
        (*new).len = length(len);
        mem::free(NonNull::new_unchecked(seq.cast()), block_size((*seq).cap));
        new
    }
}

/// Calls `each` for every object that the sequence refers to.
///
/// # Safety
/// `seq` is live.
pub(crate) unsafe fn visit(seq: *mut SeqObject, each: &mut dyn FnMut(*mut Node)) {
    // SAFETY: live; the items of a flat sequence are its own.
    unsafe {
        if !(*seq).owner.is_null() {
            each((*seq).owner);
        }
        if (*seq).node.form == Form::SeqFlat {
            let items = core::slice::from_raw_parts((*seq).items, (*seq).len as usize);
            items.iter().filter_map(Value::node).for_each(each);
        }
    }
}

/// What a flat sequence without a trie holds: its items, how many there are, and the size of its
/// block.
///
/// # Safety
/// `seq` is such a sequence that was not freed.
pub(crate) unsafe fn holdings(seq: *mut SeqObject) -> (*mut Value, usize, usize) {
    // SAFETY: by contract.
    unsafe { ((*seq).items, (*seq).len as usize, block_size((*seq).cap)) }
}

/// Frees a flat sequence whose items were moved out.
///
/// # Safety
/// `seq` is such a sequence, without a trie, that nobody uses afterwards.
pub(crate) unsafe fn free_row(seq: *mut SeqObject) {
    // SAFETY: by contract.
    unsafe { mem::free(NonNull::new_unchecked(seq.cast()), block_size((*seq).cap)) };
}

/// Frees a dead sequence.
///
/// # Safety
/// Called once, by [`Dying`].
pub(crate) unsafe fn dismantle(seq: *mut SeqObject, dying: &mut Dying) {
    // SAFETY: nobody refers to the sequence; what it owns is given up once.
    unsafe {
        dying.drop_node((*seq).owner);
        let size = if (*seq).node.form == Form::SeqFlat {
            for i in 0..(*seq).len as usize {
                dying.drop_value((*seq).items.add(i).read());
            }
            block_size((*seq).cap)
        } else {
            STORAGE
        };
        mem::free(NonNull::new_unchecked(seq.cast()), size);
    }
}
