//! Values whose collections stay encoded: for programs that take collections, hand them on and
//! give them back, but never look inside one. Such programs need none of the code behind vectors
//! and maps.
//!
//! What is accepted and what is refused is what [`super::decode`] accepts and refuses. Texts are
//! ordinary texts; an opaque value has the tag of its kind, and its object holds its encoding.

use super::wire::{FALSE, NULL, TRUE, float, float_of, head, int, major, text};
use super::{MAX_DEPTH, tags};
use crate::error::{Error, ErrorKind, MAX_FRAMES};
use crate::object::{Form, Header, Node};
use crate::pile::Pile;
use crate::value::Value;
use crate::{mem, seq, tag};
use core::ptr::NonNull;

/// Bytes that are not the encoding of anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// The check of the core library is made for speed and six times as large.
fn is_utf8(bytes: &[u8]) -> bool {
    let mut bytes = bytes.iter();
    while let Some(&first) = bytes.next() {
        let (more, least) = match first {
            0..0x80 => continue,
            0xc0..0xe0 => (1, 0x80),
            0xe0..0xf0 => (2, 0x800),
            0xf0..0xf8 => (3, 0x1_0000),
            _ => return false,
        };
        let mut c = u32::from(first) & (0x3f >> more);
        for _ in 0..more {
            match bytes.next() {
                Some(&next) if next & 0xc0 == 0x80 => c = c << 6 | u32::from(next & 0x3f),
                _ => return false,
            }
        }
        if c < least || char::from_u32(c).is_none() {
            return false;
        }
    }
    true
}

/// An encoded collection or error.
#[repr(C)]
pub(crate) struct OpaqueObject {
    node: Node,
    len: u32,
    /// How many collections are open where it is deepest.
    depth: u32,
}

/// Where the bytes begin.
const BYTES: usize = size_of::<OpaqueObject>();

fn new_object(bytes: &[u8], depth: u32) -> NonNull<OpaqueObject> {
    let size = mem::size_of_block(BYTES, bytes.len(), 1);
    let object: NonNull<OpaqueObject> = mem::allocate(size).cast();
    let node = Node {
        header: Header { count: 1, meta: 0 },
        form: Form::Opaque,
    };
    // Inputs are shorter than 4 GiB: they came in one piece.
    let len = bytes.len() as u32;
    // SAFETY: a fresh block, large enough for the fixed part and the bytes.
    unsafe {
        object.write(OpaqueObject { node, len, depth });
        let to = object.as_ptr().cast::<u8>().add(BYTES);
        core::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len());
    }
    object
}

/// The encoding and the depth of an opaque value.
fn contents(value: &Value) -> Option<(&[u8], usize)> {
    let object = value.node()?.cast::<OpaqueObject>();
    // SAFETY: the value keeps the object alive, whose form says what it is.
    unsafe {
        if (*object).node.form != Form::Opaque {
            return None;
        }
        let start = object.cast::<u8>().add(BYTES);
        let bytes = core::slice::from_raw_parts(start, (*object).len as usize);
        Some((bytes, (*object).depth as usize))
    }
}

/// Frees a dead opaque value.
///
/// # Safety
/// Called once.
pub(crate) unsafe fn dismantle(object: *mut OpaqueObject) {
    // SAFETY: nobody refers to the object, and the block has this size.
    unsafe {
        let size = BYTES + (*object).len as usize;
        mem::free(NonNull::new_unchecked(object.cast()), size);
    }
}

/// The tags of values by their number among those of CBOR, from [`tags::KEYWORD`] on.
const TAGS: [u8; 9] = [
    tag::KEYWORD as u8,
    tag::SYMBOL as u8,
    tag::LIST as u8,
    tag::MAP as u8,
    tag::TIMESTAMP as u8,
    tag::UUID as u8,
    tag::RESOURCE as u8,
    tag::ERROR as u8,
    tag::OPAQUE_FN as u8,
];

