//! Lists of names in one text, for components that have little room for static data.

/// Word number `position` of words that each have a space behind them; nothing when there are not
/// as many.
pub(crate) fn word(words: &'static str, position: usize) -> &'static str {
    let (mut left, mut start) = (position, 0);
    for (end, byte) in words.bytes().enumerate() {
        if byte == b' ' {
            if left == 0 {
                // SAFETY: both ends are beside spaces, or the start.
                return unsafe { words.get_unchecked(start..end) };
            }
            left -= 1;
            start = end + 1;
        }
    }
    ""
}
