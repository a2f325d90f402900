//! The embedding example does what it says.

#[path = "../examples/embed.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the example has a `main`, which a test has not"
)]
mod embed;

use cap_std::ambient_authority;
use cap_std::fs::Dir;

#[test]
fn the_example_computes_survives_and_finds_its_code_again() {
    let temp = tempfile::tempdir().expect("a directory");
    let dir = || Dir::open_ambient_dir(temp.path(), ambient_authority()).expect("opens");
    dir().create_dir("keys").expect("creates");
    let keys = dir().open_dir("keys").expect("opens");
    for _ in 0..2 {
        let mut out = Vec::new();
        embed::run(dir(), &keys, &mut out).expect("runs");
        assert_eq!(
            String::from_utf8_lossy(&out),
            "top level: 6\n\
             total: 42\n\
             forever: fuel limit reached: 10000000 of 10000000 units\n\
             still here: 6\n"
        );
    }
}

#[test]
fn the_example_is_short() {
    let source = include_str!("../examples/embed.rs");
    assert!(source.lines().count() < 60);
}
