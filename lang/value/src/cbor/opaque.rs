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
use crate::{mem, names, seq, tag};
use core::marker::PhantomData;
use core::ptr::NonNull;

/// The check of the core library is made for speed and six times as large.
fn is_utf8(bytes: &[u8]) -> bool {
    let mut bytes = bytes.iter();
    while let Some(&first) = bytes.next() {
        let len = first.leading_ones();
        if len == 0 {
            continue;
        }
        let mut c = u32::from(first) & (0x7f >> len);
        for _ in 1..len {
            // A continuation has the first bits 10; anything else makes the number too large.
            let next = bytes.next().copied().unwrap_or_default();
            c = c << 6 | u32::from(next ^ 0x80);
            if next & 0xc0 != 0x80 {
                return false;
            }
        }
        // What two, three and four bytes are needed for begins at 2^7, 2^11 and 2^16.
        if !(2..5).contains(&len) || c >> ((9 * len - 4) / 2) == 0 || char::from_u32(c).is_none() {
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
    if !is_collection(value.tag()) {
        return None;
    }
    let object = value.object().cast::<OpaqueObject>();
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

/// The size of the block of an opaque value.
///
/// # Safety
/// `object` is one that was not freed.
pub(crate) unsafe fn block_size(object: *mut OpaqueObject) -> usize {
    // SAFETY: by contract.
    BYTES + unsafe { (*object).len } as usize
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

/// As [`super::decode`], or with `array` as [`super::decode_args`], adding what was decoded to other
/// values. False for anything that [`encode_into`] does not produce; then what was added means
/// nothing.
pub fn decode_into(bytes: &[u8], array: bool, values: &mut Pile<Value>) -> bool {
    let mut scan = Scan::new(bytes);
    let n = if array { scan.array() } else { 1 };
    for _ in 0..n {
        values.push(scan.value());
    }
    scan.at == scan.end
}

/// Reads canonical CBOR. What is refused is only remembered, because asking once is less code than
/// asking at every step; nothing is read any more then, so that reading ends soon. Places are
/// addresses, which lie within the bytes until something is refused.
struct Scan<'a> {
    bytes: PhantomData<&'a [u8]>,
    /// [`REFUSED`] when something was.
    at: *const u8,
    end: *const u8,
    /// Of the item that was read last: the tag its value has,
    tag: u32,
    /// payload of the scalar or number of items of the collection,
    bits: u64,
    /// and text.
    text: &'a [u8],
    /// The collections around it.
    open: Pile<Open>,
    /// Keys of the maps among them.
    keys: Pile<Key<'a>>,
}

/// A place behind every other.
const REFUSED: *const u8 = core::ptr::without_provenance(usize::MAX);

/// A collection whose items are being passed: how many are left, and [`SEQ`], [`ERROR`], or [`MAP`]
/// plus where its keys begin among those of all open maps.
type Open = (usize, usize);

/// The encoding of a key. None is empty.
type Key<'a> = &'a [u8];

const SEQ: usize = 0;
const ERROR: usize = 1;
const MAP: usize = 2;

impl<'a> Scan<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes: PhantomData,
            at: bytes.as_ptr(),
            end: bytes.as_ptr_range().end,
            tag: 0,
            bits: 0,
            text: &[],
            open: Pile::new(),
            keys: Pile::new(),
        }
    }

    fn refuse_if(&mut self, wrong: bool) {
        if wrong {
            self.at = REFUSED;
        }
    }

    fn is_refused(&self) -> bool {
        self.at == REFUSED
    }

    /// Number of bytes that were not read.
    fn left(&self) -> usize {
        self.end.addr().saturating_sub(self.at.addr())
    }

    /// The bytes from `start` to here; nothing may have been refused.
    fn since(&self, start: *const u8) -> &'a [u8] {
        // SAFETY: both places are within the bytes.
        unsafe { core::slice::from_raw_parts(start, self.at.addr() - start.addr()) }
    }

    fn byte(&mut self) -> u8 {
        if self.left() == 0 {
            self.at = REFUSED;
            return 0;
        }
        // SAFETY: there is a byte.
        unsafe {
            let byte = self.at.read();
            self.at = self.at.add(1);
            byte
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
        if n > self.left() as u64 {
            self.at = REFUSED;
            return 0;
        }
        n as usize
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

    /// Reads a text of `n` bytes, which are there.
    fn take_text(&mut self, n: usize) {
        let start = self.at;
        if self.is_refused() {
            return;
        }
        self.at = start.wrapping_add(n);
        self.text = self.since(start);
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
                let number = usize::try_from(number).unwrap_or(usize::MAX);
                match TAGS.get(number) {
                    Some(tag) => {
                        self.tag = u32::from(*tag);
                        self.tagged();
                    }
                    None => self.refuse_if(true),
                }
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
            _ => {
                self.string();
                if names::CHECKED {
                    // What is no UTF-8 was refused.
                    let text = core::str::from_utf8(self.text).unwrap_or_default();
                    self.refuse_if(!names::is_readable(self.tag, text));
                }
            }
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
        let mut left = self.array();
        self.refuse_if(left > MAX_FRAMES);
        while left > 0 && !self.is_refused() {
            left -= 1;
            self.string();
        }
    }

    /// Passes over one value. Gives how many collections are open where it is deepest.
    fn pass(&mut self) -> usize {
        let mut deepest = 0;
        while !self.is_refused() {
            let start = self.at;
            self.item();
            let mut is_key = matches!(self.tag, tag::INT | tag::STRING | tag::KEYWORD);
            if is_collection(self.tag) {
                deepest = deepest.max(self.open.len() + 1);
                let kind = match self.tag {
                    tag::MAP => MAP + self.keys.len(),
                    tag::ERROR => ERROR,
                    _ => SEQ,
                };
                if self.bits > 0 {
                    self.open.push((self.bits as usize, kind));
                    self.refuse_if(self.open.len() > MAX_DEPTH);
                    continue;
                }
            }
            // The value may complete the collection it belongs to, that one the next, and so on.
            while !self.is_refused() {
                let Some((left, kind)) = self.open.last_mut() else {
                    return deepest;
                };
                let kind = *kind;
                *left -= 1;
                let left = *left;
                if kind >= MAP && !left.is_multiple_of(2) {
                    self.refuse_if(!is_key);
                    if is_key {
                        self.keys.push(self.since(start));
                    }
                }
                if left > 0 {
                    break;
                }
                if kind == ERROR {
                    self.error_tail();
                }
                if kind >= MAP {
                    let found = has_repeated(&mut self.keys, kind - MAP);
                    self.refuse_if(found);
                }
                is_key = false;
                self.open.pop();
            }
        }
        0
    }

    /// One value; any when it is refused.
    fn value(&mut self) -> Value {
        let start = self.at;
        let depth = self.pass();
        if self.is_refused() {
            return Value::NIL;
        }
        if depth > 0 {
            let bytes = self.since(start);
            let end = self.at;
            // The head tells the kind.
            self.at = start;
            self.item();
            self.at = end;
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

/// Takes the keys from `first` on, and tells whether two of them are equal: then their encodings
/// are.
fn has_repeated(keys: &mut Pile<Key<'_>>, first: usize) -> bool {
    // Behind the keys comes a table of keys by hash, at most half full. Whoever chooses keys whose
    // hashes are the same pays for the longer search.
    let table = keys.len();
    let mask = (2 * (table - first)).next_power_of_two() - 1;
    while keys.len() <= table + mask {
        keys.push(&[]);
    }
    let keys_at = keys.as_mut_ptr();
    let mut found = false;
    for i in first..table {
        // SAFETY: the keys are followed by as many entries as hashes have values. An entry is free,
        // so that the search ends.
        unsafe {
            let key = *keys_at.add(i);
            let mix =
                |hash: usize, byte: &u8| (hash ^ usize::from(*byte)).wrapping_mul(0x0100_0193);
            let mut hash = key.iter().fold(0, mix);
            loop {
                let entry = &mut *keys_at.add(table + (hash & mask));
                found |= *entry == key;
                if entry.is_empty() || found {
                    *entry = key;
                    break;
                }
                hash = hash.wrapping_add(1);
            }
        }
    }
    keys.truncate(first);
    found
}

/// As [`super::encode`], for values of [`decode_into`] and others that are no collections. Nothing is
/// written for flat vectors and lists; then it gives false.
pub fn encode_one(value: &Value, out: &mut Pile<u8>) -> bool {
    if is_collection(value.tag()) {
        let contents = contents(value);
        if let Some((bytes, _)) = contents {
            out.extend(bytes);
        }
        return contents.is_some();
    }
    write_scalar(value, out);
    true
}

/// Whether values with the tag are encoded, or flat.
fn is_collection(tag: u32) -> bool {
    matches!(tag, tag::VECTOR..=tag::MAP | tag::ERROR)
}

/// As [`encode_one`], for flat vectors and lists too. False when it is nested too deeply
/// ([`too_deep`]).
pub fn encode_into(value: &Value, out: &mut Pile<u8>) -> bool {
    // Items that are not yet written.
    let mut open: Pile<&[Value]> = Pile::new();
    let mut next = Some(value);
    loop {
        if let Some(value) = next {
            let mut depth = open.len();
            if let Some(items) = seq::flat_items(value) {
                if value.tag() == tag::LIST {
                    head(out, major::TAG, tags::LIST);
                }
                head(out, major::ARRAY, items.len() as u64);
                open.push(items);
                depth += 1;
            } else {
                encode_one(value, out);
                depth += contents(value).map_or(0, |(_, deepest)| deepest);
            }
            if depth > MAX_DEPTH {
                return false;
            }
        }
        let Some(top) = open.last_mut() else {
            return true;
        };
        next = top.split_off_first();
        if next.is_none() {
            open.pop();
        }
    }
}

/// The error of a value that cannot be encoded.
#[cold]
pub fn too_deep() -> Error {
    super::nesting_error()
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
