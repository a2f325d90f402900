//! Constant folding, and dropping what cannot run.

use rtfs_value::library::{self, Imp};
use rtfs_value::{BuiltinId, Kind, Value};

use crate::guard::nested;
use crate::node::{Literal, MatchClause, Node, NodeId, NodeKind};

/// Library functions that are folded: pure, cheap, with small results.
const FOLDED: &[&str] = &[
    "!=",
    "*",
    "+",
    "-",
    "/",
    "<",
    "<=",
    "=",
    ">",
    ">=",
    "abs",
    "bool?",
    "compare",
    "dec",
    "even?",
    "float?",
    "inc",
    "int?",
    "keyword?",
    "max",
    "min",
    "mod",
    "neg?",
    "nil?",
    "not",
    "not=",
    "number?",
    "odd?",
    "pos?",
    "quot",
    "rem",
    "str",
    "string-length",
    "string?",
    "zero?",
];

/// Longer texts are made at run time.
const MAX_TEXT_BYTES: usize = 256;

/// Folds a node and everything inside it, innermost first.
pub(super) fn fold(node: &mut Node) {
    let checked_body = match &node.kind {
        NodeKind::Lambda(lambda) if lambda.result.is_some() => Some(lambda.body.id),
        _ => None,
    };
    nested(|| crate::walk::children_mut(&mut node.kind, &mut |child| fold(child)));
    match &mut node.kind {
        NodeKind::Lambda(lambda) => keep_body(&mut lambda.body, checked_body),
        NodeKind::Call { head, args } => {
            let NodeKind::Builtin(function) = head.kind else {
                return;
            };
            if let Some(literal) = folded_call(function, args) {
                node.kind = NodeKind::Literal(literal);
            }
        }
        NodeKind::If {
            test,
            then,
            otherwise,
        } => {
            let Some(test) = truth(test) else { return };
            let branch = if test { then } else { otherwise };
            *node = std::mem::replace(&mut **branch, empty(node.id));
        }
        NodeKind::Match { clauses, .. } => drop_guards(clauses),
        NodeKind::And(items) => drop_decided(items, false),
        NodeKind::Or(items) => drop_decided(items, true),
        NodeKind::Do(items) => {
            let n_items = items.len();
            let mut index = 0;
            items.retain(|item| {
                index += 1;
                index == n_items || !is_constant(item)
            });
        }
        _ => {}
    }
    lift_single(node);
}

/// A result that does not fit is the fault of the body as it was written.
fn keep_body(body: &mut Node, written: Option<NodeId>) {
    if let Some(id) = written.filter(|id| *id != body.id) {
        let folded = std::mem::replace(body, empty(id));
        body.kind = NodeKind::Do(vec![folded]);
    }
}

/// The value of a call of a library function with constant arguments, unless it raises.
fn folded_call(function: BuiltinId, args: &[Node]) -> Option<Literal> {
    let entry = library::get(function);
    let Imp::Plain(run) = entry.imp else {
        return None;
    };
    FOLDED.binary_search(&entry.name).ok()?;
    let mut values = args.iter().map(constant).collect::<Option<Vec<Value>>>()?;
    library::check_arity(function, values.len()).ok()?;
    literal(&run(&mut values).ok()?)
}

fn constant(node: &Node) -> Option<Value> {
    let NodeKind::Literal(literal) = &node.kind else {
        return None;
    };
    Some(match literal {
        Literal::Nil => Value::NIL,
        Literal::Bool(value) => Value::bool(*value),
        Literal::Int(value) => Value::int(*value),
        Literal::Float(bits) => Value::float(f64::from_bits(*bits)),
        Literal::Str(text) => Value::string(text),
        Literal::Keyword(name) => Value::keyword(name),
        _ => return None,
    })
}

fn literal(value: &Value) -> Option<Literal> {
    Some(match value.kind() {
        Kind::Nil => Literal::Nil,
        Kind::Boolean => Literal::Bool(value.as_bool()?),
        Kind::Integer => Literal::Int(value.as_int()?),
        Kind::Float => Literal::float(value.as_float()?),
        Kind::String => Literal::Str(
            value
                .as_str()
                .filter(|text| text.len() <= MAX_TEXT_BYTES)?
                .to_owned(),
        ),
        _ => return None,
    })
}

/// Whether a node is true or false, when it is a constant.
fn truth(node: &Node) -> Option<bool> {
    match &node.kind {
        NodeKind::Literal(Literal::Nil | Literal::Bool(false)) => Some(false),
        NodeKind::Literal(_) | NodeKind::Quote(_) | NodeKind::Builtin(_) => Some(true),
        _ => None,
    }
}

