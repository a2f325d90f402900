//! The WIT packages are valid, say what they mean, and are what this host links.

mod guests;

use rtfs_host::{CallError, CallOptions, Engine, EngineConfig, Grants, host_fn};
use wit_parser::{Resolve, TypeDefKind, WorldItem};

const CURRENT: [&str; 3] = ["host", "module", "backend"];
const DRAFT: [&str; 2] = ["draft/host", "draft/module"];

fn resolve(packages: &[&str]) -> Resolve {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit");
    let mut resolve = Resolve::default();
    for package in packages {
        resolve
            .push_dir(format!("{root}/{package}"))
            .expect("the package parses");
    }
    resolve
}

#[test]
fn every_interface_and_function_is_documented() {
    for packages in [&CURRENT[..], &DRAFT[..]] {
        check_documented(&resolve(packages));
    }
}

fn check_documented(resolve: &Resolve) {
    for (_, interface) in &resolve.interfaces {
        let name = interface.name.clone().unwrap_or_default();
        assert!(interface.docs.contents.is_some(), "interface {name}");
        for ty in interface.types.values() {
            let ty = &resolve.types[*ty];
            let defined = !matches!(ty.kind, TypeDefKind::Type(_));
            let name = ty.name.clone().unwrap_or_default();
            assert!(ty.docs.contents.is_some() || !defined, "type {name}");
            let TypeDefKind::Record(record) = &ty.kind else {
                continue;
            };
            for field in &record.fields {
                assert!(field.docs.contents.is_some(), "{name}.{}", field.name);
            }
        }
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
    let resolve = resolve(&CURRENT);
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

/// One host serves components of two versions, in one process and for the same callers.
#[test]
fn two_versions_are_served_side_by_side() {
    const ASKS_OR_RAISES: &str = r#"
        (if (result i32) (local.get $export)
          (then (call $raise))
          (else
            (call $call (i32.const 64) (i32.const 14) (local.get $ptr) (local.get $len)
                        (i32.const 110) (i32.const 1) (i32.const 400))
            (call $ok (i32.load (i32.const 404)) (i32.load (i32.const 408)))))"#;
    let engine = Engine::new(EngineConfig::default()).expect("an engine");
    let options = CallOptions {
        grants: Grants::none().with_capability("DivisionByZero"),
        host: Some(host_fn(|request| Ok(request.args.to_vec()))),
        ..CallOptions::default()
    };
    for (component, version, notes) in [
        (guests::host_module("", ASKS_OR_RAISES), "0.1.0", vec![]),
        (
            guests::draft_module(ASKS_OR_RAISES),
            "0.2.0-draft.1",
            vec!["DivisionByZero".to_owned()],
        ),
    ] {
        let module = engine.compile(&component).expect("links");
        let abi = format!("rtfs:module/dynamic@{version}");
        assert_eq!(module.abi().to_string(), abi);
        let answer = module.invoke(0, b"\x81\x01", &options).expect("answers");
        assert_eq!(answer.value, b"\x81\x01");
        let Err(CallError::Raised(error)) = module.invoke(1, b"\x80", &options) else {
            panic!("export 1 raises");
        };
        assert_eq!(
            (error.class.as_str(), error.notes),
            ("DivisionByZero", notes)
        );
        assert_eq!(error.stack, ["half"]);
    }
}

/// Packages as WIT, without documentation.
fn printed(resolve: &Resolve) -> String {
    let mut printer = wit_component::WitPrinter::default();
    printer.emit_docs(false);
    for (_, id) in &resolve.package_names {
        printer.print(resolve, *id, &[]).expect("a package prints");
    }
    printer.output.to_string()
}

/// Version 0.1.0 is frozen: components are compiled against it. A change of its types belongs into
/// the draft; documentation may change.
#[test]
fn the_frozen_packages_have_not_changed() {
    let printed = printed(&resolve(&CURRENT));
    assert_eq!(printed, include_str!("frozen-0.1.0.wit"));
}

/// A draft may change, but then it is another one: with its types the number behind `-draft.` does.
/// The copy below has the name of the draft it is of, so a change of the types is either seen here, or
/// comes with a new number and a new copy.
#[test]
fn the_draft_has_not_changed_under_its_number() {
    let resolve = resolve(&DRAFT);
    let versions = resolve.package_names.keys();
    let versions: Vec<String> = versions
        .map(|name| name.version.as_ref().expect("it has one").to_string())
        .collect();
    assert_eq!(versions[0], versions[1], "one draft");
    let copy = format!(
        "{}/tests/frozen-{}.wit",
        env!("CARGO_MANIFEST_DIR"),
        versions[0]
    );
    let copy = std::fs::read_to_string(&copy).unwrap_or_else(|error| panic!("{copy}: {error}"));
    assert_eq!(
        printed(&resolve),
        copy,
        "with another number there would be another draft"
    );
    // What the host serves as the draft is the one that is written down.
    let component = guests::draft_module(guests::ECHO);
    let module = Engine::new(EngineConfig::default()).expect("an engine");
    let module = module.compile(&component).expect("the draft is served");
    assert!(
        module
            .abi()
            .to_string()
            .ends_with(&format!("@{}", versions[0]))
    );
}

/// What the comparisons above see: every change of a type or function, and no change of a comment.
#[test]
fn changes_of_types_are_seen_and_comments_are_free() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit");
    let host = std::fs::read_to_string(format!("{root}/host/host.wit")).expect("it is there");
    let module = std::fs::read_to_string(format!("{root}/module/module.wit")).expect("it is there");
    let changed = |from: &str, to: &str| {
        assert!(module.contains(from), "{from}");
        let mut resolve = Resolve::default();
        resolve.push_str("host.wit", &host).expect("it parses");
        let module = module.replacen(from, to, 1);
        resolve.push_str("module.wit", &module).expect("it parses");
        printed(&resolve)
    };
    let as_it_is = changed("", "");
    assert_eq!(changed("/// An error that left", "/// What left"), as_it_is);
    for (from, to) in [
        ("message: string,", "message: string, hint: string,"),
        ("message: string,", "text: string,"),
        ("node: u32,", "node: u64,"),
        ("node: u32,", "node: option<u32>,"),
        ("export: u32, args", "export: u64, args"),
        ("describe: func() -> list<u8>;", ""),
        (
            "describe: func() -> list<u8>;",
            "describe: func() -> string;",
        ),
        ("import rtfs:host/capability@0.1.0;", ""),
        ("package rtfs:module@0.1.0;", "package rtfs:module@0.1.1;"),
    ] {
        assert_ne!(changed(from, to), as_it_is, "{from} to {to}");
    }
}
