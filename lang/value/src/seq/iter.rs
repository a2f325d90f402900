//! Iterators over sequences.

use super::Seq;
use crate::value::Value;

/// The items of a sequence in order.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    seq: &'a Seq,
    /// Items from `front` on that lie together in memory.
    chunk: core::slice::Iter<'a, Value>,
    /// Index behind the chunk.
    front: usize,
    /// Index behind the last item not yet given from the back.
    back: usize,
}

impl<'a> Iter<'a> {
    pub(super) fn new(seq: &'a Seq) -> Self {
        Self {
            seq,
            chunk: [].iter(),
            front: 0,
            back: seq.len(),
        }
    }

    #[inline(never)]
    fn next_chunk(&mut self) -> Option<&'a Value> {
        if self.front >= self.back {
            return None;
        }
        let chunk = self.seq.chunk(self.front);
        let n = chunk.len().min(self.back - self.front);
        self.chunk = chunk[..n].iter();
        self.front += n;
        self.chunk.next()
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = &'a Value;

    #[inline]
    fn next(&mut self) -> Option<&'a Value> {
        match self.chunk.next() {
            Some(item) => Some(item),
            None => self.next_chunk(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.chunk.len() + (self.back - self.front);
        (left, Some(left))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.front >= self.back {
            return self.chunk.next_back();
        }
        self.back -= 1;
        self.seq.get(self.back)
    }
}

impl ExactSizeIterator for Iter<'_> {}

/// The items of a sequence by value; moved when nobody shares them.
#[derive(Debug)]
pub struct IntoIter(pub(super) Seq);

impl Iterator for IntoIter {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        self.0.pop_front()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl DoubleEndedIterator for IntoIter {
    fn next_back(&mut self) -> Option<Value> {
        self.0.pop()
    }
}

impl ExactSizeIterator for IntoIter {}
