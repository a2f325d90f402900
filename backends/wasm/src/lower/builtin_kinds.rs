//! What library functions give, as far as it follows from what they are given, and what can be
//! said about arguments that a function has accepted.

use super::kinds::Kinds;

/// What `(name args…)` gives when it does not raise.
pub(super) fn result_kinds(name: &str, args: &[Kinds]) -> Kinds {
    if args.contains(&Kinds::NONE) {
        return Kinds::NONE;
    }
    let first = args.first().copied().unwrap_or(Kinds::ANY);
    match name {
        "+" | "-" | "*" | "inc" | "dec" | "abs" => arithmetic(args),
        "mod" | "rem" | "quot" => arithmetic(args),
        "min" | "max" => args
            .iter()
            .fold(Kinds::NONE, |all, arg| all.or(*arg))
            .and(Kinds::NUMBER),
        "conj" => updated(first, Kinds::LIST),
        "assoc" | "assoc-in" | "update" | "update-in" => updated(first, Kinds::MAP),
        "into" | "rest" | "reverse" | "distinct" if first == Kinds::VECTOR => Kinds::VECTOR,
        "take" | "drop" | "cons" if args.get(1) == Some(&Kinds::VECTOR) => Kinds::VECTOR,
        "dissoc" if first == Kinds::MAP => Kinds::MAP,
        _ => by_name(name),
    }
}

/// Numbers stay integers when all are, and become floats when one is.
fn arithmetic(args: &[Kinds]) -> Kinds {
    if args.iter().all(|arg| arg.and(Kinds::NUMBER) == Kinds::INT) {
        Kinds::INT
    } else if args
        .iter()
        .any(|arg| arg.and(Kinds::NUMBER) == Kinds::FLOAT)
    {
        Kinds::FLOAT
    } else {
        Kinds::NUMBER
    }
}

/// A function that keeps the kind of a vector, list or map, and makes `of_nil` of `nil`.
fn updated(first: Kinds, of_nil: Kinds) -> Kinds {
    let kept = Kinds::VECTOR.or(Kinds::LIST).or(Kinds::MAP);
    if !first.is_within(kept.or(Kinds::NIL)) {
        return Kinds::ANY;
    }
    let made = if first.meets(Kinds::NIL) {
        of_nil
    } else {
        Kinds::NONE
    };
    first.and(kept).or(made)
}

fn by_name(name: &str) -> Kinds {
    match name {
        "/" | "pow" => Kinds::NUMBER,
        "count" | "length" | "string-length" | "compare" | "factorial" | "int" => Kinds::INT,
        "sqrt" | "float" => Kinds::FLOAT,
        "=" | "not=" | "!=" | "<" | "<=" | ">" | ">=" | "not" | "empty?" | "contains?"
        | "even?" | "odd?" | "zero?" | "pos?" | "neg?" | "every?" | "some?" | "nil?" | "bool?"
        | "int?" | "float?" | "string?" | "symbol?" | "keyword?" | "vector?" | "list?" | "map?"
        | "number?" | "fn?" | "error?" | "timestamp?" | "uuid?" | "string-contains"
        | "string-contains?" | "starts-with?" | "ends-with?" | "string-p" => Kinds::BOOL,
        "str"
        | "join"
        | "string-join"
        | "string-upper"
        | "string-lower"
        | "string-trim"
        | "substring"
        | "type-name"
        | "serialize-json"
        | "serialize-json-pretty" => Kinds::STRING,
        "vector" | "vec" | "keys" | "vals" | "concat" | "subvec" | "partition" | "range"
        | "numbers" | "map" | "map-indexed" | "filter" | "remove" | "split" | "re-seq"
        | "sort-by" | "partition-by" => Kinds::VECTOR,
        "list" => Kinds::LIST,
        "hash-map" | "group-by" | "frequencies" => Kinds::MAP,
        "Exception." | "RuntimeError." | "HostError." | "ValidationError." => Kinds::ERROR,
        "error" | "throw" => Kinds::NONE,
        _ => Kinds::ANY,
    }
}

/// What argument `index` is, once the function has not raised.
pub(super) fn accepted_kinds(name: &str, index: usize, args: &[Kinds]) -> Kinds {
    match name {
        "+" | "-" | "*" | "/" | "mod" | "rem" | "quot" | "inc" | "dec" | "abs" | "sqrt" | "pow"
        | "zero?" | "pos?" | "neg?" | "even?" | "odd?" => Kinds::NUMBER,
        "<" | "<=" | ">" | ">=" if args.len() > 1 => comparable(index, args),
        _ => Kinds::ANY,
    }
}

/// What was compared are two numbers or two strings.
fn comparable(index: usize, args: &[Kinds]) -> Kinds {
    let mut kinds = Kinds::NUMBER.or(Kinds::STRING);
    for (other_index, other) in args.iter().enumerate() {
        for group in [Kinds::NUMBER, Kinds::STRING] {
            if other_index != index && !other.meets(group) {
                kinds = kinds.without(group);
            }
        }
    }
    kinds
}

/// The kinds that a question asks for.
pub(super) fn asked_kinds(name: &str) -> Option<Kinds> {
    use rtfs_value::tag;
    Some(match name {
        "nil?" => Kinds::NIL,
        "bool?" => Kinds::BOOL,
        "int?" => Kinds::INT,
        "float?" => Kinds::FLOAT,
        "number?" => Kinds::NUMBER,
        "string?" | "string-p" => Kinds::STRING,
        "keyword?" => Kinds::KEYWORD,
        "symbol?" => Kinds::of(tag::SYMBOL),
        "vector?" => Kinds::VECTOR,
        "list?" => Kinds::LIST,
        "map?" => Kinds::MAP,
        "error?" => Kinds::ERROR,
        "fn?" => Kinds::FUNCTION,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_keeps_integers() {
        assert_eq!(result_kinds("+", &[Kinds::INT, Kinds::INT]), Kinds::INT);
        assert_eq!(result_kinds("*", &[Kinds::ANY, Kinds::FLOAT]), Kinds::FLOAT);
        assert_eq!(result_kinds("-", &[Kinds::ANY, Kinds::INT]), Kinds::NUMBER);
        assert_eq!(result_kinds("+", &[Kinds::NONE, Kinds::INT]), Kinds::NONE);
    }

    #[test]
    fn collections_keep_their_kind() {
        assert_eq!(
            result_kinds("conj", &[Kinds::VECTOR, Kinds::INT]),
            Kinds::VECTOR
        );
        assert_eq!(
            result_kinds("assoc", &[Kinds::MAP.or(Kinds::NIL)]),
            Kinds::MAP
        );
        assert_eq!(result_kinds("conj", &[Kinds::ANY, Kinds::INT]), Kinds::ANY);
    }

    #[test]
    fn a_comparison_tells_about_its_operands() {
        assert_eq!(
            accepted_kinds("<", 0, &[Kinds::ANY, Kinds::INT]),
            Kinds::NUMBER
        );
        let either = Kinds::NUMBER.or(Kinds::STRING);
        assert_eq!(accepted_kinds("<", 1, &[Kinds::ANY, Kinds::ANY]), either);
    }
}
