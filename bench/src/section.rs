//! Parts of the report that are no rows of targets: figures under a heading.

use std::fmt::Write as _;

use crate::target::{Figure, Unit};

/// One figure.
#[derive(Debug)]
pub struct Case {
    /// What was measured.
    pub what: String,
    /// What came out.
    pub measured: f64,
    /// What may come out, where that is said.
    pub at_most: Option<f64>,
    /// Of both.
    pub unit: Unit,
}

impl Case {
    /// `ours` of `theirs`, both in `unit`, named with both times.
    pub fn ratio(what: &str, unit: &str, ours: f64, theirs: f64) -> Self {
        Self {
            what: format!("{what}: {ours:.1} {unit} vs {theirs:.1} {unit}"),
            measured: ours / theirs,
            at_most: None,
            unit: Unit::Ratio,
        }
    }

    /// The same with a limit.
    pub fn at_most(self, limit: f64) -> Self {
        Self {
            at_most: Some(limit),
            ..self
        }
    }

    /// Whether the limit is kept; one without a limit keeps it.
    pub fn holds(&self) -> bool {
        self.at_most.is_none_or(|limit| self.measured <= limit)
    }
}

/// Figures with a heading.
#[derive(Debug)]
pub struct Section {
    /// Its heading.
    pub title: &'static str,
    /// What is compared, in a sentence.
    pub about: &'static str,
    /// What was found.
    pub cases: Vec<Case>,
}

impl Section {
    /// What the summary says: `None` where no figure has a limit.
    pub fn verdict(&self) -> Option<String> {
        let limited = self.cases.iter().filter(|it| it.at_most.is_some());
        let (held, total) = limited.fold((0, 0), |(held, total), it| {
            (held + usize::from(it.holds()), total + 1)
        });
        verdict(held, total)
    }

    /// As Markdown, with a table.
    pub fn markdown(&self, text: &mut String) {
        let _ = writeln!(text, "\n### {}\n\n{}\n", self.title, self.about);
        text.push_str("| Case | Measured | At most | |\n|---|---|---|---|\n");
        for it in &self.cases {
            let measured = Figure(it.measured, it.unit);
            let (limit, verdict) = match it.at_most {
                Some(limit) => (Figure(limit, it.unit).to_string(), word(it.holds())),
                None => (String::new(), ""),
            };
            let what = &it.what;
            let _ = writeln!(text, "| {what} | {measured} | {limit} | {verdict} |");
        }
    }
}

/// One figure's verdict.
pub fn word(holds: bool) -> &'static str {
    match holds {
        true => "hold",
        false => "**miss**",
    }
}

/// That of several figures, if there are any.
pub fn verdict(held: usize, total: usize) -> Option<String> {
    match (held, total) {
        (_, 0) => None,
        (held, total) if held == total => Some("hold".to_owned()),
        (held, total) => Some(format!("**miss** ({held} of {total} hold)")),
    }
}
