//! What people are told about library functions, besides the table: more words and examples.
//!
//! `:doc` of the command line and the library pages of the guide are made from this and from the
//! table, and every example is run by the tests.

mod arithmetic;
mod collections;
mod comparison;
mod errors;
mod functions;
mod json;
mod kinds;
mod text;

use super::{BuiltinId, get};

/// Name, more words, examples.
type Row = (&'static str, &'static str, &'static str);

/// More about a library function than one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Help {
    /// What the one line leaves out; often nothing.
    pub more: &'static str,
    /// Programs with what they give, in the notation of case files.
    pub examples: &'static str,
}

/// A group of library functions.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// A short name that is fit for a file.
    pub key: &'static str,
    /// The heading.
    pub title: &'static str,
    /// What holds for all of its functions.
    pub about: &'static str,
    rows: &'static [Row],
}

/// All sections, in the order of [`BUILTINS`](super::BUILTINS).
pub const SECTIONS: &[Section] = &[
    Section {
        key: "numbers",
        title: "Numbers",
        about: "Integers have 64 bits and never wrap around: a result that does not fit raises \
                `Overflow`. An integer beside a float is converted. Dividing by zero, also by \
                `0.0`, raises `DivisionByZero`.",
        rows: arithmetic::ROWS,
    },
    Section {
        key: "comparison",
        title: "Comparison and logic",
        about: "Only `nil` and `false` are false; `0`, `\"\"` and `[]` are true.",
        rows: comparison::ROWS,
    },
    Section {
        key: "strings",
        title: "Strings",
        about: "Lengths and positions count characters (Unicode scalar values), never bytes.",
        rows: text::ROWS,
    },
    Section {
        key: "collections",
        title: "Collections",
        about: "A *collection* here is a vector, a list, a map (a sequence of `[key value]` pairs), \
                a string (a sequence of one-character strings) or `nil` (empty). Nothing is changed \
                in place: each function gives a new value. Functions that give a sequence give a \
                vector unless they say otherwise.",
        rows: collections::ROWS,
    },
    Section {
        key: "functions",
        title: "Functions over collections",
        about: "A *function* here is anything that can be called: what `fn` makes, a library \
                function, or a keyword, which looks itself up in a map.",
        rows: functions::ROWS,
    },
    Section {
        key: "kinds",
        title: "Kinds",
        about: "Every value has exactly one kind.",
        rows: kinds::ROWS,
    },
    Section {
        key: "json",
        title: "JSON",
        about: "Object keys are written in the order of their text, so equal maps give equal texts.",
        rows: json::ROWS,
    },
    Section {
        key: "errors",
        title: "Errors and the host",
        about: "The chapter on errors says how they are caught.",
        rows: errors::ROWS,
    },
];

impl Section {
    /// Its functions.
    pub fn functions(&self) -> impl Iterator<Item = BuiltinId> {
        self.rows.iter().filter_map(|row| super::lookup(row.0))
    }
}

/// More about a function.
pub fn help(id: BuiltinId) -> Option<Help> {
    let name = get(id).name;
    let mut rows = SECTIONS.iter().flat_map(|section| section.rows);
    let (_, more, examples) = rows.find(|row| row.0 == name)?;
    Some(Help { more, examples })
}

#[cfg(test)]
mod tests {
    use super::super::BUILTINS;
    use super::*;

    #[test]
    fn every_function_is_documented_in_the_order_of_the_table() {
        let rows = SECTIONS.iter().flat_map(|section| section.rows);
        let documented: alloc::vec::Vec<&str> = rows.map(|row| row.0).collect();
        let all: alloc::vec::Vec<&str> = BUILTINS.iter().map(|builtin| builtin.name).collect();
        assert_eq!(documented, all);
    }
}
