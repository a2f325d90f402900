//! The pages about guests: each block of Rust is a project of its own, and the page's commands are run
//! in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The texts of a page's blocks of one language.
fn blocks<'p>(page: &'p str, language: &str) -> Vec<&'p str> {
    let fence = format!("\n```{language}\n");
    let begins = page.split(fence.as_str()).skip(1);
    begins
        .filter_map(|text| text.split("\n```").next())
        .collect()
}

struct Page {
    name: &'static str,
    text: String,
    projects: PathBuf,
}

impl Page {
    fn new(name: &'static str) -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(here.join("../docs").join(name)).expect("it is there");
        let projects = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("pages")
            .join(name);
        // The SDK is not on a registry.
        let patch = format!(
            "[patch.crates-io]\nrtfs-guest = {{ path = '{}' }}\n",
            here.display()
        );
        write(&projects.join(".cargo/config.toml"), &patch);
        Self {
            name,
            text,
            projects,
        }
    }

    /// The page's manifest, with a block as the library.
    fn project(&self, number: usize, library: &str) -> PathBuf {
        let project = self.projects.join(number.to_string());
        let manifest = blocks(&self.text, "toml");
        let [manifest] = manifest.as_slice() else {
            panic!("{} shows one manifest", self.name);
        };
        // In the workspace of the SDK it would not be a project of its own.
        write(
            &project.join("Cargo.toml"),
            &format!("{manifest}\n\n[workspace]\n"),
        );
        write(&project.join("src/lib.rs"), library);
        // The versions that the SDK is tested with.
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock");
        fs::copy(lock, project.join("Cargo.lock")).expect("it can be copied");
        project
    }

    /// The commands of all its shell blocks, in every project.
    fn check(&self, n_projects: usize, tests: &[&str]) {
        let libraries = blocks(&self.text, "rust");
        assert_eq!(libraries.len(), n_projects, "{}", self.name);
        let script = format!("set -eux\n{}\n", blocks(&self.text, "sh").join("\n"));
        assert!(
            script.contains("cargo test") && script.contains("wasm32-wasip2"),
            "{script}"
        );
        let mut log = String::new();
        for (number, library) in libraries.iter().enumerate() {
            let project = self.project(number, library);
            log.push_str(&run(&script, &project));
        }
        for test in tests {
            let line = format!("{test} ... ok");
            assert!(log.contains(&line), "no `{line}` in:\n{log}");
        }
    }
}

fn write(path: &Path, text: &str) {
    let folder = path.parent().expect("files are in folders");
    fs::create_dir_all(folder).expect("the folder can be made");
    fs::write(path, text).expect("the folder is writable");
}

fn run(script: &str, project: &Path) -> String {
    let mut shell = Command::new("bash");
    // What this test's own build was told is not meant for theirs.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let kept = ["CARGO_HOME", "CARGO_NET_OFFLINE"].contains(&&*text);
        if !kept && (text.starts_with("CARGO") || text.contains("RUSTFLAGS")) {
            shell.env_remove(&name);
        }
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages/target");
    let ended = shell
        .args(["-c", script])
        .current_dir(project)
        .env("CARGO_TARGET_DIR", target)
        // Nobody debugs these, or runs them for long.
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_INCREMENTAL", "0")
        .output()
        .expect("there is a shell");
    let said = String::from_utf8_lossy(&ended.stdout) + String::from_utf8_lossy(&ended.stderr);
    let said = said.into_owned();
    let library = fs::read_to_string(project.join("src/lib.rs")).unwrap_or_default();
    assert!(ended.status.success(), "{said}\n{library}");
    said
}

#[test]
fn the_page_about_modules_is_built_and_tested() {
    Page::new("guest-sdk.md").check(3, &["prices_are_asked"]);
}

#[test]
fn the_page_about_backends_is_built_and_tested() {
    Page::new("backends.md").check(1, &["integers_are_compiled"]);
}
