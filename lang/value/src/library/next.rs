//! Suspended library functions: what they want next, and how they go on.
//!
//! The state of a suspended function is a counted object: field 0 holds the address of the code
//! that goes on, the other fields are its variables. An address, not a number looked up in a
//! table: a table would keep every function alive in every compiled component.

use crate::{Error, Map, Seq, Value, tag};
use alloc::vec::Vec;
use core::mem;

/// What a suspended library function wants next.
#[derive(Debug)]
pub enum Next {
    /// Apply `f`, then [`resume`] `then` with the result.
    Call {
        /// Any callable.
        f: Value,
        /// Its arguments.
        args: Args,
        /// The suspended rest; `nil` when the result of the call is the result of the function.
        then: Value,
    },
    /// Finished.
    Done(Value),
}

/// Owned arguments. A few need no memory of their own.
#[derive(Clone, Debug, Default)]
pub struct Args {
    few: [Value; FEW],
    len: usize,
    /// All arguments, when they are more than [`FEW`].
    many: Vec<Value>,
}

const FEW: usize = 3;

impl Args {
    /// These arguments.
    pub fn new(args: Vec<Value>) -> Self {
        let len = args.len();
        let mut few = [Value::NIL; FEW];
        if len > FEW {
            return Self {
                few,
                len,
                many: args,
            };
        }
        for (slot, arg) in few.iter_mut().zip(args) {
            *slot = arg;
        }
        Self {
            few,
            len,
            many: Vec::new(),
        }
    }

    /// No argument.
    pub const fn none() -> Self {
        Self {
            few: [Value::NIL; FEW],
            len: 0,
            many: Vec::new(),
        }
    }

    /// One argument.
    pub const fn one(a: Value) -> Self {
        Self {
            few: [a, Value::NIL, Value::NIL],
            len: 1,
            many: Vec::new(),
        }
    }

    /// Two arguments.
    pub const fn two(a: Value, b: Value) -> Self {
        Self {
            few: [a, b, Value::NIL],
            len: 2,
            many: Vec::new(),
        }
    }

    /// The arguments.
    pub fn as_mut_slice(&mut self) -> &mut [Value] {
        if self.len > FEW {
            &mut self.many
        } else {
            self.few.get_mut(..self.len).unwrap_or_default()
        }
    }

    /// The arguments.
    pub fn into_vec(mut self) -> Vec<Value> {
        if self.len > FEW {
            return self.many;
        }
        self.as_mut_slice().iter_mut().map(Value::take).collect()
    }
}

impl core::ops::Deref for Args {
    type Target = [Value];
    fn deref(&self) -> &[Value] {
        if self.len > FEW {
            &self.many
        } else {
            self.few.get(..self.len).unwrap_or_default()
        }
    }
}

/// Continues after a callback returned.
///
/// # Errors
/// What the function raises.
pub fn resume(steps: Value, result: Value) -> Result<Next, Error> {
    if steps.is_nil() {
        return Ok(Next::Done(result));
    }
    if steps.tag() != tag::STEPS {
        return Err(Error::internal("not a suspended library function"));
    }
    let frame = Frame::own(steps);
    match frame.copy(0).as_int() {
        // SAFETY: only `Frame` makes values with this tag, and it keeps a `Step` in field 0.
        Some(address) => {
            let function: Step = unsafe { code(address) };
            function(frame, result)
        }
        None => Err(Error::internal("a suspended library function without code")),
    }
}

/// The code that goes on after a callback.
pub(super) type Step = fn(Frame, Value) -> Result<Next, Error>;

/// The address of a function, as a value.
///
/// # Safety
/// `F` is a function pointer type.
pub(super) unsafe fn code_value<F: Copy>(function: F) -> Value {
    const { assert!(size_of::<F>() == size_of::<usize>()) };
    // SAFETY: a function pointer is as large as an address and may be read as one.
    let address: *const () = unsafe { mem::transmute_copy(&function) };
    Value::int(address.expose_provenance() as i64)
}

/// The function of an address.
///
/// # Safety
/// `address` is from [`code_value`] of a function pointer of type `F`.
pub(super) unsafe fn code<F: Copy>(address: i64) -> F {
    const { assert!(size_of::<F>() == size_of::<usize>()) };
    let address = core::ptr::with_exposed_provenance::<()>(address as usize);
    // SAFETY: by contract this is the address of a function of type `F`.
    unsafe { mem::transmute_copy(&address) }
}

/// The state of a suspended function.
///
/// Field 1 is the callback, fields 2 and 3 are the items it is applied to and the number of the
/// next one; the fields from [`Frame::OWN`] on are the function's own.
pub(super) struct Frame(Value);

impl Frame {
    const CALLBACK: usize = 1;
    /// The field of the items.
    pub(super) const ITEMS: usize = 2;
    const INDEX: usize = 3;
    /// The first field that belongs to the function.
    pub(super) const OWN: usize = 4;

