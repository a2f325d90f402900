//! The guide: every block of RTFS in it does what it says, and the pages that are made from tables
//! are up to date.
//!
//! | Block | Test |
//! |---|---|
//! | `rtfs` with `;=>` | its cases hold, as in case files |
//! | `rtfs` | the program runs and raises nothing |
//! | `rtfs,host=Kind` | as before, with a host that fails every call so |
//! | `rtfs,gets=CODE` | the front end finds the code; `nothing`: it finds nothing |
//! | `rtfs,cases=CODE` | as a case file it has this fault |
//! | `rtfs,error` | shown with what `rtfs run` prints; the tests of the command line run it |
//! | `rtfs,module=NAME` | a module that other blocks of the page import |

#[path = "../examples/guide_pages/pages.rs"]
mod pages;
mod support;

use std::path::Path;

use rtfs_eval::{Host, HostCall, Limits, PureHost, evaluate};
use rtfs_ir::{LowerOptions, ModuleLoader, lower};
use rtfs_syntax::case_file::{Expectation, parse_cases};
use rtfs_syntax::{Diagnostic, SourceText};
use rtfs_value::error::ErrorKind;
use rtfs_value::{Error, Value};

/// A fenced block.
struct Block {
    page: String,
    line: usize,
    info: String,
    text: String,
}

impl Block {
    fn attribute(&self, name: &str) -> Option<&str> {
        let parts = self.info.split(',');
        parts.filter_map(|part| part.strip_prefix(name)).next()
    }

    fn place(&self) -> String {
        format!("{}:{}", self.page, self.line)
    }
}

fn blocks_of(page: &str, text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (index, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), open) {
            (Some(info), false) => {
                open = true;
                blocks.push(Block {
                    page: page.to_owned(),
                    line: index + 1,
                    info: info.to_owned(),
                    text: String::new(),
                });
            }
            (Some(_), true) => open = false,
            (None, true) => {
                if let Some(block) = blocks.last_mut() {
                    block.text += line;
                    block.text.push('\n');
                }
            }
            (None, false) => {}
        }
    }
    assert!(!open, "{page}: a block is never closed");
    blocks
}

fn pages_below(folder: &Path, found: &mut Vec<(String, String)>) {
    let entries = std::fs::read_dir(folder).expect("the guide is in the repository");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("readable").path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            pages_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            let text = std::fs::read_to_string(&path).expect("pages are text");
            found.push((path.display().to_string(), text));
        }
    }
}

/// The modules of one page.
#[derive(Debug)]
struct Modules(Vec<(String, String)>);

impl ModuleLoader for Modules {
    fn load(&self, name: &str) -> Result<Option<SourceText>, String> {
        let found = self.0.iter().find(|(known, _)| known == name);
        Ok(found.map(|(name, text)| SourceText::new(name.clone(), text.clone())))
    }
}

/// Fails every call so, or not at all special.
struct Failing(Option<ErrorKind>);

impl Host for Failing {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        match self.0 {
            None => PureHost.execute_capability(call),
            Some(kind) => Err(Error::new(kind, "it failed")),
        }
    }
}

/// What a program gives, as `VALUE` or `!Kind "text"`.
fn run(source: &str, modules: &Modules, host: &mut dyn Host, static_checks: bool) -> String {
    let read = rtfs_syntax::read(source);
    let options = LowerOptions {
        loader: Some(modules),
        static_checks,
        ..rtfs_eval::lower_options()
    };
    let lowered = lower(&read.forms, &options);
    let mut found = read.diagnostics.iter().chain(&lowered.diagnostics);
    match (found.find(|found| found.is_error()), &lowered.program) {
        (Some(error), _) => format!("!{} {:?}", error.kind.name(), error.message),
        (None, Some(program)) => support::show(&evaluate(program, host, &Limits::default()).result),
        (None, None) => "nothing".to_owned(),
    }
}

fn codes(source: &str, modules: &Modules) -> Vec<&'static str> {
    let read = rtfs_syntax::read(source);
    let options = LowerOptions {
        loader: Some(modules),
        static_checks: true,
        ..rtfs_eval::lower_options()
    };
    let mut found = read.diagnostics;
    if !found.iter().any(Diagnostic::is_error) {
        found.extend(lower(&read.forms, &options).diagnostics);
    }
    found.iter().map(|found| found.code).collect()
}

