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

use crate::bytes::same;
use crate::error::Error;
use crate::hashing::{int_hash, key_hash, str_key_hash};
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
///
/// ```
/// use rtfs_value::{Map, Value};
///
/// let mut stock = Map::new();
/// stock.assoc(Value::keyword("tea"), Value::int(2))?;
/// stock.assoc(Value::keyword("milk"), Value::int(1))?;
/// let before = stock.clone();
/// stock.assoc(Value::keyword("tea"), Value::int(3))?;
///
/// assert_eq!(rtfs_value::readable(stock.as_value()), "{:tea 3 :milk 1}");
/// assert_eq!(before.get_keyword("tea"), Some(&Value::int(2)));
/// # Ok::<(), rtfs_value::Error>(())
/// ```
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

impl Wanted<'_> {
    #[inline]
    fn fits(&self, key: &Value) -> bool {
        key.tag() == self.tag
            && (key.bits() == self.bits || (self.tag != tag::INT && self.has_text(key)))
    }

    #[inline]
    fn has_text(&self, key: &Value) -> bool {
        key.as_text()
            .is_some_and(|text| same(text.as_bytes(), self.text.as_bytes()))
    }
}

/// The number of an entry, if there is one: in one word, unlike an option, so that a component
/// need not give it through memory.
#[derive(Clone, Copy)]
struct Found(u32);

impl Found {
    /// Above all numbers of entries.
    const NONE: Self = Self(u32::MAX);

    #[inline]
    fn of(entry: Option<u32>) -> Self {
        entry.map_or(Self::NONE, Self)
    }

    #[inline]
    fn number(self) -> Option<usize> {
        (self.0 != Self::NONE.0).then_some(self.0 as usize)
    }
}

impl Map {
    /// An empty map.
    ///
    /// ```
    /// # use rtfs_value::Map;
    /// assert!(Map::new().is_empty());
    /// ```
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// An empty map with room.
    pub fn with_capacity(n: usize) -> Self {
        Self(Value::heap(tag::MAP, object::new(Form::MapFlat, n)))
    }

    /// Whether a value may be a key.
    ///
    /// ```
    /// # use rtfs_value::{Map, Value};
    /// assert!(Map::is_key(&Value::int(1)) && !Map::is_key(&Value::float(1.0)));
    /// ```
    #[inline]
    pub fn is_key(key: &Value) -> bool {
        matches!(key.tag(), tag::INT | tag::STRING | tag::KEYWORD)
    }

    /// Refuses what cannot be a key.
    ///
    /// # Errors
    /// `TypeError` in `map key`.
    ///
    /// ```
    /// # use rtfs_value::{Map, Value};
    /// assert!(Map::check_key(&Value::float(1.0)).is_err());
    /// ```
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
    ///
    /// ```
    /// # use rtfs_value::Map;
    /// assert_eq!(Map::new().into_value().type_name(), "map");
    /// ```
    #[inline]
    pub fn into_value(self) -> Value {
        self.0
    }

    /// The value.
    ///
    /// ```
    /// # use rtfs_value::Map;
    /// assert_eq!(Map::new().as_value().type_name(), "map");
    /// ```
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
    ///
    /// ```
    /// # use rtfs_value::{Map, Value};
    /// let mut map = Map::new();
    /// map.assoc(Value::int(1), Value::NIL)?;
    /// assert_eq!(map.len(), 1);
    /// # Ok::<(), rtfs_value::Error>(())
    /// ```
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

    /// The number of the entry of a key. What most programs do with maps is in line: few keys,
    /// which are mostly literals of one program, and equal literals share their object.
    #[inline]
    fn find_key(&self, key: &Value) -> Option<usize> {
        if let Some(mut keys) = self.few_keys() {
            let same = |other: &Value| other.tag() == key.tag() && other.bits() == key.bits();
            let found = keys.position(same);
            if found.is_some() || key.tag() == tag::INT {
                return found;
            }
        }
        if key.tag() == tag::INT {
            self.find_int(key.bits()).number()
        } else {
            self.find_text(key).number()
        }
    }

    /// [`Map::find_key`] of an integer in a map with an index.
    #[inline(never)]
    fn find_int(&self, bits: u64) -> Found {
        let wanted = Wanted {
            tag: tag::INT,
            bits,
            text: "",
        };
        self.find(wanted, int_hash(bits))
    }

    /// [`Map::find_key`] of anything but an integer.
    #[inline(never)]
    fn find_text(&self, key: &Value) -> Found {
        match key.as_text() {
            Some(text) if Self::is_key(key) => {
                let (tag, bits) = (key.tag(), key.bits());
                self.find(Wanted { tag, bits, text }, key_hash(key))
            }
            _ => Found::NONE,
        }
    }

