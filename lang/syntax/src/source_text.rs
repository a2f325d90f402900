//! A named source text that knows its lines.

use crate::codes;
use crate::{Diagnostic, ParseErrorKind, Span};

/// A source text and its name, with a table of line starts.
///
/// Offsets are byte offsets into [`SourceText::text`], as in [`Span`]; lines and columns count
/// from 1, columns in characters. A byte-order mark belongs to no column.
#[derive(Clone, Debug)]
pub struct SourceText {
    name: String,
    text: String,
    line_starts: Vec<usize>,
    /// Texts whose spans begin at an offset behind this one, in the order of the offsets.
    attached: Vec<(u32, SourceText)>,
}

pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

impl SourceText {
    /// A text with the name that reports show for it, usually a file name.
    pub fn new(name: String, text: String) -> SourceText {
        let first = if text.starts_with(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK.len_utf8()
        } else {
            0
        };
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        let line_starts = std::iter::once(first).chain(after_breaks).collect();
        SourceText {
            name,
            text,
            line_starts,
            attached: Vec::new(),
        }
    }

    /// A text from the bytes of a file.
    ///
    /// Bytes that are not UTF-8 give a diagnostic, too, and a text to show it with, in which
    /// every wrong byte sequence is replaced.
    pub fn from_utf8(name: String, bytes: Vec<u8>) -> (SourceText, Option<Diagnostic>) {
        let error = match String::from_utf8(bytes) {
            Ok(text) => return (SourceText::new(name, text), None),
            Err(error) => error,
        };
        let at = error.utf8_error().valid_up_to();
        let byte = error.as_bytes().get(at).copied().unwrap_or_default();
        let start = u32::try_from(at).unwrap_or(u32::MAX);
        // The replacement character takes three bytes.
        let span = Span::new(start, start.saturating_add(3));
        let diagnostic = Diagnostic::error(
            codes::NOT_UTF8,
            ParseErrorKind::InvalidInput,
            format!("this file is not UTF-8: byte 0x{byte:02X} at offset {at} begins no character"),
            span,
        )
        .with_label("the first wrong byte")
        .with_help("save the file as UTF-8");
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        (SourceText::new(name, text), Some(diagnostic))
    }

    /// Adds another text whose spans begin at `offset`, which lies behind everything so far. Reports
    /// find the text of a span by it.
    pub fn attach(&mut self, offset: u32, other: SourceText) {
        self.attached.push((offset, other));
    }

    /// The text that a span points into, and the span in that text.
    pub fn locate(&self, span: Span) -> (&SourceText, Span) {
        let behind = self
            .attached
            .partition_point(|(offset, _)| *offset <= span.start);
        match behind
            .checked_sub(1)
            .and_then(|index| self.attached.get(index))
        {
            Some((offset, source)) => {
                let start = span.start - offset;
                (
                    source,
                    Span::new(start, span.end.saturating_sub(*offset).max(start)),
                )
            }
            None => (self, span),
        }
    }

    /// The name given at construction.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The number of lines; an empty text has one.
    pub fn n_lines(&self) -> u32 {
        u32::try_from(self.line_starts.len()).unwrap_or(u32::MAX)
    }

    /// Line and column of a byte offset. An offset past the end counts as the end, one inside a
    /// character as its beginning.
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        let offset = self.text.floor_char_boundary(offset as usize);
        let line_idx = self
            .line_starts
            .partition_point(|&start| start <= offset)
            .saturating_sub(1);
        let start = self.line_starts.get(line_idx).copied().unwrap_or_default();
        let column = self
            .text
            .get(start..offset)
            .map_or(0, |before| before.chars().count())
            + 1;
        (count(line_idx + 1), count(column))
    }

    /// The text of a line without its line break; empty for a line that does not exist.
    pub fn line_text(&self, line: u32) -> &str {
        let line_idx = (line as usize).wrapping_sub(1);
        let Some(&start) = self.line_starts.get(line_idx) else {
            return "";
        };
        let end = self
            .line_starts
            .get(line_idx + 1)
            .copied()
            .unwrap_or(self.text.len());
        let line = self.text.get(start..end).unwrap_or_default();
        let line = line.strip_suffix('\n').unwrap_or(line);
        line.strip_suffix('\r').unwrap_or(line)
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, offset: u32, expect: (u32, u32)) {
        let source = SourceText::new("t".into(), text.into());
        assert_eq!(source.line_column(offset), expect);
    }

    #[test]
    fn columns_count_characters_and_lines_end_at_line_feeds() {
        check("", 0, (1, 1));
        check("ab\ncd", 4, (2, 2));
        check("ab\r\ncd", 4, (2, 1));
        check("é→x", 5, (1, 3));
        check("a\n", 2, (2, 1));
    }

    #[test]
    fn offsets_outside_the_text_or_inside_a_character_are_rounded_down() {
        check("ab", 99, (1, 3));
        check("é", 1, (1, 1));
    }

    #[test]
    fn a_byte_order_mark_belongs_to_no_column() {
        check("\u{feff}ab", 3, (1, 1));
        check("\u{feff}ab", 0, (1, 1));
        assert_eq!(
            SourceText::new("t".into(), "\u{feff}ab\r\nc".into()).line_text(1),
            "ab"
        );
    }

    #[test]
    fn lines_that_do_not_exist_are_empty() {
        let source = SourceText::new("t".into(), "a\nb".into());
        assert_eq!(
            (
                source.line_text(0),
                source.line_text(2),
                source.line_text(3)
            ),
            ("", "b", "")
        );
    }

    #[test]
    fn spans_behind_a_text_point_into_those_attached() {
        let mut source = SourceText::new("main".into(), "a b".into());
        source.attach(100, SourceText::new("one".into(), "c\nd".into()));
        source.attach(200, SourceText::new("two".into(), "e".into()));
        let name = |start| {
            source
                .locate(Span::new(start, start + 1))
                .0
                .name()
                .to_owned()
        };
        assert_eq!(
            [name(2), name(100), name(102), name(200)],
            ["main", "one", "one", "two"]
        );
        assert_eq!(source.locate(Span::new(102, 103)).1, Span::new(2, 3));
        let place = crate::Location::of(Span::new(102, 103), &source);
        assert_eq!((place.line, place.column), (2, 1));
    }

    #[test]
    fn wrong_bytes_are_located() {
        let (source, diagnostic) = SourceText::from_utf8("t".into(), b"ok\n(\xff)".to_vec());
        let diagnostic = diagnostic.expect("the bytes are wrong");
        assert_eq!(source.line_column(diagnostic.span.start), (2, 2));
        assert!(
            diagnostic.message.contains("0xFF at offset 4"),
            "{}",
            diagnostic.message
        );
    }
}
