//! Static data: text objects that are never freed, type descriptors, and the tables that
//! generated code indexes.
//!
//! Offsets count from `data_base`, which the linker chooses; words that hold addresses are listed
//! as relocations for it.

use std::collections::BTreeMap;

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

    /// The stored bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
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
