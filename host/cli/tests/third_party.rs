//! The walk-through of `docs/third-party.md`: its commands, in a directory outside of the
//! repository, against the SDK as it is packaged.

mod support;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use support::{Rtfs, ends, repository};

/// The commands of a page, as one script. `COMMAND # => TEXT` must print that text.
fn script(page: &str) -> String {
    let mut script = String::from("set -eu\n");
    let blocks = page.split("\n```sh\n").skip(1);
    let blocks = blocks.filter_map(|block| block.split("\n```").next());
    for line in blocks.flat_map(str::lines) {
        let written = match line.split_once(" # => ") {
            Some((command, wanted)) => writeln!(
                script,
                "got=$({command})\n[ \"$got\" = '{wanted}' ] || {{ echo \"wanted {wanted}, got $got\"; exit 9; }}"
            ),
            None => writeln!(script, "{line}"),
        };
        written.expect("writing to a string works");
    }
    script
}

/// The directory of the binary first, so that `rtfs` is the one that was built for this test.
fn search_path() -> OsString {
    let binary = Path::new(env!("CARGO_BIN_EXE_rtfs"));
    let folder = binary.parent().expect("a file is in a directory");
    let others = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&others));
    std::env::join_paths(folders).expect("these came from such a list")
}

#[test]
fn the_walk_through_for_third_parties_works_as_written() {
    let page = repository().join("docs/third-party.md");
    let page = std::fs::read_to_string(page).expect("it is there");
    let script = script(&page);
    for part in ["rtfs new module", "rtfs new backend", "--backend tiny"] {
        assert!(script.contains(part), "no `{part}` in:\n{script}");
    }
    let rtfs = Rtfs::new();
    let repository = repository().canonicalize().expect("it is there");
    assert!(!rtfs.path("").starts_with(&repository));
    let mut shell = Command::new("bash");
    // What this test's own build was told is not meant for theirs.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let kept = ["CARGO_HOME", "CARGO_NET_OFFLINE"].contains(&&*text);
        if !kept && (text.starts_with("CARGO") || text.contains("RUSTFLAGS")) {
            shell.env_remove(&name);
        }
    }
    let log = rtfs.path("log");
    let output = std::fs::File::create(&log).expect("the directory is writable");
    let errors = output.try_clone().expect("a file can be opened twice");
    let ended = shell
        .args(["-x", "-c", &script])
        .current_dir(rtfs.path(""))
        .env("PATH", search_path())
        .env("RTFS_REPOSITORY", repository)
        .env("RTFS_STORE", rtfs.path("store"))
        .env("RTFS_KEYS", rtfs.path("keys"))
        // Nobody debugs these, or looks at their size.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_INCREMENTAL", "0")
        .stdout(output)
        .stderr(errors)
        .status()
        .expect("there is a shell");
    let log = std::fs::read_to_string(log).unwrap_or_default();
    assert!(ended.success(), "{ended}\n{log}");
    // Their own tests ran.
    for test in ["words_are_counted ... ok", "functions_are_called ... ok"] {
        assert!(log.contains(test), "no `{test}` in:\n{log}");
    }
}

#[test]
fn projects_are_made_where_nothing_is() {
    let rtfs = Rtfs::new();
    for kind in ["module", "backend"] {
        let made = ends(&rtfs, &["new", kind, "my-thing"], 0);
        assert_eq!(made.stdout.trim_end(), "my-thing");
        let manifest = std::fs::read_to_string(rtfs.path("my-thing/Cargo.toml"));
        let manifest = manifest.expect("it was written");
        assert!(manifest.contains("name = \"my-thing\""), "{manifest}");
        let source = std::fs::read_to_string(rtfs.path("my-thing/src/lib.rs"));
        assert!(!source.expect("it was written").contains("__"));

        std::fs::write(rtfs.path("my-thing/Cargo.toml"), "mine").expect("it can be written");
        let refused = ends(&rtfs, &["new", kind, "my-thing"], 1);
        assert!(
            refused.stderr.contains("exists already"),
            "{}",
            refused.stderr
        );
        let kept = std::fs::read_to_string(rtfs.path("my-thing/Cargo.toml"));
        assert_eq!(kept.expect("it is there"), "mine");
        std::fs::remove_dir_all(rtfs.path("my-thing")).expect("it can be removed");
    }
    ends(&rtfs, &["new", "module", "x", "--directory", "other"], 0);
    assert!(rtfs.path("other/src/lib.rs").exists());
    let missing = ["new", "module", "x", "--directory", "no/such/place"];
    assert!(ends(&rtfs, &missing, 1).stderr.contains("cannot write"));
    for name in ["../x", "X", "fn", "wasm", ""] {
        let refused = ends(&rtfs, &["new", "backend", name], 1);
        assert!(refused.stderr.contains("is no name"), "{}", refused.stderr);
    }
}

#[test]
fn help_says_what_is_made() {
    let rtfs = Rtfs::new();
    let help = ends(&rtfs, &["new", "--help"], 0).stdout;
    for word in ["module", "backend"] {
        assert!(help.contains(word), "{help}");
    }
    let help = ends(&rtfs, &["new", "backend", "--help"], 0).stdout;
    assert!(help.contains("--directory"), "{help}");
}
