//! Growing arrays with little code: for small components, where `Vec` with its error paths would be
//! a tenth of the whole.

use crate::mem;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

/// Items to make room for at first.
const FIRST: usize = 8;

/// A growing array. Running out of memory traps.
#[derive(Debug)]
pub struct Pile<T> {
    raw: Raw,
    items: PhantomData<T>,
}

/// What does not depend on the type of the items, so that it exists once.
#[derive(Debug)]
struct Raw {
    start: NonNull<u8>,
    len: usize,
    /// Room, in items; 0 = no block.
    cap: usize,
}

impl Raw {
    /// Makes room for more items, which the caller writes to the result at once.
    #[inline(never)]
    fn append(&mut self, more: usize, each: usize) -> *mut u8 {
        let needed = mem::size_of_block(self.len, more, 1);
        if needed > self.cap {
            let cap = needed.max(2 * self.cap).max(FIRST);
            let size = mem::size_of_block(0, cap, each);
            self.start = if self.cap == 0 {
                mem::allocate(size)
            } else {
                // SAFETY: the block has room for as many items as `cap` says.
                unsafe { mem::resize(self.start, self.cap * each, size) }
            };
            self.cap = cap;
        }
        let end = self.start.as_ptr().wrapping_add(self.len * each);
        self.len = needed;
        end
    }
}

impl<T> Default for Pile<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Pile<T> {
    /// No items.
    pub const fn new() -> Self {
        const { assert!(align_of::<T>() <= 8 && size_of::<T>() > 0) };
        Self {
            raw: Raw {
                start: NonNull::<u64>::dangling().cast(),
                len: 0,
                cap: 0,
            },
            items: PhantomData,
        }
    }

    /// Adds an item.
    pub fn push(&mut self, item: T) {
        // SAFETY: room for one item, which is written.
        unsafe { self.raw.append(1, size_of::<T>()).cast::<T>().write(item) };
    }

    /// Takes the last item.
    pub fn pop(&mut self) -> Option<T> {
        self.raw.len = self.raw.len.checked_sub(1)?;
        // SAFETY: initialised, and no longer an item of the pile.
        Some(unsafe { self.raw.start.cast::<T>().add(self.raw.len).read() })
    }

    /// Bytes of the block, 0 for none.
    pub fn size(&self) -> usize {
        self.raw.cap * size_of::<T>()
    }

    /// Changes the number of items, which are neither made nor dropped.
    ///
    /// # Safety
    /// The first `len` items are initialised.
    pub unsafe fn set_len(&mut self, len: usize) {
        self.raw.len = len;
    }
}

impl<T: Copy> Pile<T> {
    /// Adds items.
    pub fn extend(&mut self, items: &[T]) {
        let end = self.raw.append(items.len(), size_of::<T>()).cast();
        // SAFETY: there is room; the items lie elsewhere, because the pile is borrowed mutably.
        unsafe { core::ptr::copy_nonoverlapping(items.as_ptr(), end, items.len()) };
    }

    /// Drops the items from `len` on.
    pub fn truncate(&mut self, len: usize) {
        self.raw.len = self.raw.len.min(len);
    }
}

impl<T> Deref for Pile<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: `len` items are initialised.
        unsafe { core::slice::from_raw_parts(self.raw.start.cast().as_ptr(), self.raw.len) }
    }
}

impl<T> DerefMut for Pile<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: `len` items are initialised, and borrowed mutably.
        unsafe { core::slice::from_raw_parts_mut(self.raw.start.cast().as_ptr(), self.raw.len) }
    }
}

impl<T> Drop for Pile<T> {
    fn drop(&mut self) {
        if core::mem::needs_drop::<T>() {
            while self.pop().is_some() {}
        }
        if self.raw.cap > 0 {
            // SAFETY: the block has this size and is not used again.
            unsafe { mem::free(self.raw.start, self.size()) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;

    #[test]
    fn items_are_kept_and_dropped() {
        let before = mem::used();
        let mut pile = Pile::new();
        for i in 0..100 {
            pile.push(Value::string("x"));
            assert_eq!(pile.len(), i + 1);
        }
        assert_eq!(pile.pop().as_ref().and_then(Value::as_str), Some("x"));
        drop(pile);
        assert_eq!(mem::used(), before);
    }

    #[test]
    fn bytes_are_added_in_order() {
        let mut pile = Pile::new();
        pile.extend(b"ab");
        pile.extend(b"cdefghijklmnop");
        pile.push(b'q');
        assert_eq!(&pile[..], b"abcdefghijklmnopq");
        pile.truncate(2);
        assert_eq!((&pile[..], pile.size() >= 17), (&b"ab"[..], true));
    }
}
