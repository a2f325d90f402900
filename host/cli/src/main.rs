//! The `rtfs` command.
fn main() {}
