//! Type expressions.

use rtfs_syntax::{Form, FormKind, Span, closest};
use rtfs_value::types::{Constraint, MAX_DEPTH, MapEntry, Predicate, Type};

use super::{Lowerer, codes, literal, malformed};
use crate::node::Literal;

/// Heads of bracketed types that also make a `match` pattern a type pattern.
const PATTERN_HEADS: &[&str] = &[
    "vector", "tuple", "map", "record", "map-of", "dict", "fn", "=>", "resource", "enum", "union",
    "and", "val", "array",
];

/// Whether a vector in a `match` pattern is a type.
pub(super) fn begins_with_type_head(items: &[Form]) -> bool {
    items
        .first()
        .and_then(Form::as_keyword)
        .is_some_and(|head| PATTERN_HEADS.contains(&head))
}

/// Whether a keyword names a type of its own, `?` aside.
pub(super) fn is_known_word(word: &str) -> bool {
    named(word.strip_suffix('?').unwrap_or(word)).is_some()
}

/// The words that [`named`] knows.
pub(super) const WORDS: [&str; 19] = [
    "int",
    "integer",
    "float",
    "string",
    "str",
    "bool",
    "boolean",
    "nil",
    "keyword",
    "symbol",
    "any",
    "never",
    "number",
    "vector",
    "list",
    "map",
    "timestamp",
    "uuid",
    "error",
];

/// The type of a word such as `int` or `Int`.
fn named(word: &str) -> Option<Type> {
    let mut letters = word.chars();
    let first = letters.next()?.to_ascii_lowercase();
    let word: String = std::iter::once(first).chain(letters).collect();
    Some(match word.as_str() {
        "int" | "integer" => Type::Int,
        "float" => Type::Float,
        "string" | "str" => Type::String,
        "bool" | "boolean" => Type::Bool,
        "nil" => Type::Nil,
        "keyword" => Type::Keyword,
        "symbol" => Type::Symbol,
        "any" => Type::Any,
        "never" => Type::Never,
        "number" => Type::number(),
        "fn" => Type::any_function(),
        "vector" => Type::any_vector(),
        "list" => Type::any_list(),
        "map" => Type::any_map(),
        "timestamp" => Type::Timestamp,
        "uuid" => Type::Uuid,
        "error" => Type::Error,
        _ => return None,
    })
}

/// The type of a word, a struct's name when it is no other.
fn word_type(word: &str) -> Type {
    let (name, optional) = match word.strip_suffix('?') {
        Some(name) if !name.is_empty() => (name, true),
        _ => (word, false),
    };
    let ty = named(name).unwrap_or_else(|| Type::TypeRef(name.to_owned()));
    if optional { ty.optional() } else { ty }
}

/// Why a type expression is wrong, and where.
pub(super) struct Wrong {
    span: Span,
    message: String,
}

pub(super) type Read<T> = Result<T, Wrong>;

fn wrong<T>(form: &Form, message: impl Into<String>) -> Read<T> {
    Err(Wrong {
        span: form.span,
        message: message.into(),
    })
}

impl Lowerer<'_> {
    /// The type that a form spells; `None` after reporting that it spells none.
    pub(super) fn type_form(&mut self, form: &Form) -> Option<Type> {
        match read_type(form, 0) {
            Ok(ty) => {
                self.warn_unknown_types(&ty, form);
                self.with_structs(ty, form.span)
            }
            Err(Wrong { span, message }) => {
                self.report(
                    malformed(codes::TYPE, span, message).with_help(
                        "types are keywords such as :int, brackets such as [:vector :int], or struct names",
                    ),
                );
                None
            }
        }
    }
}

