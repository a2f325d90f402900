//! The object of a map in its two forms, and the hash index of the flat one.

use super::hamt;
use crate::hashing::key_hash;
use crate::mem;
use crate::object::{Dying, Form, Header, Node};
use crate::tag;
use crate::trie::Trie;
use crate::value::Value;
use core::ptr::{self, NonNull};

/// The fixed part of a map.
#[repr(C)]
pub(crate) struct MapObject {
    pub(crate) node: Node,
    /// Number of entries.
    pub(crate) len: u32,
    /// Number of entries and of holes that removed ones left.
    pub(crate) used: u32,
    /// Flat: room for entries. Trie: bits of the value index above the leaves.
    pub(crate) cap: u32,
    /// Flat: the hash index, or null while there are few entries. Trie: the hash trie.
    pub(crate) index: *mut u8,
    /// Flat: a trie form of the same entries, made when the map was updated while shared, or
    /// null. Trie: the trie of keys and values.
    pub(crate) tree: *mut Node,
}

/// Where the entries of a flat map are stored: key and value in turn.
const STORAGE: usize = size_of::<MapObject>();

/// A map of more entries is found by hash, one of fewer by looking at each.
pub(super) const LINEAR: usize = 8;

fn block_size(cap: u32) -> usize {
    mem::size_of_block(STORAGE, cap as usize, 2 * size_of::<Value>())
}

/// A length as it is stored.
pub(super) fn length(n: usize) -> u32 {
    match u32::try_from(n) {
        // Entry numbers stay below the marks of the index.
        Ok(n) if n < u32::MAX / 2 => n,
        _ => mem::exhausted(),
    }
}

/// A map without entries.
pub(super) fn new(form: Form, cap: usize) -> NonNull<MapObject> {
    let cap = length(cap);
    let size = if form == Form::MapFlat {
        block_size(cap)
    } else {
        STORAGE
    };
    let map: NonNull<MapObject> = mem::allocate(size).cast();
    let node = Node {
        header: Header { count: 1, meta: 0 },
        form,
    };
    let (index, tree) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: a fresh block, large enough for the fixed part.
    unsafe {
        map.write(MapObject {
            node,
            len: 0,
            used: 0,
            cap,
            index,
            tree,
        })
    };
    map
}

/// Where a flat map stores its entries.
///
/// # Safety
/// `map` is a flat map.
#[inline]
pub(super) unsafe fn storage(map: *mut MapObject) -> *mut Value {
    // SAFETY: the storage follows the fixed part in the same block.
    unsafe { map.cast::<u8>().add(STORAGE).cast() }
}

/// The trie of keys and values of a map in trie form.
///
/// # Safety
/// `map` is live and in trie form.
#[inline]
pub(super) unsafe fn trie_of(map: *mut MapObject) -> Trie {
    // SAFETY: by contract.
    unsafe {
        Trie {
            root: (*map).tree,
            shift: (*map).cap,
        }
    }
}

/// Makes room for one more entry of an unshared flat map without trie form, by closing its holes
/// or by growing, which may move it.
///
/// # Safety
/// As said; only the result is used afterwards.
pub(super) unsafe fn reserve(map: *mut MapObject) -> *mut MapObject {
    // SAFETY: by contract; entries are moved bitwise.
    unsafe {
        if (*map).used < (*map).cap {
            return map;
        }
        if (*map).len < (*map).used / 4 * 3 {
            compact(map);
            return map;
        }
        let cap = length(mem::size_of_block(4, (*map).cap as usize, 2));
        let block = NonNull::new_unchecked(map.cast::<u8>());
        let map = mem::resize(block, block_size((*map).cap), block_size(cap))
            .cast::<MapObject>()
            .as_ptr();
        (*map).cap = cap;
        if !(*map).index.is_null() {
            reindex(map);
        }
        map
    }
}

/// Closes the holes of an unshared flat map without trie form.
///
/// # Safety
/// As said.
pub(super) unsafe fn compact(map: *mut MapObject) {
    // SAFETY: by contract; entries are moved bitwise to where a hole or an already moved one was.
    unsafe {
        let entries = storage(map);
        let mut to = 0;
        for from in 0..(*map).used as usize {
            if (*entries.add(from * 2)).tag() != tag::UNSET {
                ptr::copy(entries.add(from * 2), entries.add(to * 2), 2);
                to += 1;
            }
        }
        (*map).used = (*map).len;
        if !(*map).index.is_null() {
            reindex(map);
        }
    }
}

/// The hash index: the number of slots less one, then slots of hash and entry number plus one
/// (0 = empty), probed one after the other.
#[derive(Clone, Copy)]
pub(super) struct Index {
    slots: *mut u64,
    mask: usize,
}

const INDEX_HEAD: usize = 8;

fn index_size(slots: usize) -> usize {
    mem::size_of_block(INDEX_HEAD, slots, 8)
}

/// # Safety
/// `map` is a live flat map with an index.
#[inline]
pub(super) unsafe fn index_of(map: *mut MapObject) -> Index {
    // SAFETY: by contract.
    unsafe {
        let block = (*map).index;
        Index {
            slots: block.add(INDEX_HEAD).cast(),
            mask: block.cast::<u64>().read() as usize,
        }
    }
}

/// # Safety
/// The index of `map` is not used again.
unsafe fn free_index(map: *mut MapObject) {
    // SAFETY: by contract; the block has the size it was allocated with.
    unsafe {
        if let Some(block) = NonNull::new((*map).index) {
            let mask = block.cast::<u64>().read() as usize;
            mem::free(block, index_size(mask + 1));
            (*map).index = ptr::null_mut();
        }
    }
}

