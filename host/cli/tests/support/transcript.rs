//! Commands as documentation shows them, with what they print.

use crate::support::Rtfs;

/// Runs `$ COMMAND`s in order: `rtfs` commands must print what follows them (`…` stands for any text
/// of a line), `cat FILE` makes the file that it shows. Gives how many there were.
///
/// # Errors
/// The first command that prints something else.
pub(crate) fn replay(rtfs: &Rtfs, block: &str) -> Result<usize, String> {
    let steps = steps(block);
    for (command, shown) in &steps {
        let mut arguments = arguments(command);
        let input = match arguments.iter().position(|argument| argument == "<") {
            Some(at) => {
                let file = arguments[at + 1].clone();
                arguments.truncate(at);
                std::fs::read(rtfs.path(&file)).map_err(|error| format!("{file}: {error}"))?
            }
            None => Vec::new(),
        };
        match arguments[0].as_str() {
            "cat" => {
                rtfs.write(&arguments[1], shown);
            }
            "rtfs" => {
                let arguments: Vec<&str> = arguments[1..].iter().map(String::as_str).collect();
                let ended = rtfs.run_with_input(&arguments, &input);
                let all = format!("{}{}", ended.stdout, ended.stderr);
                // Empty lines separate the commands.
                let lines = all.lines().filter(|line| !line.is_empty());
                let actual: String = lines.map(|line| format!("{line}\n")).collect();
                if !fits(shown, &actual) {
                    return Err(format!("$ {command}\n{actual}instead of\n{shown}"));
                }
            }
            other => return Err(format!("`{other}` is used")),
        }
    }
    Ok(steps.len())
}

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
fn dots_stand_for_text_of_one_line() {
    assert!(fits("a … c\n", "a b c\n"));
    assert!(fits("sha256:…\n", "sha256:123\n"));
    assert!(!fits("a … c\n", "a b d\n"));
    assert!(!fits("a\n", "a\nb\n"));
    assert!(!fits("a\n", "b\n"));
    assert_eq!(arguments(r#"x "a b" '"c"'"#), ["x", "a b", "\"c\""]);
}