/// Evaluating it does nothing but give its value.
fn is_constant(node: &Node) -> bool {
    truth(node).is_some()
}

/// Drops guards that always hold, and clauses whose guard never does. One clause is left, so that
/// a `match` stays one.
fn drop_guards(clauses: &mut Vec<MatchClause>) {
    for clause in &mut *clauses {
        clause.guard.take_if(|guard| truth(guard) == Some(true));
    }
    let never = |clause: &MatchClause| clause.guard.as_ref().and_then(truth) == Some(false);
    if clauses.iter().all(never) {
        clauses.truncate(1);
    } else {
        clauses.retain(|clause| !never(clause));
    }
}

/// Drops operands of `and` (`or`) that decide nothing, and those behind one that decides.
fn drop_decided(items: &mut Vec<Node>, deciding: bool) {
    if let Some(at) = items.iter().position(|item| truth(item) == Some(deciding)) {
        items.truncate(at + 1);
    }
    let n_items = items.len();
    let mut index = 0;
    items.retain(|item| {
        index += 1;
        index == n_items || truth(item) != Some(!deciding)
    });
}

/// Replaces a row of one by that one.
fn lift_single(node: &mut Node) {
    let (NodeKind::Do(items) | NodeKind::And(items) | NodeKind::Or(items)) = &mut node.kind else {
        return;
    };
    if items.len() == 1
        && let Some(item) = items.pop()
    {
        *node = item;
    }
}

fn empty(id: NodeId) -> Node {
    Node {
        id,
        ty: rtfs_value::types::Type::Any,
        kind: NodeKind::Do(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::FOLDED;
    use crate::{OptLevel, dump, lower, optimise};

    #[track_caller]
    fn check(source: &str, expect: &str) {
        let forms = rtfs_syntax::read(source).forms;
        let program = lower(&forms, &Default::default()).program.expect("lowers");
        assert_eq!(optimise(program.clone(), OptLevel::None), program);
        assert_eq!(
            dump(&optimise(program, OptLevel::Basic)).trim_end(),
            expect,
            "{source}"
        );
    }

    #[test]
    fn the_table_is_sorted_and_names_library_functions() {
        assert!(FOLDED.windows(2).all(|pair| pair[0] < pair[1]));
        let missing = FOLDED
            .iter()
            .find(|name| rtfs_value::library::lookup(name).is_none());
        assert_eq!(missing, None);
    }

    #[test]
    fn calls_with_constant_arguments_are_folded() {
        check("(+ 1 (* 2 3))", "7");
        check("(str \"a\" 1 :k 2.5)", "\"a1:k2.5\"");
        check("(if (< 1 2) :yes :no)", ":yes");
        check("(fn [x] (+ x (- 5 2)))", "(fn _ [x] |x| (lib:+ s0 3))");
    }

    #[test]
    fn calls_that_raise_are_left_to_run_time() {
        check("(/ 1 0)", "(lib:/ 1 0)");
        check("(+ 9223372036854775807 1)", "(lib:+ 9223372036854775807 1)");
        check("(+)", "(lib:+)");
        check("(< 1 :a)", "(lib:< 1 :a)");
        check("(if (/ 1 0) 1 2)", "(if (lib:/ 1 0) 1 2)");
    }

    #[test]
    fn redefined_functions_and_effects_are_not_folded() {
        check(
            "(defn inc [x] 0) (inc 1)",
            "global 0 inc definitions=1 fallback\n(def inc (fn inc [x] |x| 0))\n(global:inc 1)",
        );
        check("(call :a)", "(lib:call :a)");
        check("(vector 1)", "(lib:vector 1)");
    }

    #[test]
    fn branches_that_cannot_run_are_dropped() {
        check("(if nil (f) 2)", "2");
        check("(cond false (f) :else 3)", "3");
        check("(fn [] 1 (f) 2 (g))", "(fn _ [] (do (free:f) (free:g)))");
        check("(fn [] 1 2)", "(fn _ [] 2)");
        check("(and true (f) nil (g))", "(and (free:f) nil)");
        check("(and true (f))", "(free:f)");
        check("(or nil false)", "false");
        check("(or (f) 1 (g))", "(or (free:f) 1)");
        check("(and)", "(and)");
        check(
            "(match 2 a when (< 1 2) :one a when (> 1 2) :other)",
            "|a a| (match 2 [s0 :one])",
        );
        check(
            "(match 2 a when (> 1 2) :one)",
            "|a| (match 2 [s0 when false :one])",
        );
    }

    #[test]
    fn forms_that_are_no_definitions_do_not_become_definitions() {
        check(
            "(if true (def x 1))",
            "global 0 x definitions=1\n(do (def x 1))",
        );
    }
}
