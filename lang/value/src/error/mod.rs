//! Errors: what `throw`, `error` and failing operations raise and `catch` binds.
//!
//! A raised error and the error value a program holds are the same object.

mod kind;
mod texts;

pub use kind::{ErrorKind, Family};

use crate::object::{Form, Header, Node, is_unshared};
use crate::value::Value;
use crate::{mem, tag, tuple};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::mem::{ManuallyDrop, offset_of};
use core::ptr::NonNull;

/// Most function names kept per error.
pub const MAX_FRAMES: usize = 50;

/// Node id of an error raised outside any form.
const NO_NODE: u32 = u32::MAX;

/// The object of an error.
#[repr(C)]
pub(crate) struct ErrorObject {
    node: Node,
    fields: Fields,
}

/// Everything but the header. Only this part is ever referred to by a Rust reference: the count
/// changes while others look at the fields.
#[repr(C)]
#[derive(Clone)]
struct Fields {
    kind: ErrorKind,
    /// The node that raised it.
    raised_by: u32,
    /// What `getMessage` gives.
    message: Value,
    /// `nil` when there is none.
    data: Value,
    /// The kind keyword where it is not the kind's own, else `nil`.
    keyword: Value,
    /// A tuple of function names, innermost first, or `nil`. Not a vector: that errors can be raised
    /// should not bring the code of sequences into small components.
    stack: Value,
}

/// An error: one counted pointer.
pub struct Error(NonNull<ErrorObject>);

impl Error {
    /// An error of a kind with its full text.
    pub fn new(kind: ErrorKind, message: &str) -> Self {
        Self::build(kind, Value::string(message), Value::NIL, Value::NIL)
    }

    /// An error with data and a kind keyword of its own (without colon).
    pub fn with_data(kind: ErrorKind, message: &str, data: Value, keyword: Option<&str>) -> Self {
        let keyword = match keyword {
            Some(name) if name != kind.keyword() => Value::keyword(name),
            _ => Value::NIL,
        };
        Self::build(kind, Value::string(message), data, keyword)
    }

    /// Replaces the data.
    pub fn set_data(&mut self, data: Value) {
        self.fields_mut().data = data;
    }

    fn build(kind: ErrorKind, message: Value, data: Value, keyword: Value) -> Self {
        Self::allocate(Fields {
            kind,
            raised_by: NO_NODE,
            message,
            data,
            keyword,
            stack: Value::NIL,
        })
    }

    fn allocate(fields: Fields) -> Self {
        let error: NonNull<ErrorObject> = mem::allocate(size_of::<ErrorObject>()).cast();
        let header = Header { count: 1, meta: 0 };
        let node = Node {
            header,
            form: Form::Error,
        };
        // SAFETY: a fresh block of this size.
        unsafe { error.write(ErrorObject { node, fields }) };
        Self(error)
    }

    /// Takes over the reference of a value with the tag of an error.
    pub(crate) fn from_heap(value: Value) -> Self {
        debug_assert!(matches!(value.tag(), tag::ERROR | tag::RAISED));
        let value = ManuallyDrop::new(value);
        // SAFETY: addresses of objects are not null.
        Self(unsafe { NonNull::new_unchecked(value.object().cast()) })
    }

    /// The error of an error value.
    ///
    /// # Errors
    /// The value itself when it is something else.
    pub fn from_value(value: Value) -> Result<Self, Value> {
        if matches!(value.tag(), tag::ERROR | tag::RAISED) {
            Ok(Self::from_heap(value))
        } else {
            Err(value)
        }
    }

    /// The error value.
    pub fn into_value(self) -> Value {
        let error = ManuallyDrop::new(self);
        Value::heap(tag::ERROR, error.0)
    }

    #[inline]
    fn fields(&self) -> &Fields {
        // SAFETY: the error owns a reference. Fields change only through `&mut` when unshared.
        unsafe { &(*self.0.as_ptr()).fields }
    }

    /// The fields of an unshared object: a copy when others see this one.
    fn fields_mut(&mut self) -> &mut Fields {
        // Where collections are opaque no program holds an error, only the way out does.
        let may_be_shared = !cfg!(feature = "opaque");
        // SAFETY: the error owns a reference.
        if may_be_shared && !unsafe { is_unshared(self.0.as_ptr().cast()) } {
            *self = Self::allocate(self.fields().clone());
        }
        // SAFETY: unshared and borrowed mutably.
        unsafe { &mut (*self.0.as_ptr()).fields }
    }

    /// The kind.
    pub fn kind(&self) -> ErrorKind {
        self.fields().kind
    }

    /// The kind keyword without colon: the one given at construction, else the kind's own.
    pub fn kind_keyword(&self) -> &str {
        self.fields()
            .keyword
            .as_keyword()
            .unwrap_or_else(|| self.kind().keyword())
    }

    /// What `getMessage` gives.
    pub fn text(&self) -> &str {
        self.fields().message.as_str().unwrap_or_default()
    }

    /// What `getMessage` gives, as a value.
    pub fn message(&self) -> &Value {
        &self.fields().message
    }

    /// The data; `nil` when there is none.
    pub fn data(&self) -> Value {
        self.fields().data.clone()
    }

