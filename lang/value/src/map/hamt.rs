//! Hash tries: from the hash of a key to the number of its entry, for maps in trie form.
//!
//! A node has one slot per five-bit piece of the hash that occurs below it: the hash and entry
//! number of a single key, or a child. Keys whose hashes are equal in all bits share a list at
//! the end. Nodes are copied when shared and changed in place otherwise.

use crate::mem;
use crate::object::{self, Dying, Form, Header, Node};
use core::ptr::{self, NonNull};

const BITS: u32 = 5;
/// From this shift on no bits are left: the node is a list of equal hashes.
const END: u32 = 35;

/// The fixed part; slots of 8 bytes follow: first the single keys, then the children.
#[repr(C)]
struct HashNode {
    node: Node,
    /// Pieces with a single key. Of a list: the number of keys.
    singles: u32,
    /// Pieces with a child.
    children: u32,
    /// Number of slots.
    len: u32,
}

const SLOTS: usize = size_of::<HashNode>();

/// A key: entry number and hash.
fn single(hash: u32, entry: u32) -> u64 {
    u64::from(entry) << 32 | u64::from(hash)
}

fn block_size(slots: usize) -> usize {
    mem::size_of_block(SLOTS, slots, 8)
}

fn address(node: *mut HashNode) -> u64 {
    node.expose_provenance() as u64
}

fn at_address(slot: u64) -> *mut HashNode {
    ptr::with_exposed_provenance_mut(slot as usize)
}

fn piece(hash: u32, shift: u32) -> u32 {
    1 << (hash >> shift & 31)
}

/// How many pieces below this one are in the set.
fn rank(set: u32, bit: u32) -> usize {
    (set & (bit - 1)).count_ones() as usize
}

fn new_node(singles: u32, children: u32, n: usize) -> *mut HashNode {
    let block: NonNull<HashNode> = mem::allocate(block_size(n)).cast();
    let node = Node {
        header: Header { count: 1, meta: 0 },
        form: Form::HashNode,
    };
    // SAFETY: a fresh block, large enough for the fixed part.
    unsafe {
        block.write(HashNode {
            node,
            singles,
            children,
            len: n as u32,
        })
    };
    block.as_ptr()
}

/// # Safety
/// `node` is live.
unsafe fn slots(node: *mut HashNode) -> *mut u64 {
    // SAFETY: the slots follow the fixed part.
    unsafe { node.cast::<u8>().add(SLOTS).cast() }
}

/// The entry number of a key with this hash that `fits`.
///
/// # Safety
/// `root` is null or a live node.
pub(super) unsafe fn find(
    root: *mut Node,
    hash: u32,
    mut fits: impl FnMut(u32) -> bool,
) -> Option<u32> {
    let mut node = root.cast::<HashNode>();
    let mut shift = 0;
    // SAFETY: children of live nodes are live.
    unsafe {
        while !node.is_null() {
            if shift == END {
                let mut keys =
                    (0..(*node).len as usize).map(|i| (*slots(node).add(i) >> 32) as u32);
                return keys.find(|entry| fits(*entry));
            }
            let bit = piece(hash, shift);
            if (*node).singles & bit != 0 {
                let slot = *slots(node).add(rank((*node).singles, bit));
                return (slot as u32 == hash && fits((slot >> 32) as u32))
                    .then_some((slot >> 32) as u32);
            }
            if (*node).children & bit == 0 {
                return None;
            }
            node = at_address(*slots(node).add(child_slot(node, bit)));
            shift += BITS;
        }
    }
    None
}

/// # Safety
/// `node` is live and not a list.
unsafe fn child_slot(node: *mut HashNode, bit: u32) -> usize {
    // SAFETY: by contract.
    unsafe { (*node).singles.count_ones() as usize + rank((*node).children, bit) }
}

