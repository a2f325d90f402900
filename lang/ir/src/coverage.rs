//! What of the language the cases of a corpus use, and what they leave out.
//!
//! The lists are those that reader, lowering and library work with, so a new form or function has
//! no case until somebody writes one.

use std::collections::BTreeMap;

use rtfs_syntax::case_file::{Case, Expectation};
use rtfs_syntax::{Form, FormKind, ParseErrorKind};
use rtfs_value::error::ErrorKind;
use rtfs_value::library::BUILTINS;

use crate::lower::{CLAUSES, form_names};

/// Kinds that no case can expect, because neither programs nor the hosts of cases raise them.
const NEVER_RAISED: [ErrorKind; 1] = [ErrorKind::InternalError];

/// Kinds of errors that are found before a program runs.
const EARLY_KINDS: [ParseErrorKind; 10] = [
    ParseErrorKind::InvalidInput,
    ParseErrorKind::MissingToken,
    ParseErrorKind::UnexpectedRule,
    ParseErrorKind::InvalidLiteral,
    ParseErrorKind::InvalidEscapeSequence,
    ParseErrorKind::UnsupportedRule,
    ParseErrorKind::CustomError,
    ParseErrorKind::TypeMismatch,
    ParseErrorKind::FunctionCallTypeMismatch,
    ParseErrorKind::NonFunctionCalled,
];

/// A part of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// A special or derived form, used at the head of a list.
    Form(&'static str),
    /// A name of the library.
    Function(&'static str),
    /// A kind of error that a case expects, by class name.
    Error(&'static str),
}

impl Feature {
    /// `form`, `function` or `error`.
    pub fn group(self) -> &'static str {
        match self {
            Feature::Form(_) => "form",
            Feature::Function(_) => "function",
            Feature::Error(_) => "error",
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Feature::Form(name) | Feature::Function(name) | Feature::Error(name) => name,
        }
    }
}

/// How many cases use each part of the language.
#[derive(Clone, Debug)]
pub struct Coverage(BTreeMap<Feature, usize>);

impl Default for Coverage {
    fn default() -> Self {
        let forms = form_names().chain(CLAUSES).map(Feature::Form);
        let functions = BUILTINS.iter().map(|known| Feature::Function(known.name));
        let kinds = ErrorKind::ALL
            .into_iter()
            .filter(|kind| !NEVER_RAISED.contains(kind))
            .map(ErrorKind::class)
            .chain(EARLY_KINDS.map(ParseErrorKind::name))
            .map(Feature::Error);
        let all = forms.chain(functions).chain(kinds);
        Coverage(all.map(|feature| (feature, 0)).collect())
    }
}

impl Coverage {
    /// Counts what a case uses and expects. Quoted data count as code: macros are made of them.
    pub fn add(&mut self, case: &Case) {
        let mut used = Vec::new();
        let mut open: Vec<Form> = rtfs_syntax::read(&case.source).forms;
        while let Some(form) = open.pop() {
            match form.kind {
                FormKind::Symbol(name) => used.extend(self.known(Feature::Function, &name)),
                FormKind::List(items) => {
                    let head = items.first().and_then(Form::as_symbol);
                    used.extend(head.and_then(|name| self.known(Feature::Form, name)));
                    open.extend(items);
                }
                FormKind::Vector(items) => open.extend(items),
                FormKind::Map(entries) => {
                    open.extend(entries.into_iter().flat_map(|(key, value)| [key, value]));
                }
                FormKind::Meta { meta, form, .. } => open.extend([*meta, *form]),
                _ => {}
            }
        }
        // The reader writes `λ` as `fn`.
        if case.source.contains("(λ ") {
            used.extend(self.known(Feature::Form, "λ"));
        }
        if let Expectation::Error { kind, .. } = &case.expectation {
            used.extend(self.known(Feature::Error, kind));
        }
        used.sort_unstable();
        used.dedup();
        for feature in used {
            *self.0.entry(feature).or_default() += 1;
        }
    }

    /// The feature of this name, if there is one.
    fn known(&self, group: fn(&'static str) -> Feature, name: &str) -> Option<Feature> {
        // Names of features live as long as the program, those of forms do not.
        self.0
            .keys()
            .copied()
            .find(|known| known.name() == name && group(known.name()) == *known)
    }

    /// Each part of the language with the number of cases that use it.
    pub fn counts(&self) -> impl Iterator<Item = (Feature, usize)> {
        self.0.iter().map(|(feature, count)| (*feature, *count))
    }

    /// What no case uses.
    pub fn missing(&self) -> Vec<Feature> {
        let unused = self.counts().filter(|(_, count)| *count == 0);
        unused.map(|(feature, _)| feature).collect()
    }
}