/// What is wrong with a block.
fn fault(block: &Block, modules: &Modules) -> Option<String> {
    let host = block.attribute("host=").map(|class| {
        ErrorKind::from_class(class).unwrap_or_else(|| panic!("{}: {class}", block.place()))
    });
    if let Some(code) = block.attribute("gets=") {
        let codes = codes(&block.text, modules);
        let fits = codes.contains(&code) || (codes.is_empty() && code == "nothing");
        return (!fits).then(|| format!("gets {codes:?}"));
    }
    if let Some(code) = block.attribute("cases=") {
        let found = parse_cases(&block.text).err().unwrap_or_default();
        let fits = found.iter().any(|found| found.code == code);
        return (!fits).then(|| format!("gets {found:?}"));
    }
    if !block.text.contains(";=>") {
        let got = run(&block.text, modules, &mut Failing(host), true);
        return got.starts_with('!').then_some(got);
    }
    let cases = match parse_cases(&block.text) {
        Ok(file) => file.cases,
        Err(found) => return Some(format!("{found:?}")),
    };
    cases.iter().find_map(|case| {
        let got = run(&case.source, modules, &mut Failing(host), false);
        let fits = match &case.expectation {
            Expectation::Value(value) => got == *value,
            Expectation::Error { kind, text: None } => got.starts_with(&format!("!{kind} ")),
            Expectation::Error {
                kind,
                text: Some(text),
            } => {
                let text = rtfs_value::readable(&Value::string(text));
                got == format!("!{kind} {text}")
            }
        };
        (!fits).then(|| format!("{} gives {got}", case.source))
    })
}

#[test]
fn every_block_of_the_guide_does_what_it_says() {
    let mut guide = Vec::new();
    pages_below(&pages::root(), &mut guide);
    let mut n_blocks = 0;
    let mut faults = Vec::new();
    for (page, text) in &guide {
        let blocks = blocks_of(page, text);
        let modules = blocks.iter().filter_map(|block| {
            let name = block.attribute("module=")?;
            Some((name.to_owned(), block.text.clone()))
        });
        let modules = Modules(modules.collect());
        for block in &blocks {
            let is_rtfs = block.info == "rtfs" || block.info.starts_with("rtfs,");
            let is_known = is_rtfs || ["text", "console", "sh"].contains(&block.info.as_str());
            assert!(is_known, "{}: `{}`", block.place(), block.info);
            if is_rtfs && !block.info.contains("error") {
                n_blocks += 1;
                if let Some(fault) = fault(block, &modules) {
                    faults.push(format!("{}: {fault}", block.place()));
                }
            }
        }
    }
    assert!(n_blocks > 300, "only {n_blocks} blocks");
    assert!(
        faults.is_empty(),
        "{} blocks:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn made_pages_are_up_to_date() {
    for (path, text) in pages::all() {
        let committed = std::fs::read_to_string(pages::root().join(&path)).unwrap_or_default();
        assert!(
            committed == text,
            "docs/src/{path} is not up to date: cargo run -p rtfs-eval --example guide_pages"
        );
    }
}

#[test]
fn the_contents_list_every_page_and_nothing_else() {
    let root = pages::root();
    let mut guide = Vec::new();
    pages_below(&root, &mut guide);
    let summary = std::fs::read_to_string(root.join("SUMMARY.md")).expect("the guide has contents");
    let targets = |text: &str| -> Vec<String> {
        let after = text.split("](").skip(1);
        let targets = after.filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()));
        targets.collect()
    };
    let listed = targets(&summary);
    for (path, text) in &guide {
        let path = Path::new(path);
        let shown = path
            .strip_prefix(&root)
            .expect("below the root")
            .display()
            .to_string();
        assert!(
            shown == "SUMMARY.md" || listed.contains(&shown),
            "{shown} is not listed"
        );
        let folder = path.parent().expect("a page lies in a folder");
        for target in targets(text) {
            let file = target.split('#').next().unwrap_or_default();
            let is_local = !file.is_empty() && !file.contains("://");
            assert!(
                !is_local || folder.join(file).exists(),
                "{shown} links {target}"
            );
        }
    }
}
