//! The package carries the WIT files it is generated from: those of the repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Texts of all files below a directory, by relative path.
fn files(root: &Path, below: &str, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(root.join(below)).expect("the directory is there") {
        let entry = entry.expect("it can be listed");
        let name = format!("{below}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files(root, &name, found);
        } else {
            let text = fs::read_to_string(entry.path()).expect("WIT is text");
            found.insert(name, text);
        }
    }
}

#[test]
fn the_packaged_wit_is_that_of_the_repository() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut packaged, mut original) = (BTreeMap::new(), BTreeMap::new());
    files(here, "wit", &mut packaged);
    for package in ["backend", "host", "module"] {
        files(&here.join(".."), &format!("wit/{package}"), &mut original);
    }
    for (name, text) in &original {
        let same = packaged.get(name) == Some(text);
        assert!(same, "guest-sdk/{name} must be a copy of {name}");
    }
    assert_eq!(packaged.len(), original.len(), "files without an original");
}
