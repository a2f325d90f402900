//! The report: Markdown.

use std::fmt::Write as _;

use crate::contender::{EVALUATOR, HAND, RTFS, TYPED};
use crate::peer::LANGUAGES;
use crate::program::Program;
use crate::race::Times;
use crate::section::{Section, verdict, word};
use crate::target::{Figure, Finding, ROWS};

/// Everything that was measured in one run.
#[derive(Debug, Default)]
pub struct Report {
    /// How often each program ran.
    pub rounds: usize,
    /// Versions of the other languages.
    pub versions: Vec<String>,
    /// What was left out, and why.
    pub skipped: Vec<String>,
    /// Programs with their times.
    pub programs: Vec<(&'static Program, Times)>,
    /// Figures of the target rows.
    pub findings: Vec<Finding>,
    /// What else was measured.
    pub sections: Vec<Section>,
}

impl Report {
    /// As Markdown.
    pub fn markdown(&self) -> String {
        let mut text = String::from("# Benchmarks\n\n");
        let _ = writeln!(
            text,
            "Measured on a 2-core shared VM by one run of `bench/run` ({} rounds, contenders in turns, \
             the least time counts). Trust the ratios.\n",
            self.rounds
        );
        for version in &self.versions {
            let _ = writeln!(text, "* {version}");
        }
        for skipped in &self.skipped {
            let _ = writeln!(text, "* skipped: {skipped}");
        }
        self.summary(&mut text);
        self.rows(&mut text);
        for section in &self.sections {
            section.markdown(&mut text);
        }
        self.table(&mut text);
        text
    }

    fn of_row(&self, number: u8) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |it| it.row == number)
    }

    /// One line a row.
    fn summary(&self, text: &mut String) {
        text.push_str("\n## Targets\n\n| # | What | Holds |\n|---|---|---|\n");
        for row in ROWS {
            let total = self.of_row(row.number).count();
            let held = self.of_row(row.number).filter(|it| it.holds()).count();
            let verdict = verdict(held, total);
            let verdict = verdict.as_deref().unwrap_or("not measured");
            let _ = writeln!(text, "| {} | {} | {verdict} |", row.number, row.what);
        }
        for section in &self.sections {
            if let Some(verdict) = section.verdict() {
                let _ = writeln!(text, "| | {} | {verdict} |", section.title);
            }
        }
    }

    /// One table a row.
    fn rows(&self, text: &mut String) {
        for row in ROWS {
            if self.of_row(row.number).next().is_none() {
                continue;
            }
            let _ = writeln!(text, "\n### Row {}: {}\n", row.number, row.what);
            text.push_str("| Case | Measured | At most | |\n|---|---|---|---|\n");
            for it in self.of_row(row.number) {
                let measured = Figure(it.measured, it.unit);
                let at_most = Figure(it.at_most, it.unit);
                let verdict = word(it.holds());
                let case = &it.case;
                let _ = writeln!(text, "| {case} | {measured} | {at_most} | {verdict} |");
            }
        }
    }

    /// All programs, all contenders.
    fn table(&self, text: &mut String) {
        if self.programs.is_empty() {
            return;
        }
        let mut names = vec![TYPED, HAND, EVALUATOR];
        names.extend(LANGUAGES.iter().map(|language| language.name));
        text.push_str("\n## All programs\n\n");
        text.push_str(
            "Time of un-annotated RTFS as a component, and how many times as long others take.\n\n",
        );
        let _ = writeln!(text, "| Program | | {RTFS} | {} |", names.join(" | "));
        let _ = writeln!(text, "|---|---|{}", "---|".repeat(names.len() + 1));
        for (program, times) in &self.programs {
            let time = times.of(RTFS).unwrap_or_default().as_secs_f64() * 1000.0;
            let _ = write!(
                text,
                "| {} | {} | {time:.2} ms |",
                program.name, program.about
            );
            for name in &names {
                match times.ratio(name, RTFS) {
                    Some(ratio) => {
                        let _ = write!(text, " {ratio:.2} |");
                    }
                    None => text.push_str(" |"),
                }
            }
            text.push('\n');
        }
    }
}
