//! The worked bytes of `docs/abi.md`.

use rtfs_value::{cbor, readable};

/// The rows of the table: printed value, bytes in hexadecimal.
fn rows(page: &str) -> Vec<(&str, Vec<u8>)> {
    let (_, section) = page.split_once("\n## Worked bytes\n").expect("the section");
    let (section, _) = section.split_once("\n## ").expect("one follows");
    let rows = section.lines().filter_map(|line| {
        let row = line.strip_prefix("| `")?.strip_suffix("` |")?;
        let (value, bytes) = row.split_once("` | `")?;
        Some((value, hexadecimal(bytes)))
    });
    rows.collect()
}

fn hexadecimal(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2).map(|pair| {
        let pair = str::from_utf8(pair).expect("digits are ASCII");
        u8::from_str_radix(pair, 16).unwrap_or_else(|_| panic!("`{pair}` in `{text}`"))
    });
    pairs.collect()
}

#[test]
fn the_documented_bytes_are_these_values() {
    let page = include_str!("../../../../docs/abi.md");
    let rows = rows(page);
    assert!(rows.len() > 10, "only {} rows", rows.len());
    for (text, bytes) in rows {
        let value = cbor::decode(&bytes).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(readable(&value), text);
        assert_eq!(
            cbor::encode(&value).expect("it is shallow"),
            bytes,
            "{text}"
        );
    }
}
