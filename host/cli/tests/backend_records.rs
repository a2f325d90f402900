//! What a backend says of itself, and what a store keeps of it.

#[allow(dead_code, reason = "this file uses a part")]
mod guest_backend;
mod support;

use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use rtfs_conformance::kit;
use rtfs_delegate::{BackendOptions, BytecodeBackend as _, CompileError, ExecutionLimits};
use rtfs_host::{CallError, CompilationError, Compiler, Engine, EngineConfig};
use rtfs_runtime::{Backends, BackendsError, GuestBackend, GuestBackendError, chain};
use rtfs_store::{Anchors, KeyRing, LocalSigner, Publication, Signer as _, Store};
use serde_json::Value;

use guest_backend::{Guest, add, describe, program, write};
use support::Rtfs;

fn compiler(guest: &Guest) -> Compiler {
    let engine = Engine::new(EngineConfig::default()).expect("this platform is supported");
    let compiler = engine.compile_compiler(&guest.component());
    compiler.expect("it is a compiler")
}

fn loaded(guest: &Guest) -> Result<GuestBackend, GuestBackendError> {
    GuestBackend::of(compiler(guest), ExecutionLimits::default())
}

#[test]
fn names_and_versions_have_1_to_64_letters_of_few() {
    let longest = "aZ09-._+".repeat(8);
    let too_long = format!("{longest}a");
    for key in ["name", "version"] {
        let other = match key {
            "name" => "version",
            _ => "name",
        };
        let said = |word: &str| Guest {
            description: describe(&[(key, word), (other, "1.0")]),
            ..Guest::honest()
        };
        for word in ["a", "-", &longest] {
            let backend = loaded(&said(word)).unwrap_or_else(|error| panic!("{word}: {error}"));
            let answered = match key {
                "name" => backend.name(),
                _ => backend.own_version(),
            };
            assert_eq!(answered, word);
        }
        for word in ["", &too_long, "a b", "a/b", "a\n", "grün", "a:b", "~"] {
            let refused = loaded(&said(word)).map(|_| ()).expect_err(word).to_string();
            let reason = format!("the backend has no `:{key}` of 1 to 64 letters");
            assert!(refused.starts_with(&reason), "{word}: {refused}");
        }
        let without = Guest {
            description: describe(&[(other, "1.0")]),
            ..Guest::honest()
        };
        let refused = loaded(&without).map(|_| ()).expect_err("it has none");
        assert!(refused.to_string().contains(&format!("`:{key}`")));
    }
}

#[test]
fn target_ids_have_1_to_64_letters_of_few() {
    let longest: &'static str = "az09-.xy".repeat(8).leak();
    let too_long: &'static str = format!("{longest}a").leak();
    let said = |target_id: &'static str| Guest {
        target_id,
        ..Guest::honest()
    };
    for target_id in ["a", longest] {
        let backend = loaded(&said(target_id)).expect("it has the form");
        assert_eq!(backend.target_id(), target_id);
    }
    for target_id in ["", too_long, "A", "a_b", "a b", "ü"] {
        let refused = loaded(&said(target_id)).map(|_| ()).expect_err(target_id);
        let reason = "its target id is not 1 to 64 of";
        assert!(chain(&refused).contains(reason), "{target_id}: {refused:?}");
    }
}

/// Neither an artifact nor a reason, for a program and for what is none.
#[test]
fn a_backend_that_gives_no_reason_has_failed() {
    let silent = "(i32.store (i32.const 3000) (i32.const 1))
        (drop (call $pair (i32.const 3004) (i32.const 2048) (i32.const 0)))
        (return (i32.const 3000))";
    let guest = Guest {
        body: silent,
        ..Guest::honest()
    };
    let program = program(kit::GROUPS[0].1);
    let compilation = compiler(&guest).compile(&program.encode(), &[0xf6], &Default::default());
    let Err(CompilationError::Call(CallError::Protocol { reason })) = compilation.result else {
        panic!("{:?}", compilation.result);
    };
    assert_eq!(reason, "it gave no artifact and no reason");
    // It is not taken for one that does not support the program.
    let backend = loaded(&guest).expect("it says who it is");
    let compiled = backend.compile_module(&program, &BackendOptions::default());
    assert!(
        matches!(compiled, Err(CompileError::Failed { .. })),
        "{compiled:?}"
    );
    let rtfs = Rtfs::new();
    let added = add(&rtfs, &guest.component());
    assert_eq!(added.status, 1, "{}", added.stderr);
    let failed = "FAILED       compile/integers: ";
    let line = added.stdout.lines().find(|line| line.starts_with(failed));
    let line = line.unwrap_or_else(|| panic!("{}", added.stdout));
    assert!(
        line.ends_with("it gave no artifact and no reason"),
        "{line}"
    );
}

fn json(rtfs: &Rtfs, args: &[&str]) -> Value {
    let ended = rtfs.run(&[args, &["--format", "json"]].concat());
    serde_json::from_str(&ended.stdout).expect("it is JSON")
}

