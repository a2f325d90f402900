//! A session: texts evaluated one after the other, each seeing what those before it defined.
//!
//! A text is evaluated form by form, each top-level form as a program of its own, so that what was
//! defined before an error stays. Nodes and spans are numbered on from text to text: an error in a
//! function points into the text that defined the function, however long ago that was.

mod kind_of;
mod names;

use std::collections::{BTreeMap, BTreeSet};

use rtfs_ir::{GlobalId, LowerOptions, ModuleLoader, NodeId, Program, SpanTable};
use rtfs_syntax::{Diagnostic, Form, SourceText, Span};
use rtfs_value::types::Type;
use rtfs_value::{Error, Value};

use crate::environment::Environment;
use crate::evaluate::perform;
use crate::hints::HintChange;
use crate::host::{Host, PureHost};
use crate::limits::Limits;
use crate::machine::{Machine, MachineError, Status};

pub use names::Name;

/// Instructions between two looks at whoever may stop the evaluation: below a millisecond.
const SLICE: u64 = 10_000;

/// What texts of a session meet outside of it.
pub struct Surroundings<'a> {
    /// Answers host calls.
    pub host: &'a mut dyn Host,
    /// What one form may use.
    pub limits: Limits,
    /// Finds source modules; without one there are only those of the session.
    pub modules: Option<&'a dyn ModuleLoader>,
    /// Refuse forms that certainly violate an annotation.
    pub static_checks: bool,
    /// Asked again and again while something runs; an error ends it, and nothing catches it.
    pub stop: &'a mut dyn FnMut() -> Option<Error>,
}

/// What became of a top-level form.
#[derive(Clone, Debug)]
pub enum Evaluated {
    /// It has this value.
    Value(Value),
    /// It raised this error.
    Raised(Error),
    /// It was not evaluated: there are errors among the diagnostics.
    Refused,
}

/// Why a session takes no more text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// Positions have 32 bits.
    #[error("this session has read 4 GiB of text and is full")]
    Full,
}

/// Texts evaluated one after the other.
///
/// ```
/// use rtfs_eval::{Evaluated, Limits, PureHost, Session, Surroundings};
///
/// let mut session = Session::new();
/// let mut surroundings = Surroundings {
///     host: &mut PureHost,
///     limits: Limits::default(),
///     modules: None,
///     static_checks: true,
///     stop: &mut || None,
/// };
/// let mut shown = Vec::new();
/// for text in ["(defn twice [n] (* 2 n))", "(twice 21) (twice 4)"] {
///     let read = session.read("<input>", text.to_owned()).expect("the session is not full");
///     session.run(&read.forms, &mut surroundings, &mut |_, _, evaluated| {
///         if let Evaluated::Value(value) = evaluated {
///             shown.push(rtfs_value::readable(value));
///         }
///     });
/// }
/// assert_eq!(shown, ["#<function>", "42", "8"]);
/// ```
#[derive(Debug)]
pub struct Session {
    environment: Environment,
    names: rtfs_ir::Environment,
    /// An empty text with all others attached, by the offset at which their spans begin.
    sources: SourceText,
    next_offset: u32,
    spans: SpanTable,
    /// Signatures of functions, and the forms that defined names, of the top level.
    definitions: BTreeMap<String, Definition>,
}

/// What is known about a name of the top level besides its value.
#[derive(Clone, Debug)]
struct Definition {
    /// The form that defined it.
    span: Span,
    /// The type of a function, as far as it is written.
    signature: Option<Type>,
}

/// A text that was read.
#[derive(Clone, Debug)]
pub struct Text {
    /// Its top-level forms; none when there is an error among the diagnostics.
    pub forms: Vec<Form>,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
}

impl Default for Session {
    fn default() -> Self {
        Session {
            environment: Environment::new(),
            names: rtfs_ir::Environment::default(),
            sources: SourceText::new(String::new(), String::new()),
            next_offset: 1,
            spans: SpanTable::default(),
            definitions: BTreeMap::new(),
        }
    }
}

impl Session {
    /// A session in which nothing is defined.
    pub fn new() -> Self {
        Session::default()
    }

    /// All texts of the session: what spans of diagnostics point into.
    pub fn sources(&self) -> &SourceText {
        &self.sources
    }

    /// Where the nodes of all programs of the session come from.
    pub fn spans(&self) -> &SpanTable {
        &self.spans
    }

    /// Where the form lies that raised an error.
    pub fn span_of(&self, error: &Error) -> Option<Span> {
        self.spans.get(NodeId(error.node()?))
    }

