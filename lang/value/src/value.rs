//! The value: a tag and a payload.

mod texts;

use crate::error::Error;
use crate::kind::Kind;
use crate::library::BuiltinId;
use crate::map::Map;
use crate::object::{self, Header, Node};
use crate::seq::Seq;
use crate::text;
use crate::tuple::{self, Tuple};
use crate::{equality, layout, print, tag};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use core::mem::{self, ManuallyDrop};
use core::ptr::{self, NonNull};

/// An RTFS value: 16 bytes, see [`tag`](crate::tag) for what they mean.
///
/// Cloning counts a reference, dropping gives it up; the last one frees the object, and
/// everything only it referred to, without recursion. Values stay on their thread.
///
/// ```
/// use rtfs_value::{Kind, Map, Value};
///
/// let mut order = Map::new();
/// order.assoc(Value::keyword("item"), "tea".into())?;
/// order.assoc(Value::keyword("amounts"), Value::vector([2_i64.into(), 3_i64.into()]))?;
/// let order = order.into_value();
///
/// assert_eq!(order.kind(), Kind::Map);
/// assert_eq!(rtfs_value::readable(&order), r#"{:item "tea" :amounts [2 3]}"#);
/// let item = order.as_map().and_then(|order| order.get_keyword("item"));
/// assert_eq!(item.and_then(Value::as_str), Some("tea"));
/// # Ok::<(), rtfs_value::Error>(())
/// ```
#[repr(C)]
pub struct Value {
    tag: u32,
    bits: u64,
    // Counts are not atomic.
    not_send: PhantomData<*mut Header>,
}

const _: () = {
    assert!(size_of::<Value>() == layout::VALUE_SIZE as usize && align_of::<Value>() == 8);
    assert!(mem::offset_of!(Value, tag) == layout::VALUE_TAG as usize);
    assert!(mem::offset_of!(Value, bits) == layout::VALUE_BITS as usize);
};

impl Value {
    /// `nil`
    pub const NIL: Self = Self::scalar(tag::NIL, 0);
    /// `true`
    pub const TRUE: Self = Self::scalar(tag::BOOL, 1);
    /// `false`
    pub const FALSE: Self = Self::scalar(tag::BOOL, 0);
    /// No value: an empty cell, a hole. Programs never see it.
    pub(crate) const UNSET: Self = Self::scalar(tag::UNSET, 0);

    #[inline]
    pub(crate) const fn scalar(tag: u32, bits: u64) -> Self {
        Self {
            tag,
            bits,
            not_send: PhantomData,
        }
    }

    #[inline]
    pub(crate) fn heap<T>(tag: u32, object: NonNull<T>) -> Self {
        Self::scalar(tag, object.as_ptr().expose_provenance() as u64)
    }

    /// A boolean.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert_eq!(Value::bool(true), Value::TRUE);
    /// ```
    #[inline]
    pub const fn bool(b: bool) -> Self {
        Self::scalar(tag::BOOL, b as u64)
    }

    /// An integer.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert_eq!(Value::int(-1).as_int(), Some(-1));
    /// ```
    #[inline]
    pub const fn int(i: i64) -> Self {
        Self::scalar(tag::INT, i as u64)
    }

    /// A float. Every NaN becomes the same one, so that its bits cannot be observed.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert_eq!(Value::float(1.5).as_float(), Some(1.5));
    /// ```
    #[inline]
    pub const fn float(x: f64) -> Self {
        Self::scalar(
            tag::FLOAT,
            if x.is_nan() {
                f64::NAN.to_bits()
            } else {
                x.to_bits()
            },
        )
    }

    /// A string.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert_eq!(Value::string("tea").as_str(), Some("tea"));
    /// ```
    pub fn string(text: &str) -> Self {
        Self::heap(tag::STRING, text::new(text))
    }

    /// A string whose characters were counted.
    #[inline]
    pub(crate) fn counted_string(text: &str, chars: usize) -> Self {
        Self::heap(tag::STRING, text::counted(text, chars as u32))
    }

