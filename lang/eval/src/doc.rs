//! What people are told about the names of the language: forms and library functions.

use std::fmt;

use rtfs_ir::FormInfo;
use rtfs_value::library::{self, docs};

/// What is known about a name of the language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doc {
    /// The name.
    pub name: &'static str,
    /// How it is written.
    pub syntax: &'static str,
    /// What it does.
    pub about: String,
    /// Programs with what they give, in the notation of case files.
    pub examples: &'static str,
}

/// What is known about a form or library function. A name that is both is described as a form.
pub fn doc(name: &str) -> Option<Doc> {
    let form = rtfs_ir::form_info(name).map(Doc::of_form);
    form.or_else(|| Doc::of_function(library::lookup(name)?))
}

impl Doc {
    /// A form's.
    pub fn of_form(form: &FormInfo) -> Self {
        Doc {
            name: form.name,
            syntax: form.syntax,
            about: form.about.to_owned(),
            examples: form.examples,
        }
    }

    /// A library function's.
    pub fn of_function(id: library::BuiltinId) -> Option<Self> {
        let builtin = library::get(id);
        let help = docs::help(id)?;
        let about = match help.more {
            "" => builtin.doc.to_owned(),
            more => format!("{} {more}", builtin.doc),
        };
        Some(Doc {
            name: builtin.name,
            syntax: builtin.signature,
            about,
            examples: help.examples,
        })
    }
}

impl fmt::Display for Doc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.syntax)?;
        writeln!(f, "{}", self.about)?;
        for line in self.examples.lines() {
            write!(f, "\n  {line}")?;
        }
        Ok(())
    }
}