/// Makes the index anew, for as many entries as there is room for.
///
/// # Safety
/// `map` is an unshared flat map.
pub(super) unsafe fn reindex(map: *mut MapObject) {
    // SAFETY: by contract; the slots of the new block are zeroed before they are read.
    unsafe {
        free_index(map);
        if (*map).used as usize <= LINEAR {
            return;
        }
        // At most two thirds full.
        let cap = (*map).cap as usize;
        let n = (cap + cap / 2 + 1).next_power_of_two();
        let block = mem::allocate(index_size(n));
        block.cast::<u64>().write((n - 1) as u64);
        block
            .as_ptr()
            .add(INDEX_HEAD)
            .cast::<u64>()
            .write_bytes(0, n);
        (*map).index = block.as_ptr();
        let index = index_of(map);
        let entries = storage(map);
        for i in 0..(*map).used {
            let key = &*entries.add(i as usize * 2);
            if key.tag() != tag::UNSET {
                index.insert(key_hash(key), i);
            }
        }
    }
}

impl Index {
    /// The entry number of a key with this hash that `fits`.
    ///
    /// # Safety
    /// The index is live.
    #[inline(always)]
    pub(super) unsafe fn find(self, hash: u32, mut fits: impl FnMut(u32) -> bool) -> Option<u32> {
        let mut at = hash as usize & self.mask;
        loop {
            // SAFETY: masked; the index always has an empty slot, which ends the search.
            let slot = unsafe { *self.slots.add(at) };
            if slot == 0 {
                return None;
            }
            let entry = (slot >> 32) as u32 - 1;
            if slot as u32 == hash && fits(entry) {
                return Some(entry);
            }
            at = (at + 1) & self.mask;
        }
    }

    /// Adds a key that is not there.
    ///
    /// # Safety
    /// The index is live and has room.
    pub(super) unsafe fn insert(self, hash: u32, entry: u32) {
        let mut at = hash as usize & self.mask;
        // SAFETY: as in `find`.
        unsafe {
            while *self.slots.add(at) != 0 {
                at = (at + 1) & self.mask;
            }
            *self.slots.add(at) = u64::from(entry + 1) << 32 | u64::from(hash);
        }
    }

    /// Removes a key that is there, and moves later ones of its run up, so that no search ends
    /// too early.
    ///
    /// # Safety
    /// The index is live.
    pub(super) unsafe fn remove(self, hash: u32, entry: u32) {
        let mut hole = hash as usize & self.mask;
        // SAFETY: masked; the run ends at an empty slot.
        unsafe {
            while (*self.slots.add(hole) >> 32) as u32 != entry + 1 {
                hole = (hole + 1) & self.mask;
            }
            let mut at = hole;
            loop {
                at = (at + 1) & self.mask;
                let slot = *self.slots.add(at);
                if slot == 0 {
                    break;
                }
                let home = slot as u32 as usize & self.mask;
                // The slot may move into the hole unless its home lies behind the hole.
                if at.wrapping_sub(home) & self.mask >= at.wrapping_sub(hole) & self.mask {
                    *self.slots.add(hole) = slot;
                    hole = at;
                }
            }
            *self.slots.add(hole) = 0;
        }
    }
}

/// The trie form of a flat map, made once and kept beside the entries.
///
/// # Safety
/// `map` is a live flat map.
pub(super) unsafe fn companion(map: *mut MapObject) -> *mut MapObject {
    // SAFETY: by contract. Nobody holds a reference to the field `tree`, so it may be filled in
    // while the map is shared.
    unsafe {
        if (*map).tree.is_null() {
            let used = (*map).used as usize;
            let values = core::slice::from_raw_parts(storage(map), used * 2);
            let trie = Trie::build(values.iter());
            let mut hashes = ptr::null_mut();
            for (i, key) in values.iter().step_by(2).enumerate() {
                if key.tag() != tag::UNSET {
                    hashes = hamt::insert(hashes, key_hash(key), i as u32);
                }
            }
            let new = new(Form::MapTrie, 0).as_ptr();
            (*new).len = (*map).len;
            (*new).used = (*map).used;
            (*new).cap = trie.shift;
            (*new).tree = trie.root;
            (*new).index = hashes.cast();
            (*map).tree = new.cast();
        }
        (*map).tree.cast()
    }
}

/// Calls `each` for every object that the map refers to and that may lead to others: keys and
/// values, or the trie of them.
///
/// # Safety
/// `map` is live.
pub(crate) unsafe fn visit(map: *mut MapObject, each: &mut dyn FnMut(*mut Node)) {
    // SAFETY: live; the entries of a flat map are its own.
    unsafe {
        if !(*map).tree.is_null() {
            each((*map).tree);
        }
        if (*map).node.form == Form::MapFlat {
            let words = core::slice::from_raw_parts(storage(map), (*map).used as usize * 2);
            words.iter().filter_map(Value::node).for_each(each);
        }
    }
}

/// Frees a dead map.
///
/// # Safety
/// Called once, by [`Dying`].
pub(crate) unsafe fn dismantle(map: *mut MapObject, dying: &mut Dying) {
    // SAFETY: nobody refers to the map; what it owns is given up once.
    unsafe {
        dying.drop_node((*map).tree);
        let size = if (*map).node.form == Form::MapFlat {
            free_index(map);
            for i in 0..(*map).used as usize * 2 {
                dying.drop_value(storage(map).add(i).read());
            }
            block_size((*map).cap)
        } else {
            dying.drop_node((*map).index.cast());
            STORAGE
        };
        mem::free(NonNull::new_unchecked(map.cast()), size);
    }
}
