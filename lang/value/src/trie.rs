//! Radix tries of values: the shared form of large sequences and of the entries of large maps.
//!
//! A node has 32 places: values in a leaf, children in a branch. Values are found by index; missing
//! nodes are null, values never put there are `nil`. Updating copies the nodes on the path that
//! are shared and changes the others in place.

use crate::mem;
use crate::object::{self, Dying, Form, Header, Node};
use crate::value::Value;
use core::ptr::{self, NonNull};

/// Bits of the index that one level consumes.
pub(crate) const BITS: u32 = 5;
/// Places of a node.
pub(crate) const WIDTH: usize = 1 << BITS;
/// Indices stay below `1 << MAX_INDEX_BITS`: 16 GiB of values.
const MAX_INDEX_BITS: u32 = 30;

/// 32 values.
#[repr(C)]
struct Leaf {
    node: Node,
    reserved: u32,
    items: [Value; WIDTH],
}

/// 32 children.
#[repr(C)]
struct Branch {
    node: Node,
    reserved: u32,
    children: [*mut Node; WIDTH],
}

/// A trie: its root and the bits of the index above the leaves. Does not own the root by itself;
/// the object that holds it does.
#[derive(Clone, Copy)]
pub(crate) struct Trie {
    pub(crate) root: *mut Node,
    pub(crate) shift: u32,
}

fn header() -> Header {
    Header { count: 1, meta: 0 }
}

fn new_leaf() -> *mut Node {
    let leaf: NonNull<Leaf> = mem::allocate(size_of::<Leaf>()).cast();
    let node = Node {
        header: header(),
        form: Form::Leaf,
    };
    // SAFETY: a fresh block of this size.
    unsafe {
        leaf.write(Leaf {
            node,
            reserved: 0,
            items: [const { Value::NIL }; WIDTH],
        })
    };
    leaf.as_ptr().cast()
}

fn new_branch() -> *mut Node {
    let branch: NonNull<Branch> = mem::allocate(size_of::<Branch>()).cast();
    let node = Node {
        header: header(),
        form: Form::Branch,
    };
    // SAFETY: a fresh block of this size.
    unsafe {
        branch.write(Branch {
            node,
            reserved: 0,
            children: [ptr::null_mut(); WIDTH],
        })
    };
    branch.as_ptr().cast()
}

/// The address of a value in a leaf.
///
/// # Safety
/// `node` is a live leaf.
#[inline]
unsafe fn item(node: *mut Node, index: usize) -> *mut Value {
    // SAFETY: masked to the width.
    unsafe {
        (&raw mut (*node.cast::<Leaf>()).items)
            .cast::<Value>()
            .add(index & (WIDTH - 1))
    }
}

/// The address of a child pointer in a branch.
///
/// # Safety
/// `node` is a live branch.
#[inline]
unsafe fn child(node: *mut Node, index: usize) -> *mut *mut Node {
    // SAFETY: masked to the width.
    unsafe {
        (&raw mut (*node.cast::<Branch>()).children)
            .cast::<*mut Node>()
            .add(index & (WIDTH - 1))
    }
}

/// A copy of a node; its parts are shared with the original.
///
/// # Safety
/// `node` is live, a leaf if `shift` is 0.
unsafe fn copy_node(node: *mut Node, shift: u32) -> *mut Node {
    // SAFETY: by contract; both nodes have `WIDTH` places.
    unsafe {
        if shift == 0 {
            let copy = new_leaf();
            for i in 0..WIDTH {
                // The place holds `nil`, which needs no drop.
                item(copy, i).write((*item(node, i)).clone());
            }
            copy
        } else {
            let copy = new_branch();
            for i in 0..WIDTH {
                let part = *child(node, i);
                if !part.is_null() {
                    object::retain(part.cast());
                    *child(copy, i) = part;
                }
            }
            copy
        }
    }
}

impl Trie {
    /// No values.
    pub(crate) const EMPTY: Self = Self {
        root: ptr::null_mut(),
        shift: 0,
    };

    /// How many indices there are.
    #[inline]
    fn capacity(self) -> usize {
        1 << (self.shift + BITS)
    }

    /// The leaf of an index; null when nothing was put near it.
    ///
    /// # Safety
    /// The root is live or null; `index` is below the capacity.
    #[inline]
    unsafe fn leaf(self, index: usize) -> *mut Node {
        let (mut node, mut shift) = (self.root, self.shift);
        while shift > 0 && !node.is_null() {
            // SAFETY: nodes above shift 0 are branches; children are live or null.
            node = unsafe { *child(node, index >> shift) };
            shift -= BITS;
        }
        node
    }

    /// The value at an index, together with the rest of its leaf: values from `index` to the end
    /// of the leaf.
    ///
    /// # Safety
    /// The root is live for `'a`, the value was put there, and the leaf is not changed meanwhile.
    #[inline]
    pub(crate) unsafe fn chunk<'a>(self, index: usize) -> &'a [Value] {
        // SAFETY: by contract; the values of a leaf are always initialised.
        unsafe {
            let leaf = self.leaf(index);
            let within = index & (WIDTH - 1);
            core::slice::from_raw_parts(item(leaf, within), WIDTH - within)
        }
    }

    /// The value at an index.
    ///
    /// # Safety
    /// As [`Trie::chunk`].
    #[inline]
    pub(crate) unsafe fn get<'a>(self, index: usize) -> &'a Value {
        // SAFETY: by contract.
        unsafe { &*item(self.leaf(index), index) }
    }