/// Reads a type expression, struct names as references.
pub(super) fn read_type(form: &Form, depth: usize) -> Read<Type> {
    if depth >= MAX_DEPTH {
        return wrong(
            form,
            format!("this type nests more than {MAX_DEPTH} levels deep"),
        );
    }
    match &form.kind {
        FormKind::Keyword(word) | FormKind::Symbol(word) => Ok(word_type(word)),
        FormKind::Nil => Ok(Type::Nil),
        FormKind::Optional(inner) => Ok(read_type(inner, depth + 1)?.optional()),
        FormKind::Vector(items) => read_bracketed(form, items, depth + 1),
        _ => wrong(form, "this is no type"),
    }
}

fn read_types(forms: &[Form], depth: usize) -> Read<Vec<Type>> {
    forms.iter().map(|form| read_type(form, depth)).collect()
}

fn read_bracketed(form: &Form, items: &[Form], depth: usize) -> Read<Type> {
    let Some((head, operands)) = items.split_first() else {
        return wrong(
            form,
            "a bracketed type begins with a keyword such as :vector",
        );
    };
    let word = head
        .as_keyword()
        .or_else(|| head.as_symbol())
        .unwrap_or_default();
    match (word, operands) {
        ("vector", [item]) => Ok(Type::Vector(Box::new(read_type(item, depth)?))),
        ("list", [item]) => Ok(Type::List(Box::new(read_type(item, depth)?))),
        ("tuple", items) => Ok(Type::Tuple(read_types(items, depth)?)),
        ("map" | "record", entries) => read_record(entries, depth),
        ("map-of" | "dict", [key, value]) => Ok(Type::MapOf(
            Box::new(read_type(key, depth)?),
            Box::new(read_type(value, depth)?),
        )),
        ("fn" | "=>", [params, result]) => read_function(params, result, depth),
        ("resource", [name]) => match name.as_symbol().or_else(|| name.as_keyword()) {
            Some(name) => Ok(Type::Resource(name.to_owned())),
            None => wrong(name, "the name of a resource must stand here"),
        },
        ("enum", literals @ [_, ..]) => Ok(Type::Enum(
            literals.iter().map(read_literal).collect::<Read<_>>()?,
        )),
        ("union", members @ [_, ..]) => Ok(Type::Union(read_types(members, depth)?)),
        ("and", [base, constraints @ ..]) => Ok(Type::Refinement {
            base: Box::new(read_type(base, depth)?),
            constraints: constraints
                .iter()
                .map(|item| read_constraint(item, depth))
                .collect::<Read<_>>()?,
        }),
        ("val", [literal]) => Ok(Type::Literal(read_literal(literal)?)),
        ("array", [item]) => Ok(Type::Array {
            item: Box::new(read_type(item, depth)?),
            shape: Vec::new(),
        }),
        ("array", [item, shape]) => Ok(Type::Array {
            item: Box::new(read_type(item, depth)?),
            shape: read_shape(shape)?,
        }),
        ("vector" | "list" | "val", _) => wrong(form, format!("[:{word} …] takes one operand")),
        ("map-of" | "dict", _) => wrong(form, format!("[:{word} K V] takes two types")),
        ("fn" | "=>", _) => wrong(
            form,
            format!("[:{word} [params] result] takes parameters and a result"),
        ),
        ("resource", _) => wrong(form, "[:resource Name] takes one name"),
        ("enum" | "union" | "and", _) => wrong(form, format!("[:{word} …] needs an operand")),
        ("array", _) => wrong(form, "[:array T [d …]] takes a type and a vector of sizes"),
        ("", _) => wrong(
            head,
            "a bracketed type begins with a keyword such as :vector",
        ),
        (other, _) => wrong(
            head,
            match closest(other, PATTERN_HEADS.iter().copied().chain(["list"])) {
                Some(meant) => {
                    format!("there is no bracketed type [:{other} …]; did you mean `:{meant}`?")
                }
                None => format!("there is no bracketed type [:{other} …]"),
            },
        ),
    }
}

