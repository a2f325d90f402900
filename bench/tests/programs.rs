//! Every program answers the same on every engine of ours, and what it should.

use rtfs_bench::contender;
use rtfs_bench::program::PROGRAMS;
use rtfs_bench::race::race;
use rtfs_host::{Engine, EngineConfig};

#[test]
fn all_engines_give_the_expected_answers() {
    let engine = Engine::new(EngineConfig::default()).expect("this platform is supported");
    for program in PROGRAMS {
        let entrants = contender::own(program, program.small, &engine);
        let mut entrants = entrants.unwrap_or_else(|error| panic!("{}: {error}", program.name));
        let raced = race(&mut entrants, 1, program.small.answer);
        raced.unwrap_or_else(|error| panic!("{}: {error}", program.name));
    }
}

#[test]
fn the_module_has_two_hundred_lines() {
    let text = std::fs::read_to_string(rtfs_bench::stages::module()).expect("it is there");
    assert_eq!(text.lines().count(), 200);
}

#[test]
fn programs_in_rtfs_are_laid_out() {
    for program in PROGRAMS {
        for name in ["rtfs.rtfs", "typed.rtfs"] {
            let Some(text) = program.text(name) else {
                continue;
            };
            let read = rtfs_syntax::read(&text);
            assert!(read.diagnostics.is_empty(), "{}/{name}", program.name);
        }
    }
}
