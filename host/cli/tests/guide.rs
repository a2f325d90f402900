//! What the guide shows of the command line is what the command line does.

mod support;
#[path = "support/transcript.rs"]
mod transcript;

use std::path::{Path, PathBuf};

use support::{Rtfs, repository};
use transcript::replay;

fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the guide is in the repository") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found.sort();
}

/// The fenced blocks of a page: what stands behind their first fence, and their text.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let mut blocks = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find("\n```") {
        let Some((info, after)) = rest[at + 4..].split_once('\n') else {
            break;
        };
        let end = match after.starts_with("```") {
            true => 0,
            false => after.find("\n```").map_or(after.len(), |end| end + 1),
        };
        blocks.push((info, &after[..end]));
        rest = after[end..].strip_prefix("```").unwrap_or("");
    }
    blocks
}

/// With `RTFS_BLESS=1` the guide is given what the command prints.
fn bless(path: &Path, shown: &str, actual: &str) {
    if std::env::var_os("RTFS_BLESS").is_some() {
        let text = std::fs::read_to_string(path).expect("it was read before");
        let text = text.replacen(shown, actual, 1);
        std::fs::write(path, text).expect("the repository is writable");
    }
}

#[test]
fn programs_with_errors_are_reported_as_shown() {
    let mut found = Vec::new();
    pages(&repository().join("docs/src"), &mut found);
    let mut n_programs = 0;
    for path in found {
        let page = std::fs::read_to_string(&path).expect("pages are text");
        for pair in blocks(&page).windows(2) {
            let [("rtfs,error", program), (info, shown)] = pair else {
                continue;
            };
            assert_eq!(
                *info,
                "text",
                "{}: a report follows an error",
                path.display()
            );
            let rtfs = Rtfs::new();
            rtfs.write("program.rtfs", program);
            let ended = rtfs.run(&["run", "program.rtfs", "--no-store"]);
            bless(&path, shown, &ended.stderr);
            assert_eq!(&ended.stderr, shown, "{}:\n{program}", path.display());
            n_programs += 1;
        }
    }
    assert!(n_programs >= 4, "only {n_programs} programs");
}

#[test]
fn commands_do_what_is_shown() {
    let mut found = Vec::new();
    pages(&repository().join("docs/src"), &mut found);
    let mut n_commands = 0;
    let mut faults = Vec::new();
    for path in found {
        let page = std::fs::read_to_string(&path).expect("pages are text");
        let rtfs = Rtfs::new();
        for (_, block) in blocks(&page)
            .into_iter()
            .filter(|(info, _)| *info == "console")
        {
            match replay(&rtfs, block) {
                Ok(n) => n_commands += n,
                Err(fault) => faults.push(format!("{}: {fault}", path.display())),
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(n_commands >= 12, "only {n_commands} commands");
}