/// As [`super::decode`].
///
/// # Errors
/// Anything that [`encode`] does not produce.
pub fn decode(bytes: &[u8]) -> Result<Value, Refused> {
    let mut scan = Scan::new(bytes);
    let value = scan.value();
    scan.finish()?;
    Ok(value)
}

/// As [`super::decode_args`].
///
/// # Errors
/// Anything that [`super::encode_args`] does not produce.
pub fn decode_args(bytes: &[u8]) -> Result<Pile<Value>, Refused> {
    let mut scan = Scan::new(bytes);
    let mut args = Pile::new();
    for _ in 0..scan.array() {
        args.push(scan.value());
    }
    scan.finish()?;
    Ok(args)
}

/// Reads canonical CBOR. What is refused is only remembered, because asking once is less code than
/// asking at every step; nothing is read any more then, so that reading ends soon.
struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    refused: bool,
    /// Of the item that was read last: the tag its value has,
    tag: u32,
    /// payload of the scalar or number of items of the collection,
    bits: u64,
    /// and text.
    text: &'a [u8],
}

/// A collection whose items are being passed: how many are left, and [`SEQ`], [`ERROR`], or [`MAP`]
/// plus where its keys begin among those of all open maps.
type Open = (usize, usize);

/// Start and end of a key.
type Place = (usize, usize);

const SEQ: usize = 0;
const ERROR: usize = 1;
const MAP: usize = 2;

