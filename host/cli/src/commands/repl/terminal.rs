//! Reading from a terminal: line editing, history, completion.

mod completion;
mod history;
mod paste;

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use reedline::{
    ColumnarMenu, Emacs, Highlighter, KeyCode, KeyModifiers, MenuBuilder as _, Prompt,
    PromptEditMode, PromptHistorySearch, Reedline, ReedlineEvent, ReedlineMenu, Signal, StyledText,
    ValidationResult, Validator, default_emacs_keybindings,
};
use signal_hook::consts::SIGINT;

use self::completion::Names;
use self::paste::{Pastes, Pasting};
use super::{Next, Repl, plain};
use crate::problem::Problem;

const MENU: &str = "names";

/// Reads and evaluates until the user leaves.
pub(super) fn read(repl: &mut Repl<'_>) -> Result<(), Problem> {
    // While a line is edited the terminal sends Ctrl-C as a key; this is for what runs.
    signal_hook::flag::register(SIGINT, repl.interrupted.clone())
        .map_err(|error| Problem::failed(format!("cannot listen for Ctrl-C: {error}")))?;
    let names = Arc::new(Mutex::new(repl.session.complete("")));
    let pastes = Pastes::default();
    let mut editor = editor(repl, Names(names.clone()), &pastes);
    repl.output.note("RTFS; :help tells more, Ctrl-D leaves");
    loop {
        match editor.read_line(&Sign) {
            Ok(Signal::Success(text)) if text.trim().is_empty() => {}
            Ok(Signal::Success(text)) => {
                let text = pastes.restore(&text);
                if repl.enter(text.into_bytes()) == Next::Leave {
                    return Ok(());
                }
                *names.lock().unwrap_or_else(PoisonError::into_inner) = repl.session.complete("");
            }
            // It only drops the line.
            Ok(Signal::CtrlC) => {}
            Ok(Signal::CtrlD) => return Ok(()),
            // Nothing sends others.
            Ok(_) => {}
            Err(error) => {
                return Err(Problem::failed(format!(
                    "cannot read the terminal: {error}"
                )));
            }
        }
    }
}

fn editor(repl: &Repl<'_>, names: Names, pastes: &Pastes) -> Reedline {
    let mut keys = default_emacs_keybindings();
    let complete = ReedlineEvent::UntilFound(vec![
        ReedlineEvent::Menu(MENU.to_owned()),
        ReedlineEvent::MenuNext,
    ]);
    keys.add_binding(KeyModifiers::NONE, KeyCode::Tab, complete);
    let mode = Pasting {
        mode: Emacs::new(keys),
        pastes: pastes.clone(),
    };
    let menu = ColumnarMenu::default().with_name(MENU);
    let editor = Reedline::create()
        .use_bracketed_paste(true)
        .with_ansi_colors(repl.output.color())
        .with_highlighter(Box::new(Plain))
        .with_validator(Box::new(Forms(pastes.clone())))
        .with_completer(Box::new(names))
        .with_quick_completions(true)
        .with_partial_completions(true)
        .with_menu(ReedlineMenu::EngineCompleter(Box::new(menu)))
        .with_edit_mode(Box::new(mode));
    match history::open() {
        Ok(Some(history)) => editor.with_history(history),
        // Without a home there is no history, and that is no failure.
        Ok(None) => editor,
        Err(error) => {
            repl.output.warning(&format!("no history: {error}"));
            editor
        }
    }
}

/// Text as it is.
struct Plain;

impl Highlighter for Plain {
    fn highlight(&self, line: &str, _: usize) -> StyledText {
        let mut text = StyledText::new();
        text.push((Default::default(), line.to_owned()));
        text
    }
}

/// Enter ends the input when its forms are complete.
struct Forms(Pastes);

impl Validator for Forms {
    fn validate(&self, text: &str) -> ValidationResult {
        match plain::is_complete(&self.0.restore(text)) {
            true => ValidationResult::Complete,
            false => ValidationResult::Incomplete,
        }
    }
}

/// What stands before the input.
struct Sign;

impl Prompt for Sign {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        Cow::Borrowed("rtfs")
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_indicator(&self, _: PromptEditMode) -> Cow<'_, str> {
        Cow::Borrowed("> ")
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        Cow::Borrowed("  ... ")
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        Cow::Owned(format!("(search: {}) ", search.term))
    }
}
