//! Sequences: the object behind vectors and lists.

use crate::object::{self, Dying, Form, Header, Node};
use crate::value::Value;
use crate::{mem, tag};
use alloc::vec::Vec;
use core::ptr::{self, NonNull};

/// The fixed part of a sequence.
#[repr(C)]
pub(crate) struct SeqObject {
    pub(crate) node: Node,
    /// Number of items.
    pub(crate) len: u32,
    /// Address of item 0; null in trie form.
    pub(crate) items: *mut Value,
    /// View: the flat sequence that holds the items. Trie: the root. Flat: trie form of the same
    /// items, made for updates while shared, or null.
    pub(crate) owner: *mut Node,
    /// Flat: room for items. Trie: bits of the index above the leaves.
    pub(crate) cap: u32,
    /// Trie: index of item 0.
    pub(crate) start: u32,
}

/// Where the items of a flat sequence are stored.
pub(crate) const STORAGE: usize = size_of::<SeqObject>();

/// A vector or list: an owned value known to be one.
#[repr(transparent)]
#[derive(Clone, PartialEq, Debug)]
pub struct Seq(Value);

fn block_size(cap: u32) -> usize {
    mem::size_of_block(STORAGE, cap as usize, size_of::<Value>())
}

fn allocate(cap: usize) -> NonNull<SeqObject> {
    let Ok(cap) = u32::try_from(cap) else {
        mem::exhausted()
    };
    let seq: NonNull<SeqObject> = mem::allocate(block_size(cap)).cast();
    // SAFETY: fresh block, large enough for the fixed part and `cap` items.
    unsafe {
        seq.write(SeqObject {
            node: Node {
                header: Header { count: 1, meta: 0 },
                form: Form::SeqFlat,
            },
            len: 0,
            items: storage(seq.as_ptr()),
            owner: ptr::null_mut(),
            cap,
            start: 0,
        });
    }
    seq
}

/// # Safety
/// `seq` was allocated by [`allocate`].
unsafe fn storage(seq: *mut SeqObject) -> *mut Value {
    // SAFETY: the storage follows the fixed part.
    unsafe { seq.cast::<u8>().add(STORAGE).cast() }
}

impl Seq {
    /// An empty vector.
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// An empty vector with room.
    pub fn with_capacity(n: usize) -> Self {
        Self(Value::heap(tag::VECTOR, allocate(n)))
    }

    /// A vector of these items.
    pub fn vector(items: impl IntoIterator<Item = Value>) -> Self {
        let items = items.into_iter();
        let mut seq = Self::with_capacity(items.size_hint().0);
        seq.extend(items);
        seq
    }

    /// A list of these items.
    pub fn list(items: impl IntoIterator<Item = Value>) -> Self {
        Self::vector(items).into_list()
    }

    #[inline]
    pub(crate) fn from_ref(value: &Value) -> &Self {
        // SAFETY: transparent; the caller checked the tag.
        unsafe { &*ptr::from_ref(value).cast() }
    }

    #[inline]
    pub(crate) fn from_mut(value: &mut Value) -> &mut Self {
        // SAFETY: transparent; the caller checked the tag.
        unsafe { &mut *ptr::from_mut(value).cast() }
    }

    #[inline]
    pub(crate) fn from_value(value: Value) -> Self {
        Self(value)
    }

    /// The value.
    #[inline]
    pub fn into_value(self) -> Value {
        self.0
    }

    /// The value.
    #[inline]
    pub fn as_value(&self) -> &Value {
        &self.0
    }

    /// The same items as a list.
    #[must_use]
    pub fn into_list(self) -> Self {
        Self(self.0.into_list())
    }

    /// The same items as a vector.
    #[must_use]
    pub fn into_vector(self) -> Self {
        Self(self.0.into_vector())
    }

    /// Whether this is a list.
    pub fn is_list(&self) -> bool {
        self.0.tag() == tag::LIST
    }

    #[inline]
    fn object(&self) -> *mut SeqObject {
        self.0.object().cast()
    }

    /// Number of items.
    #[inline]
    pub fn len(&self) -> usize {
        // SAFETY: live object.
        unsafe { (*self.object()).len as usize }
    }

