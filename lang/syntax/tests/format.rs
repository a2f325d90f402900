//! The formatter changes layout and nothing else.

#![allow(
    clippy::disallowed_methods,
    reason = "the corpus is read from the repository"
)]

use rtfs_syntax::{Form, FormKind, attached, format, read};

#[track_caller]
fn check(text: &str, expect: &str) {
    let formatted = format(text).expect("reads");
    assert_eq!(formatted, expect);
    assert_eq!(format(&formatted).expect("reads"), formatted, "again");
}

#[test]
fn spacing_is_regular() {
    check("", "");
    check("  1  ", "1\n");
    check("( +  1\t2 )", "(+ 1 2)\n");
    check("(f(g)[1]{:a 1})", "(f (g) [1] {:a 1})\n");
    check("{:a 1, :b 2}", "{:a 1 :b 2}\n");
    check("' x `( a ~ b ~@ c)", "'x `(a ~b ~@c)\n");
    check("1\n\n\n\n2", "1\n\n2\n");
    check("#( + % 1 )", "#(+ % 1)\n");
    check(
        "#uuid( \"0f0e0d0c-0b0a-0908-0706-050403020100\" )",
        "#uuid(\"0f0e0d0c-0b0a-0908-0706-050403020100\")\n",
    );
}

#[test]
fn annotations_stay_as_attached_as_they_were() {
    check("(fn [n:int s :string] n)", "(fn [n:int s :string] n)\n");
    check("(let [x : int 1] x)", "(let [x : int 1] x)\n");
    check(
        "(let [xs:[:vector :int]? nil] xs)",
        "(let [xs:[:vector :int]? nil] xs)\n",
    );
    check("(defn f [x] :int x)", "(defn f [x] :int x)\n");
    check(
        "(fn [[a b]:[:tuple :int :int]] a)",
        "(fn [[a b]:[:tuple :int :int]] a)\n",
    );
    check("[:a:b]", "[:a:b]\n");
    check("`(a ~ @b)", "`(a ~ @b)\n");
}

#[test]
fn lines_are_indented() {
    check(
        "(defn f [x]\n(let [a 1\nb 2]\n(+ a\nb)))",
        "(defn f [x]\n  (let [a 1\n        b 2]\n    (+ a\n       b)))\n",
    );
    check("(str \"a\"\n\"b\")", "(str \"a\"\n     \"b\")\n");
    check("(long-name\na\nb)", "(long-name\n  a\n  b)\n");
    check("{:a 1\n:b {:c 2\n:d 3}}", "{:a 1\n :b {:c 2\n     :d 3}}\n");
    check("'(a b\nc)", "'(a b\n  c)\n");
    check("((fn [x]\nx)\n1)", "((fn [x]\n   x)\n 1)\n");
    check("(f x\n)", "(f x)\n");
    check("(\nf x)", "(f x)\n");
    check(
        "(try\n(g)\n(catch e\n1))",
        "(try\n  (g)\n  (catch e\n    1))\n",
    );
}

#[test]
fn comments_stay() {
    check("; a\n1", "; a\n1\n");
    check("1   ; a\n;; b\n\n2", "1   ; a\n;; b\n\n2\n");
    check("(f ; why\n)", "(f ; why\n  )\n");
    check("(f\n; why\nx)", "(f\n  ; why\n  x)\n");
    check("(f #| in |# x)", "(f #| in |# x)\n");
    check("#| two\n lines |#\n1", "#| two\n lines |#\n1\n");
    check("[\n; first\n1\n2]", "[ ; first\n 1\n 2]\n");
    check("1 ;=> 1", "1 ;=> 1\n");
    check("; only", "; only\n");
}

#[test]
fn strings_are_copied() {
    check("(f \"a\n   b\"\nx)", "(f \"a\n   b\"\n   x)\n");
}

#[test]
fn unreadable_text_is_refused() {
    let found = format("(f").expect_err("is not closed");
    assert_eq!(found[0].code, "E0010");
}

#[test]
fn depth_does_not_blow_lines_up() {
    let deep = "(f\n".repeat(900) + &")".repeat(900);
    let formatted = format(&deep).expect("reads");
    assert!(formatted.len() < 120_000, "{}", formatted.len());
    assert_eq!(format(&formatted).expect("reads"), formatted);
}

