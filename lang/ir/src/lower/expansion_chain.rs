//! Which macro calls stand around what is being expanded, and what findings say about them.

use std::collections::BTreeMap;

use rtfs_syntax::{Diagnostic, Span};

/// How many macros around the failing one a finding names.
const MAX_SHOWN: usize = 5;

/// The macro calls that were expanded so far.
#[derive(Debug, Default)]
pub(super) struct Chain {
    /// Around the form that is being expanded, outermost first; `None` is a derived form.
    open: Vec<Option<Step>>,
    /// The outermost macro of each place: what a macro makes itself has the place of its call.
    places: BTreeMap<Span, Step>,
}

#[derive(Clone, Debug)]
struct Step {
    name: String,
    /// The name in its definition.
    at: Option<Span>,
}

impl Chain {
    /// What follows was given by this macro, called at `call`.
    pub(super) fn enter(&mut self, name: &str, at: Option<Span>, call: Span) {
        let step = Step {
            name: name.to_owned(),
            at,
        };
        self.places.entry(call).or_insert_with(|| step.clone());
        self.open.push(Some(step));
    }

    /// What follows was given by a derived form.
    pub(super) fn enter_derived(&mut self) {
        self.open.push(None);
    }

    /// What the last macro or derived form gave is expanded.
    pub(super) fn leave(&mut self) {
        self.open.pop();
    }

    /// A finding about a call of the macro `name`, with the places of its definition and of those
    /// macros whose expansion called it.
    pub(super) fn explain(&self, found: Diagnostic, name: &str, at: Option<Span>) -> Diagnostic {
        let mut around = self.open.iter().rev().flatten().peekable();
        let mut n_own = 0;
        while around.next_if(|step| step.name == name).is_some() {
            n_own += 1;
        }
        let own = match n_own {
            0 => format!("`{name}` is defined here"),
            1 => format!("`{name}` is defined here, and gave a call of itself"),
            n => format!("`{name}` is defined here, and gave a call of itself {n} times"),
        };
        let mut found = match at {
            Some(at) => found.with_related(at, own),
            None => found,
        };
        let mut inner = name;
        let mut shown = 0;
        for step in around {
            if step.name == inner || shown == MAX_SHOWN {
                continue;
            }
            if let Some(at) = step.at {
                let text = format!("`{}`, defined here, gave the call of `{inner}`", step.name);
                found = found.with_related(at, text);
                shown += 1;
            }
            inner = &step.name;
        }
        found
    }

    /// Findings about forms that a macro made say which macro that was.
    pub(super) fn explain_results(&self, diagnostics: &mut [Diagnostic]) {
        for found in diagnostics {
            let Some(step) = self.places.get(&found.span) else {
                continue;
            };
            let Some(at) = step.at else { continue };
            if found.related.iter().all(|(span, _)| *span != at) {
                let text = format!("this comes from the macro `{}`, defined here", step.name);
                found.related.push((at, text));
            }
        }
    }
}