/// The entries of `[:map [:a T] [:b T ?] [:* W]]` and `[:map {:a T}]`.
fn read_record(forms: &[Form], depth: usize) -> Read<Type> {
    let (mut entries, mut wildcard) = (Vec::new(), None);
    let mut add = |key: &Form, ty: Type, optional: bool| match key.as_keyword() {
        Some("*") => {
            wildcard = Some(Box::new(ty));
            Ok(())
        }
        Some(name) => {
            entries.push(MapEntry {
                key: name.to_owned(),
                ty,
                optional,
            });
            Ok(())
        }
        None => wrong(key, "the key of an entry is a keyword"),
    };
    for form in forms {
        match &form.kind {
            FormKind::Map(pairs) => {
                for (key, value) in pairs {
                    add(key, read_type(value, depth)?, false)?;
                }
            }
            FormKind::Vector(items) => match items.as_slice() {
                [key, value] => add(key, read_type(value, depth)?, false)?,
                [key, value, mark] if mark.as_symbol() == Some("?") => {
                    add(key, read_type(value, depth)?, true)?;
                }
                _ => return wrong(form, "an entry is [:key T] or [:key T ?]"),
            },
            _ => return wrong(form, "an entry is [:key T] or [:key T ?]"),
        }
    }
    Ok(Type::Map { entries, wildcard })
}

fn read_function(params: &Form, result: &Form, depth: usize) -> Read<Type> {
    let Some(forms) = params.as_vector() else {
        return wrong(params, "the parameter types stand in a vector");
    };
    let mark = forms
        .iter()
        .position(|form| matches!(form.kind, FormKind::Ampersand));
    let (fixed, rest) = match mark {
        None => (forms, None),
        Some(at) => match &forms[at + 1..] {
            [rest] => (&forms[..at], Some(Box::new(read_type(rest, depth)?))),
            _ => return wrong(&forms[at], "one type follows `&`"),
        },
    };
    let params = read_types(fixed, depth)?;
    Ok(Type::Function {
        params,
        rest,
        result: Box::new(read_type(result, depth)?),
    })
}

fn read_shape(form: &Form) -> Read<Vec<Option<u32>>> {
    let Some(sizes) = form.as_vector() else {
        return wrong(form, "the shape of an array is a vector of sizes");
    };
    sizes.iter().map(read_size).collect()
}

fn read_size(form: &Form) -> Read<Option<u32>> {
    if form.as_symbol() == Some("?") {
        return Ok(None);
    }
    count(form).map(Some)
}

fn count(form: &Form) -> Read<u32> {
    match form.kind {
        FormKind::Int(n) => match u32::try_from(n) {
            Ok(n) => Ok(n),
            Err(_) => wrong(form, "this count is out of range"),
        },
        _ => wrong(form, "a whole number must stand here"),
    }
}

fn read_literal(form: &Form) -> Read<rtfs_value::types::Literal> {
    use rtfs_value::types::Literal as L;
    let literal = match &form.kind {
        FormKind::Symbol(name) => return Ok(L::Symbol(name.clone())),
        FormKind::List(items) => match items.as_slice() {
            [
                head,
                Form {
                    kind: FormKind::Symbol(name),
                    ..
                },
            ] if head.as_symbol() == Some("quote") => {
                return Ok(L::Symbol(name.clone()));
            }
            _ => None,
        },
        kind => literal::scalar(kind),
    };
    Ok(match literal {
        Some(Literal::Nil) => L::Nil,
        Some(Literal::Bool(value)) => L::Bool(value),
        Some(Literal::Int(value)) => L::Int(value),
        Some(Literal::Float(bits)) => L::Float(bits),
        Some(Literal::Str(text)) => L::Str(text),
        Some(Literal::Keyword(name)) => L::Keyword(name),
        Some(Literal::Symbol(name)) => L::Symbol(name),
        Some(Literal::Timestamp(text)) => L::Timestamp(text),
        Some(Literal::Uuid(text)) => L::Uuid(text),
        Some(Literal::Resource(text)) => L::Resource(text),
        None => return wrong(form, "a literal must stand here"),
    })
}

