//! Bytes of texts, eight at a time: in a component a call or a loop over bytes costs more than
//! all other work on a name of a few letters.

use core::ptr;

/// The lowest bit of every byte.
const ONES: u64 = 0x0101_0101_0101_0101;
/// The highest bit of every byte: set in no byte of ASCII.
pub(crate) const HIGH: u64 = ONES << 7;

/// Fewer than eight bytes as a number, the first lowest, with zeros for the others.
#[inline]
pub(crate) fn word(bytes: &[u8]) -> u64 {
    // Where the two overlap they have the same bits.
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        u64::from(first) | u64::from(last) << ((bytes.len() - 4) * 8)
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (first, last) = (u16::from_le_bytes(*first), u16::from_le_bytes(*last));
        u64::from(first) | u64::from(last) << ((bytes.len() - 2) * 8)
    } else {
        bytes.first().copied().map_or(0, u64::from)
    }
}

/// The words of a text, and how many bits of the last one belong to it when it is not whole.
#[inline]
pub(crate) fn words(bytes: &[u8]) -> (impl Iterator<Item = u64>, Tail) {
    let (whole, rest) = bytes.as_chunks::<8>();
    let words = whole.iter().map(|word| u64::from_le_bytes(*word));
    let bits = rest.len() as u32 * 8;
    let word = match bytes.last_chunk() {
        // One load: the bytes before are shifted out.
        Some(last) if bits != 0 => u64::from_le_bytes(*last) >> (64 - bits),
        _ => word(rest),
    };
    (words, Tail { word, bits })
}

/// What is left behind the last whole word of a text.
#[derive(Clone, Copy)]
pub(crate) struct Tail {
    /// The bytes, with zeros above.
    pub(crate) word: u64,
    /// How many bits they are.
    pub(crate) bits: u32,
}

impl Tail {
    #[inline]
    pub(crate) fn is_empty(self) -> bool {
        self.bits == 0
    }

    /// The bits of the bytes.
    #[inline]
    fn mask(self) -> u64 {
        (1 << self.bits) - 1
    }
}

/// Whether the bytes are the same.
#[inline]
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    if cfg!(feature = "opaque") {
        return a == b;
    }
    /// The first and the last word, which overlap in less than 16 bytes.
    #[inline]
    fn ends(bytes: &[u8]) -> Option<(u64, u64)> {
        let (first, last) = (bytes.first_chunk()?, bytes.last_chunk()?);
        Some((u64::from_le_bytes(*first), u64::from_le_bytes(*last)))
    }
    if a.len() != b.len() {
        return false;
    }
    if a.len() > 16 {
        return same_words(a, b);
    }
    match (ends(a), ends(b)) {
        (None, None) => word(a) == word(b),
        (a, b) => a == b,
    }
}

/// [`same`] of texts of one length.
#[inline(never)]
fn same_words(a: &[u8], b: &[u8]) -> bool {
    let (words_a, tail_a) = words(a);
    let (mut words_b, tail_b) = words(b);
    tail_a.word == tail_b.word && { words_a }.all(|word| Some(word) == words_b.next())
}

/// How many bytes begin a character: all but those that begin with the bits 10.
#[inline]
pub(crate) fn count_starts(bytes: &[u8]) -> usize {
    let starts = |word: u64| ((!word >> 7 | word >> 6) & ONES).count_ones() as usize;
    let (words, tail) = words(bytes);
    // The zeros above the tail look like starts.
    let above = (64 - tail.bits as usize) / 8;
    words.map(starts).sum::<usize>() + starts(tail.word) - above
}

/// The highest bit of every byte of a word that is the wanted one.
#[inline]
fn hits(word: u64, wanted: u8) -> u64 {
    let zero_if_hit = word ^ (ONES * u64::from(wanted));
    !(((zero_if_hit & !HIGH) + !HIGH) | zero_if_hit | !HIGH)
}

/// How many bytes are the wanted one.
pub(crate) fn count(bytes: &[u8], wanted: u8) -> usize {
    let (words, tail) = words(bytes);
    let counted = words.map(|word| hits(word, wanted).count_ones() as usize);
    counted.sum::<usize>() + (hits(tail.word, wanted) & tail.mask()).count_ones() as usize
}

/// Gives every place of the wanted byte, in order, until there is an error.
///
/// # Errors
/// Those of `each`.
#[inline]
pub(crate) fn try_each_place<E>(
    bytes: &[u8],
    wanted: u8,
    mut each: impl FnMut(usize) -> Result<(), E>,
) -> Result<(), E> {
    let (words, tail) = words(bytes);
    let last = hits(tail.word, wanted) & tail.mask();
    let masks = words.map(|word| hits(word, wanted)).chain([last]);
    for (i, mut mask) in masks.enumerate() {
        while mask != 0 {
            each(i * 8 + mask.trailing_zeros() as usize / 8)?;
            mask &= mask - 1;
        }
    }
    Ok(())
}

