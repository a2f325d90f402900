//! The commands that `README.md` shows do what it says.

mod support;

use support::{Rtfs, repository};

/// `$ COMMAND` and what follows up to the next one or an empty line.
fn steps(text: &str) -> Vec<(String, String)> {
    let mut steps: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push((command.to_owned(), String::new())),
            (None, Some((_, shown))) if !line.is_empty() => *shown += &format!("{line}\n"),
            _ => {}
        }
    }
    steps
}

/// Arguments as a shell takes them apart, with quotes of both kinds.
fn arguments(command: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    let (mut word, mut quote) = (None::<String>, None);
    for c in command.chars() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (' ', None) => arguments.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    arguments.extend(word);
    arguments
}

/// Whether `shown` is `actual`; `…` stands for any text of a line.
fn fits(shown: &str, actual: &str) -> bool {
    let fits_line = |(shown, actual): (&str, &str)| {
        let parts: Vec<&str> = shown.split('…').collect();
        let [first, rest @ ..] = parts.as_slice() else {
            return false;
        };
        let Some(mut actual) = actual.strip_prefix(first) else {
            return false;
        };
        for part in rest {
            match actual.rfind(part) {
                Some(at) if !part.is_empty() => actual = &actual[at + part.len()..],
                Some(_) => actual = "",
                None => return false,
            }
        }
        actual.is_empty()
    };
    shown.lines().count() == actual.lines().count()
        && shown.lines().zip(actual.lines()).all(fits_line)
}

#[test]
fn the_walk_through_the_store_works_as_shown() {
    let readme = std::fs::read_to_string(repository().join("README.md")).expect("it is there");
    let (_, section) = readme.split_once("\n## Keep it\n").expect("the section");
    let (_, block) = section.split_once("```text\n").expect("its example");
    let (block, _) = block.split_once("```").expect("the example ends");
    let rtfs = Rtfs::new();
    let steps = steps(block);
    assert!(steps.len() > 5, "{steps:?}");
    for (command, shown) in steps {
        let arguments = arguments(&command);
        match arguments[0].as_str() {
            "cat" => {
                rtfs.write(&arguments[1], &shown);
            }
            "rtfs" => {
                let arguments: Vec<&str> = arguments[1..].iter().map(String::as_str).collect();
                let ended = rtfs.run(&arguments);
                let actual = format!("{}{}", ended.stdout, ended.stderr);
                assert!(
                    fits(&shown, &actual),
                    "$ {command}\n{actual}instead of\n{shown}"
                );
            }
            other => panic!("README uses `{other}`"),
        }
    }
}

#[test]
fn dots_stand_for_text_of_one_line() {
    assert!(fits("a … c\n", "a b c\n"));
    assert!(fits("sha256:…\n", "sha256:123\n"));
    assert!(!fits("a … c\n", "a b d\n"));
    assert!(!fits("a\n", "a\nb\n"));
    assert!(!fits("a\n", "b\n"));
    assert_eq!(arguments(r#"x "a b" '"c"'"#), ["x", "a b", "\"c\""]);
}
