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

/// Version 0.1.0 is frozen: components are compiled against it. A change of its types belongs into
/// the draft; documentation may change.
#[test]
fn the_frozen_packages_have_not_changed() {
    let resolve = resolve(&CURRENT);
    let mut printer = wit_component::WitPrinter::default();
    printer.emit_docs(false);
    for (_, id) in &resolve.package_names {
        printer.print(&resolve, *id, &[]).expect("a package prints");
    }
    assert_eq!(printer.output.to_string(), include_str!("frozen-0.1.0.wit"));
}
