//! Long pasted texts: the editor shows a mark in their place, because it lays out everything it
//! holds anew at every key.

use std::sync::{Arc, Mutex, PoisonError};

use crossterm::event::Event;
use reedline::{EditCommand, EditMode, PromptEditMode, ReedlineEvent, ReedlineRawEvent};

/// What is longer is shown as a mark.
const LONGEST_SHOWN_BYTES: usize = 16 << 10;

/// So many are remembered, in case their marks come back from the history.
const MOST_KEPT: usize = 16;

/// What a mark begins with. No program can hold it: the reader knows no `#<`.
pub(super) const MARK: &str = "#<pasted ";

/// The long texts that were pasted, with the marks that stand for them.
#[derive(Clone, Default)]
pub(super) struct Pastes(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    texts: Vec<(String, String)>,
    n_pasted: usize,
}

impl Pastes {
    /// Keeps a text; gives its mark.
    fn keep(&self, text: String) -> String {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.n_pasted += 1;
        let mark = format!("{MARK}{}: {} bytes>", kept.n_pasted, text.len());
        if kept.texts.len() == MOST_KEPT {
            kept.texts.remove(0);
        }
        kept.texts.push((mark.clone(), text));
        mark
    }

    /// A typed text with the pasted ones in place of their marks.
    pub(super) fn restore(&self, typed: &str) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let marks = kept.texts.iter();
        marks.fold(typed.to_owned(), |typed, (mark, text)| {
            if typed.contains(mark) {
                typed.replace(mark, text)
            } else {
                typed
            }
        })
    }
}

/// An edit mode that keeps long pasted texts out of the editor.
pub(super) struct Pasting<M> {
    pub(super) mode: M,
    pub(super) pastes: Pastes,
}

impl<M: EditMode> EditMode for Pasting<M> {
    fn parse_event(&mut self, event: ReedlineRawEvent) -> ReedlineEvent {
        match Event::from(event) {
            Event::Paste(text) if text.len() > LONGEST_SHOWN_BYTES => {
                // Terminals send returns for line breaks.
                let text = text.replace("\r\n", "\n").replace('\r', "\n");
                let mark = self.pastes.keep(text);
                ReedlineEvent::Edit(vec![EditCommand::InsertString(mark)])
            }
            event => match ReedlineRawEvent::try_from(event) {
                Ok(event) => self.mode.parse_event(event),
                Err(()) => ReedlineEvent::None,
            },
        }
    }

    fn edit_mode(&self) -> PromptEditMode {
        self.mode.edit_mode()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stand_for_texts() {
        let pastes = Pastes::default();
        let marks = [pastes.keep("one".to_owned()), pastes.keep("two".to_owned())];
        let typed = format!("(str {} {} {})", marks[1], marks[0], marks[1]);
        assert_eq!(pastes.restore(&typed), "(str two one two)");
        assert_eq!(pastes.restore("(inc 1)"), "(inc 1)");
        assert!(
            rtfs_syntax::read(&marks[0])
                .diagnostics
                .iter()
                .any(|it| it.is_error())
        );
    }

    #[test]
    fn old_texts_are_forgotten() {
        let pastes = Pastes::default();
        let first = pastes.keep("first".to_owned());
        for _ in 0..MOST_KEPT {
            pastes.keep("other".to_owned());
        }
        assert_eq!(pastes.restore(&first), first);
    }
}
