//! What a component passes and what it does not.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How one test ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "detail", rename_all = "kebab-case")]
pub enum Outcome {
    /// As it must be.
    Passed,
    /// Not as it must be: what was wanted, what was found.
    Failed(String),
    /// The component says that it does not do this, which a backend may.
    Unsupported(String),
}

/// One test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Stable: `GROUP/…`, lower case.
    pub id: String,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Everything that was tried on a component. The same component gives the same report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// SHA-256 of the component: `sha256:…`; empty where only something loaded was tried.
    pub component: String,
    /// What it is: `module`, `compiler`, `executor`; `none` when it is nothing this host knows.
    pub role: &'static str,
    /// The tests, in the order they were run.
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether nothing failed, and something was tried.
    pub fn conforms(&self) -> bool {
        let failed = |check: &Check| matches!(check.outcome, Outcome::Failed(_));
        let passed = |check: &Check| check.outcome == Outcome::Passed;
        self.checks.iter().any(passed) && !self.checks.iter().any(failed)
    }

    /// How many passed, failed, and are unsupported.
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |wanted: fn(&Outcome) -> bool| {
            let checks = self.checks.iter();
            checks.filter(|check| wanted(&check.outcome)).count()
        };
        (
            count(|outcome| matches!(outcome, Outcome::Passed)),
            count(|outcome| matches!(outcome, Outcome::Failed(_))),
            count(|outcome| matches!(outcome, Outcome::Unsupported(_))),
        )
    }

    /// Of something whose bytes are not at hand.
    pub(super) fn of_loaded(role: &'static str) -> Self {
        Self {
            component: String::new(),
            role,
            checks: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, id: impl Into<String>, result: Result<(), String>) {
        self.push(
            id,
            match result {
                Ok(()) => Outcome::Passed,
                Err(detail) => Outcome::Failed(detail),
            },
        );
    }

    pub(super) fn push(&mut self, id: impl Into<String>, outcome: Outcome) {
        self.checks.push(Check {
            id: id.into(),
            outcome,
        });
    }
}

/// What a report comes to, in a form that is signed and passed on: ids, and no texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Summary {
    /// `rtfs-conformance/1`, so that nothing else can pass for one.
    pub statement: String,
    /// Version of the kit, whose tests these are.
    pub kit: String,
    /// SHA-256 of the component: `sha256:…`.
    pub component: String,
    /// As in [`Report::role`].
    pub role: String,
    /// Ids of the tests that passed.
    pub passed: Vec<String>,
    /// Ids of those that did not.
    pub failed: Vec<String>,
    /// Ids of what the component says that it does not do.
    pub unsupported: Vec<String>,
}

impl Summary {
    /// The only statement there is.
    pub const STATEMENT: &'static str = "rtfs-conformance/1";

    /// Whether it says of this component that it conforms, as [`Report::conforms`] does.
    pub fn vouches_for(&self, component: &str) -> bool {
        self.statement == Self::STATEMENT
            && self.component == component
            && self.failed.is_empty()
            && !self.passed.is_empty()
    }
}

impl From<&Report> for Summary {
    fn from(report: &Report) -> Self {
        let ids = |is: fn(&Outcome) -> bool| {
            let checks = report.checks.iter().filter(|check| is(&check.outcome));
            checks.map(|check| check.id.clone()).collect()
        };
        Self {
            statement: Self::STATEMENT.to_owned(),
            kit: env!("CARGO_PKG_VERSION").to_owned(),
            component: report.component.clone(),
            role: report.role.to_owned(),
            passed: ids(|outcome| matches!(outcome, Outcome::Passed)),
            failed: ids(|outcome| matches!(outcome, Outcome::Failed(_))),
            unsupported: ids(|outcome| matches!(outcome, Outcome::Unsupported(_))),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            match &check.outcome {
                Outcome::Passed => writeln!(f, "ok           {}", check.id)?,
                Outcome::Failed(detail) => writeln!(f, "FAILED       {}: {detail}", check.id)?,
                Outcome::Unsupported(what) => writeln!(f, "unsupported  {}: {what}", check.id)?,
            }
        }
        let (passed, failed, unsupported) = self.counts();
        write!(
            f,
            "{passed} passed, {failed} failed, {unsupported} unsupported"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(outcomes: &[Outcome]) -> Report {
        let mut report = Report {
            component: "sha256:00".to_owned(),
            ..Report::of_loaded("module")
        };
        for outcome in outcomes {
            report.push("group/name", outcome.clone());
        }
        report
    }

    #[test]
    fn a_component_conforms_when_something_passed_and_nothing_failed() {
        let unsupported = Outcome::Unsupported("no".to_owned());
        let failed = Outcome::Failed("no".to_owned());
        for (outcomes, conforms) in [
            (&[Outcome::Passed, unsupported.clone()][..], true),
            (&[], false),
            (&[unsupported], false),
            (&[Outcome::Passed, failed], false),
        ] {
            let report = report(outcomes);
            assert_eq!(report.conforms(), conforms, "{report}");
            let vouches = Summary::from(&report).vouches_for("sha256:00");
            assert_eq!(vouches, conforms, "{report}");
        }
    }

    #[test]
    fn a_summary_vouches_for_its_component_and_says_what_it_is() {
        let summary = Summary::from(&report(&[Outcome::Passed]));
        assert!(!summary.vouches_for("sha256:01"));
        let other = Summary {
            statement: "rtfs-conformance/2".to_owned(),
            ..summary
        };
        assert!(!other.vouches_for("sha256:00"));
    }
}