    /// A string built in place: empty, with room for `bytes`.
    pub fn string_with_capacity(bytes: usize) -> Self {
        Self::heap(tag::STRING, text::with_capacity(bytes))
    }

    /// A keyword; `name` has no colon.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert_eq!(rtfs_value::readable(&Value::keyword("sold-out")), ":sold-out");
    /// ```
    pub fn keyword(name: &str) -> Self {
        Self::heap(tag::KEYWORD, text::new(name))
    }

    /// A symbol.
    ///
    /// ```
    /// # use rtfs_value::{Kind, Value};
    /// assert_eq!(Value::symbol("x").kind(), Kind::Symbol);
    /// ```
    pub fn symbol(name: &str) -> Self {
        Self::heap(tag::SYMBOL, text::new(name))
    }

    /// A timestamp; the text is kept as written.
    ///
    /// ```
    /// # use rtfs_value::{Kind, Value};
    /// assert_eq!(Value::timestamp("2026-01-01T00:00:00Z").kind(), Kind::Timestamp);
    /// ```
    pub fn timestamp(text: &str) -> Self {
        Self::heap(tag::TIMESTAMP, text::new(text))
    }

    /// A uuid; the text is kept as written and compared without case.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// let upper = Value::uuid("6BA7B810-9DAD-11D1-80B4-00C04FD430C8");
    /// assert_eq!(upper, Value::uuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8"));
    /// ```
    pub fn uuid(text: &str) -> Self {
        Self::heap(tag::UUID, text::new(text))
    }

    /// A resource handle, `resource://…`.
    ///
    /// ```
    /// # use rtfs_value::{Kind, Value};
    /// assert_eq!(Value::resource("resource://lamp").kind(), Kind::Resource);
    /// ```
    pub fn resource(text: &str) -> Self {
        Self::heap(tag::RESOURCE, text::new(text))
    }

    /// Raw bytes for the library's own use; programs never see them.
    pub fn bytes(bytes: &[u8]) -> Self {
        Self::heap(tag::BYTES, text::new_bytes(bytes))
    }

    /// A library function.
    #[inline]
    pub const fn builtin(id: BuiltinId) -> Self {
        Self::scalar(tag::BUILTIN, id.0 as u64)
    }

    /// A function without captures. `code` is below 2^24.
    #[inline]
    pub const fn static_fn(code: u32) -> Self {
        Self::scalar(tag::with_code(tag::STATIC_FN, code), 0)
    }

    /// A function; without captures the same as [`Value::static_fn`]. `code` is below 2^24.
    pub fn closure(code: u32, captures: Vec<Value>) -> Self {
        if captures.is_empty() {
            Self::static_fn(code)
        } else {
            Self::heap(tag::with_code(tag::CLOSURE, code), tuple::new(captures))
        }
    }

    /// A vector.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert_eq!(rtfs_value::readable(&Value::vector([Value::int(1), Value::NIL])), "[1 nil]");
    /// ```
    pub fn vector(items: impl IntoIterator<Item = Value>) -> Self {
        Seq::vector(items).into_value()
    }

    /// A vector of these items, made in one piece.
    pub fn flat_vector(items: impl ExactSizeIterator<Item = Value>) -> Self {
        Self::heap(tag::VECTOR, crate::seq::of_items(items))
    }

    /// A list.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert_eq!(rtfs_value::readable(&Value::list([Value::int(1), Value::NIL])), "(1 nil)");
    /// ```
    pub fn list(items: impl IntoIterator<Item = Value>) -> Self {
        Seq::list(items).into_value()
    }

    /// A map.
    ///
    /// ```
    /// # use rtfs_value::{Map, Value};
    /// assert_eq!(rtfs_value::readable(&Value::map(Map::new())), "{}");
    /// ```
    #[inline]
    pub fn map(map: Map) -> Self {
        map.into_value()
    }

