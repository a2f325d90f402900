//! Directives: `;; name: value` at the head of a case file.

use crate::codes;
use crate::suggest::closest;
use crate::{Diagnostic, Diagnostics, ParseErrorKind, Span};

/// What the head of a case file says about all its cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directives {
    /// The engines that run the cases; `None` stands for all.
    pub engines: Option<Vec<String>>,
    /// Whether the type checker looks at the cases first.
    pub static_checks: bool,
    /// How much annotations are checked at run time.
    pub validation: ValidationLevel,
    /// The host that answers calls; `None` stands for the pure host, which refuses them.
    pub host: Option<String>,
    /// Limit of nested calls.
    pub max_depth: Option<u32>,
    /// Limit of work.
    pub fuel: Option<u64>,
}

/// How much annotations are checked at run time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ValidationLevel {
    /// Kinds only.
    Basic,
    /// Everything that is written.
    #[default]
    Standard,
    /// Everything, also what a compiler proved.
    Strict,
}

const NAMES: [&str; 6] = [
    "engines",
    "static",
    "validation",
    "host",
    "max-depth",
    "fuel",
];

/// Reads the directives among the comments at the head of a file.
pub(super) fn parse(text: &str, comments: &[Span], diagnostics: &mut Diagnostics) -> Directives {
    let mut directives = Directives::default();
    let mut seen: Vec<&str> = Vec::new();
    for &span in comments {
        let comment = text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default();
        let Some((name, value)) = split(comment) else {
            continue;
        };
        let fault = if seen.contains(&name) {
            Some(format!("the directive `{name}` stands here twice"))
        } else if directives.set(name, value).is_none() {
            Some(if NAMES.contains(&name) {
                format!("`{value}` is not a value of the directive `{name}`")
            } else {
                format!("unknown directive `{name}`")
            })
        } else {
            None
        };
        seen.push(name);
        if let Some(message) = fault {
            let kind = ParseErrorKind::CustomError;
            let found = Diagnostic::error(codes::BAD_DIRECTIVE, kind, message, span);
            diagnostics.push(found.with_help(help(name)));
        }
    }
    directives
}

/// Name and value of a comment that is a directive.
fn split(comment: &str) -> Option<(&str, &str)> {
    let (name, value) = comment.strip_prefix(";;")?.split_once(':')?;
    let (name, value) = (name.trim(), value.trim());
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    is_name.then_some((name, value))
}

fn help(name: &str) -> String {
    match name {
        "engines" => "list engine names: `engines: evaluator component`".into(),
        "static" => "the values are `on` and `off`".into(),
        "validation" => "the values are `basic`, `standard` and `strict`".into(),
        "host" => "write one name".into(),
        "max-depth" | "fuel" => "write a number".into(),
        _ => match closest(name, NAMES) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!(
                "the directives are {}; plain comments begin with one `;`",
                NAMES.join(", ")
            ),
        },
    }
}

impl Directives {
    /// Sets what a directive says; `None` when the name or value is unknown.
    fn set(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "engines" => self.engines = Some(words(value)?),
            "static" => {
                self.static_checks = match value {
                    "on" => true,
                    "off" => false,
                    _ => return None,
                }
            }
            "validation" => {
                self.validation = match value {
                    "basic" => ValidationLevel::Basic,
                    "standard" => ValidationLevel::Standard,
                    "strict" => ValidationLevel::Strict,
                    _ => return None,
                }
            }
            "host" => match words(value)?.as_slice() {
                [host] => self.host = Some(host.clone()),
                _ => return None,
            },
            "max-depth" => self.max_depth = Some(value.parse().ok()?),
            "fuel" => self.fuel = Some(value.parse().ok()?),
            _ => return None,
        }
        Some(())
    }
}

/// One or more names, with spaces or commas between.
fn words(value: &str) -> Option<Vec<String>> {
    let words: Vec<String> = value
        .split([' ', '\t', ','])
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let is_word = |word: &String| word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (!words.is_empty() && words.iter().all(is_word)).then_some(words)
}
