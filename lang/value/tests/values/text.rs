//! Strings.

use rtfs_value::{Value, layout, mem};

#[test]
fn strings_count_characters() {
    let mut text = Value::string("naïve");
    assert_eq!(text.char_count(), Some(5));
    assert!(text.push_str("→x"));
    assert_eq!(
        (text.as_str(), text.char_count()),
        (Some("naïve→x"), Some(7))
    );
    assert!(!Value::keyword("a").push_str("b"));
}

#[test]
fn appending_keeps_what_others_hold() {
    let start = mem::used();
    {
        let mut text = Value::string("a");
        let old = text.clone();
        text.push_str("b");
        let new = text.clone();
        text.push_str(new.as_str().expect("a string"));
        assert_eq!(
            (old.as_str(), new.as_str(), text.as_str()),
            (Some("a"), Some("ab"), Some("abab"))
        );
        assert_eq!(
            rtfs_value::hash(&new),
            rtfs_value::hash(&Value::string("ab"))
        );
        text.push_str("!");
        assert_eq!(
            rtfs_value::hash(&text),
            rtfs_value::hash(&Value::string("abab!"))
        );
    }
    assert_eq!(mem::used(), start);
}

#[test]
fn static_texts_have_the_layout_of_texts() {
    let bytes = layout::static_text("aé");
    assert_eq!(&bytes[..4], &layout::IMMORTAL.to_le_bytes());
    assert_eq!(bytes[layout::TEXT_LEN as usize], 3);
    assert_eq!(bytes[layout::TEXT_CHARS as usize], 2);
    assert_eq!(&bytes[layout::TEXT_BYTES as usize..], "aé".as_bytes());
}

#[test]
fn bytes_are_not_text() {
    let bytes = Value::bytes(&[0xff, 0]);
    assert_eq!(bytes.as_bytes(), Some(&[0xff, 0][..]));
    assert_eq!((bytes.as_text(), bytes.as_str()), (None, None));
}
