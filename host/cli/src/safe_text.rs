//! Text from records, made harmless: whoever writes to a store must not move the reader's cursor,
//! clear the screen, or turn the direction of what follows.

use std::fmt::Write as _;

/// One line: everything that is not shown as itself is escaped, line ends too.
pub(crate) fn line(text: &str) -> String {
    escape(text, |_| false)
}

/// Several lines: line ends and tabs stay.
pub(crate) fn lines(text: &str) -> String {
    escape(text, |c| matches!(c, '\n' | '\t'))
}

fn escape(text: &str, is_kept: impl Fn(char) -> bool) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if is_kept(c) => safe.push(c),
            '\n' => safe.push_str("\\n"),
            '\t' => safe.push_str("\\t"),
            '\r' => safe.push_str("\\r"),
            c if is_hidden(c) => {
                // Writing to a string cannot fail.
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    safe
}

/// Controls of terminals, of the direction of writing, and of lines.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_escaped_and_letters_stay() {
        assert_eq!(line("Grüße, 世界 λ"), "Grüße, 世界 λ");
        assert_eq!(line("a\u{1b}[2Jb\u{7}\u{9b}"), "a\\u{1b}[2Jb\\u{7}\\u{9b}");
        assert_eq!(line("a\nb\tc\r"), "a\\nb\\tc\\r");
        assert_eq!(lines("a\nb\tc\r"), "a\nb\tc\\r");
        assert_eq!(line("abc\u{202e}fed"), "abc\\u{202e}fed");
    }
}
