//! Gives the component a stack for the deepest programs there can be.

fn main() {
    // Reading and loading programs recurses; at most 7,000 levels of nesting are accepted. The
    // pages that are never touched cost nothing.
    println!("cargo::rustc-link-arg-cdylib=-zstack-size=33554432");
    println!("cargo::rerun-if-changed=build.rs");
}
