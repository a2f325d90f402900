//! Which texts are names, so that a keyword of them reads back.

/// Whether the reader takes all of `text` as one name: `item`, `shop/item`, `org.tools:v1.2/clean`.
pub fn is_name(text: &str) -> bool {
    match text.split_once(":v") {
        None => is_simple(text),
        Some((before, after)) => match after.split_once('/') {
            None => false,
            Some((version, rest)) => {
                let mut numbers = version.split('.');
                let is_number = |n: &str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit());
                is_simple(before) && numbers.all(is_number) && is_simple(rest)
            }
        },
    }
}

fn is_simple(text: &str) -> bool {
    let is_start = |byte: u8| byte.is_ascii_alphabetic() || b"_$+-*/=<>!?%".contains(&byte);
    let is_rest = |byte: u8| is_start(byte) || byte.is_ascii_digit() || b".@".contains(&byte);
    match text.as_bytes() {
        [first, rest @ ..] => is_start(*first) && rest.iter().all(|byte| is_rest(*byte)),
        [] => false,
    }
}