    /// Reads a text, whose name is what reports show for it.
    ///
    /// # Errors
    /// When the session is full.
    pub fn read(&mut self, name: &str, text: String) -> Result<Text, SessionError> {
        let offset = self.next_offset;
        self.attach(offset, SourceText::new(name.to_owned(), text))?;
        let (source, _) = self.sources.locate(Span::new(offset, offset));
        let read = rtfs_syntax::read_at(source.text(), offset);
        let failed = read.diagnostics.iter().any(Diagnostic::is_error);
        Ok(Text {
            forms: if failed { Vec::new() } else { read.forms },
            diagnostics: read.diagnostics,
        })
    }

    /// Reads the bytes of a file. What is not UTF-8 is an error among the diagnostics.
    ///
    /// # Errors
    /// When the session is full.
    pub fn read_bytes(&mut self, name: &str, bytes: Vec<u8>) -> Result<Text, SessionError> {
        match SourceText::from_utf8(name.to_owned(), bytes) {
            (source, None) => self.read(name, source.text().to_owned()),
            (source, Some(mut diagnostic)) => {
                let offset = self.next_offset;
                self.attach(offset, source)?;
                diagnostic.span = diagnostic.span.shifted(offset);
                Ok(Text {
                    forms: Vec::new(),
                    diagnostics: vec![diagnostic],
                })
            }
        }
    }

    /// Keeps a text whose spans begin at `offset`, which lies behind all others.
    fn attach(&mut self, offset: u32, source: SourceText) -> Result<(), SessionError> {
        let length = u32::try_from(source.text().len()).map_err(|_| SessionError::Full)?;
        let end = offset
            .checked_add(length)
            .and_then(|end| end.checked_add(2))
            .ok_or(SessionError::Full)?;
        self.sources.attach(offset, source);
        // A position after the last character still belongs to its text.
        self.next_offset = end;
        Ok(())
    }

    /// Evaluates forms in order and tells about each; the first that does not end with a value is
    /// the last that is evaluated. Gives whether all of them did.
    pub fn run(
        &mut self,
        forms: &[Form],
        surroundings: &mut Surroundings<'_>,
        each: &mut dyn FnMut(&Session, &[Diagnostic], &Evaluated),
    ) -> bool {
        let coming: BTreeSet<&str> = forms.iter().filter_map(defined_name).collect();
        for form in forms {
            let (mut diagnostics, evaluated) = self.evaluate(form, surroundings);
            // What a later form of the same text defines is no mistake.
            diagnostics.retain(|found| found.is_error() || !self.is_coming(found, &coming));
            each(self, &diagnostics, &evaluated);
            if !matches!(evaluated, Evaluated::Value(_)) {
                return false;
            }
        }
        true
    }

    fn is_coming(&self, found: &Diagnostic, coming: &BTreeSet<&str>) -> bool {
        let (source, span) = self.sources.locate(found.span);
        let marked = source.text().get(span.start as usize..span.end as usize);
        found.kind == rtfs_syntax::ParseErrorKind::UnresolvedVariable
            && marked.is_some_and(|name| coming.contains(name))
    }

    fn evaluate(
        &mut self,
        form: &Form,
        surroundings: &mut Surroundings<'_>,
    ) -> (Vec<Diagnostic>, Evaluated) {
        let options = LowerOptions {
            environment: Some(&self.names),
            loader: surroundings.modules,
            static_checks: surroundings.static_checks,
            first_node: self.spans.end(),
            modules_offset: Some(self.next_offset),
            ..crate::macros::lower_options()
        };
        let mut lowered = rtfs_ir::lower(std::slice::from_ref(form), &options);
        for (offset, module) in std::mem::take(&mut lowered.sources) {
            if self.attach(offset, module).is_err() {
                // Lowering gives out no offsets that do not fit.
                return (lowered.diagnostics, Evaluated::Refused);
            }
        }
        let Some(program) = lowered.program.take() else {
            return (lowered.diagnostics, Evaluated::Refused);
        };
        self.spans.extend(&lowered.spans);
        let result = self.execute(&program, surroundings);
        self.names.extend(&program);
        self.remember(&program, form.span);
        match result {
            Ok(value) => {
                self.names.keep(&lowered);
                (lowered.diagnostics, Evaluated::Value(value))
            }
            Err(error) => (lowered.diagnostics, Evaluated::Raised(error)),
        }
    }

