//! Maps: insertion-ordered, with keywords, strings and integers as keys.
//!
//! A map has one of two forms. *Flat*: the entries are in the object itself, in insertion order,
//! found by looking at each or, from nine on, through a hash index. *Trie*: the entries are in a
//! radix trie, found through a hash trie; made when a large shared map is updated. Removing
//! leaves a hole, which later growth closes. Programs cannot tell the forms apart.

mod hamt;
mod iter;
mod object;

pub(crate) use hamt::dismantle as dismantle_node;
pub use iter::Iter;
pub(crate) use object::{MapObject, dismantle, visit};

use crate::error::Error;
use crate::hashing::{key_hash, str_key_hash};
use crate::object::{Form, is_unshared, retain};
use crate::tag;
use crate::value::Value;
use core::ptr::{self, NonNull};
use object::{LINEAR, compact, companion, index_of, length, reindex, reserve, storage, trie_of};

/// A shared map of more entries is updated as a trie, one of fewer is copied.
const LARGE: usize = 64;

/// A map: an owned value known to be one.
///
/// Updates happen in place when nobody else holds the map; otherwise this handle gets a changed
/// copy that shares what it can, and the others keep what they had.
#[repr(transparent)]
#[derive(Clone, PartialEq, Debug)]
pub struct Map(Value);

/// What a key is looked up by.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    tag: u32,
    /// Payload of the key; 0 = only the text is known.
    bits: u64,
    text: &'a str,
}

impl<'a> Wanted<'a> {
    /// `None` for values that cannot be keys.
    #[inline]
    fn of(key: &'a Value) -> Option<Self> {
        match key.tag() {
            tag::INT => Some(Self {
                tag: tag::INT,
                bits: key.bits(),
                text: "",
            }),
            tag::STRING | tag::KEYWORD => Some(Self {
                tag: key.tag(),
                bits: key.bits(),
                text: key.as_text()?,
            }),
            _ => None,
        }
    }

    #[inline]
    fn fits(&self, key: &Value) -> bool {
        key.tag() == self.tag
            && (key.bits() == self.bits
                || (self.tag != tag::INT && key.as_text() == Some(self.text)))
    }
}

impl Wanted<'_> {
    /// The number of the first of a few entries with this key.
    #[inline]
    fn find_among(&self, entries: &[Value], hash: impl FnOnce() -> u32) -> Option<usize> {
        // Keys are mostly literals of one program, and equal literals share their object.
        let same = |key: &Value| key.tag() == self.tag && key.bits() == self.bits;
        let keys = entries.iter().step_by(2);
        match keys.clone().position(same) {
            None if self.tag != tag::INT => self.find_text(keys, hash()),
            found => found,
        }
    }

    /// Hashes are kept with the texts, so most keys are told apart without looking at the bytes.
    #[inline(never)]
    fn find_text<'a>(&self, mut keys: impl Iterator<Item = &'a Value>, hash: u32) -> Option<usize> {
        keys.position(|key| {
            key.tag() == self.tag && key_hash(key) == hash && key.as_text() == Some(self.text)
        })
    }
}

