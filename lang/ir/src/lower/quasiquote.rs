//! `quasiquote`: forms as data with holes.
//!
//! A template becomes calls of library functions that no program can shadow: `list`, `concat`,
//! `into` and `hash-map`. Parts without holes are quoted data.

use std::collections::BTreeMap;

use rtfs_syntax::{Form, FormKind, Span};
use rtfs_value::error::ErrorKind;
use rtfs_value::library;
use rtfs_value::types::Type;

use super::scope::Scope;
use super::special::Special;
use super::{Lowerer, codes, literal, malformed};
use crate::guard::nested;
use crate::node::{Datum, Literal, MatchClause, Node, NodeKind, Pattern};

/// A part of a template.
enum Part {
    /// Data without holes.
    Data(Datum),
    /// An expression for one value.
    Hole(Node),
    /// An expression for any number of items.
    Splice(Node),
}

/// What `unquote` and its siblings do to the level.
enum Mark {
    Deeper,
    Shallower,
    Hole,
    Splice,
}

impl Lowerer<'_> {
    /// `(quasiquote form)`.
    pub(super) fn quasiquote(&mut self, items: &[Form], span: Span) -> Node {
        let [_, form] = items else {
            return self.malformed(
                codes::QUASIQUOTE,
                span,
                "`quasiquote` takes exactly one form",
            );
        };
        match self.template(form, 0) {
            Part::Splice(node) => {
                let message = "`~@` puts items into a list or vector, but none is around it";
                self.malformed(codes::UNQUOTE, self.spans_of(&node), message)
            }
            part => self.part_node(part, form.span),
        }
    }

    fn spans_of(&self, node: &Node) -> Span {
        let span = self.spans.get(node.id.0 as usize);
        span.copied().unwrap_or_default()
    }

    /// A part of the template at a level; level 0 is the outermost quasiquote.
    fn template(&mut self, form: &Form, level: usize) -> Part {
        nested(|| match &form.kind {
            FormKind::List(items) => self.list_template(items, form.span, level),
            FormKind::Vector(items) => {
                let parts = self.templates(items, level);
                self.assembled(parts, form.span, false)
            }
            FormKind::Map(entries) => self.map_template(entries, form.span, level),
            FormKind::Meta { form, .. } | FormKind::Optional(form) => self.template(form, level),
            _ => Part::Data(self.datum(form)),
        })
    }

    fn templates(&mut self, forms: &[Form], level: usize) -> Vec<Part> {
        forms
            .iter()
            .map(|form| self.template(form, level))
            .collect()
    }

    fn list_template(&mut self, items: &[Form], span: Span, level: usize) -> Part {
        let level = match mark(items, level) {
            Some(Mark::Hole) => return self.hole(items, span, false),
            Some(Mark::Splice) => return self.hole(items, span, true),
            Some(Mark::Deeper) => level + 1,
            Some(Mark::Shallower) => level - 1,
            None => level,
        };
        let parts = self.templates(items, level);
        self.assembled(parts, span, true)
    }

    /// `(unquote form)` or `(unquote-splicing form)` at level 0.
    fn hole(&mut self, items: &[Form], span: Span, splice: bool) -> Part {
        let [_, form] = items else {
            let message = "an unquote takes exactly one form";
            return Part::Hole(self.malformed(codes::UNQUOTE, span, message));
        };
        let node = self.expression(form);
        if splice {
            Part::Splice(self.spliceable(node, span))
        } else {
            Part::Hole(node)
        }
    }

    /// The value of a splice, or a `TypeError` when it is no sequence.
    fn spliceable(&mut self, value: Node, span: Span) -> Node {
        self.scopes.push(Scope::Names(Vec::new()));
        let var = self.scopes.bind("");
        self.scopes.pop();
        let sequence = Type::Union(vec![
            Type::any_vector(),
            Type::Nil,
            Type::any_map(),
            Type::String,
        ]);
        let slot = var.as_slot();
        let body = NodeKind::Var(crate::node::Place::Slot(slot));
        let mut clauses = vec![MatchClause {
            pattern: Pattern::As(slot, Box::new(Pattern::Type(sequence))),
            guard: None,
            body: self.node(span, body),
        }];
        let others = [
            (Type::Int, "integer"),
            (Type::Float, "float"),
            (Type::Bool, "boolean"),
            (Type::Keyword, "keyword"),
            (Type::Symbol, "symbol"),
            (Type::Timestamp, "timestamp"),
            (Type::Uuid, "uuid"),
            (Type::Error, "error"),
            (Type::any_function(), "function"),
        ];
        for (ty, kind) in others {
            clauses.push(self.refusal(Pattern::Type(ty), kind, span));
        }
        clauses.push(self.refusal(Pattern::Wildcard, "resource-handle", span));
        let value = Box::new(value);
        self.node(span, NodeKind::Match { value, clauses })
    }

    /// The clause for a kind that cannot be spliced.
    fn refusal(&mut self, pattern: Pattern, kind: &str, span: Span) -> MatchClause {
        let text = format!("Type error in unquote-splicing: expected collection, got {kind}");
        let kind = ErrorKind::TypeError;
        MatchClause {
            pattern,
            guard: None,
            body: self.node(span, NodeKind::Raise { kind, text }),
        }
    }

    /// A list or vector of parts.
    fn assembled(&mut self, parts: Vec<Part>, span: Span, is_list: bool) -> Part {
        if parts.iter().all(|part| matches!(part, Part::Data(_))) {
            let data = parts.into_iter().filter_map(Part::data).collect();
            return Part::Data(if is_list {
                Datum::List(data)
            } else {
                Datum::Vector(data)
            });
        }
        let has_splice = parts.iter().any(|part| matches!(part, Part::Splice(_)));
        if !has_splice {
            let nodes = self.part_nodes(parts, span);
            return Part::Hole(if is_list {
                self.library_call("list", nodes, span)
            } else {
                self.node(span, NodeKind::Vector(nodes))
            });
        }
        let rows = self.rows(parts, span);
        let all = self.library_call("concat", rows, span);
        if !is_list {
            return Part::Hole(all);
        }
        let empty = self.node(span, NodeKind::Quote(Datum::List(Vec::new())));
        Part::Hole(self.library_call("into", vec![empty, all], span))
    }

    /// The arguments of `concat`: splices, and vectors of what stands between them.
    fn rows(&mut self, parts: Vec<Part>, span: Span) -> Vec<Node> {
        let mut rows = Vec::new();
        let mut between = Vec::new();
        for part in parts {
            match part {
                Part::Splice(node) => {
                    if !between.is_empty() {
                        rows.push(self.row(std::mem::take(&mut between), span));
                    }
                    rows.push(node);
                }
                part => between.push(part),
            }
        }
        if !between.is_empty() {
            rows.push(self.row(between, span));
        }
        rows
    }

    fn row(&mut self, parts: Vec<Part>, span: Span) -> Node {
        let row = self.assembled(parts, span, false);
        self.part_node(row, span)
    }

    fn map_template(&mut self, entries: &[(Form, Form)], span: Span, level: usize) -> Part {
        let mut keys = Vec::with_capacity(entries.len());
        let mut values = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            keys.push(match self.template(key, level) {
                Part::Splice(_) => return self.splice_in_map(key.span),
                Part::Data(datum) if literal::map_key(&key.kind).is_none() => {
                    let message = "a key in a quoted map is a keyword, a string or an integer";
                    self.report(malformed(codes::QUASIQUOTE, key.span, message));
                    Part::Data(datum)
                }
                part => part,
            });
            values.push(match self.template(value, level) {
                Part::Splice(_) => return self.splice_in_map(value.span),
                part => part,
            });
        }
        self.assembled_map(keys, values, span)
    }

    fn splice_in_map(&mut self, span: Span) -> Part {
        let message = "`~@` puts items into a list or vector, a map has no place for them";
        Part::Hole(self.malformed(codes::UNQUOTE, span, message))
    }

    fn assembled_map(&mut self, keys: Vec<Part>, values: Vec<Part>, span: Span) -> Part {
        let known = |parts: &[Part]| parts.iter().all(|part| matches!(part, Part::Data(_)));
        if !known(&keys) {
            let pairs = keys.into_iter().zip(values);
            let parts = pairs.flat_map(|(key, value)| [key, value]).collect();
            let nodes = self.part_nodes(parts, span);
            return Part::Hole(self.library_call("hash-map", nodes, span));
        }
        let keys: Vec<Literal> = keys.into_iter().filter_map(Part::key).collect();
        if !known(&values) {
            let nodes = self.part_nodes(values, span);
            let entries = keys.into_iter().zip(nodes).collect();
            return Part::Hole(self.node(span, NodeKind::Map(entries)));
        }
        let mut entries: Vec<(Literal, Datum)> = Vec::with_capacity(keys.len());
        let mut positions: BTreeMap<Literal, usize> = BTreeMap::new();
        for (key, value) in keys
            .into_iter()
            .zip(values.into_iter().filter_map(Part::data))
        {
            match positions.get(&key) {
                Some(position) => entries[*position].1 = value,
                None => {
                    positions.insert(key.clone(), entries.len());
                    entries.push((key, value));
                }
            }
        }
        Part::Data(Datum::Map(entries))
    }

    fn part_nodes(&mut self, parts: Vec<Part>, span: Span) -> Vec<Node> {
        parts
            .into_iter()
            .map(|part| self.part_node(part, span))
            .collect()
    }

    fn part_node(&mut self, part: Part, span: Span) -> Node {
        let kind = match part {
            Part::Data(Datum::Literal(literal)) => NodeKind::Literal(literal),
            Part::Data(datum) => NodeKind::Quote(datum),
            Part::Hole(node) | Part::Splice(node) => return node,
        };
        self.node(span, kind)
    }

    /// A call of a library function, whatever its name means in the program.
    fn library_call(&mut self, name: &str, args: Vec<Node>, span: Span) -> Node {
        let head = match library::lookup(name) {
            Some(builtin) => NodeKind::Builtin(builtin),
            None => NodeKind::Free(name.to_owned()),
        };
        let head = Box::new(self.node(span, head));
        self.node(span, NodeKind::Call { head, args })
    }
}

impl Part {
    fn data(self) -> Option<Datum> {
        match self {
            Part::Data(datum) => Some(datum),
            _ => None,
        }
    }

    fn key(self) -> Option<Literal> {
        match self {
            Part::Data(Datum::Literal(literal)) => Some(literal),
            _ => None,
        }
    }
}

fn mark(items: &[Form], level: usize) -> Option<Mark> {
    let head = items.first().and_then(Form::as_symbol)?;
    Some(match (Special::named(head)?, level) {
        (Special::Quasiquote, _) => Mark::Deeper,
        (Special::Unquote, 0) => Mark::Hole,
        (Special::UnquoteSplicing, 0) => Mark::Splice,
        (Special::Unquote | Special::UnquoteSplicing, _) => Mark::Shallower,
        _ => return None,
    })
}