    /// The address of the value at an index, on a path that nobody shares: shared nodes are
    /// copied, missing ones made.
    ///
    /// # Safety
    /// The caller owns the reference to the root; `index` is below the capacity.
    pub(crate) unsafe fn place(&mut self, index: usize) -> *mut Value {
        let mut slot: *mut *mut Node = &raw mut self.root;
        let mut shift = self.shift;
        // SAFETY: every node on the way is made unshared before its places are written.
        unsafe {
            loop {
                let node = *slot;
                if node.is_null() {
                    *slot = if shift == 0 { new_leaf() } else { new_branch() };
                } else if !object::is_unshared(node.cast()) {
                    *slot = copy_node(node, shift);
                    object::drop_node(node);
                }
                if shift == 0 {
                    return item(*slot, index);
                }
                slot = child(*slot, index >> shift);
                shift -= BITS;
            }
        }
    }

    /// Takes a value out, leaving `nil`, if nobody shares its path; otherwise copies it.
    ///
    /// # Safety
    /// The caller owns the reference to the root; the value was put there.
    pub(crate) unsafe fn take(self, index: usize) -> Value {
        let (mut node, mut shift) = (self.root, self.shift);
        // SAFETY: as in `leaf`; the value is only changed when no other path leads to it.
        unsafe {
            let mut unshared = object::is_unshared(node.cast());
            while shift > 0 {
                node = *child(node, index >> shift);
                unshared &= object::is_unshared(node.cast());
                shift -= BITS;
            }
            let place = item(node, index);
            if unshared {
                ptr::replace(place, Value::NIL)
            } else {
                (*place).clone()
            }
        }
    }

    /// Drops the leaf that holds `index`, whose values are not needed any more, if nobody shares
    /// its path.
    ///
    /// # Safety
    /// The caller owns the reference to the root; `index` is below the capacity.
    pub(crate) unsafe fn prune(&mut self, index: usize) {
        let mut slot: *mut *mut Node = &raw mut self.root;
        let mut shift = self.shift;
        // SAFETY: as in `leaf`; null children are allowed everywhere.
        unsafe {
            while shift > 0 {
                if (*slot).is_null() || !object::is_unshared((*slot).cast()) {
                    return;
                }
                slot = child(*slot, index >> shift);
                shift -= BITS;
            }
            let leaf = ptr::replace(slot, ptr::null_mut());
            if !leaf.is_null() {
                object::drop_node(leaf);
            }
        }
    }

    /// Adds levels until `index` is below the capacity.
    pub(crate) fn grow_to(&mut self, index: usize) {
        while index >= self.capacity() {
            self.grow(0);
        }
    }

    /// Makes room in front of index 0: gives how far all indices moved.
    pub(crate) fn grow_front(&mut self) -> usize {
        let middle = WIDTH / 2;
        let moved = middle << (self.shift + BITS);
        self.grow(middle);
        moved
    }

    /// A new root with the old one as this child.
    fn grow(&mut self, at: usize) {
        if self.shift + 2 * BITS > MAX_INDEX_BITS {
            mem::exhausted();
        }
        self.shift += BITS;
        if !self.root.is_null() {
            let root = new_branch();
            // SAFETY: the new root is a branch; the reference to the old root moves into it.
            unsafe { *child(root, at) = self.root };
            self.root = root;
        }
    }

    /// A trie of these values from index 0; the caller owns its root.
    pub(crate) fn build<'a>(values: impl Iterator<Item = &'a Value>) -> Self {
        let mut trie = Self::EMPTY;
        let mut leaf: *mut Node = ptr::null_mut();
        for (i, value) in values.enumerate() {
            if i % WIDTH == 0 {
                trie.grow_to(i);
                // SAFETY: the trie is ours alone.
                leaf = unsafe { trie.place(i) }.cast();
            }
            // SAFETY: `leaf` is the address of the first value of a leaf of `WIDTH` values, each
            // of which is `nil` until it is written here.
            unsafe { leaf.cast::<Value>().add(i % WIDTH).write(value.clone()) };
        }
        trie
    }
}

/// Calls `each` for every object that the node refers to.
///
/// # Safety
/// `node` is a live leaf or branch.
pub(crate) unsafe fn visit(node: *mut Node, each: &mut dyn FnMut(*mut Node)) {
    // SAFETY: live; the form says what the places hold.
    unsafe {
        for i in 0..WIDTH {
            if (*node).form == Form::Leaf {
                (*item(node, i)).node().into_iter().for_each(&mut *each);
            } else if !(*child(node, i)).is_null() {
                each(*child(node, i));
            }
        }
    }
}

/// Frees a dead node.
///
/// # Safety
/// Called once, by [`Dying`].
pub(crate) unsafe fn dismantle(node: *mut Node, dying: &mut Dying) {
    // SAFETY: nobody refers to the node; its parts are given up once.
    unsafe {
        if (*node).form == Form::Leaf {
            for i in 0..WIDTH {
                dying.drop_value(item(node, i).read());
            }
            mem::free(NonNull::new_unchecked(node.cast()), size_of::<Leaf>());
        } else {
            for i in 0..WIDTH {
                dying.drop_node(*child(node, i));
            }
            mem::free(NonNull::new_unchecked(node.cast()), size_of::<Branch>());
        }
    }
}