#[test]
fn the_verdict_of_the_kit_is_recorded_and_signed() {
    let rtfs = Rtfs::new();
    let path = write(&rtfs, "backend.wasm", &Guest::honest().component());
    let report = json(&rtfs, &["conform", &path]);
    let checks = report["checks"].as_array().expect("a list");
    let count = |outcome: &str| {
        let of = checks.iter().filter(|check| check["outcome"] == outcome);
        of.count()
    };
    let (passed, unsupported) = (count("passed"), count("unsupported"));
    assert!(passed > 30 && unsupported > 5, "{report}");
    let verdict = format!("conforms: {passed} passed, {unsupported} unsupported");

    let added = json(&rtfs, &["backend", "add", "--unsigned", &path]);
    assert_eq!(added["verdict"], verdict);
    let list = json(&rtfs, &["backend", "list"]);
    let installed = &list[1];
    assert_eq!(installed["name"], "table");
    assert_eq!(installed["version"], "1.0");
    assert_eq!(installed["target-id"], "wasm32-component");
    assert_eq!(installed["component"], report["component"]);
    assert_eq!(installed["verdict"], verdict);
    // It is in the record, which is signed.
    let record = installed["record"].as_str().expect("a digest");
    let shown = json(&rtfs, &["show", record]).to_string();
    assert!(shown.contains(&verdict), "{shown}");
}

/// Who signed the record is no longer believed, so neither is the backend.
#[test]
fn a_revoked_key_takes_its_backends_along() {
    let rtfs = Rtfs::new();
    let added = add(&rtfs, &Guest::honest().component());
    assert_eq!(added.status, 0, "{}", added.stderr);
    let known = rtfs.write("known.rtfs", kit::GROUPS[0].1);
    let engine = ["run", "--engine", "component", "--backend", "table"];
    let run = || rtfs.run(&[&engine[..], &[&known]].concat());
    assert_eq!(run().status, 0);

    let keys = json(&rtfs, &["key", "list"]);
    let own = keys["keys"][0]["key"].as_str().expect("an id").to_owned();
    let revoked = rtfs.run(&["key", "revoke", &own, "--reason", "lost laptop"]);
    assert_eq!(revoked.status, 0, "{}", revoked.stderr);
    let refused = run();
    assert_eq!(refused.status, 3, "{}", refused.stderr);
    assert!(refused.stderr.contains("lost laptop"), "{}", refused.stderr);
    let list = rtfs.run(&["backend", "list"]).stdout;
    assert!(!list.contains("table"), "{list}");
}

/// The same for a vendor's key, with which the component is signed: it is asked for when the backend is
/// added, and no more.
#[test]
fn a_component_signed_with_a_revoked_key_is_not_added() {
    let rtfs = Rtfs::new();
    let component = Guest::honest().component();
    let path = write(&rtfs, "backend.wasm", &component);
    let vendor = LocalSigner::from_seed(&[7; 32]);
    let signature = vendor.sign(&component).expect("it has its key");
    write(&rtfs, "backend.wasm.sig", &signature);
    let key = rtfs.write("vendor.pub", &vendor.public_key().to_pem());
    assert_eq!(
        rtfs.run(&["key", "trust", &key, "--label", "vendor"])
            .status,
        0
    );
    let id = vendor.public_key().id().to_string();
    let revoked = rtfs.run(&["key", "revoke", &id, "--reason", "stolen"]);
    assert_eq!(revoked.status, 0, "{}", revoked.stderr);
    let refused = rtfs.run(&["backend", "add", &path]);
    assert_eq!(refused.status, 3, "{}", refused.stderr);
}

/// Records of something else under the name of a backend are none of a backend.
#[test]
fn only_records_of_backends_are_backends() {
    let root = tempfile::tempdir().expect("a directory");
    let dir = |name: &str| {
        let path = root.path().join(name);
        std::fs::create_dir(&path).expect("a directory");
        Dir::open_ambient_dir(path, ambient_authority()).expect("a directory")
    };
    let keyring = KeyRing::open(dir("keys")).expect("a keyring");
    let signer = keyring.default_or_create("test").expect("a key");
    let anchors = Anchors {
        keyring: Some(keyring),
        ..Anchors::default()
    };
    let store = Arc::new(Store::open(dir("store"), anchors).expect("a store"));
    let backends = Backends::new(store.clone());
    let guest = Guest::honest();
    let component = guest.component();
    let backend = loaded(&guest).expect("it says who it is");
    let added = backends.add(&backend, &component, "tried", &signer);
    let added = added.expect("it can be recorded");
    assert_eq!(added.verdict, "tried");

    let resolved = store.resolve("backend/table").expect("it can be searched");
    let resolved = resolved.expect("it is there");
    let facts = &resolved.trusted_module().expect("it is trusted").facts;
    let publish = |name: &str, id: &str| {
        let mut facts = facts.clone();
        facts.backend.id = id.to_owned();
        let publication = Publication {
            component: &component,
            source: None,
            ir: None,
            facts,
            name: Some(name),
        };
        let published = store.publish_module(&publication, &signer);
        published.expect("it can be recorded");
    };
    publish("backend/twin", &facts.backend.id);
    publish("backend/module", "wasm32-component");
    assert_eq!(backends.find("twin").expect("it is one").version, "1.0");
    let other = backends.find("module");
    assert!(
        matches!(other, Err(BackendsError::Unknown { .. })),
        "{other:?}"
    );
    let names = backends.list().expect("it can be searched");
    let names: Vec<&str> = names.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["table", "twin"]);
}
