//! What begins with a colon: commands to the session instead of forms.

use std::path::Path;
use std::time::Instant;

use rtfs_eval::{Surroundings, TypeOf};

use super::{Next, Repl, evaluator_limits, fail, show, stopper};
use crate::commands::explain;
use crate::failure::Failure;

const HELP: &str = "\
A form is evaluated when it is complete; what it defines stays.

  :type EXPR     the type of an expression's value
  :doc NAME      what a name of the language or of this session means
  :explain CODE  what an error means; without CODE the last one
  :load FILE     evaluate a file
  :help          this text
  :quit          leave, as Ctrl-D does";

/// A command with what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command<'t> {
    Help,
    Quit,
    Type(&'t str),
    Doc(&'t str),
    Explain(&'t str),
    Load(&'t str),
}

impl<'t> Command<'t> {
    /// A line that is a command. Other keywords are forms.
    pub(super) fn parse(line: &'t str) -> Option<Self> {
        let line = line.trim();
        let (name, rest) = match line.split_once(char::is_whitespace) {
            Some((name, rest)) => (name, rest.trim()),
            None => (line, ""),
        };
        Some(match name {
            ":help" | ":h" | ":?" => Self::Help,
            ":quit" | ":q" | ":exit" => Self::Quit,
            ":type" | ":t" => Self::Type(rest),
            ":doc" | ":d" => Self::Doc(rest),
            ":explain" => Self::Explain(rest),
            ":load" | ":l" => Self::Load(rest),
            _ => return None,
        })
    }
}

impl Repl<'_> {
    pub(super) fn obey(&mut self, command: Command<'_>) -> Next {
        match command {
            Command::Help => self.tell(HELP),
            Command::Quit => Next::Leave,
            Command::Type("") => self.complain(":type needs an expression, as in `:type (+ 1 2)`"),
            Command::Type(text) => self.show_type(text),
            Command::Doc("") => self.complain(":doc needs a name, as in `:doc map`"),
            Command::Doc(name) => match self.session.doc(name) {
                Some(text) => self.tell(&text),
                None => self.complain(&format!("nothing is known about `{name}`")),
            },
            Command::Explain(code) => {
                let code = match (code, &self.last_code) {
                    ("", Some(last)) => last.clone(),
                    ("", None) => return self.complain("there was no error yet"),
                    (code, _) => code.to_owned(),
                };
                match explain::explanation(&code) {
                    Some(text) => self.tell(&text),
                    None => self.complain(&explain::unknown(&code)),
                }
            }
            Command::Load("") => self.complain(":load needs a file, as in `:load prices.rtfs`"),
            Command::Load(file) => self.load(Path::new(file)),
        }
    }

    fn tell(&self, text: &str) -> Next {
        match self.output.shown(text) {
            true => Next::Read,
            false => Next::Leave,
        }
    }

    fn complain(&mut self, text: &str) -> Next {
        self.output.error(text);
        self.worst = self.worst.max(crate::exit::Exit::Failed);
        Next::Read
    }

    fn load(&mut self, path: &Path) -> Next {
        let shown = path.display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => self.evaluate_text(&shown, bytes, path, false),
            Err(error) => self.complain(&format!("cannot read `{shown}`: {error}")),
        }
    }

    fn show_type(&mut self, text: &str) -> Next {
        let limits = self.args.limits.limits();
        let mut stop = stopper(&self.interrupted, Instant::now(), &limits);
        let mut surroundings = Surroundings {
            host: &mut self.host,
            limits: evaluator_limits(&limits),
            modules: None,
            static_checks: !self.args.front.no_type_check,
            stop: &mut stop,
        };
        match self.session.type_of(text, &mut surroundings) {
            TypeOf::Type(ty) => self.tell(&ty.to_string()),
            TypeOf::NoExpression => self.complain(":type takes one expression"),
            TypeOf::Refused(diagnostics) => {
                self.note_codes(&diagnostics);
                show(&self.session, &diagnostics, self.output);
                Next::Read
            }
            TypeOf::Raised(error) => {
                self.last_code = Some(Failure::from_error(&error).class);
                let ending = rtfs_runtime::Ending::of_evaluation(Err(error), &limits);
                let exit = fail(&self.session, &ending, false, self.output);
                self.worst = self.worst.max(exit);
                Next::Read
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_keywords() {
        assert_eq!(
            Command::parse(" :type (+ 1 2)\n"),
            Some(Command::Type("(+ 1 2)"))
        );
        assert_eq!(Command::parse(":explain"), Some(Command::Explain("")));
        assert_eq!(
            Command::parse(":load a b.rtfs"),
            Some(Command::Load("a b.rtfs"))
        );
        for form in [":typed", ":price", "(:type x)", "", "x"] {
            assert_eq!(Command::parse(form), None, "{form}");
        }
    }
}
