//! The commands that `README.md` shows do what it says.

mod support;
#[path = "support/transcript.rs"]
mod transcript;

use support::{Rtfs, repository};
use transcript::replay;

#[test]
fn the_walk_through_the_store_works_as_shown() {
    let readme = std::fs::read_to_string(repository().join("README.md")).expect("it is there");
    let (_, section) = readme.split_once("\n## Keep it\n").expect("the section");
    let (_, block) = section.split_once("```text\n").expect("its example");
    let (block, _) = block.split_once("```").expect("the example ends");
    let n_commands = replay(&Rtfs::new(), block).expect("the commands do what is shown");
    assert!(n_commands > 5, "only {n_commands} commands");
}