/// Makes the node in a slot unshared.
///
/// # Safety
/// The slot owns a reference to a live node; `shift` is its level.
unsafe fn own(slot: *mut u64, shift: u32) -> *mut HashNode {
    // SAFETY: by contract; the copy gets its own references to the children.
    unsafe {
        let node = at_address(*slot);
        if object::is_unshared(node.cast()) {
            return node;
        }
        let n = (*node).len as usize;
        let copy = new_node((*node).singles, (*node).children, n);
        ptr::copy_nonoverlapping(slots(node), slots(copy), n);
        if shift < END {
            for i in (*node).singles.count_ones() as usize..n {
                object::retain(at_address(*slots(node).add(i)).cast());
            }
        }
        *slot = address(copy);
        object::drop_node(node.cast());
        copy
    }
}

/// Puts a new slot in at `at`, which may move the node.
///
/// # Safety
/// The slot owns the only reference to the node.
unsafe fn insert_slot(owner: *mut u64, at: usize, value: u64) -> *mut HashNode {
    // SAFETY: by contract; the block has room after `resize`.
    unsafe {
        let node = at_address(*owner);
        let n = (*node).len as usize;
        let block = NonNull::new_unchecked(node.cast());
        let node = mem::resize(block, block_size(n), block_size(n + 1))
            .cast::<HashNode>()
            .as_ptr();
        let place = slots(node).add(at);
        ptr::copy(place, place.add(1), n - at);
        place.write(value);
        (*node).len = n as u32 + 1;
        *owner = address(node);
        node
    }
}

/// Takes the slot at `at` out, which may move the node.
///
/// # Safety
/// As [`insert_slot`].
unsafe fn remove_slot(owner: *mut u64, at: usize) -> *mut HashNode {
    // SAFETY: by contract.
    unsafe {
        let node = at_address(*owner);
        let n = (*node).len as usize;
        let place = slots(node).add(at);
        ptr::copy(place.add(1), place, n - at - 1);
        let block = NonNull::new_unchecked(node.cast());
        let node = mem::resize(block, block_size(n), block_size(n - 1))
            .cast::<HashNode>()
            .as_ptr();
        (*node).len = n as u32 - 1;
        *owner = address(node);
        node
    }
}

/// Adds a key that is not there yet; gives the new root.
///
/// # Safety
/// The caller owns the reference to `root`, which is null or a live node.
pub(super) unsafe fn insert(root: *mut Node, hash: u32, entry: u32) -> *mut Node {
    if root.is_null() {
        let node = new_node(piece(hash, 0), 0, 1);
        // SAFETY: one slot.
        unsafe { slots(node).write(single(hash, entry)) };
        return node.cast();
    }
    let mut root_slot = address(root.cast());
    let mut slot = &raw mut root_slot;
    let mut shift = 0;
    // SAFETY: every node on the way is made unshared before it is changed; a slot stays where it
    // is while the node below it changes.
    unsafe {
        loop {
            let node = own(slot, shift);
            if shift == END {
                let n = (*node).len as usize;
                let node = insert_slot(slot, n, single(hash, entry));
                (*node).singles += 1;
                break;
            }
            let bit = piece(hash, shift);
            if (*node).children & bit != 0 {
                slot = slots(node).add(child_slot(node, bit));
                shift += BITS;
                continue;
            }
            let at = rank((*node).singles, bit);
            if (*node).singles & bit == 0 {
                let node = insert_slot(slot, at, single(hash, entry));
                (*node).singles |= bit;
                break;
            }
            // Two keys with this piece: the old one moves into a child, and the loop adds the new
            // one there.
            let old = *slots(node).add(at);
            let child = new_node(
                if shift + BITS == END {
                    1
                } else {
                    piece(old as u32, shift + BITS)
                },
                0,
                1,
            );
            slots(child).write(old);
            (*node).singles &= !bit;
            (*node).children |= bit;
            let to = child_slot(node, bit);
            let place = slots(node).add(at);
            ptr::copy(place.add(1), place, to - at);
            slots(node).add(to).write(address(child));
        }
    }
    at_address(root_slot).cast()
}