impl<'a> Scan<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            refused: false,
            tag: 0,
            bits: 0,
            text: &[],
        }
    }

    fn refuse_if(&mut self, wrong: bool) {
        if wrong {
            self.refused = true;
            self.at = self.bytes.len();
        }
    }

    fn finish(&self) -> Result<(), Refused> {
        if self.refused || self.at < self.bytes.len() {
            return Err(Refused);
        }
        Ok(())
    }

    fn byte(&mut self) -> u8 {
        match self.bytes.get(self.at) {
            Some(byte) => {
                self.at += 1;
                *byte
            }
            None => {
                self.refused = true;
                0
            }
        }
    }

    /// A number of `width` bytes.
    fn wide(&mut self, width: u32) -> u64 {
        (0..width).fold(0, |n, _| n << 8 | u64::from(self.byte()))
    }

    /// The argument of a head, which must have the shortest form.
    fn argument(&mut self, first: u8) -> u64 {
        let info = first & 0x1f;
        if info < 24 {
            return u64::from(info);
        }
        self.refuse_if(info > 27);
        let width = 1 << (info & 3);
        let n = self.wide(width);
        self.refuse_if(if width == 1 {
            n < 24
        } else {
            n >> (4 * width) == 0
        });
        n
    }

    /// The number of bytes or items that follow. Every item takes a byte.
    fn count(&mut self, first: u8) -> usize {
        let n = self.argument(first);
        let too_many = n > (self.bytes.len() - self.at) as u64;
        self.refuse_if(too_many);
        if too_many { 0 } else { n as usize }
    }

    /// The argument of a head of this kind.
    fn counted(&mut self, major: u8) -> usize {
        let first = self.byte();
        self.refuse_if(first >> 5 != major);
        self.count(first)
    }

    fn array(&mut self) -> usize {
        self.counted(major::ARRAY)
    }

    fn string(&mut self) {
        let n = self.counted(major::TEXT);
        self.take_text(n);
    }

    fn take_text(&mut self, n: usize) {
        let end = self.at + n;
        self.text = self.bytes.get(self.at..end).unwrap_or_default();
        self.at = end;
        self.refuse_if(!is_utf8(self.text));
    }

    /// Reads a scalar, or the head of a collection.
    fn item(&mut self) {
        let first = self.byte();
        match first >> 5 {
            kind @ (major::UNSIGNED | major::NEGATIVE) => {
                let n = self.argument(first);
                self.refuse_if(n >> 63 != 0);
                self.tag = tag::INT;
                self.bits = n ^ u64::from(kind).wrapping_neg();
            }
            major::TEXT => {
                let n = self.count(first);
                self.tag = tag::STRING;
                self.take_text(n);
            }
            major::ARRAY => {
                self.tag = tag::VECTOR;
                self.bits = self.count(first) as u64;
            }
            major::TAG => {
                let number = self.argument(first).wrapping_sub(tags::KEYWORD);
                let tag = TAGS.get(number as usize).filter(|_| number < 9);
                self.refuse_if(tag.is_none());
                self.tag = u32::from(*tag.unwrap_or(&0));
                self.tagged();
            }
            _ => self.simple(first),
        }
    }

    /// What follows a tag.
    fn tagged(&mut self) {
        match self.tag {
            tag::LIST => self.bits = self.array() as u64,
            tag::MAP => {
                self.bits = self.array() as u64;
                self.refuse_if(!self.bits.is_multiple_of(2));
            }
            tag::ERROR => {
                self.bits = 1;
                let n = self.array();
                self.string();
                self.refuse_if(n != 6 || !ErrorKind::is_class(self.text));
                self.string();
                self.string();
            }
            tag::OPAQUE_FN => {
                let null = self.byte();
                self.refuse_if(null != NULL);
            }
            _ => self.string(),
        }
    }

    fn simple(&mut self, first: u8) {
        match first {
            FALSE | TRUE => {
                self.tag = tag::BOOL;
                self.bits = u64::from(first - FALSE);
            }
            NULL => {
                self.tag = tag::NIL;
                self.bits = 0;
            }
            0xf9..=0xfb => {
                let width = 1 << (first & 3);
                let bits = self.wide(width);
                let (x, again) = float_of(bits, width);
                self.tag = tag::FLOAT;
                self.bits = x;
                self.refuse_if(!again);
            }
            _ => self.refuse_if(true),
        }
    }

    /// Node and frames of an error.
    fn error_tail(&mut self) {
        self.item();
        let is_node = self.tag == tag::INT && self.bits < u64::from(u32::MAX);
        self.refuse_if(self.tag != tag::NIL && !is_node);
        let n = self.array();
        self.refuse_if(n > MAX_FRAMES);
        for _ in 0..n {
            self.string();
        }
    }

    /// Passes over one value. Gives how many collections are open where it is deepest.
    fn pass(&mut self) -> usize {
        let mut open: Pile<Open> = Pile::new();
        let mut keys: Pile<Place> = Pile::new();
        let mut deepest = 0;
        while !self.refused {
            let start = self.at;
            self.item();
            let mut is_key = matches!(self.tag, tag::INT | tag::STRING | tag::KEYWORD);
            if matches!(self.tag, tag::VECTOR..=tag::MAP | tag::ERROR) {
                deepest = deepest.max(open.len() + 1);
                let kind = match self.tag {
                    tag::MAP => MAP + keys.len(),
                    tag::ERROR => ERROR,
                    _ => SEQ,
                };
                if self.bits > 0 {
                    open.push((self.bits as usize, kind));
                    self.refuse_if(open.len() > MAX_DEPTH);
                    continue;
                }
            }
            // The value may complete the collection it belongs to, that one the next, and so on.
            loop {
                let Some((left, kind)) = open.last_mut() else {
                    return deepest;
                };
                if *kind >= MAP && left.is_multiple_of(2) {
                    self.refuse_if(!is_key);
                    keys.push((start, self.at));
                }
                *left -= 1;
                if *left > 0 {
                    break;
                }
                if *kind == ERROR {
                    self.error_tail();
                }
                if *kind >= MAP {
                    let first = *kind - MAP;
                    let keys_of_map = keys.get_mut(first..).unwrap_or_default();
                    self.refuse_if(has_repeated(keys_of_map, self.bytes));
                    keys.truncate(first);
                }
                is_key = false;
                open.pop();
            }
        }
        0
    }

    /// One value; any when it is refused.
    fn value(&mut self) -> Value {
        let start = self.at;
        let depth = self.pass();
        if self.refused {
            return Value::NIL;
        }
        if depth > 0 {
            let bytes = self.bytes.get(start..self.at).unwrap_or_default();
            // The head tells the kind.
            self.at = start;
            self.item();
            self.at = start + bytes.len();
            return Value::heap(self.tag, new_object(bytes, depth as u32));
        }
        match self.tag {
            tag::NIL..=tag::FLOAT => Value::scalar(self.tag, self.bits),
            tag::OPAQUE_FN => Value::opaque_fn(),
            // SAFETY: checked.
            _ => Value::heap(self.tag, unsafe {
                crate::text::new(core::str::from_utf8_unchecked(self.text))
            }),
        }
    }
}

