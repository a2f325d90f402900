//! Forms made of the items between two brackets.

use super::{Frame, FrameKind, Reader};
use crate::codes;
use crate::lexer::offset;
use crate::literal::{is_uuid, read_timestamp, shown};
use crate::token::{Opener, Tag};
use crate::{Diagnostic, Form, FormKind, ParseErrorKind, Span};

impl Reader<'_> {
    /// Completes the innermost bracket, which `closer` closes. The top frame is no prefix, or it
    /// is dropped: a form that was reported waits there.
    pub(super) fn close_top(&mut self, closer: Span) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        let FrameKind::Open(opener) = frame.kind else {
            return;
        };
        let span = frame.span.to(closer);
        let kind = match opener {
            Opener::List => self.list(frame),
            Opener::Vector => return self.vector(frame, span),
            Opener::Map => self.map(frame),
            Opener::ShortFn => {
                let form = self.short_fn(frame, span);
                return self.push(form);
            }
            Opener::Tagged(tag) => match self.tagged(tag, frame, span) {
                Some(kind) => kind,
                None => return self.push_damaged(span),
            },
            Opener::Set => FormKind::Vector(frame.items),
        };
        self.push(Form::new(kind, span));
    }

    pub(super) fn list(&mut self, mut frame: Frame) -> FormKind {
        self.check_last_colon(&mut frame);
        if let (true, [method]) = (frame.method, frame.items.as_slice())
            && !frame.damaged
        {
            let name = method.as_symbol().unwrap_or_default();
            let kind = ParseErrorKind::MissingToken;
            let message = format!("`.{name}` needs a target");
            let found = Diagnostic::error(codes::LONE_METHOD, kind, message, method.span)
                .with_help(format!(
                    "write `(.{name} target …)`, or `({name})` for a plain call"
                ));
            self.emit(found);
        }
        FormKind::List(frame.items)
    }

    fn vector(&mut self, mut frame: Frame, span: Span) {
        self.check_last_colon(&mut frame);
        let vector = Form::new(FormKind::Vector(frame.items), span);
        if self.lexer.take_optional_mark() {
            let span = Span::new(span.start, span.end + 1);
            self.push(Form::new(FormKind::Optional(Box::new(vector)), span));
        } else {
            self.push(vector);
        }
    }

    /// Reports and drops a colon with no type after it.
    fn check_last_colon(&mut self, frame: &mut Frame) {
        if let Some(Form {
            kind: FormKind::Colon,
            span,
        }) = frame.items.last()
        {
            let kind = ParseErrorKind::MissingToken;
            let found = Diagnostic::error(codes::LONE_COLON, kind, "a type is missing", *span)
                .with_help("write the type after the colon: `n:int`");
            self.emit(found);
            frame.items.pop();
        }
    }

    fn map(&mut self, frame: Frame) -> FormKind {
        if !frame.items.len().is_multiple_of(2) && !frame.damaged {
            self.odd_map(&frame);
        }
        let mut entries = Vec::with_capacity(frame.items.len() / 2);
        let mut items = frame.items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            entries.push((key, value));
        }
        FormKind::Map(entries)
    }

    fn odd_map(&mut self, frame: &Frame) {
        let keyless = key_without_value(&frame.items);
        let Some(key) = frame.items.get(keyless) else {
            return;
        };
        let kind = ParseErrorKind::MissingToken;
        let found = Diagnostic::error(
            codes::ODD_MAP,
            kind,
            "this map has a key without a value",
            key.span,
        )
        .with_related(
            frame.span,
            format!("the map has {} forms", frame.items.len()),
        );
        let ampersand = matches!(key.kind, FormKind::Ampersand);
        self.emit(if ampersand {
            found
                .with_label("no name after it")
                .with_help("write `& rest`")
        } else if keyless + 1 == frame.items.len() {
            found
                .with_label("no value after it")
                .with_help("keys and values come in pairs")
        } else {
            found.with_label("probably its value is missing").with_help(
                "keys and values come in pairs; after this key the next key follows directly",
            )
        });
    }

    fn tagged(&mut self, tag: Tag, frame: Frame, span: Span) -> Option<FormKind> {
        if let [
            Form {
                kind: FormKind::Str(text),
                span,
            },
        ] = frame.items.as_slice()
        {
            return self.tagged_text(tag, text, *span);
        }
        if !frame.damaged {
            let opening = Opener::Tagged(tag).text();
            let kind = ParseErrorKind::UnexpectedRule;
            let message = format!("`{opening}` takes one string");
            let found = Diagnostic::error(codes::BAD_TAG, kind, message, span);
            self.emit(found.with_help(format!("write `{opening}\"…\")`")));
        }
        None
    }

    fn tagged_text(&mut self, tag: Tag, text: &str, span: Span) -> Option<FormKind> {
        let kind = ParseErrorKind::InvalidLiteral;
        let found = match tag {
            Tag::Timestamp => match read_timestamp(text, span) {
                Ok(value) => return Some(value),
                Err(found) => found,
            },
            Tag::Uuid if is_uuid(text) => return Some(FormKind::Uuid(text.to_owned())),
            Tag::Uuid => {
                let message = format!("{} is not a uuid", shown(text));
                Diagnostic::error(codes::BAD_UUID, kind, message, span)
                    .with_help("a uuid is 8-4-4-4-12 hexadecimal digits joined with `-`")
            }
            // A host may hand out handles of any text, and all of them print in this form.
            Tag::Resource if !text.is_empty() => return Some(FormKind::Resource(text.to_owned())),
            Tag::Resource => {
                let message = "this resource handle names no resource";
                Diagnostic::error(codes::BAD_RESOURCE, kind, message, span)
            }
        };
        self.emit(found);
        None
    }

    /// Makes `(fn [%1 …] (…))` of the items of `#(…)`.
    fn short_fn(&mut self, frame: Frame, span: Span) -> Form {
        let mark = Span::new(span.start, span.start + offset("#".len()));
        let body_span = Span::new(mark.end, span.end);
        let params = self.end_short_fn(mark);
        let body = Form::new(self.list(frame), body_span);
        let head = Form::symbol("fn", mark);
        Form::new(FormKind::List(vec![head, params, body]), span)
    }
}

/// Which key of an odd map probably lacks its value: the first keyword that is directly followed
/// by a keyword and a form that is none, as `:a` in `{:a :b 1}`; else the last one.
fn key_without_value(items: &[Form]) -> usize {
    let is_keyword = |at: usize| {
        items
            .get(at)
            .is_some_and(|form| form.as_keyword().is_some())
    };
    (0..items.len())
        .step_by(2)
        .find(|&at| {
            is_keyword(at) && is_keyword(at + 1) && at + 2 < items.len() && !is_keyword(at + 2)
        })
        .unwrap_or(items.len().saturating_sub(1))
}