    /// [`Error::data`], borrowed.
    pub fn data_ref(&self) -> &Value {
        &self.fields().data
    }

    /// Class name, e.g. `TypeError`.
    pub fn class_name(&self) -> &'static str {
        self.kind().class()
    }

    /// The node that raised it.
    pub fn node(&self) -> Option<u32> {
        let node = self.fields().raised_by;
        (node != NO_NODE).then_some(node)
    }

    /// Notes the node that raised it, unless one is known.
    pub fn set_node_if_unset(&mut self, node: u32) {
        if self.fields().raised_by == NO_NODE {
            self.fields_mut().raised_by = node;
        }
    }

    /// Names of the functions it left, innermost first.
    pub fn stack(&self) -> Vec<String> {
        let names = self.frames().iter();
        names
            .filter_map(|name| name.as_str().map(String::from))
            .collect()
    }

    /// [`Error::stack`] as a vector of strings.
    pub fn stack_value(&self) -> Value {
        Value::vector(self.frames().iter().cloned())
    }

    /// [`Error::stack`] as strings.
    pub fn frames(&self) -> &[Value] {
        self.fields().stack.fields().unwrap_or_default()
    }

    /// Notes that it left a named function. Names beyond [`MAX_FRAMES`] are dropped.
    pub fn push_frame(&mut self, name: &str) {
        if self.frame_count() < MAX_FRAMES {
            self.push_frame_value(Value::string(name));
        }
    }

    /// [`Error::push_frame`] with a string value.
    pub fn push_frame_value(&mut self, name: Value) {
        if self.frame_count() >= MAX_FRAMES {
            return;
        }
        let names = tuple::appended(self.frames(), name);
        self.fields_mut().stack = Value::heap(tag::STEPS, names);
    }

    fn frame_count(&self) -> usize {
        self.frames().len()
    }

    /// Forgets the function names: an existing error value is raised again.
    pub fn reset_stack(&mut self) {
        if !self.fields().stack.is_nil() {
            self.fields_mut().stack = Value::NIL;
        }
    }

    /// Whether a class catch of this family takes it.
    pub fn is_in(&self, family: Family) -> bool {
        self.kind().is_in(family)
    }

    /// Whether any `catch` or `finally` may run for it.
    pub fn is_catchable(&self) -> bool {
        !self.is_in(Family::Uncatchable)
    }

    /// What keyword calls and `get` read: `:message`, `:kind`, `:type`, `:data`, `:stack`.
    pub fn field(&self, keyword: &Value) -> Option<Value> {
        match keyword.as_keyword()? {
            "message" => Some(self.message().clone()),
            "kind" | "type" => Some(match &self.fields().keyword {
                own if own.is_nil() => Value::keyword(self.kind().keyword()),
                given => given.clone(),
            }),
            "data" => Some(self.data()),
            "stack" => Some(self.stack_value()),
            _ => None,
        }
    }

    /// Equality of error values: kind, message and data. The data are for the caller to compare.
    pub(crate) fn same_head(&self, other: &Self) -> bool {
        self.kind() == other.kind()
            && self.kind_keyword() == other.kind_keyword()
            && self.text() == other.text()
    }
}

impl Clone for Error {
    fn clone(&self) -> Self {
        // SAFETY: the error owns a reference, so the object is live.
        unsafe { crate::object::retain(self.0.as_ptr().cast()) };
        Self(self.0)
    }
}

impl Drop for Error {
    fn drop(&mut self) {
        // SAFETY: the reference moves into a value, which drops it.
        drop(unsafe { Value::from_parts(tag::ERROR, self.0.as_ptr().expose_provenance() as u64) });
    }
}

impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        self.clone().into_value() == other.clone().into_value()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind().class())?;
        f.write_str(": ")?;
        f.write_str(self.text())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl core::error::Error for Error {}

/// Where an error keeps its data.
///
/// # Safety
/// `error` is live.
pub(crate) unsafe fn data_of(error: *mut ErrorObject) -> *const Value {
    // SAFETY: live by contract.
    unsafe { &raw const (*error).fields.data }
}

/// Calls `each` for every object that the error refers to and that may lead to others.
///
/// # Safety
/// `error` is live.
pub(crate) unsafe fn visit(error: *mut ErrorObject, each: &mut dyn FnMut(*mut Node)) {
    // SAFETY: live by contract.
    let fields = unsafe { &(*error).fields };
    [&fields.data, &fields.stack]
        .into_iter()
        .filter_map(Value::node)
        .for_each(each);
}

/// What an error holds: its values, how many there are, and the size of its block.
///
/// # Safety
/// `error` is an error that was not freed.
pub(crate) unsafe fn holdings(error: *mut ErrorObject) -> (*mut Value, usize, usize) {
    const { assert!(offset_of!(Fields, stack) == offset_of!(Fields, message) + 3 * size_of::<Value>()) };
    // SAFETY: by contract. The four values follow each other.
    let first = unsafe { &raw mut (*error).fields.message };
    (first, 4, size_of::<ErrorObject>())
}

// Last, so that the lines above, which panics name, stay where they are in compiled components.
#[cfg(feature = "std")]
mod explain;
#[cfg(feature = "std")]
pub use explain::{KINDS, KindInfo, explain};
