//! Forms: what the reader makes of source text, before any form has a meaning.

use crate::Span;

/// A piece of source text that was read, with its place.
///
/// Two forms are equal (`==`) when they read the same, wherever they stand: spans do not count,
/// floats compare by their bits. Forms nest at most a few levels deeper than
/// [`crate::MAX_NESTING`] when they come from the reader.
#[derive(Clone, Debug)]
pub struct Form {
    /// Where it was read, brackets and prefix characters included.
    pub span: Span,
    /// What it is.
    pub kind: FormKind,
}

/// The kinds of forms.
#[derive(Clone, Debug)]
pub enum FormKind {
    /// `nil`
    Nil,
    /// `true`, `false`
    Bool(bool),
    /// `42`
    Int(i64),
    /// `2.5`, `1e-3`, `##Inf`
    Float(f64),
    /// A string, escapes resolved.
    Str(String),
    /// A keyword, without its colon.
    Keyword(String),
    /// A symbol. `λ` reads as `fn`.
    Symbol(String),
    /// `2026-03-01T08:00:00Z` or `#timestamp("…")`, the text as written.
    Timestamp(String),
    /// A uuid, the text as written.
    Uuid(String),
    /// `resource://…` or `#resource-handle("…")`, the text as written.
    Resource(String),
    /// `( … )`. Reader macros read as lists too:
    ///
    /// | written | list |
    /// |---|---|
    /// | `'x` | `(quote x)` |
    /// | `` `x `` | `(quasiquote x)` |
    /// | `~x`, `~@x` | `(unquote x)`, `(unquote-splicing x)` |
    /// | `@name`, `@:name` | `(resource:ref "name")` |
    /// | `#(f % %2 %&)` | `(fn [%1 %2 & %rest] (f %1 %2 %rest))` |
    /// | `(.m t a)` | `(m t a)` |
    List(Vec<Form>),
    /// `[ … ]`
    Vector(Vec<Form>),
    /// `{ … }`, pairs as written: keys of any kind, duplicates kept. In `{:a x & r}` the last
    /// pair is [`FormKind::Ampersand`] and `r`.
    Map(Vec<(Form, Form)>),
    /// `^{…} form`, `^:delegation … form`.
    Meta {
        /// The metadata map. `^:delegation :remote "m"` gives `{:delegation [:remote "m"]}`.
        meta: Box<Form>,
        /// The delegation hint in the map, if it holds one.
        delegation: Option<Delegation>,
        /// The form that carries the metadata.
        form: Box<Form>,
    },
    /// `[…]?`: a bracketed type expression marked optional.
    Optional(Box<Form>),
    /// A standalone `&`.
    Ampersand,
    /// A standalone `:` that starts an annotation, as in `x : T` and `x:[:vector :int]`.
    Colon,
}

/// Who runs the function that carries the hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delegation {
    /// `:local`
    Local,
    /// `:local-model "id"`
    LocalModel(String),
    /// `:remote "id"`
    Remote(String),
}

/// Whether `b` follows `a` without a gap, as `:int` follows `n` in `n:int`.
pub fn attached(a: &Form, b: &Form) -> bool {
    a.span.end == b.span.start
}

impl Form {
    /// A form of `kind` at `span`.
    pub fn new(kind: FormKind, span: Span) -> Form {
        Form { span, kind }
    }

    /// Moves the form and everything in it `offset` bytes on.
    pub(crate) fn shift(&mut self, offset: u32) {
        let mut todo = vec![self];
        while let Some(form) = todo.pop() {
            form.span = form.span.shifted(offset);
            match &mut form.kind {
                FormKind::List(items) | FormKind::Vector(items) => todo.extend(items),
                FormKind::Map(entries) => {
                    todo.extend(entries.iter_mut().flat_map(|(key, value)| [key, value]));
                }
                FormKind::Meta { meta, form, .. } => todo.extend([&mut **meta, &mut **form]),
                FormKind::Optional(form) => todo.push(form),
                _ => {}
            }
        }
    }

    /// The symbol `name` at `span`.
    pub fn symbol(name: impl Into<String>, span: Span) -> Form {
        Form::new(FormKind::Symbol(name.into()), span)
    }

    /// The name, if this is a symbol.
    pub fn as_symbol(&self) -> Option<&str> {
        match &self.kind {
            FormKind::Symbol(name) => Some(name),
            _ => None,
        }
    }

    /// The name without colon, if this is a keyword.
    pub fn as_keyword(&self) -> Option<&str> {
        match &self.kind {
            FormKind::Keyword(name) => Some(name),
            _ => None,
        }
    }

    /// The items, if this is a list.
    pub fn as_list(&self) -> Option<&[Form]> {
        match &self.kind {
            FormKind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The items, if this is a vector.
    pub fn as_vector(&self) -> Option<&[Form]> {
        match &self.kind {
            FormKind::Vector(items) => Some(items),
            _ => None,
        }
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            FormKind::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Whether this is a list whose first item is the symbol `name`.
    pub fn is_call_of(&self, name: &str) -> bool {
        self.as_list()
            .and_then(<[Form]>::first)
            .and_then(Form::as_symbol)
            == Some(name)
    }
}

impl PartialEq for Form {
    fn eq(&self, other: &Form) -> bool {
        // A worklist, because programs can build deeper forms than the reader does.
        let mut todo = vec![(self, other)];
        while let Some((a, b)) = todo.pop() {
            if !same_node(&a.kind, &b.kind, &mut todo) {
                return false;
            }
        }
        true
    }
}

/// Compares two nodes without their children, which go to `todo`.
fn same_node<'f>(a: &'f FormKind, b: &'f FormKind, todo: &mut Vec<(&'f Form, &'f Form)>) -> bool {
    use FormKind as K;
    match (a, b) {
        (K::Nil, K::Nil) | (K::Ampersand, K::Ampersand) | (K::Colon, K::Colon) => true,
        (K::Bool(a), K::Bool(b)) => a == b,
        (K::Int(a), K::Int(b)) => a == b,
        (K::Float(a), K::Float(b)) => a.to_bits() == b.to_bits(),
        (K::Str(a), K::Str(b))
        | (K::Keyword(a), K::Keyword(b))
        | (K::Symbol(a), K::Symbol(b))
        | (K::Timestamp(a), K::Timestamp(b))
        | (K::Uuid(a), K::Uuid(b))
        | (K::Resource(a), K::Resource(b)) => a == b,
        (K::List(a), K::List(b)) | (K::Vector(a), K::Vector(b)) => {
            todo.extend(a.iter().zip(b));
            a.len() == b.len()
        }
        (K::Map(a), K::Map(b)) => {
            for ((key_a, value_a), (key_b, value_b)) in a.iter().zip(b) {
                todo.extend([(key_a, key_b), (value_a, value_b)]);
            }
            a.len() == b.len()
        }
        (K::Optional(a), K::Optional(b)) => {
            todo.push((a, b));
            true
        }
        (
            K::Meta {
                meta: meta_a,
                delegation: hint_a,
                form: form_a,
            },
            K::Meta {
                meta: meta_b,
                delegation: hint_b,
                form: form_b,
            },
        ) => {
            todo.extend([(&**meta_a, &**meta_b), (&**form_a, &**form_b)]);
            hint_a == hint_b
        }
        _ => false,
    }
}
