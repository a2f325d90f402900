//! Runs case files.

use rtfs_syntax::case_file::{Case, Directives, parse_cases};
use std::io;
use std::path::{Path, PathBuf};

use crate::engine::{Answer, Answered, AnsweredBy, Engine};
use crate::judge::{Mismatch, judge, notation};

/// One case on one engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseReport {
    /// Line of the case in its file, from 1.
    pub line: u32,
    /// The engine that was asked.
    pub engine: String,
    /// What answered. Unless it is the text's own diagnostics, anything but what the engine is made of
    /// is a mismatch, whatever the answer.
    pub answered_by: AnsweredBy,
    /// What differs, if anything does.
    pub mismatch: Option<Mismatch>,
}

/// All cases of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// The file.
    pub path: PathBuf,
    /// In the order of the file, engines in the order given.
    pub cases: Vec<CaseReport>,
}

/// Why a file gave no report.
#[derive(Debug)]
#[non_exhaustive]
pub enum FileError {
    /// It could not be read.
    Io(io::Error),
    /// It is not a case file: rendered diagnostics.
    Malformed(String),
}

/// Case files at a path: the file itself, or every `*.rtfs` below a directory, sorted.
///
/// # Errors
///
/// A path that does not exist or cannot be listed.
pub fn find_case_files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        std::fs::metadata(path)?;
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?.path();
        if entry.is_dir() {
            found.extend(find_case_files(&entry)?);
        } else if entry.extension().is_some_and(|ending| ending == "rtfs") {
            found.push(entry);
        }
    }
    found.sort();
    Ok(found)
}

/// Runs every case of a file on every engine that the file's directives allow.
///
/// # Errors
///
/// [`FileError`] when the file cannot be read or is not a case file. Failing cases are not errors.
pub fn run_file(path: &Path, engines: &[&dyn Engine]) -> Result<FileReport, FileError> {
    let text = std::fs::read_to_string(path).map_err(FileError::Io)?;
    let name = path.display().to_string();
    let file = parse_cases(&text).map_err(|diagnostics| {
        let source = rtfs_syntax::SourceText::new(name, text.clone());
        FileError::Malformed(rtfs_syntax::render(&diagnostics, &source, false))
    })?;
    let mut cases = Vec::new();
    for case in &file.cases {
        for engine in engines
            .iter()
            .filter(|engine| allows(&file.directives, **engine))
        {
            let Answered { answer, by } = answer(case, &file.directives, *engine);
            let is_its_own = by == AnsweredBy::Lowering || by == engine.answerer();
            let judged = match &answer {
                // What is no answer fits no case.
                Answer::Value(_) | Answer::Raised { .. } if !is_its_own => {
                    Err(foreign(*engine, &answer, &by))
                }
                answer => judge(&case.expectation, answer),
            };
            cases.push(CaseReport {
                line: case.line,
                engine: engine.name().to_owned(),
                answered_by: by,
                mismatch: judged.err(),
            });
        }
    }
    Ok(FileReport {
        path: path.to_owned(),
        cases,
    })
}

/// An answer that is not the engine's.
fn foreign(engine: &dyn Engine, answer: &Answer, by: &AnsweredBy) -> Mismatch {
    Mismatch {
        expected: format!("an answer of {}", engine.answerer()),
        actual: format!("{}, from {by}", notation(answer)),
    }
}

fn allows(directives: &Directives, engine: &dyn Engine) -> bool {
    let named = directives.engines.as_ref();
    named.is_none_or(|names| names.iter().any(|name| name == engine.stands_for()))
        && engine.can(directives)
}

/// Runs one case; text that does not lower answers with the first diagnostic's kind.
fn answer(case: &Case, directives: &Directives, engine: &dyn Engine) -> Answered {
    let read = rtfs_syntax::read(&case.source);
    let options = rtfs_ir::LowerOptions {
        static_checks: directives.static_checks,
        ..rtfs_eval::lower_options()
    };
    let lowered = rtfs_ir::lower(&read.forms, &options);
    let mut errors = read.diagnostics.iter().chain(&lowered.diagnostics);
    if let Some(error) = errors.find(|diagnostic| diagnostic.is_error()) {
        let answer = Answer::Raised {
            class: error.kind.name().to_owned(),
            text: error.message.clone(),
        };
        let by = AnsweredBy::Lowering;
        return Answered { answer, by };
    }
    match &lowered.program {
        Some(program) => engine.run(program, directives),
        None => Answered {
            answer: Answer::Broken("no program and no diagnostic".to_owned()),
            by: AnsweredBy::Unknown,
        },
    }
}