    /// The state before the first item.
    pub(super) fn new<const N: usize>(step: Step, f: Value, items: Seq, own: [Value; N]) -> Self {
        let mut fields = Vec::with_capacity(Self::OWN + N);
        // SAFETY: a `Step` is a function pointer.
        fields.push(unsafe { code_value(step) });
        fields.push(f);
        fields.push(items.into_value());
        fields.push(Value::int(0));
        fields.extend(own);
        Self(Value::steps(fields))
    }

    /// The state in a value, unshared: an engine that keeps suspended states sees no change.
    fn own(steps: Value) -> Self {
        if steps.is_unshared() {
            return Self(steps);
        }
        Self(Value::steps(steps.fields().unwrap_or_default().to_vec()))
    }

    fn slot(&mut self, field: usize) -> Option<&mut Value> {
        self.0.fields_mut()?.get_mut(field)
    }

    fn field(&self, field: usize) -> Option<&Value> {
        self.0.fields()?.get(field)
    }

    /// A field; `nil` when there is none.
    pub(super) fn copy(&self, field: usize) -> Value {
        self.field(field).cloned().unwrap_or_default()
    }

    /// Fills a field; gives what it held.
    pub(super) fn replace(&mut self, field: usize, value: Value) -> Value {
        self.slot(field)
            .map(|slot| mem::replace(slot, value))
            .unwrap_or_default()
    }

    /// Moves a field out, leaving `nil`.
    pub(super) fn take(&mut self, field: usize) -> Value {
        self.replace(field, Value::NIL)
    }

    /// A field that holds a number not below 0.
    pub(super) fn number(&self, field: usize) -> usize {
        let number = self.field(field).and_then(Value::as_int);
        number
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or_default()
    }

    /// Fills a field with a number.
    pub(super) fn set_number(&mut self, field: usize, number: usize) {
        self.replace(field, Value::int(number as i64));
    }

    /// A field that holds a vector or list.
    pub(super) fn seq(&self, field: usize) -> Option<&Seq> {
        self.field(field)?.as_seq()
    }

    /// A field that holds a vector or list, for changing it.
    pub(super) fn seq_mut(&mut self, field: usize) -> Option<&mut Seq> {
        self.slot(field)?.as_seq_mut()
    }

    /// Appends to a field that holds a vector or list.
    pub(super) fn push(&mut self, field: usize, item: Value) {
        if let Some(seq) = self.seq_mut(field) {
            seq.push(item);
        }
    }

    /// A field that holds a map, for changing it.
    pub(super) fn map_mut(&mut self, field: usize) -> Option<&mut Map> {
        self.slot(field)?.as_map_mut()
    }

    /// How many items the callback is applied to.
    pub(super) fn item_count(&self) -> usize {
        self.seq(Self::ITEMS).map_or(0, Seq::len)
    }

    /// An item, which stays where it is; `nil` when there is none.
    pub(super) fn item(&self, index: usize) -> Value {
        self.seq(Self::ITEMS)
            .and_then(|items| items.get(index))
            .cloned()
            .unwrap_or_default()
    }

    /// An item, moved out when nobody else sees the items, so that it can be updated in place.
    pub(super) fn take_item(&mut self, index: usize) -> Value {
        self.slot(Self::ITEMS)
            .map(|items| take_item(items, index))
            .unwrap_or_default()
    }

    /// The next item, taken.
    pub(super) fn next_item(&mut self) -> Option<Value> {
        self.advance().map(|index| self.take_item(index))
    }

    /// The next item, which also stays where it is.
    pub(super) fn next_item_kept(&mut self) -> Option<Value> {
        self.advance().map(|index| self.item(index))
    }

    /// The item last given by [`Frame::next_item_kept`], taken.
    pub(super) fn last_item(&mut self) -> Value {
        self.take_item(self.number(Self::INDEX).wrapping_sub(1))
    }

    /// The number of the next item.
    pub(super) fn advance(&mut self) -> Option<usize> {
        let index = self.number(Self::INDEX);
        let more = index < self.item_count();
        self.set_number(Self::INDEX, index + usize::from(more));
        more.then_some(index)
    }

    /// Applies the callback and goes on with this state.
    pub(super) fn call(self, args: Args) -> Next {
        Next::Call {
            f: self.copy(Self::CALLBACK),
            args,
            then: self.0,
        }
    }

    /// The state as a value, for a call of something else than the callback.
    pub(super) fn suspend(self) -> Value {
        self.0
    }
}

/// An item of a sequence, moved out when nobody else sees it.
pub(super) fn take_item(items: &mut Value, index: usize) -> Value {
    if items.is_unshared() {
        items
            .as_seq_mut()
            .and_then(|items| items.get_mut(index))
            .map(Value::take)
    } else {
        items.as_seq().and_then(|items| items.get(index)).cloned()
    }
    .unwrap_or_default()
}