    /// An error value.
    #[inline]
    pub fn error(error: Error) -> Self {
        error.into_value()
    }

    /// An empty cell.
    pub fn cell() -> Self {
        Self::heap(tag::CELL, tuple::new(vec![Self::UNSET]))
    }

    /// A suspended library function; the fields are its own business.
    pub(crate) fn steps(fields: Vec<Value>) -> Self {
        Self::heap(tag::STEPS, tuple::new(fields))
    }

    /// A function made by a library function; the fields are that function's business.
    pub(crate) fn combinator(fields: Vec<Value>) -> Self {
        Self::heap(tag::COMBINATOR, tuple::new(fields))
    }

    /// A function that crossed a boundary: equal to itself only, never callable.
    pub fn opaque_fn() -> Self {
        Self::heap(tag::OPAQUE_FN, tuple::new(Vec::new()))
    }

    /// The tag word.
    #[inline]
    pub const fn tag(&self) -> u32 {
        self.tag
    }

    /// The payload word.
    #[inline]
    pub const fn bits(&self) -> u64 {
        self.bits
    }

    /// Gives up the value as two words that own its reference.
    #[inline]
    pub fn into_parts(self) -> (u32, u64) {
        let value = ManuallyDrop::new(self);
        (value.tag, value.bits)
    }

    /// The value of two words.
    ///
    /// # Safety
    /// They came from [`Value::into_parts`] (or generated code that keeps `LAYOUT.md`) and are
    /// used once.
    #[inline]
    pub const unsafe fn from_parts(tag: u32, bits: u64) -> Self {
        Self::scalar(tag, bits)
    }

    /// Whether the payload is the address of a counted object.
    #[inline]
    pub const fn is_heap(&self) -> bool {
        tag::low(self.tag) >= tag::HEAP_MIN
    }

    /// Whether nobody else refers to the object of this value, so that it may be changed.
    #[inline]
    pub fn is_unshared(&self) -> bool {
        // SAFETY: the value owns a reference, so the object is live.
        self.is_heap() && unsafe { object::is_unshared(self.object()) }
    }

    /// How many references the object of this value has; `None` for scalars.
    pub fn ref_count(&self) -> Option<u32> {
        // SAFETY: the value owns a reference, so the object is live.
        self.is_heap().then(|| unsafe { (*self.object()).count })
    }

    /// The object of a heap value.
    #[inline]
    pub(crate) fn object(&self) -> *mut Header {
        debug_assert!(self.is_heap());
        ptr::with_exposed_provenance_mut(self.bits as usize)
    }

    /// The object of this value if it may refer to others.
    pub(crate) fn node(&self) -> Option<*mut Node> {
        let is_text = matches!(tag::low(self.tag), tag::STRING..=tag::RESOURCE | tag::BYTES);
        (self.is_heap() && !is_text).then(|| self.object().cast())
    }

    /// The kind.
    ///
    /// ```
    /// # use rtfs_value::{Kind, Value};
    /// assert_eq!(Value::from("tea").kind(), Kind::String);
    /// ```
    pub fn kind(&self) -> Kind {
        match tag::low(self.tag) {
            tag::BOOL => Kind::Boolean,
            tag::INT => Kind::Integer,
            tag::FLOAT => Kind::Float,
            tag::STRING => Kind::String,
            tag::KEYWORD => Kind::Keyword,
            tag::SYMBOL => Kind::Symbol,
            tag::TIMESTAMP => Kind::Timestamp,
            tag::UUID => Kind::Uuid,
            tag::RESOURCE => Kind::Resource,
            tag::VECTOR => Kind::Vector,
            tag::LIST => Kind::List,
            tag::MAP => Kind::Map,
            tag::ERROR | tag::RAISED => Kind::Error,
            tag::BUILTIN | tag::STATIC_FN | tag::CLOSURE | tag::COMBINATOR | tag::OPAQUE_FN => {
                Kind::Function
            }
            tag::CELL | tag::STEPS => Kind::Placeholder,
            _ => Kind::Nil,
        }
    }

