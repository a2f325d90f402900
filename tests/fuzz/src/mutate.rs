//! Changing inputs a little.

use crate::noise::Noise;

/// Where the tokens of a text begin, and its length. Crude: good enough to cut at.
fn cuts(text: &str) -> Vec<usize> {
    let mut cuts = vec![0];
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let word = |c: char| !c.is_whitespace() && !"()[]{}\"'`~@^#;,".contains(c);
        if at > 0 && !(word(c) && word(before)) {
            cuts.push(at);
        }
        before = c;
    }
    cuts.push(text.len());
    cuts
}

/// The end of the bracket that opens at a cut.
fn balanced<'t>(text: &'t str, noise: &mut Noise) -> &'t str {
    let opens: Vec<usize> = text
        .char_indices()
        .filter(|(_, c)| "([{".contains(*c))
        .map(|(at, _)| at)
        .collect();
    let Some(start) = opens.get(noise.below(opens.len())).copied() else {
        return text;
    };
    let mut depth = 0_i32;
    for (at, c) in text[start..].char_indices() {
        depth += i32::from("([{".contains(c)) - i32::from(")]}".contains(c));
        if depth == 0 {
            return &text[start..start + at + 1];
        }
    }
    &text[start..]
}

/// A text with one to four changes; `other` lends pieces.
pub fn text(text: &str, other: &str, noise: &mut Noise) -> String {
    let mut text = text.to_owned();
    for _ in 0..=noise.below(4) {
        let cuts = cuts(&text);
        let (a, b) = (noise.below(cuts.len()), noise.below(cuts.len()));
        let (from, to) = (cuts[a.min(b)], cuts[a.max(b)]);
        match noise.below(9) {
            0 => {
                let next = cuts.get(a + 1).copied().unwrap_or(cuts[a]);
                text.replace_range(cuts[a]..next, "");
            }
            1 if to - from < 200 => text.replace_range(from..to, ""),
            2 if to - from < 200 => {
                let piece = text[from..to].to_owned();
                text.insert_str(to, &piece);
            }
            3 => text.insert_str(from, balanced(other, noise)),
            4 => {
                let whole = balanced(&text, noise);
                let at = whole.as_ptr() as usize - text.as_ptr() as usize;
                let range = at..at + whole.len();
                let piece = balanced(other, noise).to_owned();
                text.replace_range(range, &piece);
            }
            5 => {
                const PIECES: [&str; 24] = [
                    " ",
                    "(",
                    ")",
                    "[",
                    "]",
                    "{",
                    "}",
                    "\"",
                    "'",
                    "`",
                    "~",
                    "~@",
                    "#(",
                    "^",
                    ":int",
                    "?",
                    "&",
                    " . ",
                    "-1",
                    "9223372036854775808",
                    "1e999",
                    ":",
                    "\u{e9}",
                    "#_ ",
                ];
                let piece = *noise.pick(&PIECES);
                text.insert_str(from, piece);
            }
            6 => {
                let pieces = self::cuts(other);
                let at = noise.below(pieces.len() - 1);
                let next = cuts.get(a + 1).copied().unwrap_or(cuts[a]);
                text.replace_range(cuts[a]..next, &other[pieces[at]..pieces[at + 1]]);
            }
            7 if noise.one_in(8) => text = nested(&text, noise),
            _ => {
                let piece = balanced(&text, noise).to_owned();
                text.insert_str(from, &format!(" {piece} "));
            }
        }
        if text.len() > 20_000 {
            break;
        }
    }
    text
}

/// A text with one of its forms deep inside.
fn nested(text: &str, noise: &mut Noise) -> String {
    const LAYERS: [(&str, &str); 14] = [
        ("(", ")"),
        ("[", "]"),
        ("{:a ", "}"),
        ("'", ""),
        ("`(~", ")"),
        ("^{:a 1} ", ""),
        ("(do ", ")"),
        ("(if 1 ", ")"),
        ("(fn [] ", ")"),
        ("((fn [x] x) ", ")"),
        ("(let [[a] ", "] a)"),
        ("(try ", " (catch e e))"),
        ("(match 1 ", " 2)"),
        ("(+ 1 ", ")"),
    ];
    let (open, close) = *noise.pick(&LAYERS);
    let levels = 1 << noise.below(11);
    let form = balanced(text, noise);
    let at = form.as_ptr() as usize - text.as_ptr() as usize;
    let (before, after) = (&text[..at], &text[at + form.len()..]);
    format!(
        "{before}{}{form}{}{after}",
        open.repeat(levels),
        close.repeat(levels)
    )
}

/// Bytes with one to four changes; `other` lends pieces.
pub fn bytes(bytes: &[u8], other: &[u8], noise: &mut Noise) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=noise.below(4) {
        let at = noise.below(bytes.len() + 1);
        let random = noise.bits().to_le_bytes()[0];
        match noise.below(7) {
            0 | 1 if at < bytes.len() => bytes[at] = random,
            2 if at < bytes.len() => bytes[at] ^= 1 << noise.below(8),
            3 if at < bytes.len() => {
                let less = bytes[at].wrapping_add(if random & 1 == 0 { 1 } else { 255 });
                bytes[at] = less;
            }
            4 => {
                let to = (at + noise.below(8)).min(bytes.len());
                bytes.drain(at..to);
            }
            5 => bytes.insert(at, random & 0x9f),
            _ => {
                let from = noise.below(other.len() + 1);
                let piece: Vec<u8> = other[from..]
                    .iter()
                    .take(noise.below(24))
                    .copied()
                    .collect();
                bytes.splice(at..at, piece);
            }
        }
        if bytes.len() > 20_000 {
            break;
        }
    }
    bytes
}
