//! `rtfs repl`: forms evaluated one after the other, each seeing what those before it defined.

mod command;
mod plain;
mod terminal;

use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use rtfs_delegate::ExecutionLimits;
use rtfs_eval::{Evaluated, Session, Surroundings, Text};
use rtfs_runtime::Ending;
use rtfs_syntax::{Diagnostic, Form};
use rtfs_value::Error;
use rtfs_value::types::Level;

use self::command::Command;
use crate::args::ReplArgs;
use crate::capabilities::Capabilities;
use crate::commands::run;
use crate::exit::Exit;
use crate::failure::{Failure, StopReport};
use crate::modules::FolderModules;
use crate::output::Output;
use crate::problem::Problem;

/// Who reads on: nobody, when values cannot be written any more or the user left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Read,
    Leave,
}

/// A session and the terminal it talks to.
struct Repl<'a> {
    session: Session,
    host: Capabilities,
    args: &'a ReplArgs,
    output: &'a Output,
    n_inputs: usize,
    /// Set by Ctrl-C while something runs.
    interrupted: Arc<AtomicBool>,
    /// The worst that happened so far.
    worst: Exit,
    /// The code or class of the last error, for `:explain` without one.
    last_code: Option<String>,
}

pub(crate) fn repl(args: &ReplArgs, output: &Output) -> Result<Exit, Problem> {
    let mut repl = Repl {
        session: Session::new(),
        host: Capabilities::new(&args.grants),
        args,
        output,
        n_inputs: 0,
        interrupted: Arc::default(),
        worst: Exit::Success,
        last_code: None,
    };
    let typed = std::io::stdin().is_terminal();
    // The editor draws on standard error and asks the terminal through standard output.
    if typed && std::io::stdout().is_terminal() && std::io::stderr().is_terminal() {
        terminal::read(&mut repl)?;
    } else {
        plain::read(&mut repl, typed)?;
    }
    // Somebody at a terminal has seen what failed.
    Ok(if typed { Exit::Success } else { repl.worst })
}

impl Repl<'_> {
    /// Obeys a command or evaluates forms.
    fn enter(&mut self, bytes: Vec<u8>) -> Next {
        let line = std::str::from_utf8(&bytes).unwrap_or_default();
        if let Some(command) = Command::parse(line) {
            return self.obey(command);
        }
        self.n_inputs += 1;
        let name = format!("<input {}>", self.n_inputs);
        self.evaluate_text(&name, bytes, Path::new(""), true)
    }

    /// Evaluates a text. Its modules lie beside `path`.
    fn evaluate_text(&mut self, name: &str, bytes: Vec<u8>, path: &Path, show_all: bool) -> Next {
        let text = match self.session.read_bytes(name, bytes) {
            Ok(text) => text,
            Err(error) => {
                self.output.error(&error.to_string());
                return Next::Leave;
            }
        };
        self.report(&text);
        self.evaluate(&text.forms, path, show_all)
    }

    /// Shows what is wrong with a text as such.
    fn report(&mut self, text: &Text) {
        self.note_codes(&text.diagnostics);
        show(&self.session, &text.diagnostics, self.output);
    }

    fn note_codes(&mut self, diagnostics: &[Diagnostic]) {
        if let Some(found) = diagnostics.iter().find(|found| found.is_error()) {
            self.last_code = Some(found.code.to_owned());
            self.worst = self.worst.max(Exit::Failed);
        }
    }

    fn evaluate(&mut self, forms: &[Form], path: &Path, show_all: bool) -> Next {
        let limits = self.args.limits.limits();
        let modules = FolderModules::beside(path);
        let started = Instant::now();
        self.interrupted.store(false, Ordering::Relaxed);
        let mut stop = stopper(&self.interrupted, started, &limits);
        let mut surroundings = Surroundings {
            host: &mut self.host,
            limits: evaluator_limits(&limits),
            modules: Some(&modules),
            static_checks: !self.args.front.no_type_check,
            stop: &mut stop,
        };
        let output = self.output;
        let n_forms = forms.len();
        let mut n_shown = 0;
        let mut next = Next::Read;
        let mut exits = Vec::new();
        let mut codes = Vec::new();
        let interrupted = &self.interrupted;
        let mut each = |session: &Session, diagnostics: &[Diagnostic], evaluated: &Evaluated| {
            n_shown += 1;
            show(session, diagnostics, output);
            let errors = diagnostics.iter().filter(|found| found.is_error());
            codes.extend(errors.map(|found| found.code.to_owned()));
            let result = match evaluated {
                Evaluated::Refused => return exits.push(Exit::Failed),
                Evaluated::Value(value) => Ok(value.clone()),
                Evaluated::Raised(error) => Err(error.clone()),
            };
            if let Err(error) = &result {
                codes.push(error.class_name().to_owned());
            }
            match Ending::of_evaluation(result, &limits) {
                Ending::Value(value) => {
                    let wanted = show_all || n_shown == n_forms;
                    if wanted && !output.shown(&rtfs_value::readable(&value)) {
                        next = Next::Leave;
                    }
                }
                ending => {
                    let cancelled = interrupted.swap(false, Ordering::Relaxed);
                    exits.push(fail(session, &ending, cancelled, output));
                }
            }
        };
        self.session.run(forms, &mut surroundings, &mut each);
        self.last_code = codes.pop().or_else(|| self.last_code.take());
        self.worst = exits.into_iter().fold(self.worst, Exit::max);
        next
    }
}

/// Shows diagnostics of any text of a session.
fn show(session: &Session, diagnostics: &[Diagnostic], output: &Output) {
    output.rendered(diagnostics, session.sources());
}

/// Shows how a form failed.
fn fail(session: &Session, ending: &Ending, cancelled: bool, output: &Output) -> Exit {
    match ending {
        Ending::Value(_) => Exit::Success,
        _ if cancelled => {
            output.error("interrupted; what was defined before is still there");
            Exit::Failed
        }
        Ending::Raised(error) => {
            let failure = Failure::from_error(error);
            let text = failure.render(session.sources(), session.spans(), output.color());
            output.message(&text);
            Exit::Failed
        }
        Ending::Limit {
            which,
            message,
            stopped,
        } => {
            let place = StopReport::of(stopped, session.sources(), session.spans());
            output.error(&run::with_place(run::limit_text(which, message), place));
            Exit::Limit
        }
        Ending::Defect(text) => {
            output.error(&format!("internal error: {text}"));
            Exit::Defect
        }
    }
}

/// Ends an evaluation when the user wants it, or when its time is over.
fn stopper(
    interrupted: &Arc<AtomicBool>,
    started: Instant,
    limits: &ExecutionLimits,
) -> impl FnMut() -> Option<Error> + use<> {
    let interrupted = interrupted.clone();
    let deadline = limits.deadline;
    move || {
        if interrupted.load(Ordering::Relaxed) {
            Some(Error::budget("interrupt", "user"))
        } else if started.elapsed() > deadline {
            Some(Error::budget("deadline", "limit"))
        } else {
            None
        }
    }
}

fn evaluator_limits(limits: &ExecutionLimits) -> rtfs_eval::Limits {
    rtfs_eval::Limits {
        steps: Some(limits.fuel),
        depth: limits.depth,
        memory: usize::try_from(limits.memory_bytes).ok(),
        host_calls: Some(limits.host_calls),
        validation: Level::Standard,
    }
}