    /// Whether there is no item.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn items(&self) -> &[Value] {
        // SAFETY: live flat object.
        unsafe { core::slice::from_raw_parts((*self.object()).items, self.len()) }
    }

    /// The item at an index.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&Value> {
        self.items().get(index)
    }

    /// The first item.
    pub fn first(&self) -> Option<&Value> {
        self.get(0)
    }

    /// The last item.
    pub fn last(&self) -> Option<&Value> {
        self.get(self.len().checked_sub(1)?)
    }

    /// The items in order.
    pub fn iter(&self) -> Iter<'_> {
        Iter {
            seq: self,
            front: 0,
            back: self.len(),
        }
    }

    /// Makes the object unshared with room for `more` items at the end.
    fn own(&mut self, more: usize) -> *mut SeqObject {
        let len = self.len();
        let needed = mem::size_of_block(len, more, 1);
        let object = self.object();
        // SAFETY: live flat object.
        unsafe {
            if self.0.is_unshared() && needed <= (*object).cap as usize {
                return object;
            }
            let cap = if more == 0 {
                needed
            } else {
                needed.max(len * 2).max(4)
            };
            let new = allocate(cap);
            let to = (*new.as_ptr()).items;
            for (i, item) in self.items().iter().enumerate() {
                to.add(i).write(item.clone());
            }
            (*new.as_ptr()).len = len as u32;
            self.0 = Value::heap(self.0.tag(), new);
            new.as_ptr()
        }
    }

    /// Appends an item.
    pub fn push(&mut self, item: Value) {
        let object = self.own(1);
        // SAFETY: unshared, with room.
        unsafe {
            (*object).items.add((*object).len as usize).write(item);
            (*object).len += 1;
            (*object).node.header.meta = 0;
        }
    }

    /// Prepends an item.
    pub fn push_front(&mut self, item: Value) {
        let mut items = Vec::with_capacity(self.len() + 1);
        items.push(item);
        items.extend(self.iter().cloned());
        let tag = self.0.tag();
        *self = Self::vector(items);
        self.0.set_seq_tag(tag);
    }

    /// Removes the first item.
    pub fn pop_front(&mut self) -> Option<Value> {
        let first = self.first()?.clone();
        *self = self.slice(1, self.len());
        Some(first)
    }

    /// Removes the last item.
    pub fn pop(&mut self) -> Option<Value> {
        let last = self.last()?.clone();
        *self = self.slice(0, self.len() - 1);
        Some(last)
    }

    /// Replaces an item; false when there is none at this index.
    pub fn set(&mut self, index: usize, item: Value) -> bool {
        match self.get_mut(index) {
            Some(slot) => {
                *slot = item;
                true
            }
            None => false,
        }
    }

    /// The item at an index, for changing it.
    pub fn get_mut(&mut self, index: usize) -> Option<&mut Value> {
        if index >= self.len() {
            return None;
        }
        let object = self.own(0);
        // SAFETY: unshared and inside.
        unsafe {
            (*object).node.header.meta = 0;
            Some(&mut *(*object).items.add(index))
        }
    }

    /// The items from `start` to before `end` (clamped), of the same kind.
    #[must_use]
    pub fn slice(&self, start: usize, end: usize) -> Self {
        let end = end.min(self.len());
        let start = start.min(end);
        let mut part = Self::vector(self.items()[start..end].iter().cloned());
        part.0.set_seq_tag(self.0.tag());
        part
    }

    /// The items after the first.
    #[must_use]
    pub fn rest(&self) -> Self {
        self.slice(1, self.len())
    }

    /// Keeps the first `len` items.
    pub fn truncate(&mut self, len: usize) {
        if len < self.len() {
            *self = self.slice(0, len);
        }
    }

    /// The items; moved out when nobody shares them.
    pub fn into_vec(self) -> Vec<Value> {
        self.iter().cloned().collect()
    }
}

impl Default for Seq {
    fn default() -> Self {
        Self::new()
    }
}

impl Extend<Value> for Seq {
    fn extend<T: IntoIterator<Item = Value>>(&mut self, items: T) {
        for item in items {
            self.push(item);
        }
    }
}

impl FromIterator<Value> for Seq {
    fn from_iter<T: IntoIterator<Item = Value>>(items: T) -> Self {
        Self::vector(items)
    }
}

impl<'a> IntoIterator for &'a Seq {
    type Item = &'a Value;
    type IntoIter = Iter<'a>;
    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// The items of a sequence in order.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    seq: &'a Seq,
    front: usize,
    back: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = &'a Value;

    #[inline]
    fn next(&mut self) -> Option<&'a Value> {
        if self.front >= self.back {
            return None;
        }
        self.front += 1;
        self.seq.get(self.front - 1)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.back - self.front, Some(self.back - self.front))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.front >= self.back {
            return None;
        }
        self.back -= 1;
        self.seq.get(self.back)
    }
}

impl ExactSizeIterator for Iter<'_> {}

/// Frees a dead sequence.
///
/// # Safety
/// Called once, by [`Dying`].
pub(crate) unsafe fn dismantle(seq: *mut SeqObject, dying: &mut Dying) {
    // SAFETY: nobody refers to the sequence; its items are moved out once.
    unsafe {
        for i in 0..(*seq).len as usize {
            dying.drop_value((*seq).items.add(i).read());
        }
        mem::free(NonNull::new_unchecked(seq.cast()), block_size((*seq).cap));
    }
}

/// Frees a dead trie node.
///
/// # Safety
/// Called once, by [`Dying`].
pub(crate) unsafe fn dismantle_node(node: *mut Node, dying: &mut Dying) {
    let _ = (node, dying, object::drop_node as unsafe fn(*mut Node));
}
