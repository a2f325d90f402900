//! Programs to test with: the corpus and the golden files.

use std::path::{Path, PathBuf};

use rtfs_syntax::case_file::parse_cases;

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|known| known == extension) {
            found.push(path);
        }
    }
    found.sort();
}

/// The source of every case of the corpus and of every golden text.
pub(crate) fn all() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut corpus, mut golden) = (Vec::new(), Vec::new());
    files(&root.join("../../tests/corpus"), "rtfs", &mut corpus);
    files(&root.join("tests/golden"), "txt", &mut golden);
    let mut sources = Vec::new();
    for path in corpus {
        let text = std::fs::read_to_string(path).expect("a readable file");
        let file = parse_cases(&text).expect("a case file");
        sources.extend(file.cases.into_iter().map(|case| case.source));
    }
    for path in golden {
        let text = std::fs::read_to_string(path).expect("a readable file");
        sources.extend(
            text.lines()
                .filter_map(|line| line.strip_prefix("> "))
                .map(str::to_owned),
        );
    }
    sources
}
