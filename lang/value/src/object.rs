//! Counted objects: the common header, counting, and freeing without recursion.

use crate::tag;
use crate::value::Value;
use crate::{cbor, error, map, mem, seq, text, trie, tuple};
use core::mem::ManuallyDrop;
use core::ptr::{self, NonNull};

/// The first eight bytes of every object.
#[repr(C)]
pub(crate) struct Header {
    /// How many values and objects refer to this one. 1 = unshared. Immortal (static) objects
    /// start at [`IMMORTAL`].
    pub(crate) count: u32,
    /// Free for the object's kind: the cached hash of texts and collections (0 = not computed),
    /// the number of values of an environment.
    pub(crate) meta: u32,
}

/// The count static objects start with. They are counted like others and never reach 0: in a
/// 32-bit memory there is no room for as many references.
pub(crate) const IMMORTAL: u32 = 1 << 30;

/// What an object that refers to others is made of. Texts refer to nothing and have no form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Form {
    /// Items in the object itself.
    SeqFlat = 1,
    /// A part of a flat sequence.
    SeqView = 2,
    /// A part of a trie.
    SeqTrie = 3,
    /// 32 values.
    Leaf = 4,
    /// 32 children.
    Branch = 5,
    /// Entries in the object itself.
    MapFlat = 6,
    /// Entries in a trie, found through a hash trie.
    MapTrie = 7,
    /// Node of a hash trie.
    HashNode = 8,
    /// A fixed number of values: environment, cell, combinator, suspended function.
    Tuple = 9,
    /// Error.
    Error = 10,
    /// The encoding of a collection or error.
    Opaque = 11,
}

/// The start of every object that refers to others.
#[repr(C)]
pub(crate) struct Node {
    pub(crate) header: Header,
    pub(crate) form: Form,
}

/// One more reference to the object at `object`.
///
/// # Safety
/// `object` is the address of a live object.
#[inline]
pub(crate) unsafe fn retain(object: *mut Header) {
    // SAFETY: live by contract; the count is only touched by this thread (values are not `Send`).
    unsafe {
        let count = (*object).count.wrapping_add(1);
        if count == 0 {
            mem::exhausted();
        }
        (*object).count = count;
    }
}

/// One reference less; true when it was the last.
///
/// # Safety
/// `object` is the address of a live object, and the caller gives up one reference.
#[inline]
pub(crate) unsafe fn forget(object: *mut Header) -> bool {
    // SAFETY: live by contract.
    unsafe {
        let count = (*object).count.wrapping_sub(1);
        (*object).count = count;
        count == 0
    }
}

/// Whether nobody else refers to the object.
///
/// # Safety
/// `object` is the address of a live object.
#[inline]
pub(crate) unsafe fn is_unshared(object: *const Header) -> bool {
    // SAFETY: live by contract.
    unsafe { (*object).count == 1 }
}

/// Frees the object of a value whose count has reached 0, and everything only it referred to.
///
/// # Safety
/// `tag` and `object` belong together, and the count is 0.
#[cold]
#[inline(never)]
pub(crate) unsafe fn release(value_tag: u32, object: *mut Header) {
    let mut dying = Dying::new();
    // SAFETY: passed on from the caller.
    unsafe { dying.add(value_tag, object) };
    dying.finish();
}

/// Gives up one reference to a node that is not behind a value.
///
/// # Safety
/// `node` is the address of a live object with a form, and the caller owns one reference.
pub(crate) unsafe fn drop_node(node: *mut Node) {
    let mut dying = Dying::new();
    // SAFETY: passed on from the caller.
    unsafe { dying.drop_node(node) };
    dying.finish();
}

/// Objects to be freed, linked through their dead headers, so that freeing needs neither stack
/// nor memory.
pub(crate) struct Dying {
    first: *mut Node,
}

impl Dying {
    fn new() -> Self {
        Self {
            first: ptr::null_mut(),
        }
    }

    /// Drops a value that a dying object held.
    #[inline]
    pub(crate) fn drop_value(&mut self, value: Value) {
        let value = ManuallyDrop::new(value);
        if value.is_heap() {
            let object = value.object();
            // SAFETY: the value owned a reference, which ends here.
            if unsafe { forget(object) } {
                // SAFETY: the count is 0; tag and object come from one value.
                unsafe { self.add(value.tag(), object) };
            }
        }
    }

    /// Drops a reference that a dying object held to a node; null is allowed.
    ///
    /// # Safety
    /// `node` is null or the address of a live object with a form; one reference is given up.
    #[inline]
    pub(crate) unsafe fn drop_node(&mut self, node: *mut Node) {
        // SAFETY: by contract.
        if !node.is_null() && unsafe { forget(node.cast()) } {
            self.link(node);
        }
    }

    /// # Safety
    /// The object's count is 0 and `value_tag` is the tag it was reached by.
    #[inline]
    unsafe fn add(&mut self, value_tag: u32, object: *mut Header) {
        match tag::low(value_tag) {
            // SAFETY: texts and bytes have no form; the count is 0.
            tag::STRING..=tag::RESOURCE | tag::BYTES => unsafe { text::free(object.cast()) },
            _ => self.link(object.cast()),
        }
    }

    #[inline]
    fn link(&mut self, node: *mut Node) {
        // SAFETY: the header of a dying object is not read again, and it has room for an address.
        unsafe { node.cast::<*mut Node>().write(self.first) };
        self.first = node;
    }

    fn finish(mut self) {
        while let Some(node) = NonNull::new(self.first) {
            let node = node.as_ptr();
            // SAFETY: linked objects hold the next address in their header. Each is dismantled
            // once: it leaves the list here, and nobody refers to it.
            unsafe {
                self.first = node.cast::<*mut Node>().read();
                let (values, n, size) = match (*node).form {
                    Form::Tuple => tuple::holdings(node.cast()),
                    Form::Error => error::holdings(node.cast()),
                    Form::Opaque => {
                        let size = cbor::opaque::block_size(node.cast());
                        (ptr::dangling_mut(), 0, size)
                    }
                    // The other forms come from code that is absent then, and so do tries.
                    _ if cfg!(feature = "opaque") => seq::holdings(node.cast()),
                    form => {
                        self.dismantle(form, node);
                        continue;
                    }
                };
                for i in 0..n {
                    self.drop_value(values.add(i).read());
                }
                mem::free(NonNull::new_unchecked(node.cast()), size);
            }
        }
    }

    /// Frees a dead collection or part of one.
    ///
    /// # Safety
    /// Called once, with the node's form.
    unsafe fn dismantle(&mut self, form: Form, node: *mut Node) {
        // SAFETY: by contract.
        unsafe {
            match form {
                Form::SeqFlat | Form::SeqView | Form::SeqTrie => seq::dismantle(node.cast(), self),
                Form::Leaf | Form::Branch => trie::dismantle(node, self),
                Form::MapFlat | Form::MapTrie => map::dismantle(node.cast(), self),
                Form::HashNode => map::dismantle_node(node, self),
                // These are freed where they are found.
                Form::Tuple | Form::Error | Form::Opaque => {}
            }
        }
    }
}

const _: () = assert!(size_of::<Header>() >= size_of::<*mut Node>());
