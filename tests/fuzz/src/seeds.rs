//! What mutation starts from: the programs of the corpus, and what else was found interesting.

use std::path::{Path, PathBuf};

use rtfs_syntax::case_file::parse_cases;

fn case_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            case_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rtfs") {
            found.push(path);
        }
    }
}

/// The source of every case of the corpus, in the order of the files' names.
pub fn programs() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    case_files(&root.join("../corpus"), &mut files);
    files.sort();
    let mut programs = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(path).expect("a readable file");
        let file = parse_cases(&text).expect("a case file");
        programs.extend(file.cases.into_iter().map(|case| case.source));
    }
    programs
}
