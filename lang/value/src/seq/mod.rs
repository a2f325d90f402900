//! Sequences: vectors and lists.
//!
//! A sequence has one of three forms. *Flat*: the items are in the object itself, with room at
//! both ends. *View*: a part of a flat sequence, made by `rest` and `subvec` of a shared one.
//! *Trie*: a part of a radix trie, made when a large shared sequence is updated. Programs cannot
//! tell them apart.

mod iter;
mod object;

pub use iter::{IntoIter, Iter};
pub(crate) use object::{SeqObject, dismantle, flat_items, free_row, holdings, of_items, visit};

use crate::object::{Form, is_unshared, retain};
use crate::tag;
use crate::trie::WIDTH;
use crate::value::Value;
use alloc::vec::Vec;
use core::ptr::{self, NonNull};
use object::{back_room, companion, grow, length, new_flat, new_trie, new_view, trie_of};

/// A shared sequence of more items is updated as a trie, one of fewer is copied: about where a
/// copy (2.3 ns per item) costs as much as two copied leaves.
const LARGE: usize = 64;

/// Parts up to this size are copied instead of keeping the whole alive.
const SMALL: usize = 8;

/// A vector or list: an owned value known to be one.
///
/// Updates happen in place when nobody else holds the sequence; otherwise this handle gets a
/// changed copy that shares what it can, and the others keep what they had.
///
/// ```
/// use rtfs_value::{Seq, Value};
///
/// let mut items = Seq::vector([1_i64.into(), 2_i64.into()]);
/// let before = items.clone();
/// items.push(3_i64.into());
///
/// assert_eq!(items.iter().filter_map(Value::as_int).sum::<i64>(), 6);
/// assert_eq!((items.len(), items.last()), (3, Some(&Value::int(3))));
/// assert_eq!(rtfs_value::readable(before.as_value()), "[1 2]");
/// ```
#[repr(transparent)]
#[derive(Clone, PartialEq, Debug)]
pub struct Seq(Value);

impl Seq {
    /// An empty vector.
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// An empty vector with room.
    pub fn with_capacity(n: usize) -> Self {
        Self(Value::heap(tag::VECTOR, new_flat(0, n)))
    }

    /// A vector of these items.
    pub fn vector(items: impl IntoIterator<Item = Value>) -> Self {
        let mut items = items.into_iter();
        let n = items.size_hint().0;
        let mut seq = Self::with_capacity(n);
        let object = seq.object();
        for item in items.by_ref().take(n) {
            // SAFETY: nobody else knows the object, which is flat and has room for `n` items.
            unsafe {
                (*object).items.add((*object).len as usize).write(item);
                (*object).len += 1;
            }
        }
        // There may be more than were announced.
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
    #[inline]
    pub fn is_list(&self) -> bool {
        self.0.tag() == tag::LIST
    }

    #[inline]
    fn object(&self) -> *mut SeqObject {
        self.0.object().cast()
    }

    #[inline]
    fn form(&self) -> Form {
        // SAFETY: the handle owns a reference.
        unsafe { (*self.object()).node.form }
    }

    /// Replaces the object, keeping the kind.
    fn become_object(&mut self, object: NonNull<SeqObject>) {
        self.0 = Value::heap(self.0.tag(), object);
    }

    /// Number of items.
    #[inline]
    pub fn len(&self) -> usize {
        // SAFETY: the handle owns a reference.
        unsafe { (*self.object()).len as usize }
    }

    /// Whether there is no item.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All items, if they lie together in memory.
    #[inline]
    pub fn as_slice(&self) -> Option<&[Value]> {
        // SAFETY: the handle owns a reference; flat forms hold `len` items at `items`, which
        // change only through a unique handle.
        unsafe {
            let object = self.object();
            let items = (*object).items;
            (!items.is_null()).then(|| core::slice::from_raw_parts(items, (*object).len as usize))
        }
    }

    /// Items from `index` on that lie together in memory, at least one.
    fn chunk(&self, index: usize) -> &[Value] {
        debug_assert!(index < self.len());
        match self.as_slice() {
            Some(items) => &items[index..],
            None => {
                let object = self.object();
                // SAFETY: in trie form; `index` is inside.
                unsafe { trie_of(object).chunk((*object).start as usize + index) }
            }
        }
    }

    /// The item at an index.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&Value> {
        match self.as_slice() {
            Some(items) => items.get(index),
            None if index < self.len() => {
                let object = self.object();
                // SAFETY: in trie form; `index` is inside.
                Some(unsafe { trie_of(object).get((*object).start as usize + index) })
            }
            None => None,
        }
    }

