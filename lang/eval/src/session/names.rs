//! The names of a session, and what is known about them.

use std::collections::BTreeMap;

use rtfs_syntax::{Form, FormKind};
use rtfs_value::library::BUILTINS;

use super::Session;

/// A name that can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub text: String,
    /// A few words about it.
    pub about: String,
}

/// How many lines of a definition are shown.
const MAX_LINES: usize = 20;

impl Session {
    /// The names that begin so: of the session, of the library, of the language's forms. In the
    /// order of their text.
    pub fn complete(&self, prefix: &str) -> Vec<Name> {
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        for builtin in BUILTINS {
            names.insert(builtin.name.to_owned(), builtin.signature.to_owned());
        }
        let forms = rtfs_ir::FORM_GROUPS.iter().flat_map(|group| group.forms);
        for form in forms {
            names.insert(form.name.to_owned(), form.syntax.to_owned());
        }
        for (name, value) in self.environment.definitions() {
            // Globals of linked modules are written with an alias.
            if !name.contains('/') || name == "/" {
                names.insert(name.to_owned(), value.type_name().to_owned());
            }
        }
        for name in self.names.other_names() {
            names.insert(name, "imported or macro".to_owned());
        }
        let fitting = names
            .into_iter()
            .filter(|(name, _)| name.starts_with(prefix));
        fitting.map(|(text, about)| Name { text, about }).collect()
    }

    /// What is known about a name: the definition that the session gave it, or what the language
    /// says.
    pub fn doc(&self, name: &str) -> Option<String> {
        let Some(definition) = self.definitions.get(name) else {
            return crate::doc(name).map(|doc| doc.to_string());
        };
        let (source, span) = self.sources.locate(definition.span);
        let text = source.text().get(span.start as usize..span.end as usize)?;
        let mut lines: Vec<&str> = text.lines().take(MAX_LINES + 1).collect();
        if lines.len() > MAX_LINES {
            lines[MAX_LINES] = "…";
        }
        Some(format!(
            "defined in {}\n\n{}",
            source.name(),
            lines.join("\n")
        ))
    }

    /// The names that the session has defined.
    pub fn defined(&self) -> impl Iterator<Item = &str> {
        self.definitions.keys().map(String::as_str)
    }
}

/// `((fn [] FORM))`: what a form defines stays inside.
pub(super) fn enclosed(form: Form) -> Form {
    let span = form.span;
    let make = |kind| Form { kind, span };
    let function = make(FormKind::List(vec![
        make(FormKind::Symbol("fn".to_owned())),
        make(FormKind::Vector(Vec::new())),
        form,
    ]));
    make(FormKind::List(vec![function]))
}
