//! Static data: text objects that are never freed, type descriptors, and the tables that
//! generated code indexes.
//!
//! Offsets count from `data_base`, which the linker chooses; words that hold addresses are listed
//! as relocations for it.

use std::collections::{BTreeMap, BTreeSet};

use rtfs_value::layout;

/// An offset in the static data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct DataOffset(pub(super) u32);

/// What the linker adds to a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relocation {
    /// The address of the static data.
    DataBase,
    /// The first table slot.
    TableBase,
}

/// Rows of zeros from this length on are not stored: a segment costs about ten bytes.
const SKIPPED_ZEROS: usize = 32;

/// Static data under construction.
#[derive(Debug, Default)]
pub(super) struct Data {
    bytes: Vec<u8>,
    texts: BTreeMap<String, DataOffset>,
    blobs: BTreeMap<Vec<u8>, DataOffset>,
    relocations: Vec<(Relocation, u32)>,
}

impl Data {
    /// Room for `size` zero bytes that are filled later, at a multiple of 16.
    pub(super) fn reserve(&mut self, size: u32) -> DataOffset {
        let offset = self.align(16);
        self.bytes.resize(self.bytes.len() + size as usize, 0);
        offset
    }

    /// The text object of a string, keyword or any other kind that has a text.
    pub(super) fn text(&mut self, text: &str) -> DataOffset {
        if let Some(offset) = self.texts.get(text) {
            return *offset;
        }
        let offset = self.align(layout::OBJECT_ALIGN as usize);
        self.bytes.extend_from_slice(&layout::static_text(text));
        self.texts.insert(text.to_owned(), offset);
        offset
    }

    /// The bytes of a text object.
    pub(super) fn text_at(&self, offset: DataOffset) -> &[u8] {
        let at = offset.0 as usize;
        let length = at + layout::TEXT_LEN as usize;
        let length = self.bytes.get(length..length + 4).and_then(|word| {
            let word = u32::from_le_bytes(word.try_into().ok()?);
            usize::try_from(word).ok()
        });
        let first = at + layout::TEXT_BYTES as usize;
        length
            .and_then(|length| self.bytes.get(first..first + length))
            .unwrap_or_default()
    }

    /// Raw bytes.
    pub(super) fn blob(&mut self, blob: Vec<u8>) -> DataOffset {
        if let Some(offset) = self.blobs.get(&blob) {
            return *offset;
        }
        let offset = DataOffset(length(self.bytes.len()));
        self.bytes.extend_from_slice(&blob);
        self.blobs.insert(blob, offset);
        offset
    }

    /// Writes a word into reserved room.
    pub(super) fn set_word(&mut self, offset: DataOffset, word: u32) {
        let at = offset.0 as usize;
        self.bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
    }

    /// Writes a word that the linker adjusts.
    pub(super) fn set_relocated(&mut self, offset: DataOffset, word: u32, kind: Relocation) {
        self.set_word(offset, word);
        self.relocations.push((kind, offset.0));
    }

    /// Whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The parts that are worth storing, with their offsets: long rows of zeros are left out.
    pub(super) fn segments(&self) -> Vec<(u32, &[u8])> {
        let mut segments = Vec::new();
        let mut start = 0;
        let mut zeros = 0;
        // Words that the linker adjusts have to be there, whatever they are.
        let adjusted: BTreeSet<usize> = self
            .relocations
            .iter()
            .flat_map(|(_, at)| *at as usize..*at as usize + 4)
            .collect();
        for (at, byte) in self.bytes.iter().enumerate() {
            if *byte == 0 && !adjusted.contains(&at) {
                zeros += 1;
                continue;
            }
            if zeros >= SKIPPED_ZEROS {
                segments.push((start, at - zeros));
                start = at;
            }
            zeros = 0;
        }
        segments.push((start, self.bytes.len() - zeros));
        let parts = segments.into_iter().filter(|(start, end)| start < end);
        parts
            .map(|(start, end)| (length(start), &self.bytes[start..end]))
            .collect()
    }

    /// How many bytes there are.
    pub(super) fn size(&self) -> u32 {
        length(self.bytes.len())
    }

    /// The payload of the section that tells the linker which words to adjust.
    pub(super) fn relocation_section(&self) -> Vec<u8> {
        let mut section = Vec::with_capacity(self.relocations.len() * 5);
        for (kind, offset) in &self.relocations {
            section.push(match kind {
                Relocation::DataBase => 0,
                Relocation::TableBase => 1,
            });
            section.extend_from_slice(&offset.to_le_bytes());
        }
        section
    }

    fn align(&mut self, to: usize) -> DataOffset {
        let aligned = self.bytes.len().next_multiple_of(to);
        self.bytes.resize(aligned, 0);
        DataOffset(length(aligned))
    }
}

/// A size in the 32-bit memory. Sources are far smaller than 4 GiB, and so is what they contain.
fn length(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_not_stored() {
        let mut data = Data::default();
        let hole = data.reserve(100);
        data.text("abc");
        data.set_word(hole, 7);
        let parts: Vec<_> = data
            .segments()
            .iter()
            .map(|(at, part)| (*at, part.len()))
            .collect();
        assert_eq!(parts, [(0, 1), (107, 20)]);
        assert_eq!(data.size(), 104 + 23);
    }

    #[test]
    fn equal_texts_are_stored_once() {
        let mut data = Data::default();
        assert_eq!(data.text("a"), data.text("a"));
        assert_ne!(data.text("a"), data.text("b"));
        let long = data.text("longer");
        assert_eq!(data.text_at(long), b"longer");
        assert_eq!(data.blob(vec![1]), data.blob(vec![1]));
    }
}
