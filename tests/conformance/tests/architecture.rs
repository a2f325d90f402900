//! Holds the crate table of `ARCHITECTURE.md` against `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Workspace crates and the workspace crates each one links (dev-dependencies aside).
fn actual_edges() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs the tests, so cargo is there");
    assert!(output.status.success(), "cargo metadata failed");
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let names: BTreeSet<String> = packages.iter().map(name_of).collect();
    packages
        .iter()
        .map(|package| {
            let uses = package["dependencies"]
                .as_array()
                .expect("dependencies")
                .iter()
                .filter(|dependency| dependency["kind"].is_null())
                .map(name_of)
                .filter(|name| names.contains(name))
                .collect();
            (name_of(package), uses)
        })
        .collect()
}

fn name_of(value: &serde_json::Value) -> String {
    value["name"].as_str().expect("a name").to_owned()
}

/// The table's rows: crate, and what it may use.
fn documented_edges() -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the map exists");
    let rows: Vec<Vec<String>> = text
        .lines()
        .filter(|line| line.starts_with("| `rtfs-"))
        .map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect();
    let all: BTreeSet<String> = rows.iter().map(|row| plain(&row[1])).collect();
    rows.iter()
        .map(|row| {
            let name = plain(&row[1]);
            let uses = if row[4].starts_with("all") {
                all.iter()
                    .filter(|other| **other != name)
                    .cloned()
                    .collect()
            } else {
                row[4]
                    .split(',')
                    .map(plain)
                    .filter(|cell| !cell.is_empty())
                    .collect()
            };
            (name, uses)
        })
        .collect()
}

fn plain(cell: &str) -> String {
    cell.trim().trim_matches('`').to_owned()
}

#[test]
fn every_crate_is_in_the_table_and_no_dependency_is_outside_it() {
    let documented = documented_edges();
    let actual = actual_edges();
    assert_eq!(
        documented.keys().collect::<Vec<_>>(),
        actual.keys().collect::<Vec<_>>(),
        "the table and the workspace name different crates"
    );
    for (name, uses) in &actual {
        let allowed = &documented[name];
        let outside: Vec<_> = uses.difference(allowed).collect();
        assert!(outside.is_empty(), "{name} may not use {outside:?}");
    }
}

#[test]
fn only_the_engine_uses_wasmtime() {
    let lock_free_users: Vec<String> = std::fs::read_dir(root())
        .expect("the root is readable")
        .flatten()
        .flat_map(|entry| manifests_below(&entry.path()))
        .filter(|path| {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let runtime_part = text.split("[dev-dependencies]").next().unwrap_or_default();
            runtime_part
                .lines()
                .any(|line| line.starts_with("wasmtime"))
        })
        .map(|path| path.display().to_string())
        .collect();
    // The engine, the workspace root's version table, what looks at the heap of core modules, and the
    // benchmark whose calls are compared with bare ones.
    assert_eq!(lock_free_users.len(), 4, "{lock_free_users:?}");
}

fn manifests_below(path: &Path) -> Vec<PathBuf> {
    const SKIPPED: [&str; 4] = ["target", "node_modules", ".git", "guest-sdk"];
    let name = path.file_name().and_then(|name| name.to_str());
    if name.is_some_and(|name| SKIPPED.contains(&name)) {
        return Vec::new();
    }
    if name == Some("Cargo.toml") {
        return vec![path.to_owned()];
    }
    match std::fs::read_dir(path) {
        Ok(entries) => entries
            .flatten()
            .flat_map(|entry| manifests_below(&entry.path()))
            .collect(),
        Err(_) => Vec::new(),
    }
}