    /// The first item.
    #[inline]
    pub fn first(&self) -> Option<&Value> {
        self.get(0)
    }

    /// The last item.
    #[inline]
    pub fn last(&self) -> Option<&Value> {
        self.get(self.len().checked_sub(1)?)
    }

    /// The items in order.
    pub fn iter(&self) -> Iter<'_> {
        Iter::new(self)
    }

    /// Makes the object this handle's own, flat (with room at the ends) or a trie, and forgets
    /// the cached hash.
    fn own(&mut self, front: usize, back: usize) -> *mut SeqObject {
        if !self.is_own_flat() {
            self.own_slowly(front, back);
        }
        // SAFETY: unshared now; a flat object has no trie form beside it.
        unsafe {
            let object = self.object();
            (*object).node.header.meta = 0;
            if (*object).node.form != Form::SeqFlat {
                return object;
            }
            let grown = grow(object, front, back);
            if grown != object {
                // The block moved; the handle's old address is not used again.
                let moved = Value::heap(self.0.tag(), NonNull::new_unchecked(grown));
                core::mem::forget(core::mem::replace(&mut self.0, moved));
            }
            grown
        }
    }

    /// Whether items can be changed in place: flat, unshared, without trie form beside it.
    #[inline]
    fn is_own_flat(&self) -> bool {
        // SAFETY: the handle owns a reference.
        unsafe {
            let object = self.object();
            is_unshared(object.cast())
                && (*object).node.form == Form::SeqFlat
                && (*object).owner.is_null()
        }
    }

    #[inline(never)]
    fn own_slowly(&mut self, front: usize, back: usize) {
        if self.form() == Form::SeqView {
            self.absorb_owner();
            if self.is_own_flat() {
                return;
            }
        }
        if self.form() == Form::SeqTrie && self.0.is_unshared() {
            return;
        }
        if self.len() > LARGE {
            self.become_trie();
        } else {
            let slack = if front + back > 0 {
                self.len().max(4)
            } else {
                0
            };
            self.become_copy(
                if front > 0 { slack } else { 0 },
                if back > 0 { slack } else { 0 },
            );
        }
    }

    /// A flat copy with room.
    fn become_copy(&mut self, front: usize, back: usize) {
        let new = new_flat(front, self.len() + back);
        // SAFETY: the new object has room for all items.
        unsafe {
            let items = (*new.as_ptr()).items;
            for (i, item) in self.iter().enumerate() {
                items.add(i).write(item.clone());
            }
            (*new.as_ptr()).len = length(self.len());
        }
        self.become_object(new);
    }

    /// An own trie object; nodes stay shared until they are changed.
    fn become_trie(&mut self) {
        let object = self.object();
        // SAFETY: the handle owns a reference to the object, and so to what the object owns. A
        // view's items lie in its owner at the same distance as in the owner's trie.
        let own = unsafe {
            let len = (*object).len;
            let (whole, offset) = match (*object).node.form {
                Form::SeqView => {
                    let owner = (*object).owner.cast::<SeqObject>();
                    let offset = (*object).items.offset_from_unsigned((*owner).items);
                    (companion(owner), length(offset))
                }
                Form::SeqFlat => (companion(object), 0),
                _ => (object, 0),
            };
            new_trie(trie_of(whole), (*whole).start + offset, len)
        };
        self.become_object(own);
    }

    /// Turns a view that is the only user of its owner into that owner, cut to the view.
    fn absorb_owner(&mut self) {
        let view = self.object();
        // SAFETY: the view is unshared and its owner is referred to by the view only, so the
        // owner's items can be cut. The view's reference to the owner moves into the handle.
        unsafe {
            let owner = (*view).owner.cast::<SeqObject>();
            if !is_unshared(view.cast()) || !is_unshared(owner.cast()) {
                return;
            }
            if !(*owner).owner.is_null() {
                // Its trie form has the items too: become a part of that.
                return self.become_trie();
            }
            let (items, len) = ((*view).items, (*view).len as usize);
            let before = items.offset_from_unsigned((*owner).items);
            let behind = (*owner).len as usize - before - len;
            let (first, end) = ((*owner).items, items.add(len));
            (*owner).items = items;
            (*owner).len = (*view).len;
            (*owner).node.header.meta = 0;
            for i in 0..before {
                drop(first.add(i).read());
            }
            for i in 0..behind {
                drop(end.add(i).read());
            }
            retain(owner.cast());
            self.become_object(NonNull::new_unchecked(owner));
        }
    }

    /// Appends an item.
    #[inline]
    pub fn push(&mut self, item: Value) {
        let object = self.object();
        // SAFETY: the handle owns a reference; what is done is done to an own flat object with
        // room behind its items.
        unsafe {
            if self.is_own_flat() && back_room(object) > 0 {
                (*object).items.add((*object).len as usize).write(item);
                (*object).len += 1;
                (*object).node.header.meta = 0;
                return;
            }
        }
        self.push_slowly(item);
    }

    #[inline(never)]
    fn push_slowly(&mut self, item: Value) {
        let object = self.own(0, 1);
        // SAFETY: own; a flat object has room behind its items.
        unsafe {
            if (*object).node.form == Form::SeqFlat {
                (*object).items.add((*object).len as usize).write(item);
            } else {
                let index = (*object).start as usize + (*object).len as usize;
                let mut trie = trie_of(object);
                trie.grow_to(index);
                let place = trie.place(index);
                (*object).owner = trie.root;
                (*object).cap = trie.shift;
                *place = item;
            }
            (*object).len = length((*object).len as usize + 1);
        }
    }

    /// Prepends an item.
    pub fn push_front(&mut self, item: Value) {
        let object = self.own(1, 0);
        // SAFETY: own; a flat object has room before its items.
        unsafe {
            if (*object).node.form == Form::SeqFlat {
                (*object).items = (*object).items.sub(1);
                (*object).items.write(item);
            } else {
                let mut trie = trie_of(object);
                if (*object).start == 0 {
                    (*object).start = length(trie.grow_front());
                }
                (*object).start -= 1;
                let place = trie.place((*object).start as usize);
                (*object).owner = trie.root;
                (*object).cap = trie.shift;
                *place = item;
            }
            (*object).len = length((*object).len as usize + 1);
        }
    }

    /// Removes the first item.
    pub fn pop_front(&mut self) -> Option<Value> {
        if self.is_empty() {
            return None;
        }
        let object = self.object();
        // SAFETY: the sequence is not empty. Items of an own flat object are moved out, and the
        // object then starts behind them.
        unsafe {
            if self.is_own_flat() {
                let item = (*object).items.read();
                (*object).items = (*object).items.add(1);
                (*object).len -= 1;
                (*object).node.header.meta = 0;
                return Some(item);
            }
            if (*object).node.form == Form::SeqTrie && is_unshared(object.cast()) {
                let mut trie = trie_of(object);
                let index = (*object).start as usize;
                let item = trie.take(index);
                if index % WIDTH == WIDTH - 1 {
                    trie.prune(index);
                    (*object).owner = trie.root;
                }
                (*object).start += 1;
                (*object).len -= 1;
                (*object).node.header.meta = 0;
                self.leave_trie();
                return Some(item);
            }
        }
        let first = self.first().cloned();
        self.keep(1, self.len());
        first
    }

    /// Removes the first item, if there is one, without looking at it when it is shared.
    pub fn drop_front(&mut self) {
        if self.0.is_unshared() {
            self.pop_front();
        } else {
            self.keep(1, self.len());
        }
    }

    /// Removes the last item.
    pub fn pop(&mut self) -> Option<Value> {
        let last = self.len().checked_sub(1)?;
        let object = self.object();
        // SAFETY: as in `pop_front`.
        unsafe {
            if self.is_own_flat() {
                (*object).len -= 1;
                (*object).node.header.meta = 0;
                return Some((*object).items.add(last).read());
            }
            if (*object).node.form == Form::SeqTrie && is_unshared(object.cast()) {
                let item = trie_of(object).take((*object).start as usize + last);
                (*object).len -= 1;
                (*object).node.header.meta = 0;
                self.leave_trie();
                return Some(item);
            }
        }
        let item = self.last().cloned();
        self.keep(0, last);
        item
    }

    /// A trie that shrank to a few items becomes flat again, which frees the rest.
    fn leave_trie(&mut self) {
        if self.len() <= SMALL {
            self.become_copy(0, 0);
        }
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
        let object = self.own(0, 0);
        // SAFETY: own, and the index is inside.
        unsafe {
            if (*object).node.form == Form::SeqFlat {
                return Some(&mut *(*object).items.add(index));
            }
            let mut trie = trie_of(object);
            let place = trie.place((*object).start as usize + index);
            (*object).owner = trie.root;
            Some(&mut *place)
        }
    }

    /// The items from `start` to before `end` (clamped), of the same kind.
    #[must_use]
    pub fn slice(&self, start: usize, end: usize) -> Self {
        let mut part = self.clone();
        part.keep(start, end);
        part
    }

    /// The items after the first.
    #[must_use]
    pub fn rest(&self) -> Self {
        self.slice(1, self.len())
    }

    /// Keeps the first `len` items.
    pub fn truncate(&mut self, len: usize) {
        self.keep(0, len);
    }

    /// Keeps the items from `start` to before `end` (clamped).
    pub fn keep(&mut self, start: usize, end: usize) {
        let end = end.min(self.len());
        let start = start.min(end);
        let n = end - start;
        if n == self.len() {
            return;
        }
        if self.is_own_flat() {
            return self.cut(start, end);
        }
        if n <= SMALL {
            let part = match self.as_slice().and_then(|items| items.get(start..end)) {
                Some(items) => of_items(items.iter().cloned()),
                None => self.few_of_trie(start, n),
            };
            return self.become_object(part);
        }
        let object = self.object();
        // SAFETY: the handle owns a reference to the object, and so to what the object owns;
        // the part is inside.
        unsafe {
            let form = (*object).node.form;
            if form != Form::SeqFlat && is_unshared(object.cast()) {
                if form == Form::SeqView {
                    (*object).items = (*object).items.add(start);
                } else {
                    (*object).start += length(start);
                }
                (*object).len = length(n);
                (*object).node.header.meta = 0;
                return;
            }
            let part = match form {
                Form::SeqFlat => new_view(object, (*object).items.add(start), length(n)),
                Form::SeqView => new_view(
                    (*object).owner.cast(),
                    (*object).items.add(start),
                    length(n),
                ),
                _ => new_trie(trie_of(object), (*object).start + length(start), length(n)),
            };
            self.become_object(part);
        }
    }

    #[inline(never)]
    fn few_of_trie(&self, start: usize, n: usize) -> NonNull<SeqObject> {
        let items: Vec<Value> = self.iter().skip(start).take(n).cloned().collect();
        of_items(items.into_iter())
    }

    /// [`Seq::keep`] in an own flat object.
    fn cut(&mut self, start: usize, end: usize) {
        let object = self.object();
        // SAFETY: own and flat; the items outside are dropped once, when the object no longer
        // counts them.
        unsafe {
            let (items, len) = ((*object).items, (*object).len as usize);
            (*object).items = items.add(start);
            (*object).len = length(end - start);
            (*object).node.header.meta = 0;
            for i in (0..start).chain(end..len) {
                drop(items.add(i).read());
            }
        }
    }

    /// The items; moved out when nobody shares them.
    pub fn into_vec(self) -> Vec<Value> {
        if !self.is_own_flat() {
            return self.iter().cloned().collect();
        }
        let object = self.object();
        // SAFETY: own and flat; the object no longer counts the items when it is dropped.
        unsafe {
            let len = (*object).len as usize;
            let mut items = Vec::with_capacity(len);
            ptr::copy_nonoverlapping((*object).items, items.as_mut_ptr(), len);
            items.set_len(len);
            (*object).len = 0;
            items
        }
    }
}

impl From<Vec<Value>> for Seq {
    fn from(mut items: Vec<Value>) -> Self {
        let seq = Self::with_capacity(items.len());
        let object = seq.object();
        // SAFETY: the object has room; the vector no longer counts the items when it is dropped.
        unsafe {
            ptr::copy_nonoverlapping(items.as_ptr(), (*object).items, items.len());
            (*object).len = length(items.len());
            items.set_len(0);
        }
        seq
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

impl IntoIterator for Seq {
    type Item = Value;
    type IntoIter = IntoIter;
    fn into_iter(self) -> IntoIter {
        IntoIter(self)
    }
}
