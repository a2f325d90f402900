//! Did-you-mean: what an unknown name was probably meant to be.

use super::thread::DERIVED;

/// Advice for names that other languages have and this one does not.
pub(super) fn advice(name: &str) -> Option<&'static str> {
    foreign_form(name).or_else(|| foreign_function(name))
}

/// Whether other languages have a form of this name.
pub(super) fn is_foreign_form(name: &str) -> bool {
    foreign_form(name).is_some()
}

/// Whether a form of this name is a macro that is built in.
pub(super) fn is_derived(name: &str) -> bool {
    DERIVED.contains(&name)
}

fn foreign_form(name: &str) -> Option<&'static str> {
    Some(match name {
        "loop" | "recur" | "while" => {
            "there is no `loop`: let a function call itself in tail position, which does not grow the stack"
        }
        "case" | "condp" | "switch" => "use `match` or `cond`",
        "if-not" => "use `if` with its branches the other way round",
        "if-let" | "when-let" | "if-some" | "when-some" => {
            "bind with `let`, then test with `if` or `when`"
        }
        "doseq" | "foreach" => "use `for`, `map` or `dotimes`",
        "letfn" => "function bindings of one `let` see each other",
        "var" | "const" | "define" | "setq" => {
            "names are bound by (def name value), or by (let [name value] …) for a body"
        }
        "function" | "defun" | "defn-" | "defmethod" => {
            "functions are defined by (defn name [params] body)"
        }
        "defrecord" | "deftype" | "defprotocol" => {
            "structures are defined by (defstruct Name :field type)"
        }
        "ns" | "require" | "use" => {
            "modules are made by (module name (:exports [a]) …), and used by (import name :as n)"
        }
        "->" | "=>" => {
            "a result type is written (defn f [x] : int body); `(-> x f g)` passes a value on"
        }
        "catch" | "finally" => "`catch` and `finally` are clauses directly inside `try`",
        _ => return None,
    })
}

fn foreign_function(name: &str) -> Option<&'static str> {
    Some(match name {
        "println" | "print" | "prn" | "printf" | "log" => {
            "output goes through the host: (call :ccos.io.println \"text\")"
        }
        "slurp" | "spit" | "read-file" | "write-file" | "read-line" | "input" | "rand"
        | "rand-int" | "now" | "sleep" | "http-get" | "http-fetch" | "get-env" => {
            "what is outside of the program is asked for through the host: (call :capability.name …)"
        }
        "atom" | "swap!" | "reset!" | "deref" => {
            "values never change: pass the new value to a function call"
        }
        "else" => "write `:else` with a colon",
        "return" => "a function gives the value of its last form",
        "null" | "None" | "undefined" => "write `nil`",
        "True" | "TRUE" => "write `true`",
        "False" | "FALSE" => "write `false`",
        "true?" => "compare with `(= x true)`",
        "false?" => "compare with `(= x false)`",
        "seq" | "not-empty" => "use `(not (empty? xs))` to test, `vec` to convert",
        "integer?" => "use `int?`",
        "boolean?" => "use `bool?`",
        "function?" => "use `fn?`",
        "second" => "use `(nth xs 1)`, or `(get xs 1)` when there may be none",
        "mapv" | "filterv" => "use `map` and `filter`: both give vectors",
        "mapcat" => "use `(apply concat (map f xs))`",
        "zipmap" => "use `(into {} (map vector ks vs))`",
        "repeat" => "use `(map (fn [_] x) (range n))`",
        "reduce-kv" => "use `(reduce (fn [acc [k v]] …) init m)`",
        "format" | "sprintf" | "concat-strings" | "string-append" => "use `(str a b …)`",
        "subs" => "use `(substring s start end)`",
        "upper-case" | "to-upper" | "toUpperCase" => "use `string-upper`",
        "lower-case" | "to-lower" | "toLowerCase" => "use `string-lower`",
        "trim" => "use `string-trim`",
        "blank?" => "use `(empty? (string-trim s))`",
        "includes?" => "use `string-contains?`",
        "replace" | "string-replace" | "str-replace" => {
            "split and join: `(join new (split s old))`"
        }
        "parse-double" => "use `parse-float`",
        "parse-long" => "use `parse-int`",
        "%" | "modulo" => "use `(mod a b)`",
        "==" => "use `=`",
        "&&" => "use `(and a b)`",
        "||" => "use `(or a b)`",
        "set" | "hash-set" => "there are no sets: use `distinct` and `contains?`",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtfs_value::library;

    /// Names that advice puts between backquotes, alone or at the head of a list.
    fn advised(advice: &str) -> Vec<&str> {
        let quoted = advice.split('`').skip(1).step_by(2);
        quoted
            .flat_map(|code| code.split(['(', ')', ' ', '[', ']']).take(2))
            .filter(|word| {
                word.chars()
                    .all(|c| c.is_ascii_lowercase() || "-?".contains(c))
            })
            .filter(|word| word.len() > 1)
            .collect()
    }

    #[test]
    fn advice_names_what_exists() {
        let forms = crate::lower::special::names;
        for name in [
            "mapcat", "zipmap", "trim", "blank?", "integer?", "case", "second", "==", "replace",
        ] {
            let advice = advice(name).expect(name);
            let words = advised(advice);
            assert!(!words.is_empty() || name == "==", "{name}: {advice}");
            for word in words {
                let exists = library::lookup(word).is_some() || forms().any(|form| form == word);
                assert!(exists, "{name}: {word}");
            }
        }
    }

    #[test]
    fn nothing_that_exists_has_advice() {
        for builtin in library::BUILTINS {
            assert_eq!(advice(builtin.name), None, "{}", builtin.name);
        }
        for form in crate::lower::special::names() {
            assert_eq!(advice(form), None, "{form}");
        }
    }
}
