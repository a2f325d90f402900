//! Texts that values may have are those that the reader takes.

use proptest::prelude::*;
use rtfs_syntax::FormKind;
use rtfs_value::{is_name, is_timestamp, is_uuid};

/// Whether the reader takes `source` as one form of the kind.
fn reads(source: &str, is_kind: impl Fn(&FormKind) -> bool) -> bool {
    let read = rtfs_syntax::read(source);
    matches!(read.forms.as_slice(), [form] if read.diagnostics.is_empty() && is_kind(&form.kind))
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let timestamp = format!("#timestamp(\"{text}\")");
    let uuid = format!("#uuid(\"{text}\")");
    prop_assert_eq!(
        is_timestamp(text),
        reads(&timestamp, |kind| matches!(kind, FormKind::Timestamp(_))),
        "{}",
        text
    );
    prop_assert_eq!(
        is_uuid(text),
        reads(&uuid, |kind| matches!(kind, FormKind::Uuid(_))),
        "{}",
        text
    );
    Ok(())
}

proptest! {
    #[test]
    fn timestamps(
        text in "[0-2][09][0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]([_.][0-9]{3})?Z",
        at in any::<prop::sample::Index>(),
        other in "[0-9:_.TZ-]",
    ) {
        check(&text)?;
        let mut damaged = text;
        let at = at.index(damaged.len());
        damaged.replace_range(at..=at, &other);
        check(&damaged)?;
    }

    #[test]
    fn uuids(
        text in "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        at in any::<prop::sample::Index>(),
        other in "[0-9a-g-]?",
    ) {
        check(&text)?;
        let mut damaged = text;
        let at = at.index(damaged.len());
        damaged.replace_range(at..=at, &other);
        check(&damaged)?;
    }

    #[test]
    fn names(text in "[a1.:v/@%é -]{0,8}") {
        let keyword = format!(":{text}");
        let read = reads(&keyword, |kind| matches!(kind, FormKind::Keyword(name) if *name == text));
        prop_assert_eq!(is_name(&text), read, "{}", text);
    }
}
