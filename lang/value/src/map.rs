//! Maps: insertion-ordered, keys are keywords, strings and integers.

use crate::equality::equal;
use crate::error::Error;
use crate::object::{Dying, Form, Header, Node};
use crate::value::Value;
use crate::{mem, tag};
use core::ptr::{self, NonNull};

/// The fixed part of a map.
#[repr(C)]
pub(crate) struct MapObject {
    pub(crate) node: Node,
    /// Number of live entries.
    pub(crate) len: u32,
    /// Number of entries including removed ones.
    pub(crate) used: u32,
    /// Flat: room for entries. Trie: bits of the entry number above the leaves.
    pub(crate) cap: u32,
    /// Flat: hash index or null. Trie: root of the hash trie.
    pub(crate) index: *mut u8,
    /// Flat: trie form of the same entries or null. Trie: root of the entries.
    pub(crate) tree: *mut Node,
}

/// Where the entries of a flat map are stored.
pub(crate) const STORAGE: usize = size_of::<MapObject>();

#[repr(C)]
struct Entry {
    key: Value,
    value: Value,
}

/// A map: an owned value known to be one.
#[repr(transparent)]
#[derive(Clone, PartialEq, Debug)]
pub struct Map(Value);

fn block_size(cap: u32) -> usize {
    mem::size_of_block(STORAGE, cap as usize, size_of::<Entry>())
}

fn allocate(cap: usize) -> NonNull<MapObject> {
    let Ok(cap) = u32::try_from(cap) else {
        mem::exhausted()
    };
    let map: NonNull<MapObject> = mem::allocate(block_size(cap)).cast();
    let node = Node {
        header: Header { count: 1, meta: 0 },
        form: Form::MapFlat,
    };
    // SAFETY: fresh block, large enough.
    unsafe {
        map.write(MapObject {
            node,
            len: 0,
            used: 0,
            cap,
            index: ptr::null_mut(),
            tree: ptr::null_mut(),
        });
    }
    map
}

/// # Safety
/// `map` was allocated by [`allocate`].
unsafe fn storage(map: *mut MapObject) -> *mut Entry {
    // SAFETY: the storage follows the fixed part.
    unsafe { map.cast::<u8>().add(STORAGE).cast() }
}

impl Map {
    /// An empty map.
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// An empty map with room.
    pub fn with_capacity(n: usize) -> Self {
        Self(Value::heap(tag::MAP, allocate(n)))
    }

    /// Whether a value may be a key.
    #[inline]
    pub fn is_key(key: &Value) -> bool {
        matches!(key.tag(), tag::INT | tag::STRING | tag::KEYWORD)
    }

    /// Refuses what cannot be a key.
    ///
    /// # Errors
    /// `TypeError` in `map key`.
    #[inline]
    pub fn check_key(key: &Value) -> Result<(), Error> {
        if Self::is_key(key) {
            Ok(())
        } else {
            Err(Error::type_error(
                "map key",
                "string, keyword, or integer",
                key.type_name(),
            ))
        }
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

    #[inline]
    fn object(&self) -> *mut MapObject {
        self.0.object().cast()
    }

    /// Number of entries.
    #[inline]
    pub fn len(&self) -> usize {
        // SAFETY: live object.
        unsafe { (*self.object()).len as usize }
    }

    /// Whether there is no entry.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn entries(&self) -> &[Entry] {
        // SAFETY: live object.
        unsafe { core::slice::from_raw_parts(storage(self.object()), self.len()) }
    }

    fn position(&self, key: &Value) -> Option<usize> {
        self.entries()
            .iter()
            .position(|e| e.key.tag() == key.tag() && equal(&e.key, key))
    }

    /// The value of a key.
    #[inline]
    pub fn get(&self, key: &Value) -> Option<&Value> {
        self.position(key).map(|i| &self.entries()[i].value)
    }

    /// The value of a keyword.
    pub fn get_keyword(&self, name: &str) -> Option<&Value> {
        self.get(&Value::keyword(name))
    }

    /// The value of a string key.
    pub fn get_str(&self, key: &str) -> Option<&Value> {
        self.get(&Value::string(key))
    }

