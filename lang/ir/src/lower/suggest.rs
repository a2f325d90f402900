//! Did-you-mean: what an unknown name was probably meant to be.

/// Advice for names that other Lisps have and this language does not.
pub(super) fn advice(name: &str) -> Option<&'static str> {
    Some(match name {
        "loop" | "recur" => {
            "there is no `loop`: let a function call itself in tail position, which does not grow the stack"
        }
        "case" => "use `match` or `cond`",
        "if-let" | "when-let" => "bind with `let`, then test with `if` or `when`",
        "doseq" => "use `for`, `map` or `dotimes`",
        "letfn" => "function bindings of one `let` see each other",
        "println" | "print" | "log" => {
            "output goes through the host: (call :ccos.io.println \"text\")"
        }
        "atom" | "swap!" | "reset!" | "deref" => {
            "values never change: pass the new value to a function call"
        }
        "else" => "write `:else` with a colon",
        "catch" | "finally" => "`catch` and `finally` are clauses directly inside `try`",
        "true?" => "compare with `(= x true)`",
        "false?" => "compare with `(= x false)`",
        "seq" => "use `(not (empty? xs))` to test, `vec` to convert",
        _ => return None,
    })
}
