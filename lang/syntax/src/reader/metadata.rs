//! Metadata before a form: `^{…}` and `^:delegation …`.

use super::Reader;
use crate::codes;
use crate::literal::shown;
use crate::printer::print_form;
use crate::suggest::closest;
use crate::{Delegation, Diagnostic, Form, FormKind, ParseErrorKind, Span};

const TARGETS: [&str; 3] = ["local", "local-model", "remote"];

/// What the items after a `^` are so far.
enum Progress {
    /// More items are needed.
    Waiting,
    /// Everything is there; the last item carries the metadata.
    Complete,
    /// An item is wrong. `keep`: it is a form of its own and not part of the metadata.
    Wrong { found: Diagnostic, keep: bool },
}

impl Reader<'_> {
    /// The form with its metadata, when the innermost frame, a `^`, has all its items.
    pub(super) fn complete_metadata(&mut self) -> Option<Form> {
        let frame = self.frames.last()?;
        let in_template = frame.quasi_level > 0;
        match progress(&frame.items, in_template) {
            Progress::Waiting => None,
            Progress::Complete => {
                let frame = self.frames.pop()?;
                with_metadata(frame.items, frame.span)
            }
            Progress::Wrong { found, keep } => {
                self.emit(found);
                let last = self.frames.pop()?.items.pop();
                self.mark_damaged();
                last.filter(|_| keep)
            }
        }
    }
}

fn progress(items: &[Form], in_template: bool) -> Progress {
    let [first, others @ ..] = items else {
        return Progress::Waiting;
    };
    match &first.kind {
        FormKind::Map(_) if others.is_empty() => match delegation_of(first) {
            Err(found) if !in_template => Progress::Wrong { found, keep: false },
            _ => Progress::Waiting,
        },
        FormKind::Map(_) => Progress::Complete,
        FormKind::Keyword(name) if name == "delegation" => delegation_progress(first, others),
        _ => Progress::Wrong {
            found: not_metadata(first),
            keep: false,
        },
    }
}

fn delegation_progress(first: &Form, others: &[Form]) -> Progress {
    let Some((target, others)) = others.split_first() else {
        return Progress::Waiting;
    };
    let keep = target.as_keyword().is_none();
    match (target.as_keyword(), others) {
        (Some("local"), []) => Progress::Waiting,
        (Some("local"), _) => Progress::Complete,
        (Some("local-model" | "remote"), []) => Progress::Waiting,
        (Some("local-model" | "remote"), [id]) if id.as_str().is_some() => Progress::Waiting,
        (Some("local-model" | "remote"), [_]) => Progress::Wrong {
            found: missing_id(target),
            keep: true,
        },
        (Some("local-model" | "remote"), _) => Progress::Complete,
        _ => {
            let span = if keep { first.span } else { target.span };
            Progress::Wrong {
                found: unknown_target(target, span),
                keep,
            }
        }
    }
}

/// Builds the form of complete items: a map and a form, or `:delegation`, its target and a form.
fn with_metadata(mut items: Vec<Form>, caret: Span) -> Option<Form> {
    let form = items.pop()?;
    let span = caret.to(form.span);
    let mut items = items.into_iter();
    let first = items.next()?;
    let meta = match items.next() {
        None => first,
        Some(target) => {
            let map_span = first
                .span
                .to(items.as_slice().last().unwrap_or(&target).span);
            let value = match items.next() {
                None => target,
                Some(id) => {
                    let span = target.span.to(id.span);
                    Form::new(FormKind::Vector(vec![target, id]), span)
                }
            };
            Form::new(FormKind::Map(vec![(first, value)]), map_span)
        }
    };
    let delegation = delegation_of(&meta).ok().flatten();
    let (meta, form) = (Box::new(meta), Box::new(form));
    Some(Form::new(
        FormKind::Meta {
            meta,
            delegation,
            form,
        },
        span,
    ))
}

/// The delegation hint in a metadata map, if it has one. Of several the last counts.
///
/// The reader has done this for every form that it read. Forms that a macro made need it again.
///
/// # Errors
/// A diagnostic for a hint that is not `:local`, `[:local-model "id"]` or `[:remote "id"]`.
pub fn delegation_of(meta: &Form) -> Result<Option<Delegation>, Diagnostic> {
    let FormKind::Map(entries) = &meta.kind else {
        return Ok(None);
    };
    let hint = entries
        .iter()
        .rev()
        .find(|(key, _)| key.as_keyword() == Some("delegation"));
    let Some((_, value)) = hint else {
        return Ok(None);
    };
    let (target, id) = match &value.kind {
        FormKind::Vector(items) => match items.as_slice() {
            [target] => (target, None),
            [target, id] => (target, Some(id)),
            _ => return Err(unknown_target(value, value.span)),
        },
        _ => (value, None),
    };
    match (target.as_keyword(), id) {
        (Some("local"), None) => Ok(Some(Delegation::Local)),
        (Some(name @ ("local-model" | "remote")), id) => {
            let id = id
                .and_then(Form::as_str)
                .ok_or_else(|| missing_id(target))?
                .to_owned();
            let remote = name == "remote";
            Ok(Some(if remote {
                Delegation::Remote(id)
            } else {
                Delegation::LocalModel(id)
            }))
        }
        _ => Err(unknown_target(target, target.span)),
    }
}

fn not_metadata(first: &Form) -> Diagnostic {
    let kind = ParseErrorKind::UnexpectedRule;
    let message = format!("metadata is a map, not {}", shown(&print_form(first)));
    let help = match first.as_keyword() {
        Some(name) if closest(name, ["delegation"]).is_some() => {
            "did you mean `^:delegation`?".to_owned()
        }
        Some(name) => format!("write `^{{:{name} true}}`"),
        None => "write `^{:key value} form`".to_owned(),
    };
    Diagnostic::error(codes::BAD_METADATA, kind, message, first.span).with_help(help)
}

fn missing_id(target: &Form) -> Diagnostic {
    let text = print_form(target);
    let kind = ParseErrorKind::MissingToken;
    let message = format!(
        "the delegation target {} needs the name of a model",
        shown(&text)
    );
    Diagnostic::error(codes::BAD_DELEGATION, kind, message, target.span)
        .with_help(format!("write the name as a string: `{text} \"id\"`"))
}

fn unknown_target(target: &Form, span: Span) -> Diagnostic {
    let kind = ParseErrorKind::CustomError;
    let (message, meant) = match target.as_keyword() {
        Some(name) => (
            format!("unknown delegation target `:{name}`"),
            closest(name, TARGETS),
        ),
        None => ("a delegation hint needs a target".to_owned(), None),
    };
    Diagnostic::error(codes::BAD_DELEGATION, kind, message, span).with_help(match meant {
        Some(meant) => format!("did you mean `:{meant}`?"),
        None => "the targets are `:local`, `:local-model \"id\"` and `:remote \"id\"`".to_owned(),
    })
}
