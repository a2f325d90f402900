//! Completion of names.

use std::sync::{Arc, Mutex, PoisonError};

use reedline::{Completer, CompletionResult, Span, Suggestion};
use rtfs_eval::Name;

/// The commands of a session, in the order of their names.
const COMMANDS: [&str; 6] = [":doc", ":explain", ":help", ":load", ":quit", ":type"];

/// The names of the session, renewed after every input.
pub(super) struct Names(pub(super) Arc<Mutex<Vec<Name>>>);

impl Completer for Names {
    fn complete(&mut self, line: &str, position: usize) -> CompletionResult {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = names.iter().map(|name| name.text.as_str());
        let (start, fitting) = fitting(line, position, all);
        let suggestions: Vec<Suggestion> = fitting
            .into_iter()
            .map(|name| Suggestion {
                value: name.to_owned(),
                span: Span::new(start, position),
                ..Suggestion::default()
            })
            .collect();
        CompletionResult::fresh(suggestions)
    }
}

/// Where the word before the cursor begins, and the names that begin like it.
fn fitting<'n>(
    line: &str,
    position: usize,
    names: impl Iterator<Item = &'n str>,
) -> (usize, Vec<&'n str>) {
    let before = line.get(..position).unwrap_or(line);
    let is_part = |c: char| !c.is_whitespace() && !"()[]{}\"';`~,^@#".contains(c);
    let start = before
        .char_indices()
        .rev()
        .take_while(|(_, c)| is_part(*c))
        .last()
        .map_or(position, |(at, _)| at);
    let word = before.get(start..).unwrap_or_default();
    if word.is_empty() {
        return (start, Vec::new());
    }
    if start == 0 && word.starts_with(':') {
        let commands = COMMANDS.into_iter().filter(|name| name.starts_with(word));
        return (start, commands.collect());
    }
    (start, names.filter(|name| name.starts_with(word)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, start: usize, expect: &[&str]) {
        let names = ["map", "map-indexed", "merge", "string-upper"];
        let found = fitting(line, line.len(), names.into_iter());
        assert_eq!(found, (start, expect.to_vec()), "{line}");
    }

    #[test]
    fn words_are_completed_where_they_begin() {
        check("(ma", 1, &["map", "map-indexed"]);
        check("(f [x] #(string-", 9, &["string-upper"]);
        check("(λ map", 4, &["map", "map-indexed"]);
        check("(map ", 5, &[]);
        check("", 0, &[]);
        check(":do", 0, &[":doc"]);
        check(":doc me", 5, &["merge"]);
        check("zz", 0, &[]);
    }
}
