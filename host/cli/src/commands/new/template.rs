//! The projects that `rtfs new` writes. `__name__` and `__ident__` in them are the project's name and
//! the same as an identifier.

use super::name::ProjectName;

/// A file of a project.
pub(super) struct File {
    /// Where it lies in the project.
    pub(super) path: &'static str,
    text: &'static str,
}

macro_rules! files {
    ($folder:literal: $($path:literal),* $(,)?) => {
        &[
            File {
                path: ".gitignore",
                text: include_str!("../../../templates/gitignore"),
            },
            $( File {
                path: $path,
                text: include_str!(concat!("../../../templates/", $folder, "/", $path)),
            } ),*
        ]
    };
}

/// A module.
pub(super) const MODULE: &[File] = files!("module": "Cargo.toml", "README.md", "src/lib.rs");

/// A backend whose artifacts are a machine with instructions in it.
pub(super) const BACKEND: &[File] = files!(
    "backend": "Cargo.toml", "README.md", "build.rs",
    "src/lib.rs", "src/compile.rs", "src/tests.rs",
    "program/Cargo.toml", "program/src/lib.rs", "program/src/code.rs", "program/src/machine.rs",
);

impl File {
    /// What is written for a project of this name.
    pub(super) fn text_for(&self, name: &ProjectName) -> String {
        let text = self.text.replace("__name__", name.as_str());
        text.replace("__ident__", &name.identifier())
    }
}
