//! The items seen so far: a set of any values, which maps cannot be.

use crate::{Seq, Value, equal, hash};
use alloc::vec;
use alloc::vec::Vec;

/// Distinct values in the order of their first appearance.
pub(super) struct Seen {
    items: Seq,
    /// Numbers of items by hash, with linear probing; `EMPTY` is free. The length is a power of
    /// two and at least twice the number of items.
    table: Vec<u32>,
}

const EMPTY: u32 = u32::MAX;

impl Seen {
    pub(super) fn new() -> Self {
        Self {
            items: Seq::new(),
            table: vec![EMPTY; 16],
        }
    }

    /// Adds a value unless an equal one was there.
    pub(super) fn add(&mut self, value: &Value) {
        let place = self.place(value);
        if self.table.get(place) != Some(&EMPTY) {
            return;
        }
        if let Some(slot) = self.table.get_mut(place) {
            *slot = self.items.len() as u32;
        }
        self.items.push(value.clone());
        if self.items.len() * 2 > self.table.len() {
            self.grow();
        }
    }

    /// Where an equal value is, or would be.
    fn place(&self, value: &Value) -> usize {
        let mask = self.table.len() - 1;
        let mut place = hash(value) as usize & mask;
        while let Some(item) = self
            .table
            .get(place)
            .and_then(|&i| self.items.get(i as usize))
        {
            if equal(item, value) {
                break;
            }
            place = (place + 1) & mask;
        }
        place
    }

    fn grow(&mut self) {
        let size = self.table.len() * 2;
        self.table = vec![EMPTY; size];
        for i in 0..self.items.len() {
            let hash = self.items.get(i).map_or(0, hash) as usize;
            let mut place = hash & (size - 1);
            while self.table.get(place).is_some_and(|&i| i != EMPTY) {
                place = (place + 1) & (size - 1);
            }
            if let Some(slot) = self.table.get_mut(place) {
                *slot = i as u32;
            }
        }
    }

    pub(super) fn into_items(self) -> Seq {
        self.items
    }
}
