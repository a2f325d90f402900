//! The names of special forms, recognised in head position only.

/// A form that the lowering treats itself instead of calling something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Special {
    And,
    Cond,
    Declare,
    Def,
    DefMacro,
    DefStruct,
    Defn,
    Do,
    DoTimes,
    Fn,
    For,
    If,
    Import,
    Lambda,
    Let,
    Match,
    Module,
    Or,
    Quasiquote,
    Quote,
    ResourceRef,
    SetBang,
    Try,
    Unquote,
    UnquoteSplicing,
}

/// Every special form with its name. `set!` is here because it gets its own message.
const SPECIALS: &[(&str, Special)] = &[
    ("and", Special::And),
    ("cond", Special::Cond),
    ("declare", Special::Declare),
    ("def", Special::Def),
    ("defmacro", Special::DefMacro),
    ("defn", Special::Defn),
    ("defstruct", Special::DefStruct),
    ("do", Special::Do),
    ("dotimes", Special::DoTimes),
    ("fn", Special::Fn),
    ("for", Special::For),
    ("if", Special::If),
    ("import", Special::Import),
    ("lambda", Special::Lambda),
    ("let", Special::Let),
    ("match", Special::Match),
    ("module", Special::Module),
    ("or", Special::Or),
    ("quasiquote", Special::Quasiquote),
    ("quote", Special::Quote),
    ("resource:ref", Special::ResourceRef),
    ("set!", Special::SetBang),
    ("try", Special::Try),
    ("unquote", Special::Unquote),
    ("unquote-splicing", Special::UnquoteSplicing),
    ("λ", Special::Fn),
];

/// Names of the orchestration layer: a program may define them, otherwise using one raises
/// `NotImplemented`.
const RESERVED: &[&str] = &[
    "action",
    "capability",
    "intent",
    "llm-execute",
    "plan",
    "resource",
    "step",
    "step-if",
    "step-loop",
    "step-parallel",
    "task",
];

impl Special {
    /// The form with this name.
    pub(crate) fn named(name: &str) -> Option<Special> {
        SPECIALS
            .binary_search_by(|(known, _)| (*known).cmp(name))
            .ok()
            .map(|index| SPECIALS[index].1)
    }
}

/// Whether a name belongs to the orchestration layer.
pub(crate) fn is_reserved(name: &str) -> bool {
    RESERVED.binary_search(&name).is_ok()
}

/// The names of all special forms, for suggestions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    SPECIALS.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_so_that_binary_search_finds_every_name() {
        assert!(SPECIALS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(RESERVED.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(Special::named("λ"), Some(Special::Fn));
        assert_eq!(Special::named("loop"), None);
    }
}