    /// Notes where names were defined, and as what.
    fn remember(&mut self, program: &Program, span: Span) {
        if program.module.is_some() {
            return;
        }
        for (index, info) in program.globals.iter().enumerate() {
            let Ok(index) = u32::try_from(index) else {
                continue;
            };
            if info.definitions == 0 && info.declared.is_none() {
                continue;
            }
            let interface = program.interface(GlobalId(index));
            let signature = interface.map(|interface| Type::Function {
                params: interface.params,
                rest: interface.rest.map(Box::new),
                result: Box::new(interface.result),
            });
            let definition = Definition { span, signature };
            self.definitions.insert(info.name.clone(), definition);
        }
    }

    fn execute(
        &mut self,
        program: &Program,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<Value, Error> {
        let unit = match self.environment.load(program) {
            Ok(unit) => unit,
            Err(error) => return Err(Error::invalid_program(&error.to_string())),
        };
        let owned = std::mem::take(&mut self.environment);
        let mut machine = Machine::in_environment(owned, &unit, &surroundings.limits);
        if let Some(security) = surroundings.host.security_context() {
            machine.set_security(security);
        }
        surroundings.host.prepare_execution();
        let result = drive(&mut machine, surroundings);
        surroundings.host.cleanup_execution();
        self.environment = machine.into_environment();
        result.unwrap_or_else(|error| Err(Error::internal(&error.to_string())))
    }

    /// The type of an expression's value, as it would be written. The expression is evaluated
    /// without a host; nothing that it defines stays. `None` when it is no single expression.
    ///
    /// Functions have the types that are written for them, and `:any` where none is.
    pub fn type_of(&mut self, text: &str, surroundings: &mut Surroundings<'_>) -> TypeOf {
        let read = match self.read("<expression>", text.to_owned()) {
            Ok(read) => read,
            Err(_) => return TypeOf::NoExpression,
        };
        let [form] = read.forms.as_slice() else {
            return match read.diagnostics.is_empty() {
                true => TypeOf::NoExpression,
                false => TypeOf::Refused(read.diagnostics),
            };
        };
        if let Some(ty) = form.as_symbol().and_then(|name| self.signature(name)) {
            return TypeOf::Type(ty);
        }
        let expression = names::enclosed(form.clone());
        let mut pure = Surroundings {
            host: &mut PureHost,
            limits: surroundings.limits.clone(),
            modules: None,
            static_checks: surroundings.static_checks,
            stop: &mut *surroundings.stop,
        };
        match self.evaluate(&expression, &mut pure) {
            (_, Evaluated::Value(value)) => TypeOf::Type(kind_of::type_of(&value)),
            (_, Evaluated::Raised(error)) => TypeOf::Raised(error),
            (diagnostics, Evaluated::Refused) => TypeOf::Refused(diagnostics),
        }
    }

    /// The written type of a function of the session.
    fn signature(&self, name: &str) -> Option<Type> {
        let signature = &self.definitions.get(name)?.signature;
        let is_function = self.environment.get(name).is_none_or(Value::is_function);
        signature.clone().filter(|_| is_function)
    }
}

/// What [`Session::type_of`] found.
#[derive(Clone, Debug)]
pub enum TypeOf {
    /// A type.
    Type(Type),
    /// The expression raised an error.
    Raised(Error),
    /// The expression was not evaluated.
    Refused(Vec<Diagnostic>),
    /// There is not exactly one expression.
    NoExpression,
}

/// The name that a top-level form will define.
fn defined_name(form: &Form) -> Option<&str> {
    let [head, name, ..] = form.as_list()? else {
        return None;
    };
    let defines = matches!(head.as_symbol()?, "def" | "defn" | "defstruct" | "declare");
    defines.then(|| name.as_symbol()).flatten()
}

fn drive(
    machine: &mut Machine,
    surroundings: &mut Surroundings<'_>,
) -> Result<Result<Value, Error>, MachineError> {
    loop {
        let status = machine.run(SLICE)?;
        for change in machine.take_hint_changes() {
            match change {
                HintChange::Set(key, value) => {
                    surroundings.host.set_execution_hint(&key, &value);
                }
                HintChange::Clear(key) => surroundings.host.clear_execution_hint(&key),
            }
        }
        match status {
            Status::Done(value) => return Ok(Ok(value)),
            Status::Raised(error) => return Ok(Err(error)),
            Status::RequiresHost(call) => match perform(surroundings.host, &call) {
                Ok(value) => machine.resume(value)?,
                Err(error) => machine.resume_error(error)?,
            },
            Status::RequiresContext(name) => {
                let value = surroundings.host.get_context_value(&name);
                machine.answer_context(value)?;
            }
            Status::RequiresDecision(_) => machine.run_here()?,
            Status::Running => {}
        }
        if let Some(error) = (surroundings.stop)() {
            return Ok(Err(error));
        }
    }
}
