// Components of any world over the repository's WIT packages, out of core WebAssembly text.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The one interface of WASI that guests of tests import.
const RANDOM: &str = "package wasi:random@0.2.6;
interface insecure-seed { insecure-seed: func() -> tuple<u64, u64>; }";

/// Makes a component of a world, written as what is inside its braces.
pub(crate) fn component(world: &str, core: &str) -> Vec<u8> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit");
    let mut resolve = Resolve::default();
    for package in ["host", "module", "backend"] {
        let pushed = resolve.push_dir(format!("{root}/{package}"));
        pushed.expect("the WIT packages parse");
    }
    resolve
        .push_str("random.wit", RANDOM)
        .expect("a package in one interface");
    let world = format!("package test:guest; world guest {{ {world} }}");
    let package = resolve.push_str("world.wit", &world).expect("a world");
    let world = resolve
        .select_world(&[package], Some("guest"))
        .expect("the world is there");
    let mut core = wat::parse_str(core).unwrap_or_else(|error| panic!("{error}"));
    embed_component_metadata(&mut core, &resolve, world, StringEncoding::UTF8)
        .expect("the metadata fits");
    ComponentEncoder::default()
        .validate(true)
        .module(&core)
        .and_then(|mut encoder| encoder.encode())
        .unwrap_or_else(|error| panic!("{error:#}"))
}