/// Which forms are attached to the form before them, in the order of the text.
fn attachments(forms: &[Form], out: &mut Vec<bool>) {
    for pair in forms.windows(2) {
        // The names of quote characters are not written, so nothing is attached to them.
        let prefixes = ["quote", "quasiquote", "unquote", "unquote-splicing"];
        let is_prefix = pair[0]
            .as_symbol()
            .is_some_and(|name| prefixes.contains(&name));
        let matters = matches!(pair[1].kind, FormKind::Keyword(_)) && !is_prefix;
        out.push(matters && attached(&pair[0], &pair[1]));
    }
    for form in forms {
        match &form.kind {
            FormKind::List(items) | FormKind::Vector(items) => attachments(items, out),
            FormKind::Map(entries) => {
                let all: Vec<Form> = entries
                    .iter()
                    .flat_map(|(key, value)| [key.clone(), value.clone()])
                    .collect();
                attachments(&all, out);
            }
            FormKind::Meta { meta, form, .. } => {
                attachments(&[(**meta).clone(), (**form).clone()], out);
            }
            FormKind::Optional(form) => attachments(std::slice::from_ref(form), out),
            _ => {}
        }
    }
}

fn comments(text: &str) -> Vec<String> {
    // Strings and block comments of these texts hold no `;` at the begin of a word.
    text.lines()
        .filter_map(|line| line.split_once(" ;").or_else(|| line.split_once("\n;")))
        .map(|(_, comment)| comment.trim_end().to_owned())
        .collect()
}

#[track_caller]
fn keeps_everything(text: &str, name: &str) {
    let Ok(formatted) = format(text) else {
        return;
    };
    let (before, after) = (read(text), read(&formatted));
    assert_eq!(after.diagnostics, [], "{name}\n{formatted}");
    assert_eq!(after.forms, before.forms, "{name}");
    let (mut one, mut two) = (Vec::new(), Vec::new());
    attachments(&before.forms, &mut one);
    attachments(&after.forms, &mut two);
    assert_eq!(one, two, "{name}\n{formatted}");
    assert_eq!(format(&formatted).expect("reads"), formatted, "{name}");
}

#[test]
fn case_files_and_examples_keep_their_meaning() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders = vec![root.join("tests/corpus"), root.join("examples")];
    let mut n_files = 0;
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rtfs") {
                let text = std::fs::read_to_string(&path).expect("a readable file");
                let cases = rtfs_syntax::case_file::parse_cases(&text);
                for case in cases.map(|file| file.cases).unwrap_or_default() {
                    keeps_everything(&case.source, &path.display().to_string());
                }
                if let Ok(formatted) = format(&text) {
                    keeps_everything(&text, &path.display().to_string());
                    assert_eq!(comments(&formatted), comments(&text), "{}", path.display());
                }
                n_files += 1;
            }
        }
    }
    assert!(n_files > 15, "only {n_files} files");
}

/// Random token soup; what does not read is skipped.
#[test]
fn random_texts_keep_their_meaning() {
    const PARTS: [&str; 32] = [
        "(", ")", "(", ")", "[", "]", "{", "}", "x", "y", ":k", ":", "1", "2.5", "\"s\\n\"", " ",
        " ", "\n", "\n\n", ",", "'", "`", "~", "~@", "@c", "#(", "; c\n", "#| b |#", "?",
        "^{:a 1} ", "& r", "fn ",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % n as u64) as usize
    };
    let mut n_read = 0;
    for _ in 0..60_000 {
        let len = 1 + next(14);
        let mut text = String::new();
        let mut open = Vec::new();
        for _ in 0..len {
            let part = PARTS[next(PARTS.len())];
            match part {
                "(" | "#(" => open.push(")"),
                "[" => open.push("]"),
                "{" => open.push("}"),
                ")" | "]" | "}" => {
                    if let Some(close) = open.pop() {
                        text.push_str(close);
                    }
                    continue;
                }
                _ => {}
            }
            text.push_str(part);
        }
        while let Some(close) = open.pop() {
            text.push_str(close);
        }
        n_read += usize::from(format(&text).is_ok());
        keeps_everything(&text, &text);
    }
    assert!(n_read > 5_000, "only {n_read} texts read");
}