/// Whether two of the keys, given by their places in `bytes`, are equal: then their encodings are.
/// Sorts them, as a heap: this is small, and takes `n log n` steps whatever the keys are.
fn has_repeated(keys: &mut [Place], bytes: &[u8]) -> bool {
    // Equal keys meet on the way.
    let mut found = false;
    let mut is_below = |a: Option<&Place>, b: Option<&Place>| {
        let key = |place: &Place| bytes.get(place.0..place.1);
        let order = a.and_then(key).cmp(&b.and_then(key));
        found |= order.is_eq() && b.is_some();
        order.is_lt()
    };
    let n = keys.len();
    for step in (0..n + n / 2).rev() {
        // First every root from the last on, then the greatest goes behind the others.
        let (mut root, mut end) = (step.wrapping_sub(n), n);
        if step < n {
            keys.swap(0, step);
            (root, end) = (0, step);
        }
        let Some(heap) = keys.get_mut(..end) else {
            return true;
        };
        // Down it goes, past every child that is greater.
        loop {
            let mut child = 2 * root + 1;
            if is_below(heap.get(child), heap.get(child + 1)) {
                child += 1;
            }
            if !is_below(heap.get(root), heap.get(child)) {
                break;
            }
            heap.swap(root, child);
            root = child;
        }
    }
    found
}

/// As [`super::encode`], for values of [`decode`] and flat vectors and lists of such.
///
/// # Errors
/// As [`super::encode`].
pub fn encode(value: &Value) -> Result<Pile<u8>, Error> {
    let mut out = Pile::new();
    // Items that are not yet written.
    let mut open: Pile<&[Value]> = Pile::new();
    let mut next = Some(value);
    loop {
        if let Some(value) = next {
            let mut depth = open.len();
            if let Some((bytes, deepest)) = contents(value) {
                out.extend(bytes);
                depth += deepest;
            } else if let Some(items) = seq::flat_items(value) {
                if value.tag() == tag::LIST {
                    head(&mut out, major::TAG, tags::LIST);
                }
                head(&mut out, major::ARRAY, items.len() as u64);
                open.push(items);
                depth += 1;
            } else {
                write_scalar(value, &mut out);
            }
            if depth > MAX_DEPTH {
                return Err(super::nesting_error());
            }
        }
        let Some(top) = open.last_mut() else {
            return Ok(out);
        };
        next = top.split_off_first();
        if next.is_none() {
            open.pop();
        }
    }
}

fn write_scalar(value: &Value, out: &mut Pile<u8>) {
    let low = tag::low(value.tag());
    match low {
        tag::NIL => out.push(NULL),
        tag::BOOL => out.push(FALSE + value.bits() as u8),
        tag::INT => int(out, value.bits() as i64),
        tag::FLOAT => float(out, f64::from_bits(value.bits())),
        _ => {
            if low != tag::STRING {
                // Whatever is no text is a function.
                let number = TAGS.iter().position(|tag| u32::from(*tag) == low);
                let number = number.unwrap_or(TAGS.len() - 1) as u64;
                head(out, major::TAG, tags::KEYWORD + number);
            }
            match value.as_text() {
                Some(contents) => text(out, contents),
                None => out.push(NULL),
            }
        }
    }
}

#[cfg(test)]
mod tests;
