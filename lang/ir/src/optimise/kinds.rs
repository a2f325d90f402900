//! Static kinds of nodes, where they are obvious.
//!
//! A type noted in [`Node::ty`] is about kinds and exact: `Float` is a float and never an integer
//! that passed a `:float` annotation.

use rtfs_value::library;
use rtfs_value::types::Type;

use crate::guard::nested;
use crate::node::{Datum, Literal, Node, NodeKind};

/// Notes the kinds of a node and of everything inside it, innermost first.
pub(super) fn note_kinds(node: &mut Node) {
    nested(|| crate::walk::children_mut(&mut node.kind, &mut |child| note_kinds(child)));
    node.ty = kind(&node.kind);
}

fn kind(kind: &NodeKind) -> Type {
    match kind {
        NodeKind::Literal(literal) => literal_type(literal),
        NodeKind::Quote(Datum::Literal(literal)) => literal_type(literal),
        NodeKind::Quote(Datum::List(_)) => Type::any_list(),
        NodeKind::Quote(Datum::Vector(_)) | NodeKind::Vector(_) | NodeKind::For { .. } => {
            Type::any_vector()
        }
        NodeKind::Quote(Datum::Map(_)) | NodeKind::Map(_) => Type::any_map(),
        NodeKind::Builtin(_) | NodeKind::Lambda(_) => Type::any_function(),
        NodeKind::Declare(_) | NodeKind::Import(_) => Type::Nil,
        NodeKind::Raise { .. } => Type::Never,
        NodeKind::Def { init, .. } | NodeKind::LocalDef { init, .. } => init.ty.clone(),
        NodeKind::Do(items) => items.last().map_or(Type::Nil, |last| last.ty.clone()),
        NodeKind::Scope { body, .. }
        | NodeKind::Let { body, .. }
        | NodeKind::HintScope { body, .. } => body.ty.clone(),
        NodeKind::If {
            then, otherwise, ..
        } if then.ty == otherwise.ty => then.ty.clone(),
        NodeKind::Call { head, args } => match &head.kind {
            NodeKind::Builtin(id) => {
                call_type(library::get(*id).name, &mut args.iter().map(|arg| &arg.ty))
            }
            _ => Type::Any,
        },
        _ => Type::Any,
    }
}

fn literal_type(literal: &Literal) -> Type {
    match literal {
        Literal::Nil => Type::Nil,
        Literal::Bool(_) => Type::Bool,
        Literal::Int(_) => Type::Int,
        Literal::Float(_) => Type::Float,
        Literal::Str(_) => Type::String,
        Literal::Keyword(_) => Type::Keyword,
        Literal::Symbol(_) => Type::Symbol,
        Literal::Timestamp(_) => Type::Timestamp,
        Literal::Uuid(_) => Type::Uuid,
        Literal::Resource(_) => Type::Any,
    }
}

/// The kind of what a library function returns for arguments of these kinds, when it returns.
pub(crate) fn call_type(name: &str, args: &mut dyn Iterator<Item = &Type>) -> Type {
    match name {
        "+" | "-" | "*" => arithmetic_type(args),
        "inc" | "dec" | "abs" => arithmetic_type(args),
        "/" | "mod" | "rem" | "quot" | "max" | "min" | "pow" => Type::number(),
        "sqrt" | "float" => Type::Float,
        "int" | "factorial" | "count" | "length" | "string-length" | "compare" => Type::Int,
        "=" | "not=" | "!=" | "<" | "<=" | ">" | ">=" | "not" | "contains?" | "empty?"
        | "every?" | "some?" | "even?" | "odd?" | "zero?" | "pos?" | "neg?" | "nil?" | "bool?"
        | "int?" | "float?" | "string?" | "symbol?" | "keyword?" | "vector?" | "list?" | "map?"
        | "number?" | "fn?" | "error?" | "starts-with?" | "ends-with?" | "string-contains"
        | "string-contains?" | "string-p" => Type::Bool,
        "str" | "join" | "string-join" | "string-upper" | "string-lower" | "string-trim"
        | "type-name" | "substring" => Type::String,
        "vector" | "vec" | "map" | "map-indexed" | "filter" | "remove" | "keys" | "vals"
        | "concat" | "range" | "numbers" | "partition" | "partition-by" | "split" | "re-seq" => {
            Type::any_vector()
        }
        "list" => Type::any_list(),
        "hash-map" | "group-by" | "frequencies" => Type::any_map(),
        _ => Type::Any,
    }
}

/// Integers stay integers, one float makes a float, anything else is a number.
fn arithmetic_type(args: &mut dyn Iterator<Item = &Type>) -> Type {
    let mut kind = Type::Int;
    for arg in args {
        match arg {
            Type::Int => {}
            Type::Float => kind = Type::Float,
            _ => return Type::number(),
        }
    }
    kind
}

#[cfg(test)]
mod tests {
    use crate::{OptLevel, lower, optimise};

    #[track_caller]
    fn check(source: &str, expect: &str) {
        let forms = rtfs_syntax::read(source).forms;
        let program = lower(&forms, &Default::default()).program.expect("lowers");
        let program = optimise(program, OptLevel::Basic);
        assert_eq!(program.forms[0].node.ty.to_string(), expect, "{source}");
    }

    #[test]
    fn obvious_kinds_are_noted() {
        check("[1]", "[:vector :any]");
        check("(if (f) 1 2)", ":int");
        check("(if (f) 1 2.0)", ":any");
        check("(+ (count (f)) 1)", ":int");
        check("(+ (count (f)) 1.5)", ":float");
        check("(+ (f) 1.5)", "[:union :int :float]");
        check("(let [x (f)] (< x 1))", ":bool");
        check("(f)", ":any");
    }
}
