//! What of the language was compared.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rtfs_ir::{NodeKind, Program, each_node};
use rtfs_value::error::ErrorKind;
use rtfs_value::library::{self, BUILTINS};

use crate::answer::{Answer, Observed};

/// Kinds of nodes. `Cast` is for front ends other than the language's own: no text leads to it.
const NODES: [&str; 31] = [
    "And",
    "Builtin",
    "Call",
    "CellGet",
    "Declare",
    "Def",
    "DefStruct",
    "Do",
    "DoTimes",
    "For",
    "Free",
    "Global",
    "HintScope",
    "If",
    "Import",
    "Lambda",
    "Let",
    "Literal",
    "LocalDef",
    "Map",
    "Match",
    "Or",
    "Qualified",
    "Quote",
    "Raise",
    "ResourceRef",
    "Scope",
    "Try",
    "Var",
    "Vector",
    "Cast",
];

/// Counts of compared cases, by what occurs in them.
#[derive(Clone, Debug)]
pub struct Coverage {
    nodes: BTreeMap<&'static str, u64>,
    functions: BTreeMap<&'static str, u64>,
    errors: BTreeMap<&'static str, u64>,
    /// Cases that gave a value, and that raised.
    ended: [u64; 2],
}

impl Default for Coverage {
    fn default() -> Self {
        let kinds = ErrorKind::ALL
            .into_iter()
            .filter(|kind| *kind != ErrorKind::InternalError);
        Coverage {
            nodes: NODES.iter().map(|name| (*name, 0)).collect(),
            functions: BUILTINS.iter().map(|known| (known.name, 0)).collect(),
            errors: kinds.map(|kind| (kind.class(), 0)).collect(),
            ended: [0; 2],
        }
    }
}

impl Coverage {
    /// Counts a case.
    pub fn add(&mut self, program: &Program, observed: &Observed) {
        let (mut nodes, mut functions) = (Vec::new(), Vec::new());
        for form in &program.forms {
            each_node(&form.node, &mut |node| {
                nodes.push(name(&node.kind));
                if let NodeKind::Builtin(id) = &node.kind {
                    functions.push(library::get(*id).name);
                }
            });
        }
        count(&mut self.nodes, nodes);
        count(&mut self.functions, functions);
        match &observed.answer {
            Answer::Value(text, _) => {
                self.ended[0] += 1;
                self.add_caught(text);
            }
            Answer::Raised(error) => {
                self.ended[1] += 1;
                if let Some(count) = self.errors.get_mut(error.class.as_str()) {
                    *count += 1;
                }
            }
            Answer::Broken(_) => {}
        }
    }

    /// Kinds of caught errors that a program gives in its value.
    fn add_caught(&mut self, text: &str) {
        let of_names = |c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == ':');
        let words = text
            .split(of_names)
            .filter_map(|word| word.strip_prefix(':'));
        let mut found: Vec<&'static str> = words
            .filter_map(|word| {
                ErrorKind::ALL
                    .into_iter()
                    .find(|kind| kind.keyword() == word)
            })
            .filter(|kind| *kind != ErrorKind::InternalError)
            .map(ErrorKind::class)
            .collect();
        found.sort_unstable();
        found.dedup();
        count(&mut self.errors, found);
    }

    /// The shares in percent: kinds of nodes, library names, kinds of errors.
    pub fn shares(&self) -> [u64; 3] {
        [&self.nodes, &self.functions, &self.errors].map(share)
    }

    /// The report as text.
    pub fn report(&self) -> String {
        let mut text = format!(
            "cases that gave a value: {}, that raised: {}\n",
            self.ended[0], self.ended[1]
        );
        for (title, counts) in [
            ("kinds of nodes", &self.nodes),
            ("library names", &self.functions),
            ("kinds of errors", &self.errors),
        ] {
            let missing: Vec<&str> = counts
                .iter()
                .filter(|(_, n)| **n == 0)
                .map(|(name, _)| *name)
                .collect();
            let reached = counts.len() - missing.len();
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "{title}: {reached} of {} ({} %)",
                counts.len(),
                share(counts)
            );
            if !missing.is_empty() {
                let _ = writeln!(text, "  not reached: {}", missing.join(" "));
            }
            let mut rare: Vec<(&str, u64)> = counts
                .iter()
                .map(|(name, n)| (*name, *n))
                .filter(|(_, n)| *n > 0)
                .collect();
            rare.sort_by_key(|(_, n)| *n);
            let rare: Vec<String> = rare
                .iter()
                .take(8)
                .map(|(name, n)| format!("{name} {n}"))
                .collect();
            let _ = writeln!(text, "  rarest: {}", rare.join(", "));
        }
        text
    }
}

fn count(counts: &mut BTreeMap<&'static str, u64>, mut found: Vec<&'static str>) {
    found.sort_unstable();
    found.dedup();
    for name in found {
        *counts.entry(name).or_default() += 1;
    }
}

fn share(counts: &BTreeMap<&'static str, u64>) -> u64 {
    let reached = counts.values().filter(|n| **n > 0).count();
    (100 * reached / counts.len()) as u64
}

fn name(kind: &NodeKind) -> &'static str {
    match kind {
        NodeKind::Literal(_) => "Literal",
        NodeKind::Quote(_) => "Quote",
        NodeKind::Var(_) => "Var",
        NodeKind::CellGet { .. } => "CellGet",
        NodeKind::Global(_) => "Global",
        NodeKind::Builtin(_) => "Builtin",
        NodeKind::Free(_) => "Free",
        NodeKind::Raise { .. } => "Raise",
        NodeKind::Qualified { .. } => "Qualified",
        NodeKind::ResourceRef(_) => "ResourceRef",
        NodeKind::Def { .. } => "Def",
        NodeKind::Declare(_) => "Declare",
        NodeKind::LocalDef { .. } => "LocalDef",
        NodeKind::Lambda(_) => "Lambda",
        NodeKind::Call { .. } => "Call",
        NodeKind::If { .. } => "If",
        NodeKind::Do(_) => "Do",
        NodeKind::Scope { .. } => "Scope",
        NodeKind::Let { .. } => "Let",
        NodeKind::Match { .. } => "Match",
        NodeKind::Try { .. } => "Try",
        NodeKind::And(_) => "And",
        NodeKind::Or(_) => "Or",
        NodeKind::Vector(_) => "Vector",
        NodeKind::Map(_) => "Map",
        NodeKind::For { .. } => "For",
        NodeKind::DoTimes { .. } => "DoTimes",
        NodeKind::HintScope { .. } => "HintScope",
        NodeKind::Cast { .. } => "Cast",
        NodeKind::DefStruct { .. } => "DefStruct",
        NodeKind::Import(_) => "Import",
    }
}
