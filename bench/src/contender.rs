//! Everybody who does a program's work.

use std::path::Path;

use rtfs_host::Engine;

use crate::Failure;
use crate::component::Component;
use crate::evaluator::Evaluator;
use crate::peer::Language;
use crate::program::{Program, Size};
use crate::race::{Contender, Entrant};

/// Un-annotated RTFS as a component.
pub const RTFS: &str = "RTFS";
/// Annotated RTFS as a component.
pub const TYPED: &str = "RTFS annotated";
/// Functions written by hand in WebAssembly.
pub const HAND: &str = "hand-written wasm";
/// The same RTFS in the evaluator.
pub const EVALUATOR: &str = "evaluator";

/// RTFS on every engine, and WebAssembly by hand where the program's folder has it.
///
/// # Errors
/// When one of them cannot be compiled.
pub fn own(program: &Program, size: Size, engine: &Engine) -> Result<Vec<Entrant>, Failure> {
    let source = program.text("rtfs.rtfs").ok_or("there is no rtfs.rtfs")?;
    let n = size.n;
    let mut entrants = vec![
        entrant(RTFS, Component::of_source(engine, &source, n)?),
        entrant(EVALUATOR, Evaluator::of_source(&source, n)?),
    ];
    if let Some(source) = program.text("typed.rtfs") {
        entrants.push(entrant(TYPED, Component::of_source(engine, &source, n)?));
    }
    if let Some(functions) = program.text("hand.wat") {
        entrants.push(entrant(HAND, Component::of_hand(engine, &functions, n)?));
    }
    Ok(entrants)
}

/// The program in other languages.
///
/// # Errors
/// When one does not start.
pub fn others(
    program: &Program,
    size: Size,
    languages: &[&Language],
    scratch: &Path,
) -> Result<Vec<Entrant>, Failure> {
    let mut entrants = Vec::new();
    for language in languages {
        if let Some(peer) = language.start(program, size.n, scratch)? {
            entrants.push(entrant(language.name, peer));
        }
    }
    Ok(entrants)
}

fn entrant(name: &'static str, contender: impl Contender + 'static) -> Entrant {
    Entrant {
        name,
        contender: Box::new(contender),
    }
}