/// The bytes of ASCII in a word with the other case for the 26 letters from `first` on.
#[inline]
pub(crate) fn other_case(word: u64, first: u8) -> u64 {
    let from = |byte: u8| word + ONES * u64::from(0x80 - byte);
    let letters = from(first) & !from(first + 26) & HIGH;
    word ^ letters >> 2
}

/// Copies bytes to memory behind them or elsewhere. A few are copied without a call.
///
/// # Safety
/// There is room for them at `to`.
#[inline]
pub(crate) unsafe fn copy(from: &[u8], to: *mut u8) {
    /// Copies one `T` at the start and one at the end.
    #[inline(always)]
    unsafe fn ends<T>(from: &[u8], to: *mut u8) {
        let last = from.len() - size_of::<T>();
        // SAFETY: by contract, and there are as many bytes as a `T` has.
        unsafe {
            let (first, second) = (
                from.as_ptr().cast::<T>().read_unaligned(),
                from.as_ptr().add(last).cast::<T>().read_unaligned(),
            );
            to.cast::<T>().write_unaligned(first);
            to.add(last).cast::<T>().write_unaligned(second);
        }
    }
    // SAFETY: by contract.
    unsafe {
        match from.len() {
            0 => {}
            1 => to.write(from[0]),
            2..=3 => ends::<u16>(from, to),
            4..=7 => ends::<u32>(from, to),
            8..=16 => ends::<u64>(from, to),
            17..=32 => ends::<[u64; 2]>(from, to),
            33..=64 => ends::<[u64; 4]>(from, to),
            _ => ptr::copy_nonoverlapping(from.as_ptr(), to, from.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    /// Bytes of a few kinds, so that runs of equal ones and hits are frequent.
    fn texts() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop::sample::select(&[0, 1, b' ', b'@', b'A', b'Z', b'[', b'z', 0x7f][..]);
        prop::collection::vec(byte, 0..80)
    }

    proptest! {
        #[test]
        fn words_are_the_bytes(text in prop::collection::vec(any::<u8>(), 0..40)) {
            let (words, tail) = words(&text);
            let mut bytes: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
            let last = tail.word.to_le_bytes();
            let (inside, above) = last.split_at(tail.bits as usize / 8);
            bytes.extend(inside);
            prop_assert_eq!(&bytes, &text);
            prop_assert!(above.iter().all(|byte| *byte == 0));
            prop_assert_eq!(tail.is_empty(), text.len().is_multiple_of(8));
        }

        #[test]
        fn texts_are_the_same_byte_for_byte(text in texts(), at in any::<prop::sample::Index>()) {
            prop_assert!(same(&text, &text.clone()));
            prop_assert!(!same(&text, &[&text[..], &[0]].concat()));
            if !text.is_empty() {
                let mut other = text.clone();
                other[at.index(text.len())] ^= 4;
                prop_assert!(!same(&text, &other));
            }
        }

        #[test]
        fn bytes_are_found_where_they_are(text in texts(), wanted in texts()) {
            for wanted in wanted.into_iter().chain([0, b' ']) {
                let mut places = Vec::new();
                let all = try_each_place(&text, wanted, |place| {
                    places.push(place);
                    Ok::<(), ()>(())
                });
                let expected: Vec<usize> =
                    (0..text.len()).filter(|place| text[*place] == wanted).collect();
                prop_assert_eq!(all, Ok(()));
                prop_assert_eq!(count(&text, wanted), expected.len());
                prop_assert_eq!(places, expected);
            }
        }

        #[test]
        fn letters_change_case(text in prop::collection::vec(0..0x80_u8, 8)) {
            let upper = other_case(u64::from_le_bytes(*text.first_chunk().unwrap()), b'a');
            prop_assert_eq!(upper.to_le_bytes().to_vec(), text.to_ascii_uppercase());
            let lower = other_case(u64::from_le_bytes(*text.first_chunk().unwrap()), b'A');
            prop_assert_eq!(lower.to_le_bytes().to_vec(), text.to_ascii_lowercase());
        }

        #[test]
        fn characters_are_counted(text in "[a-zßλ€𝄞]{0,40}") {
            prop_assert_eq!(count_starts(text.as_bytes()), text.chars().count());
        }

        #[test]
        fn copies_stay_in_their_place(text in prop::collection::vec(any::<u8>(), 0..80)) {
            let mut to = vec![7; text.len() + 2];
            // SAFETY: there is room behind the first byte.
            unsafe { copy(&text, to.as_mut_ptr().add(1)) };
            prop_assert_eq!(&to[1..=text.len()], &text);
            prop_assert_eq!((to[0], to[text.len() + 1]), (7, 7));
        }
    }
}