    /// The name of the kind, as `type-name` gives it.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert_eq!(Value::int(1).type_name(), "integer");
    /// ```
    #[cfg_attr(feature = "opaque", inline(always))]
    pub fn type_name(&self) -> &'static str {
        if cfg!(feature = "opaque") {
            compact_type_name(self.tag)
        } else {
            self.kind().name()
        }
    }

    /// Whether this is `nil`.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert!(Value::NIL.is_nil() && !Value::FALSE.is_nil());
    /// ```
    #[inline]
    pub const fn is_nil(&self) -> bool {
        self.tag == tag::NIL
    }

    /// Everything but `nil` and `false` is true.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert!(Value::int(0).truthy() && !Value::NIL.truthy());
    /// ```
    #[inline]
    pub const fn truthy(&self) -> bool {
        !(self.tag == tag::NIL || (self.tag == tag::BOOL && self.bits == 0))
    }

    /// Whether this is an integer or a float.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert!(Value::float(0.5).is_number() && !Value::from("1").is_number());
    /// ```
    #[inline]
    pub const fn is_number(&self) -> bool {
        self.tag == tag::INT || self.tag == tag::FLOAT
    }

    /// Whether this is a closure, builtin or combination (keywords are callable, not functions).
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert!(Value::opaque_fn().is_function() && !Value::keyword("k").is_function());
    /// ```
    pub fn is_function(&self) -> bool {
        self.kind() == Kind::Function
    }

    /// The boolean.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert_eq!((Value::TRUE.as_bool(), Value::NIL.as_bool()), (Some(true), None));
    /// ```
    #[inline]
    pub const fn as_bool(&self) -> Option<bool> {
        if self.tag == tag::BOOL {
            Some(self.bits != 0)
        } else {
            None
        }
    }

    /// The integer.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert_eq!((Value::int(2).as_int(), Value::float(2.0).as_int()), (Some(2), None));
    /// ```
    #[inline]
    pub const fn as_int(&self) -> Option<i64> {
        if self.tag == tag::INT {
            Some(self.bits as i64)
        } else {
            None
        }
    }

    /// The float (integers are not converted).
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert_eq!((Value::float(2.0).as_float(), Value::int(2).as_float()), (Some(2.0), None));
    /// ```
    #[inline]
    pub const fn as_float(&self) -> Option<f64> {
        if self.tag == tag::FLOAT {
            Some(f64::from_bits(self.bits))
        } else {
            None
        }
    }

    /// The vector or list.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// let pair = Value::vector([1_i64.into(), "tea".into()]);
    /// let items = pair.as_seq().expect("a vector");
    /// assert_eq!(items.iter().map(Value::type_name).collect::<Vec<_>>(), ["integer", "string"]);
    /// ```
    #[inline]
    pub fn as_seq(&self) -> Option<&Seq> {
        matches!(self.tag, tag::VECTOR | tag::LIST).then(|| Seq::from_ref(self))
    }

    /// The vector or list, for changing it (a copy is made if it is shared).
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// let mut items = Value::vector([Value::int(1)]);
    /// items.as_seq_mut().expect("a vector").push(Value::int(2));
    /// assert_eq!(rtfs_value::readable(&items), "[1 2]");
    /// ```
    #[inline]
    pub fn as_seq_mut(&mut self) -> Option<&mut Seq> {
        matches!(self.tag, tag::VECTOR | tag::LIST).then(|| Seq::from_mut(self))
    }

    /// The vector or list.
    ///
    /// # Errors
    /// The value itself when it is neither.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert_eq!(Value::list([Value::NIL]).into_seq().expect("a list").len(), 1);
    /// assert_eq!(Value::int(1).into_seq().err(), Some(Value::int(1)));
    /// ```
    #[inline]
    pub fn into_seq(self) -> Result<Seq, Value> {
        if matches!(self.tag, tag::VECTOR | tag::LIST) {
            Ok(Seq::from_value(self))
        } else {
            Err(self)
        }
    }

    /// The map.
    ///
    /// ```
    /// # use rtfs_value::{Map, Value};
    /// assert!(Map::new().into_value().as_map().is_some_and(Map::is_empty));
    /// assert!(Value::NIL.as_map().is_none());
    /// ```
    #[inline]
    pub fn as_map(&self) -> Option<&Map> {
        (self.tag == tag::MAP).then(|| Map::from_ref(self))
    }

    /// The map, for changing it (a copy is made if it is shared).
    ///
    /// ```
    /// # use rtfs_value::{Map, Value};
    /// let mut stock = Map::new().into_value();
    /// stock.as_map_mut().expect("a map").assoc("tea".into(), Value::int(2))?;
    /// assert_eq!(rtfs_value::readable(&stock), r#"{"tea" 2}"#);
    /// # Ok::<(), rtfs_value::Error>(())
    /// ```
    #[inline]
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        (self.tag == tag::MAP).then(|| Map::from_mut(self))
    }

    /// The map.
    ///
    /// # Errors
    /// The value itself when it is none.
    ///
    /// ```
    /// # use rtfs_value::{Map, Value};
    /// assert_eq!(Map::new().into_value().into_map(), Ok(Map::new()));
    /// assert_eq!(Value::NIL.into_map(), Err(Value::NIL));
    /// ```
    #[inline]
    pub fn into_map(self) -> Result<Map, Value> {
        if self.tag == tag::MAP {
            Ok(Map::from_value(self))
        } else {
            Err(self)
        }
    }

    /// The error of an error value.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert!(Value::NIL.as_error().is_none());
    /// ```
    pub fn as_error(&self) -> Option<Error> {
        (self.tag == tag::ERROR || self.tag == tag::RAISED).then(|| Error::from_heap(self.clone()))
    }

    /// The data of an error value.
    pub fn error_data(&self) -> Option<&Value> {
        // SAFETY: the tag says that the object is a live error; data change only when unshared.
        (self.tag == tag::ERROR || self.tag == tag::RAISED)
            .then(|| unsafe { &*crate::error::data_of(self.object().cast()) })
    }

    /// The library function's id.
    #[inline]
    pub const fn as_builtin(&self) -> Option<BuiltinId> {
        if self.tag == tag::BUILTIN {
            Some(BuiltinId(self.bits as u16))
        } else {
            None
        }
    }

    /// Code index and captures of a closure or static function.
    pub fn closure_parts(&self) -> Option<(u32, &[Value])> {
        match tag::low(self.tag) {
            tag::STATIC_FN => Some((tag::code(self.tag), &[])),
            tag::CLOSURE => Some((tag::code(self.tag), self.tuple_values())),
            _ => None,
        }
    }

    /// The fields of a combinator or suspended function.
    pub fn fields(&self) -> Option<&[Value]> {
        matches!(self.tag, tag::COMBINATOR | tag::STEPS).then(|| self.tuple_values())
    }

    /// The fields of a combinator or suspended function, when nobody shares it.
    pub(crate) fn fields_mut(&mut self) -> Option<&mut [Value]> {
        if !matches!(self.tag, tag::COMBINATOR | tag::STEPS) || !self.is_unshared() {
            return None;
        }
        let tuple = self.object().cast::<Tuple>();
        // SAFETY: the tag says that the object is a tuple; unshared and borrowed mutably.
        Some(unsafe {
            core::slice::from_raw_parts_mut(tuple::values(tuple), (*tuple).len as usize)
        })
    }

    fn tuple_values(&self) -> &[Value] {
        // SAFETY: the caller checked the tag; fields change only through `&mut` (cells are not
        // read through this function).
        unsafe { tuple::as_slice(self.object().cast()) }
    }

    /// What the cell holds; `None` for an empty cell and for other kinds.
    pub fn cell_get(&self) -> Option<Value> {
        if self.tag != tag::CELL {
            return None;
        }
        // SAFETY: a cell is a live tuple of one value; the reference ends before anything runs.
        let value = unsafe { (*tuple::values(self.object().cast())).clone() };
        (value.tag != tag::UNSET).then_some(value)
    }

    /// Fills a cell. Other kinds are left alone.
    pub fn cell_set(&self, value: Value) {
        self.cell_replace(value);
    }

    /// Empties a cell, which ends a cycle through it.
    pub fn cell_clear(&self) {
        self.cell_replace(Self::UNSET);
    }

    fn cell_replace(&self, value: Value) {
        if self.tag == tag::CELL {
            // SAFETY: a cell is a live tuple of one value, no reference to which is kept anywhere.
            // The old value is dropped after the cell is whole again.
            drop(unsafe { ptr::replace(tuple::values(self.object().cast()), value) });
        }
    }

    /// Takes the value out, leaving `nil`.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// let mut slot = Value::int(1);
    /// assert_eq!((slot.take(), slot), (Value::int(1), Value::NIL));
    /// ```
    #[inline]
    pub fn take(&mut self) -> Value {
        mem::take(self)
    }

    /// The same sequence as a list; other kinds are left alone.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert_eq!(rtfs_value::readable(&Value::vector([Value::int(1)]).into_list()), "(1)");
    /// ```
    #[must_use]
    pub fn into_list(mut self) -> Value {
        if self.tag == tag::VECTOR {
            self.tag = tag::LIST;
        }
        self
    }

    /// The same sequence as a vector; other kinds are left alone.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert_eq!(rtfs_value::readable(&Value::list([Value::int(1)]).into_vector()), "[1]");
    /// ```
    #[must_use]
    pub fn into_vector(mut self) -> Value {
        if self.tag == tag::LIST {
            self.tag = tag::VECTOR;
        }
        self
    }
}

