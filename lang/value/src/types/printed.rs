//! Types as text, in the form of messages.

use super::{Constraint, Literal, Predicate, Type};
use crate::print::{write_int, write_readable};
use alloc::string::String;
use core::fmt;

impl Type {
    /// The printed form, e.g. `[:map [:a :int] [:b :string ?]]`.
    pub fn printed(&self) -> String {
        let mut out = String::new();
        write_type(self, &mut out);
        out
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.printed())
    }
}

impl Predicate {
    /// The printed form, e.g. `[:> 0]`.
    pub fn printed(&self) -> String {
        let mut out = String::new();
        write_predicate(self, &mut out);
        out
    }
}

impl Literal {
    /// Appends the readable text.
    pub fn write(&self, out: &mut String) {
        write_readable(&self.value(), out);
    }
}

fn write_all<'a>(head: &str, types: impl IntoIterator<Item = &'a Type>, out: &mut String) {
    out.push_str(head);
    for ty in types {
        out.push(' ');
        write_type(ty, out);
    }
    out.push(']');
}

fn write_type(ty: &Type, out: &mut String) {
    match ty {
        Type::Int => out.push_str(":int"),
        Type::Float => out.push_str(":float"),
        Type::String => out.push_str(":string"),
        Type::Bool => out.push_str(":bool"),
        Type::Nil => out.push_str(":nil"),
        Type::Keyword => out.push_str(":keyword"),
        Type::Symbol => out.push_str(":symbol"),
        Type::Any => out.push_str(":any"),
        Type::Never => out.push_str(":never"),
        Type::Timestamp => out.push_str(":timestamp"),
        Type::Uuid => out.push_str(":uuid"),
        Type::Error => out.push_str(":error"),
        Type::TypeVar(name) | Type::TypeRef(name) | Type::Struct { name, .. } => {
            out.push_str(name);
        }
        Type::Optional(inner) => {
            write_type(inner, out);
            out.push('?');
        }
        Type::Vector(item) => write_all("[:vector", [&**item], out),
        Type::List(item) => match &**item {
            Type::Any => out.push_str(":list"),
            item => write_all("[:list", [item], out),
        },
        Type::Tuple(items) => write_all("[:tuple", items, out),
        Type::Map { entries, wildcard } => {
            out.push_str("[:map");
            for entry in entries {
                out.push_str(" [:");
                out.push_str(&entry.key);
                out.push(' ');
                write_type(&entry.ty, out);
                out.push_str(if entry.optional { " ?]" } else { "]" });
            }
            if let Some(wildcard) = wildcard {
                out.push_str(" [:* ");
                write_type(wildcard, out);
                out.push(']');
            }
            out.push(']');
        }
        Type::MapOf(key, value) => write_all("[:map-of", [&**key, &**value], out),
        Type::Function {
            params,
            rest,
            result,
        } => write_function(params, rest.as_deref(), result, out),
        Type::Resource(name) => {
            out.push_str("[:resource ");
            out.push_str(name);
            out.push(']');
        }
        Type::Enum(literals) => write_literals("[:enum", literals, out),
        Type::Literal(literal) => write_literals("[:val", [literal], out),
        Type::Union(members) => write_all("[:union", members, out),
        Type::Refinement { base, constraints } => write_refinement(base, constraints, out),
        Type::Array { item, shape } => {
            out.push_str("[:array ");
            write_type(item, out);
            if !shape.is_empty() {
                out.push(' ');
                write_shape(shape, out);
            }
            out.push(']');
        }
    }
}

fn write_function(params: &[Type], rest: Option<&Type>, result: &Type, out: &mut String) {
    out.push_str("[:fn [");
    let mut first = true;
    for param in params {
        if !core::mem::take(&mut first) {
            out.push(' ');
        }
        write_type(param, out);
    }
    if let Some(rest) = rest {
        out.push_str(if first { "& " } else { " & " });
        write_type(rest, out);
    }
    out.push_str("] ");
    write_type(result, out);
    out.push(']');
}

fn write_refinement(base: &Type, constraints: &[Constraint], out: &mut String) {
    out.push_str("[:and ");
    write_type(base, out);
    for constraint in constraints {
        out.push(' ');
        match constraint {
            Constraint::Type(ty) => write_type(ty, out),
            Constraint::Predicate(predicate) => write_predicate(predicate, out),
        }
    }
    out.push(']');
}

/// `[3 ?]`
pub(super) fn write_shape(shape: &[Option<u32>], out: &mut String) {
    out.push('[');
    for (i, size) in shape.iter().enumerate() {
        if i > 0 {
            out.push(' ');
        }
        match size {
            Some(size) => write_int(i64::from(*size), out),
            None => out.push('?'),
        }
    }
    out.push(']');
}

fn write_literals<'a>(
    head: &str,
    literals: impl IntoIterator<Item = &'a Literal>,
    out: &mut String,
) {
    out.push_str(head);
    for literal in literals {
        out.push(' ');
        literal.write(out);
    }
    out.push(']');
}

fn write_predicate(predicate: &Predicate, out: &mut String) {
    let number = |n: &u32| Literal::Int(i64::from(*n));
    match predicate {
        Predicate::Greater(n) => write_literals("[:>", [n], out),
        Predicate::GreaterEqual(n) => write_literals("[:>=", [n], out),
        Predicate::Less(n) => write_literals("[:<", [n], out),
        Predicate::LessEqual(n) => write_literals("[:<=", [n], out),
        Predicate::Equal(v) => write_literals("[:=", [v], out),
        Predicate::NotEqual(v) => write_literals("[:!=", [v], out),
        Predicate::InRange(a, b) => write_literals("[:in-range", [a, b], out),
        Predicate::MinLength(n) => write_literals("[:min-length", [&number(n)], out),
        Predicate::MaxLength(n) => write_literals("[:max-length", [&number(n)], out),
        Predicate::Length(n) => write_literals("[:length", [&number(n)], out),
        Predicate::MatchesRegex(p) => {
            write_literals("[:matches-regex", [&Literal::Str(p.clone())], out)
        }
        Predicate::IsUrl => out.push_str(":is-url"),
        Predicate::IsEmail => out.push_str(":is-email"),
        Predicate::MinCount(n) => write_literals("[:min-count", [&number(n)], out),
        Predicate::MaxCount(n) => write_literals("[:max-count", [&number(n)], out),
        Predicate::Count(n) => write_literals("[:count", [&number(n)], out),
        Predicate::NonEmpty => out.push_str(":non-empty"),
        Predicate::HasKey(key) => {
            write_literals("[:has-key", [&Literal::Keyword(key.clone())], out)
        }
        Predicate::RequiredKeys(keys) => {
            out.push_str("[:required-keys [");
            for (i, key) in keys.iter().enumerate() {
                if i > 0 {
                    out.push(' ');
                }
                out.push(':');
                out.push_str(key);
            }
            out.push_str("]]");
        }
        Predicate::Unknown(name) => out.push_str(name),
    }
}