/// An operand of `[:and T …]`.
fn read_constraint(form: &Form, depth: usize) -> Read<Constraint> {
    if let Some(word) = form.as_keyword() {
        return Ok(match word {
            "is-url" => Constraint::Predicate(Predicate::IsUrl),
            "is-email" => Constraint::Predicate(Predicate::IsEmail),
            "non-empty" => Constraint::Predicate(Predicate::NonEmpty),
            _ => Constraint::Type(read_type(form, depth)?),
        });
    }
    let predicate =
        form.as_vector()
            .and_then(<[Form]>::split_first)
            .and_then(|(head, operands)| {
                Some((
                    head.as_keyword()
                        .filter(|word| !PATTERN_HEADS.contains(word))?,
                    operands,
                ))
            });
    match predicate {
        Some((word, operands)) => Ok(Constraint::Predicate(read_predicate(form, word, operands)?)),
        None => Ok(Constraint::Type(read_type(form, depth)?)),
    }
}

fn read_predicate(form: &Form, word: &str, operands: &[Form]) -> Read<Predicate> {
    Ok(match (word, operands) {
        (">", [n]) => Predicate::Greater(read_literal(n)?),
        (">=", [n]) => Predicate::GreaterEqual(read_literal(n)?),
        ("<", [n]) => Predicate::Less(read_literal(n)?),
        ("<=", [n]) => Predicate::LessEqual(read_literal(n)?),
        ("=", [value]) => Predicate::Equal(read_literal(value)?),
        ("!=", [value]) => Predicate::NotEqual(read_literal(value)?),
        ("in-range", [low, high]) => Predicate::InRange(read_literal(low)?, read_literal(high)?),
        ("min-length", [n]) => Predicate::MinLength(count(n)?),
        ("max-length", [n]) => Predicate::MaxLength(count(n)?),
        ("length", [n]) => Predicate::Length(count(n)?),
        ("matches-regex", [pattern]) => match pattern.as_str() {
            Some(pattern) => Predicate::MatchesRegex(pattern.to_owned()),
            None => return wrong(pattern, "a regular expression is a string"),
        },
        ("is-url", []) => Predicate::IsUrl,
        ("is-email", []) => Predicate::IsEmail,
        ("min-count", [n]) => Predicate::MinCount(count(n)?),
        ("max-count", [n]) => Predicate::MaxCount(count(n)?),
        ("count", [n]) => Predicate::Count(count(n)?),
        ("non-empty", []) => Predicate::NonEmpty,
        ("has-key", [key]) => match key.as_keyword() {
            Some(key) => Predicate::HasKey(key.to_owned()),
            None => return wrong(key, "a keyword must stand here"),
        },
        ("required-keys", [keys]) => {
            let names = keys.as_vector().unwrap_or_default();
            let names: Option<Vec<String>> = names
                .iter()
                .map(|key| key.as_keyword().map(str::to_owned))
                .collect();
            match names.filter(|_| keys.as_vector().is_some()) {
                Some(names) => Predicate::RequiredKeys(names),
                None => return wrong(keys, "a vector of keywords must stand here"),
            }
        }
        (word, _) if is_known_predicate(word) => {
            return wrong(form, format!("[:{word} …] has other operands"));
        }
        (word, _) => Predicate::Unknown(word.to_owned()),
    })
}

fn is_known_predicate(word: &str) -> bool {
    matches!(
        word,
        ">" | ">="
            | "<"
            | "<="
            | "="
            | "!="
            | "in-range"
            | "min-length"
            | "max-length"
            | "length"
            | "matches-regex"
            | "is-url"
            | "is-email"
            | "min-count"
            | "max-count"
            | "count"
            | "non-empty"
            | "has-key"
            | "required-keys"
    )
}