    #[inline(always)]
    fn find(&self, wanted: Wanted<'_>, hash: u32) -> Found {
        let object = self.object();
        // SAFETY: the handle owns a reference; numbers in indexes are those of entries in use.
        unsafe {
            if (*object).node.form != Form::MapFlat {
                return self.find_in_trie(wanted, hash);
            }
            if (*object).index.is_null() {
                return self.find_among_few(wanted, hash);
            }
            let entries = storage(object);
            let fits = |entry: u32| wanted.fits(&*entries.add(entry as usize * 2));
            Found::of(index_of(object).find(hash, fits))
        }
    }

    /// The keys of a map that has no index.
    #[inline]
    fn few_keys(&self) -> Option<impl Iterator<Item = &Value>> {
        let object = self.object();
        // SAFETY: the handle owns a reference; the entries of a flat map are its own.
        let entries = unsafe {
            if (*object).node.form != Form::MapFlat || !(*object).index.is_null() {
                return None;
            }
            core::slice::from_raw_parts(storage(object), (*object).used as usize * 2)
        };
        Some(entries.iter().step_by(2))
    }

    /// Hashes are kept with the texts, so most keys are told apart without looking at the bytes.
    #[inline(never)]
    fn find_among_few(&self, wanted: Wanted<'_>, hash: u32) -> Found {
        for (entry, key) in self.few_keys().into_iter().flatten().enumerate() {
            if key.tag() == wanted.tag && key_hash(key) == hash && wanted.has_text(key) {
                return Found(entry as u32);
            }
        }
        Found::NONE
    }

    #[inline(never)]
    fn find_in_trie(&self, wanted: Wanted<'_>, hash: u32) -> Found {
        let object = self.object();
        // SAFETY: as in `find`.
        unsafe {
            let fits = |entry: u32| wanted.fits(trie_of(object).get(entry as usize * 2));
            Found::of(hamt::find((*object).index.cast(), hash, fits))
        }
    }

    /// The value of an entry.
    #[inline]
    fn value_at(&self, entry: usize) -> &Value {
        // SAFETY: the number came from `find`.
        unsafe { Self::place(self.object(), entry * 2 + 1) }
    }

    /// The value of a key.
    ///
    /// ```
    /// # use rtfs_value::{Map, Value};
    /// let mut map = Map::new();
    /// map.assoc(Value::int(1), "one".into())?;
    /// assert_eq!(map.get(&Value::int(1)), Some(&"one".into()));
    /// # Ok::<(), rtfs_value::Error>(())
    /// ```
    #[inline]
    pub fn get(&self, key: &Value) -> Option<&Value> {
        self.find_key(key).map(|entry| self.value_at(entry))
    }

    /// The value of a keyword key.
    ///
    /// ```
    /// # use rtfs_value::{Map, Value};
    /// let mut map = Map::new();
    /// map.assoc(Value::keyword("a"), Value::TRUE)?;
    /// assert_eq!((map.get_keyword("a"), map.get_str("a")), (Some(&Value::TRUE), None));
    /// # Ok::<(), rtfs_value::Error>(())
    /// ```
    pub fn get_keyword(&self, name: &str) -> Option<&Value> {
        self.get_text(tag::KEYWORD, name)
    }

    /// The value of a string key.
    ///
    /// ```
    /// # use rtfs_value::{Map, Value};
    /// let mut map = Map::new();
    /// map.assoc("a".into(), Value::TRUE)?;
    /// assert_eq!((map.get_str("a"), map.get_keyword("a")), (Some(&Value::TRUE), None));
    /// # Ok::<(), rtfs_value::Error>(())
    /// ```
    pub fn get_str(&self, key: &str) -> Option<&Value> {
        self.get_text(tag::STRING, key)
    }

    fn get_text(&self, tag: u32, text: &str) -> Option<&Value> {
        let wanted = Wanted { tag, bits: 0, text };
        let found = self.find(wanted, str_key_hash(tag, text));
        found.number().map(|entry| self.value_at(entry))
    }

    /// Whether the key is present.
    ///
    /// ```
    /// # use rtfs_value::{Map, Value};
    /// let mut map = Map::new();
    /// map.assoc(Value::int(1), Value::NIL)?;
    /// assert!(map.contains_key(&Value::int(1)) && !map.contains_key(&Value::NIL));
    /// # Ok::<(), rtfs_value::Error>(())
    /// ```
    #[inline]
    pub fn contains_key(&self, key: &Value) -> bool {
        self.find_key(key).is_some()
    }

