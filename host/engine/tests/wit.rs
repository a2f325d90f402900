//! The WIT packages are valid, say what they mean, and are what this host links.

mod guests;

use rtfs_host::{CallOptions, Engine, EngineConfig};
use wit_parser::{Resolve, WorldItem};

fn resolve() -> Resolve {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit");
    let mut resolve = Resolve::default();
    for package in ["host", "module", "backend"] {
        resolve
            .push_dir(format!("{root}/{package}"))
            .expect("the package parses");
    }
    resolve
}

#[test]
fn every_interface_and_function_is_documented() {
    let resolve = resolve();
    for (_, interface) in &resolve.interfaces {
        let name = interface.name.clone().unwrap_or_default();
        assert!(interface.docs.contents.is_some(), "interface {name}");
        for function in interface.functions.values() {
            assert!(function.docs.contents.is_some(), "{name}.{}", function.name);
        }
    }
    for (_, world) in &resolve.worlds {
        assert!(world.docs.contents.is_some(), "world {}", world.name);
    }
}

#[test]
fn the_worlds_import_what_they_say() {
    let resolve = resolve();
    let imports = |name: &str| -> Vec<String> {
        let (_, world) = resolve
            .worlds
            .iter()
            .find(|(_, world)| world.name == name)
            .expect("the world is there");
        let mut imports: Vec<String> = world
            .imports
            .values()
            .filter_map(|item| match item {
                WorldItem::Interface { id, .. } => resolve.id_of(*id),
                _ => None,
            })
            .collect();
        imports.sort();
        imports
    };
    // `types` has no functions: it only gives the error record its name.
    assert_eq!(imports("pure-module"), ["rtfs:module/types@0.1.0"]);
    assert_eq!(
        imports("module"),
        ["rtfs:host/capability@0.1.0", "rtfs:module/types@0.1.0"]
    );
    // A compiler asks its host for nothing; an executor passes on what programs ask.
    assert_eq!(imports("backend"), [""; 0]);
    assert_eq!(
        imports("interpreter"),
        ["rtfs:host/capability@0.1.0", "rtfs:module/types@0.1.0"]
    );
}

/// The host's typed view of the interfaces is written by hand; a component made from the WIT
/// alone must link with it.
#[test]
fn a_dummy_of_each_world_links() {
    let engine = Engine::new(EngineConfig {
        concurrent_calls: 1,
        ..EngineConfig::default()
    })
    .expect("an engine");
    for module in [
        guests::module(guests::ECHO),
        guests::host_module("", guests::ECHO),
    ] {
        let module = engine.compile(&module).expect("links");
        module.describe(&CallOptions::default()).expect("answers");
    }
}
