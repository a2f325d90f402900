//! The shapes of names: which texts are symbols and keywords.

/// Whether a name may begin with `c`.
pub(crate) fn is_start(c: char) -> bool {
    c.is_ascii_alphabetic()
        || matches!(
            c,
            '_' | '$' | '+' | '-' | '*' | '/' | '=' | '<' | '>' | '!' | '?' | '%'
        )
}

/// Whether a name may go on with `c`.
pub(crate) fn is_rest(c: char) -> bool {
    is_start(c) || c.is_ascii_digit() || matches!(c, '.' | '@')
}

/// The length of the longest name at the beginning of `text`; 0 if there is none.
pub(crate) fn name_len(text: &str) -> usize {
    let simple = simple_len(text);
    match text.get(simple..).map(version_len) {
        Some(version) if simple > 0 && version > 0 => {
            let after = simple + version;
            let tail = text.get(after..).map_or(0, simple_len);
            if tail > 0 { after + tail } else { simple }
        }
        _ => simple,
    }
}

/// Whether the whole of `text` is one name, so that it can be written as a symbol.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && name_len(text) == text.len()
}

fn simple_len(text: &str) -> usize {
    match text.chars().next() {
        Some(first) if is_start(first) => text.find(|c| !is_rest(c)).unwrap_or(text.len()),
        _ => 0,
    }
}

/// The length of `:v1.2/` at the beginning of `text`; 0 if it is not there.
fn version_len(text: &str) -> usize {
    let Some(digits) = text.strip_prefix(":v") else {
        return 0;
    };
    let len = digits
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(digits.len());
    let (version, after) = digits.split_at(len);
    if after.starts_with('/') && version.split('.').all(|part| !part.is_empty()) {
        ":v/".len() + len
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, name: &str) {
        assert_eq!(&text[..name_len(text)], name);
    }

    #[test]
    fn names_end_where_no_name_goes_on() {
        check("abc def", "abc");
        check("acme.geometry/area(", "acme.geometry/area");
        check("even?:int", "even?");
        check("a@b.c", "a@b.c");
        check("1a", "");
        check(".m", "");
        check("@x", "");
        check("/", "/");
        check("<=", "<=");
        check("λ", "");
    }

    #[test]
    fn versions_belong_to_the_name_only_when_complete() {
        check("org.tools:v1.2/clean", "org.tools:v1.2/clean");
        check("org.tools:v1/a:int", "org.tools:v1/a");
        check("x:v1", "x");
        check("x:v1.", "x");
        check("x:v/a", "x");
        check("x:v1./a", "x");
        check("x:v1/", "x");
        check("x:v1/1", "x");
    }
}