    /// Makes the object this handle's own, flat without trie form or a trie, and forgets the
    /// cached hash.
    #[inline]
    fn own(&mut self) -> *mut MapObject {
        if !self.is_own() {
            self.make_own();
        }
        let object = self.object();
        // SAFETY: unshared now.
        unsafe { (*object).node.header.meta = 0 };
        object
    }

    /// Whether the map can be changed in place: unshared, without trie form beside it.
    #[inline]
    fn is_own(&self) -> bool {
        let object = self.object();
        // SAFETY: the handle owns a reference.
        unsafe {
            is_unshared(object.cast())
                && ((*object).node.form != Form::MapFlat || (*object).tree.is_null())
        }
    }

    /// Renumbers the entries.
    #[inline(never)]
    fn make_own(&mut self) {
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
    ///
    /// ```
    /// # use rtfs_value::{Map, Value};
    /// let mut map = Map::new();
    /// map.assoc(Value::keyword("a"), Value::int(1))?;
    /// assert!(map.assoc(Value::NIL, Value::int(1)).is_err());
    /// # Ok::<(), rtfs_value::Error>(())
    /// ```
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
    #[inline]
    fn value_mut(&mut self, entry: usize) -> &mut Value {
        let object = self.object();
        // SAFETY: own, and the entry is in use.
        unsafe {
            if (*object).node.form == Form::MapFlat {
                &mut *storage(object).add(entry * 2 + 1)
            } else {
                self.value_in_trie_mut(entry)
            }
        }
    }

    /// [`Map::value_mut`] in trie form.
    #[inline(never)]
    fn value_in_trie_mut(&mut self, entry: usize) -> &mut Value {
        let object = self.object();
        // SAFETY: as in `value_mut`.
        unsafe {
            let mut trie = trie_of(object);
            let place = trie.place(entry * 2 + 1);
            (*object).tree = trie.root;
            &mut *place
        }
    }

    /// The value of a key, for changing it.
    ///
    /// ```
    /// # use rtfs_value::{Map, Value};
    /// let mut map = Map::new();
    /// map.assoc(Value::int(1), Value::vector([]))?;
    /// let items = map.get_mut(&Value::int(1)).and_then(Value::as_seq_mut);
    /// items.expect("a vector").push(Value::TRUE);
    /// assert_eq!(rtfs_value::readable(map.as_value()), "{1 [true]}");
    /// # Ok::<(), rtfs_value::Error>(())
    /// ```
    pub fn get_mut(&mut self, key: &Value) -> Option<&mut Value> {
        let mut entry = self.find_key(key)?;
        if !self.is_own() {
            self.make_own();
            entry = self.find_key(key)?;
        }
        self.own();
        Some(self.value_mut(entry))
    }

    /// Removes a key; gives its value.
    ///
    /// ```
    /// # use rtfs_value::{Map, Value};
    /// let mut map = Map::new();
    /// map.assoc(Value::int(1), Value::TRUE)?;
    /// assert_eq!(map.dissoc(&Value::int(1)), Some(Value::TRUE));
    /// assert!(map.is_empty());
    /// # Ok::<(), rtfs_value::Error>(())
    /// ```
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
    ///
    /// ```
    /// # use rtfs_value::{Map, Value};
    /// let mut map = Map::new();
    /// for (key, value) in [("b", 2), ("a", 1)] {
    ///     map.assoc(Value::keyword(key), Value::int(value))?;
    /// }
    /// let sum = map.iter().filter_map(|(_, value)| value.as_int()).sum::<i64>();
    /// assert_eq!(sum, 3);
    /// # Ok::<(), rtfs_value::Error>(())
    /// ```
    pub fn iter(&self) -> Iter<'_> {
        Iter::new(self)
    }

    /// Keys in insertion order.
    ///
    /// ```
    /// # use rtfs_value::{Map, Value};
    /// let mut map = Map::new();
    /// map.assoc("b".into(), Value::NIL)?;
    /// map.assoc("a".into(), Value::NIL)?;
    /// assert_eq!(map.keys().filter_map(Value::as_str).collect::<Vec<_>>(), ["b", "a"]);
    /// # Ok::<(), rtfs_value::Error>(())
    /// ```
    pub fn keys(&self) -> impl Iterator<Item = &Value> {
        self.iter().map(|(key, _)| key)
    }

    /// Values in insertion order.
    ///
    /// ```
    /// # use rtfs_value::{Map, Value};
    /// let mut map = Map::new();
    /// map.assoc("b".into(), Value::int(2))?;
    /// assert_eq!(map.values().collect::<Vec<_>>(), [&Value::int(2)]);
    /// # Ok::<(), rtfs_value::Error>(())
    /// ```
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