impl Clone for Value {
    #[inline]
    fn clone(&self) -> Self {
        if self.is_heap() {
            // SAFETY: the value owns a reference, so the object is live.
            unsafe { object::retain(self.object()) };
        }
        Self::scalar(self.tag, self.bits)
    }
}

impl Drop for Value {
    #[inline]
    fn drop(&mut self) {
        if self.is_heap() {
            let object = self.object();
            // SAFETY: the value owned a reference, which ends here.
            if unsafe { object::forget(object) } {
                // SAFETY: the count is 0; tag and object come from one value.
                unsafe { object::release(self.tag, object) };
            }
        }
    }
}

impl Default for Value {
    #[inline]
    fn default() -> Self {
        Self::NIL
    }
}

/// Equality of the language, for tests: `NaN` equals nothing.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        equality::equal(self, other)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&print::readable(self))
    }
}

impl From<i64> for Value {
    fn from(i: i64) -> Self {
        Self::int(i)
    }
}

impl From<f64> for Value {
    fn from(x: f64) -> Self {
        Self::float(x)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::bool(b)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::string(&text)
    }
}

/// [`Value::type_name`] by tag, in little static data.
#[inline(always)]
fn compact_type_name(tag: u32) -> &'static str {
    const NAMES: &str = "nil boolean integer float function function nil nil string keyword symbol \
        timestamp uuid resource-handle vector list map function function error \
        function-placeholder function-placeholder function ";
    crate::words::word(NAMES, tag::low(tag) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_type_names_are_the_names() {
        // The last tag is that of buffers, which are no values.
        for tag in tag::NIL..tag::BYTES {
            // SAFETY: only the tag is looked at, and nothing is dropped.
            let value = ManuallyDrop::new(unsafe { Value::from_parts(tag, 0) });
            assert_eq!(compact_type_name(tag), value.kind().name(), "{tag}");
        }
    }
}
