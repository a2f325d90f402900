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

/// The known name that differs least from an unknown one, when it is near enough to be a slip.
pub(super) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let length = name.chars().count();
    let limit = match length {
        0..=2 => return None,
        3..=5 => 1,
        _ => 2,
    };
    let mut best: Option<(usize, &str)> = None;
    for candidate in known {
        let longer = candidate.chars().count();
        if candidate == name || longer.abs_diff(length) > limit {
            continue;
        }
        let candidate = (distance(name, candidate), candidate);
        if candidate.0 <= limit && best.is_none_or(|best| candidate < best) {
            best = Some(candidate);
        }
    }
    best.map(|(_, name)| name)
}

/// Edits (insert, remove, replace, swap neighbours) between two names.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut two_back: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    let mut last_char = None;
    for (row, char_a) in a.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, char_b) in b.iter().enumerate() {
            let replaced = previous[column] + usize::from(char_a != *char_b);
            let mut edits = replaced
                .min(previous[column + 1] + 1)
                .min(current[column] + 1);
            let swapped = column > 0 && last_char == Some(*char_b) && b[column - 1] == char_a;
            if swapped && row > 0 {
                edits = edits.min(two_back[column - 1] + 1);
            }
            current.push(edits);
        }
        two_back = std::mem::replace(&mut previous, current);
        last_char = Some(char_a);
    }
    previous[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[track_caller]
    fn check(name: &str, expect: Option<&str>) {
        let known = [
            "map", "filter", "reduce", "count", "concat", "conj", "first",
        ];
        assert_eq!(nearest(name, known.into_iter()), expect);
    }

    #[test]
    fn slips_find_the_name_that_was_meant() {
        check("fliter", Some("filter"));
        check("redcue", Some("reduce"));
        check("cuont", Some("count"));
        check("frist", Some("first"));
    }

    #[test]
    fn names_that_are_not_near_find_nothing() {
        check("x", None);
        check("velocity", None);
        check("maps-to", None);
    }
}