/// Removes the key with this entry number; gives the new root.
///
/// # Safety
/// The caller owns the reference to `root`, a live node that has the key.
pub(super) unsafe fn remove(root: *mut Node, hash: u32, entry: u32) -> *mut Node {
    let mut root_slot = address(root.cast());
    let mut slot = &raw mut root_slot;
    let mut shift = 0;
    // SAFETY: as in `insert`. Nodes left without slots are harmless.
    unsafe {
        loop {
            let node = own(slot, shift);
            if shift == END {
                let n = (*node).len as usize;
                let at = (0..n).find(|i| (*slots(node).add(*i) >> 32) as u32 == entry);
                if let Some(at) = at {
                    let node = remove_slot(slot, at);
                    (*node).singles -= 1;
                }
                break;
            }
            let bit = piece(hash, shift);
            if (*node).singles & bit != 0 {
                let node = remove_slot(slot, rank((*node).singles, bit));
                (*node).singles &= !bit;
                break;
            }
            if (*node).children & bit == 0 {
                break;
            }
            slot = slots(node).add(child_slot(node, bit));
            shift += BITS;
        }
    }
    at_address(root_slot).cast()
}

/// Frees a dead node.
///
/// # Safety
/// Called once, by [`Dying`].
pub(crate) unsafe fn dismantle(node: *mut Node, dying: &mut Dying) {
    let node = node.cast::<HashNode>();
    // SAFETY: nobody refers to the node; its children are given up once. A list has no children.
    unsafe {
        let n = (*node).len as usize;
        let children = (*node).children.count_ones() as usize;
        for i in n - children..n {
            dying.drop_node(at_address(*slots(node).add(i)).cast());
        }
        mem::free(NonNull::new_unchecked(node.cast()), block_size(n));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mem::used;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    /// A root with its reference, and what should be found from it.
    struct Version {
        root: *mut Node,
        keys: Vec<(u32, u32)>,
    }

    impl Version {
        fn check(&self) {
            for (hash, entry) in &self.keys {
                // SAFETY: the root is live.
                let found = unsafe { find(self.root, *hash, |other| other == *entry) };
                assert_eq!(found, Some(*entry));
            }
        }
    }

    impl Clone for Version {
        fn clone(&self) -> Self {
            if !self.root.is_null() {
                // SAFETY: the root is live.
                unsafe { object::retain(self.root.cast()) };
            }
            Self {
                root: self.root,
                keys: self.keys.clone(),
            }
        }
    }

    impl Drop for Version {
        fn drop(&mut self) {
            if !self.root.is_null() {
                // SAFETY: the version owns a reference.
                unsafe { object::drop_node(self.root) };
            }
        }
    }

    /// Hashes that differ late, early, or not at all.
    fn hash() -> impl Strategy<Value = u32> {
        prop_oneof![
            0..4u32,
            (0..4u32).prop_map(|h| h << 30),
            (0..4u32, 0..4u32).prop_map(|(a, b)| a << 25 | b),
            any::<u32>(),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn equal_and_similar_hashes_are_told_apart(
            steps in prop::collection::vec((hash(), any::<bool>(), any::<bool>()), 0..120),
        ) {
            let start = used();
            {
                let mut now = Version { root: ptr::null_mut(), keys: Vec::new() };
                let mut kept = Vec::new();
                for (entry, (hash, remove, keep)) in steps.into_iter().enumerate() {
                    let entry = entry as u32;
                    if keep {
                        kept.push(now.clone());
                    }
                    // SAFETY: `now` owns its root; a removed key is there, an added one is not.
                    unsafe {
                        if remove && !now.keys.is_empty() {
                            let (hash, entry) = now.keys.swap_remove(hash as usize % now.keys.len());
                            now.root = super::remove(now.root, hash, entry);
                            prop_assert_eq!(find(now.root, hash, |other| other == entry), None);
                        } else {
                            now.root = insert(now.root, hash, entry);
                            now.keys.push((hash, entry));
                        }
                    }
                }
                now.check();
                kept.iter().for_each(Version::check);
            }
            prop_assert_eq!(used(), start);
        }
    }
}
