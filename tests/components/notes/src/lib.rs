//! A sample RTFS module in Rust: keeps notes in a directory that was granted.
//!
//! Files are reached through the ordinary standard library. What exists is what the operator
//! granted: without a directory every function raises `IoError`; with a read-only one the functions
//! that write do.

use rtfs_guest::{Error, IntoValue, Value, module};
use std::fs;
use std::io;
use std::path::PathBuf;

module! {
    /// Writes a note, replacing one of the same name. True when there was none.
    "save" => save(dir: String, name: String, text: String) -> Result<bool, Error>;
    /// A note's text; nil when there is none of that name.
    "load" => load(dir: String, name: String) -> Result<Option<String>, Error>;
    /// All notes, by name.
    "notes" => notes(dir: String) -> Result<Vec<Note>, Error>;
    /// Removes a note. True when there was one.
    "remove" => remove(dir: String, name: String) -> Result<bool, Error>;
}

/// A note without its text.
#[derive(IntoValue)]
struct Note {
    name: String,
    bytes: i64,
}

const ENDING: &str = ".note";

fn save(dir: String, name: String, text: String) -> Result<bool, Error> {
    let path = path(&dir, &name)?;
    let is_new = !path.exists();
    fs::write(path, text).map_err(|error| failed("save", &name, &error))?;
    Ok(is_new)
}

fn load(dir: String, name: String) -> Result<Option<String>, Error> {
    match fs::read_to_string(path(&dir, &name)?) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && fs::metadata(&dir).is_ok() => {
            Ok(None)
        }
        Err(error) => Err(failed("load", &name, &error)),
    }
}

fn notes(dir: String) -> Result<Vec<Note>, Error> {
    let failed = |error: io::Error| failed("list", &dir, &error);
    let mut notes = Vec::new();
    for entry in fs::read_dir(&dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let Some(name) = name.to_str().and_then(|name| name.strip_suffix(ENDING)) else {
            continue;
        };
        let bytes = entry.metadata().map_err(failed)?.len();
        notes.push(Note {
            name: name.to_owned(),
            bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
        });
    }
    // The order of a directory is its own business.
    notes.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(notes)
}

fn remove(dir: String, name: String) -> Result<bool, Error> {
    let path = path(&dir, &name)?;
    if !path.exists() {
        return Ok(false);
    }
    fs::remove_file(path).map_err(|error| failed("remove", &name, &error))?;
    Ok(true)
}

/// Names are words, so that a note cannot be a way out of its directory.
fn path(dir: &str, name: &str) -> Result<PathBuf, Error> {
    let is_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || !name.chars().all(is_word) {
        return Err(Error::invalid_argument(
            "a note's name consists of letters, digits, - and _",
        ));
    }
    Ok(PathBuf::from(dir).join(format!("{name}{ENDING}")))
}

fn failed(what: &str, name: &str, error: &io::Error) -> Error {
    let message = format!("I/O error: cannot {what} {name}: {:?}", error.kind());
    Error::new("IoError", "io-error", &message).with_data(Value::string(name))
}

#[cfg(test)]
mod tests {
    use super::RTFS_EXPORTS;
    use rtfs_guest::{Error, Value, testing};

    /// A directory of the test's own, removed in the end.
    struct Dir(std::path::PathBuf);

    impl Dir {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("notes-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).expect("a temporary directory");
            Self(path)
        }

        fn call(&self, name: &str, args: &[&str]) -> Result<Value, Error> {
            let dir = Value::string(self.0.to_str().expect("a text"));
            let args: Vec<Value> = std::iter::once(dir)
                .chain(args.iter().map(|arg| Value::string(arg)))
                .collect();
            testing::call(RTFS_EXPORTS, name, &args)
        }
    }

    impl Drop for Dir {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn notes_are_saved_listed_loaded_and_removed() {
        let dir = Dir::new("all");
        assert_eq!(
            dir.call("save", &["tea", "buy"]).expect("it is new"),
            Value::bool(true)
        );
        assert_eq!(
            dir.call("save", &["tea", "bought"]).expect("it is not"),
            Value::bool(false)
        );
        assert_eq!(
            dir.call("load", &["tea"]).expect("it is there").as_str(),
            Some("bought")
        );
        let notes = dir.call("notes", &[]).expect("there is one");
        assert_eq!(notes.as_seq().map(|notes| notes.len()), Some(1));
        assert_eq!(
            dir.call("remove", &["tea"]).expect("it was there"),
            Value::bool(true)
        );
        assert_eq!(
            dir.call("remove", &["tea"]).expect("it is gone"),
            Value::bool(false)
        );
        assert_eq!(dir.call("load", &["tea"]).expect("it is gone"), Value::NIL);
    }

    #[test]
    fn names_cannot_lead_out_of_the_directory() {
        let dir = Dir::new("out");
        for name in ["../tea", "", "a/b", "a.b", "/etc"] {
            let error = dir.call("load", &[name]).expect_err("no name");
            assert_eq!(error.class(), "InvalidArgument", "{name}");
        }
    }

    #[test]
    fn a_directory_that_was_not_granted_is_not_there() {
        let dir = Value::string("/no/such/directory");
        let error = testing::call(RTFS_EXPORTS, "notes", &[dir]).expect_err("nothing there");
        assert_eq!(error.class(), "IoError");
    }
}