impl Map {
    /// An empty map.
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// An empty map with room.
    pub fn with_capacity(n: usize) -> Self {
        Self(Value::heap(tag::MAP, object::new(Form::MapFlat, n)))
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

    #[inline]
    fn form(&self) -> Form {
        // SAFETY: the handle owns a reference.
        unsafe { (*self.object()).node.form }
    }

    /// Number of entries.
    #[inline]
    pub fn len(&self) -> usize {
        // SAFETY: the handle owns a reference.
        unsafe { (*self.object()).len as usize }
    }

    /// Whether there is no entry.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keys and values in turn, from an entry on, that lie together in memory.
    fn chunk(&self, entry: usize) -> &[Value] {
        let object = self.object();
        // SAFETY: the handle owns a reference; entries change only through a unique handle.
        unsafe {
            let used = (*object).used as usize;
            let left = (used - entry.min(used)) * 2;
            if left == 0 {
                return &[];
            }
            if (*object).node.form == Form::MapFlat {
                return core::slice::from_raw_parts(storage(object).add(entry * 2), left);
            }
            let chunk = trie_of(object).chunk(entry * 2);
            &chunk[..left.min(chunk.len())]
        }
    }

    /// The place of key (even) or value (odd) of an entry.
    ///
    /// # Safety
    /// The entry is in use, `object` is the map's.
    #[inline]
    unsafe fn place<'a>(object: *mut MapObject, index: usize) -> &'a Value {
        // SAFETY: by contract.
        unsafe {
            if (*object).node.form == Form::MapFlat {
                &*storage(object).add(index)
            } else {
                trie_of(object).get(index)
            }
        }
    }

    /// The number of the entry of a key. `hash` is only asked when needed.
    #[inline]
    fn find(&self, wanted: Wanted<'_>, hash: impl FnOnce() -> u32) -> Option<usize> {
        let object = self.object();
        // SAFETY: the handle owns a reference; numbers in indexes are those of entries in use.
        unsafe {
            let fits = |entry: u32| wanted.fits(Self::place(object, entry as usize * 2));
            let entry = if (*object).node.form != Form::MapFlat {
                hamt::find((*object).index.cast(), hash(), fits)
            } else if (*object).index.is_null() {
                let keys =
                    core::slice::from_raw_parts(storage(object), (*object).used as usize * 2);
                return wanted.find_among(keys, hash);
            } else {
                index_of(object).find(hash(), fits)
            };
            entry.map(|entry| entry as usize)
        }
    }

    #[inline]
    fn find_key(&self, key: &Value) -> Option<usize> {
        self.find(Wanted::of(key)?, || key_hash(key))
    }

    /// The value of an entry.
    #[inline]
    fn value_at(&self, entry: usize) -> &Value {
        // SAFETY: the number came from `find`.
        unsafe { Self::place(self.object(), entry * 2 + 1) }
    }

    /// The value of a key.
    #[inline]
    pub fn get(&self, key: &Value) -> Option<&Value> {
        self.find_key(key).map(|entry| self.value_at(entry))
    }

    /// The value of a keyword key.
    pub fn get_keyword(&self, name: &str) -> Option<&Value> {
        self.get_text(tag::KEYWORD, name)
    }

    /// The value of a string key.
    pub fn get_str(&self, key: &str) -> Option<&Value> {
        self.get_text(tag::STRING, key)
    }

    fn get_text(&self, tag: u32, text: &str) -> Option<&Value> {
        let wanted = Wanted { tag, bits: 0, text };
        self.find(wanted, || str_key_hash(tag, text))
            .map(|entry| self.value_at(entry))
    }

    /// Whether the key is present.
    #[inline]
    pub fn contains_key(&self, key: &Value) -> bool {
        self.find_key(key).is_some()
    }

    /// Makes the object this handle's own, flat without trie form or a trie, and forgets the
    /// cached hash.
    #[inline]
    fn own(&mut self) -> *mut MapObject {
        let object = self.object();
        // SAFETY: the handle owns a reference.
        let ready = unsafe {
            is_unshared(object.cast())
                && ((*object).node.form != Form::MapFlat || (*object).tree.is_null())
        };
        if !ready {
            self.own_slowly();
        }
        let object = self.object();
        // SAFETY: unshared now.
        unsafe { (*object).node.header.meta = 0 };
        object
    }

    #[inline(never)]
    fn own_slowly(&mut self) {
        if self.len() > LARGE {
            self.become_trie()
        } else {
            self.become_copy()
        }
    }

    /// A flat copy without holes, with room to grow.
    fn become_copy(&mut self) {
        let new = object::new(Form::MapFlat, self.len() + self.len() / 2 + 1);
        // SAFETY: the new object has room for all entries.
        unsafe {
            let new = new.as_ptr();
            let mut to = storage(new);
            for (key, value) in self.iter() {
                to.write(key.clone());
                to.add(1).write(value.clone());
                to = to.add(2);
            }
            (*new).len = length(self.len());
            (*new).used = (*new).len;
            reindex(new);
        }
        self.0 = Value::heap(tag::MAP, new);
    }

    /// An own trie object; nodes stay shared until they are changed.
    fn become_trie(&mut self) {
        let object = self.object();
        let new = object::new(Form::MapTrie, 0);
        // SAFETY: the handle owns a reference to the object, and so to what the object owns.
        unsafe {
            let whole = if (*object).node.form == Form::MapFlat {
                companion(object)
            } else {
                object
            };
            let new = new.as_ptr();
            retain((*whole).tree.cast());
            retain((*whole).index.cast());
            (*new).tree = (*whole).tree;
            (*new).index = (*whole).index;
            (*new).cap = (*whole).cap;
            (*new).len = (*whole).len;
            (*new).used = (*whole).used;
        }
        self.0 = Value::heap(tag::MAP, new);
    }

    /// Puts an entry; a present key keeps its position.
    ///
    /// # Errors
    /// `TypeError` when `key` cannot be one.
    pub fn assoc(&mut self, key: Value, value: Value) -> Result<(), Error> {
        Self::check_key(&key)?;
        self.own();
        match self.find_key(&key) {
            Some(entry) => *self.value_mut(entry) = value,
            None => self.append(key, value),
        }
        Ok(())
    }

    /// Adds an entry whose key is not there to an own map.
    fn append(&mut self, key: Value, value: Value) {
        let hash = key_hash(&key);
        if self.form() != Form::MapFlat {
            return self.append_to_trie(hash, key, value);
        }
        let object = self.object();
        // SAFETY: own and flat; there is room after `reserve`.
        unsafe {
            let reserved = reserve(object);
            if reserved != object {
                // The block moved; the handle's old address is not used again.
                let moved = Value::heap(tag::MAP, NonNull::new_unchecked(reserved));
                core::mem::forget(core::mem::replace(&mut self.0, moved));
            }
            let (object, entry) = (reserved, (*reserved).used);
            let place = storage(object).add(entry as usize * 2);
            place.write(key);
            place.add(1).write(value);
            (*object).used += 1;
            (*object).len += 1;
            if !(*object).index.is_null() {
                index_of(object).insert(hash, entry);
            } else if (*object).used as usize > LINEAR {
                reindex(object);
            }
        }
    }

    fn append_to_trie(&mut self, hash: u32, key: Value, value: Value) {
        let object = self.object();
        // SAFETY: own and in trie form.
        unsafe {
            let entry = (*object).used;
            (*object).used = length(entry as usize + 1);
            (*object).len += 1;
            let mut trie = trie_of(object);
            trie.grow_to(entry as usize * 2 + 1);
            *trie.place(entry as usize * 2) = key;
            *trie.place(entry as usize * 2 + 1) = value;
            (*object).tree = trie.root;
            (*object).cap = trie.shift;
            (*object).index = hamt::insert((*object).index.cast(), hash, entry).cast();
        }
    }

    /// The value of an entry of an own map, for changing it.
    fn value_mut(&mut self, entry: usize) -> &mut Value {
        let object = self.object();
        // SAFETY: own, and the entry is in use.
        unsafe {
            if (*object).node.form == Form::MapFlat {
                return &mut *storage(object).add(entry * 2 + 1);
            }
            let mut trie = trie_of(object);
            let place = trie.place(entry * 2 + 1);
            (*object).tree = trie.root;
            &mut *place
        }
    }

    /// The value of a key, for changing it.
    pub fn get_mut(&mut self, key: &Value) -> Option<&mut Value> {
        if !self.contains_key(key) {
            return None;
        }
        self.own();
        let entry = self.find_key(key)?;
        Some(self.value_mut(entry))
    }

    /// Removes a key; gives its value.
    pub fn dissoc(&mut self, key: &Value) -> Option<Value> {
        if !self.contains_key(key) {
            return None;
        }
        let object = self.own();
        let entry = self.find_key(key)?;
        let value = if self.form() == Form::MapFlat {
            self.remove_flat(entry)
        } else {
            self.remove_from_trie(entry)
        };
        // SAFETY: own. Few entries among many holes: close them.
        unsafe {
            if ((*object).len as usize) < (*object).used as usize / 2 {
                if (*object).node.form == Form::MapFlat {
                    compact(object);
                } else {
                    self.become_copy();
                }
            }
        }
        Some(value)
    }

    /// Removes an entry of an own flat map.
    fn remove_flat(&mut self, entry: usize) -> Value {
        let object = self.object();
        // SAFETY: own and flat; key and value are moved out, and a hole or the entries behind
        // take their place.
        unsafe {
            let place = storage(object).add(entry * 2);
            let (key, value) = (place.read(), place.add(1).read());
            (*object).len -= 1;
            if (*object).index.is_null() {
                let behind = (*object).used as usize - entry - 1;
                ptr::copy(place.add(2), place, behind * 2);
                (*object).used -= 1;
            } else {
                place.write(Value::UNSET);
                place.add(1).write(Value::UNSET);
                index_of(object).remove(key_hash(&key), entry as u32);
                while (*object).used > 0
                    && (*storage(object).add((*object).used as usize * 2 - 2)).tag() == tag::UNSET
                {
                    (*object).used -= 1;
                }
            }
            value
        }
    }

    /// Removes an entry of an own map in trie form.
    fn remove_from_trie(&mut self, entry: usize) -> Value {
        let object = self.object();
        // SAFETY: own and in trie form.
        unsafe {
            let mut trie = trie_of(object);
            let key = ptr::replace(trie.place(entry * 2), Value::UNSET);
            let value = ptr::replace(trie.place(entry * 2 + 1), Value::UNSET);
            (*object).tree = trie.root;
            (*object).index =
                hamt::remove((*object).index.cast(), key_hash(&key), entry as u32).cast();
            (*object).len -= 1;
            value
        }
    }

    /// Keys and values in insertion order.
    pub fn iter(&self) -> Iter<'_> {
        Iter::new(self)
    }

    /// Keys in insertion order.
    pub fn keys(&self) -> impl Iterator<Item = &Value> {
        self.iter().map(|(key, _)| key)
    }

    /// Values in insertion order.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.iter().map(|(_, value)| value)
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
