//! Sets of slots.

/// A set of small numbers: the slots of one function, and its environment behind them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SlotSet(Vec<u64>);

impl SlotSet {
    /// Adds a slot.
    pub(super) fn insert(&mut self, slot: u32) {
        let word = slot as usize / 64;
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (slot % 64);
    }

    /// Takes a slot out; whether it was there.
    pub(super) fn remove(&mut self, slot: u32) -> bool {
        let there = self.contains(slot);
        if there {
            self.0[slot as usize / 64] &= !(1 << (slot % 64));
        }
        there
    }

    /// Whether a slot is in the set.
    pub(super) fn contains(&self, slot: u32) -> bool {
        self.0
            .get(slot as usize / 64)
            .is_some_and(|word| word >> (slot % 64) & 1 == 1)
    }

    /// Adds all slots of another set.
    pub(super) fn extend(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    /// The slots that are not in `other`, ascending.
    pub(super) fn without(&self, other: &Self) -> Vec<u32> {
        self.iter().filter(|slot| !other.contains(*slot)).collect()
    }

    /// All slots, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        self.0.iter().zip(0u32..).flat_map(|(word, base)| {
            (0..64)
                .filter(move |bit| word >> bit & 1 == 1)
                .map(move |bit| base * 64 + bit)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::SlotSet;

    #[test]
    fn behaves_like_a_set() {
        let mut set = SlotSet::default();
        set.insert(3);
        set.insert(130);
        let mut other = SlotSet::default();
        other.insert(3);
        assert_eq!(set.without(&other), [130]);
        other.extend(&set);
        assert_eq!(other.iter().collect::<Vec<_>>(), [3, 130]);
        assert!(other.remove(3) && !other.remove(3) && !other.contains(64));
    }
}