    /// Whether the key is present.
    pub fn contains_key(&self, key: &Value) -> bool {
        self.position(key).is_some()
    }

    /// Makes the object unshared with room for `more` entries.
    fn own(&mut self, more: usize) -> *mut MapObject {
        let object = self.object();
        let needed = mem::size_of_block(self.len(), more, 1);
        // SAFETY: live object.
        unsafe {
            if self.0.is_unshared() && needed <= (*object).cap as usize {
                return object;
            }
            let cap = if more == 0 {
                needed
            } else {
                needed.max(self.len() * 2).max(4)
            };
            let new = allocate(cap);
            let to = storage(new.as_ptr());
            for (i, e) in self.entries().iter().enumerate() {
                to.add(i).write(Entry {
                    key: e.key.clone(),
                    value: e.value.clone(),
                });
            }
            (*new.as_ptr()).len = (*object).len;
            (*new.as_ptr()).used = (*object).len;
            self.0 = Value::heap(tag::MAP, new);
            new.as_ptr()
        }
    }

    /// Puts an entry; a present key keeps its position.
    ///
    /// # Errors
    /// `TypeError` when `key` cannot be one.
    pub fn assoc(&mut self, key: Value, value: Value) -> Result<(), Error> {
        Self::check_key(&key)?;
        match self.get_mut(&key) {
            Some(slot) => *slot = value,
            None => {
                let object = self.own(1);
                // SAFETY: unshared, with room.
                unsafe {
                    storage(object)
                        .add((*object).len as usize)
                        .write(Entry { key, value });
                    (*object).len += 1;
                    (*object).used += 1;
                    (*object).node.header.meta = 0;
                }
            }
        }
        Ok(())
    }

    /// The value of a key, for changing it.
    pub fn get_mut(&mut self, key: &Value) -> Option<&mut Value> {
        let i = self.position(key)?;
        let object = self.own(0);
        // SAFETY: unshared and inside.
        unsafe {
            (*object).node.header.meta = 0;
            Some(&mut (*storage(object).add(i)).value)
        }
    }

    /// Removes a key; gives its value.
    pub fn dissoc(&mut self, key: &Value) -> Option<Value> {
        let i = self.position(key)?;
        let object = self.own(0);
        // SAFETY: unshared and inside; the entries behind move down by one.
        unsafe {
            let at = storage(object).add(i);
            let entry = at.read();
            let behind = (*object).len as usize - i - 1;
            ptr::copy(at.add(1), at, behind);
            (*object).len -= 1;
            (*object).used -= 1;
            (*object).node.header.meta = 0;
            Some(entry.value)
        }
    }

    /// Keys and values in insertion order.
    pub fn iter(&self) -> Iter<'_> {
        Iter { map: self, at: 0 }
    }

    /// Keys in insertion order.
    pub fn keys(&self) -> impl Iterator<Item = &Value> {
        self.iter().map(|(k, _)| k)
    }

    /// Values in insertion order.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.iter().map(|(_, v)| v)
    }
}

impl Default for Map {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = (&'a Value, &'a Value);
    type IntoIter = Iter<'a>;
    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// The entries of a map in insertion order.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    map: &'a Map,
    at: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a Value, &'a Value);

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.map.entries().get(self.at)?;
        self.at += 1;
        Some((&entry.key, &entry.value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.map.len() - self.at;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Iter<'_> {}

/// Frees a dead map.
///
/// # Safety
/// Called once, by [`Dying`].
pub(crate) unsafe fn dismantle(map: *mut MapObject, dying: &mut Dying) {
    // SAFETY: nobody refers to the map; its entries are moved out once.
    unsafe {
        for i in 0..(*map).used as usize {
            let entry = storage(map).add(i).read();
            dying.drop_value(entry.key);
            dying.drop_value(entry.value);
        }
        mem::free(NonNull::new_unchecked(map.cast()), block_size((*map).cap));
    }
}

/// Frees a dead node of a hash trie.
///
/// # Safety
/// Called once, by [`Dying`].
pub(crate) unsafe fn dismantle_node(node: *mut Node, dying: &mut Dying) {
    let _ = (node, dying);
}
