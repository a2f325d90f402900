//! The store's directory as an OCI image layout: what pins write, and what skopeo reads of it.
#![allow(
    clippy::disallowed_methods,
    reason = "tests look at the files themselves"
)]

mod common;

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use common::*;
use rtfs_store::*;
use serde_json::Value;

fn surface() -> Surface {
    Surface {
        exports: vec!["rtfs:module/dynamic@0.1.0".to_owned()],
        imports: Vec::new(),
    }
}

fn json(fixture: &Fixture, digest: &str) -> Value {
    let digest: Digest = digest.parse().unwrap();
    serde_json::from_slice(&fixture.store.get_blob(&digest).unwrap()).unwrap()
}

fn index(fixture: &Fixture) -> Vec<Value> {
    let bytes = std::fs::read(fixture.root.path().join("index.json")).unwrap();
    let index: Value = serde_json::from_slice(&bytes).unwrap();
    index["manifests"].as_array().unwrap().clone()
}

#[test]
fn a_pinned_release_is_one_wasm_layer_with_referrers() {
    let fixture = Fixture::new();
    let published = fixture.publish(&publication(1));
    let pin = fixture
        .store
        .pin("v1", &published.record, &surface())
        .unwrap();
    assert_eq!(fixture.reopen().pins().unwrap(), std::slice::from_ref(&pin));

    let manifest = json(&fixture, &pin.manifest.to_string());
    let layers = manifest["layers"].as_array().unwrap();
    assert_eq!(layers.len(), 1);
    assert_eq!(layers[0]["mediaType"], "application/wasm");
    let component = published.module.component.digest.to_string();
    assert_eq!(layers[0]["digest"], *component);
    let config = json(&fixture, manifest["config"]["digest"].as_str().unwrap());
    assert_eq!(config["layerDigests"][0], *component);
    assert_eq!(config["created"], "2027-01-15T08:00:00Z");
    assert_eq!(
        config["component"]["exports"][0],
        "rtfs:module/dynamic@0.1.0"
    );

    let mut kinds = BTreeSet::new();
    for entry in index(&fixture) {
        let document = json(&fixture, entry["digest"].as_str().unwrap());
        let Some(kind) = document["artifactType"].as_str() else {
            assert_eq!(
                entry["annotations"]["org.opencontainers.image.ref.name"],
                "v1"
            );
            continue;
        };
        assert_eq!(document["subject"]["digest"], pin.manifest.to_string());
        assert_eq!(
            json(&fixture, document["config"]["digest"].as_str().unwrap()),
            serde_json::json!({})
        );
        let layer: Digest = document["layers"][0]["digest"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let bytes = fixture.store.get_blob(&layer).unwrap();
        match kind {
            "application/vnd.rtfs.ir.v1+cbor" => assert_eq!(bytes, b"intermediate form"),
            "application/vnd.dsse.envelope.v1+json" => assert_eq!(layer, published.record),
            "application/vnd.rtfs.source.v1+zstd" => {
                assert_eq!(layer, published.module.source.unwrap().blob.digest);
            }
            other => panic!("{other}"),
        }
        kinds.insert(kind.to_owned());
    }
    assert_eq!(kinds.len(), 3);
}

#[test]
fn pins_move_are_shared_and_go() {
    let fixture = Fixture::new();
    let records = [1, 2].map(|n| fixture.publish(&publication(n)).record);
    let pin = |reference, n: usize| {
        fixture
            .store
            .pin(reference, &records[n], &surface())
            .unwrap()
    };
    let first = pin("v1", 0);
    assert_eq!(pin("v1", 0), first);
    assert_eq!(pin("latest", 0).manifest, first.manifest);
    assert_eq!(index(&fixture).len(), 2 + 3, "two names share the parts");
    let moved = pin("latest", 1);
    assert_ne!(moved.manifest, first.manifest);
    assert_eq!(index(&fixture).len(), 2 + 6);
    assert!(fixture.store.unpin("v1").unwrap());
    assert!(!fixture.store.unpin("v1").unwrap());
    assert_eq!(index(&fixture).len(), 1 + 3);
    assert_eq!(fixture.store.pins().unwrap(), [moved]);
}

#[test]
fn what_other_tools_put_into_the_index_stays() {
    let fixture = Fixture::new();
    let foreign = r#"{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2,"annotations":{"org.opencontainers.image.ref.name":"theirs"}}"#;
    let text = format!(r#"{{"schemaVersion":2,"manifests":[{foreign}],"x":1}}"#);
    overwrite(&fixture.root.path().join("index.json"), text.as_bytes());
    let published = fixture.publish(&publication(1));
    fixture
        .store
        .pin("v1", &published.record, &surface())
        .unwrap();
    fixture.store.unpin("v1").unwrap();
    let bytes = std::fs::read(fixture.root.path().join("index.json")).unwrap();
    let now: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(now, serde_json::from_str::<Value>(&text).unwrap());
}

#[test]
fn only_trusted_whole_modules_are_pinned() {
    let fixture = Fixture::new();
    let keys = tempfile::tempdir().unwrap();
    let (strangers, stranger) = open(fixture.root.path(), keys.path());
    let foreign = strangers
        .publish_module(&publication(1), &stranger)
        .unwrap();
    let pin = |record: &Digest| fixture.store.pin("v1", record, &surface());
    assert!(matches!(
        pin(&foreign.record),
        Err(PinError::NotAModule { .. })
    ));
    let absent = Digest::of(b"absent");
    assert!(matches!(
        pin(&absent),
        Err(PinError::Record(RecordError::Missing { .. }))
    ));
    let published = fixture.publish(&publication(1));
    overwrite(
        &fixture.blob(&published.module.component.digest),
        b"altered",
    );
    assert!(matches!(pin(&published.record), Err(PinError::Blob(_))));
    let bad = fixture.store.pin("a/b", &published.record, &surface());
    assert!(matches!(bad, Err(PinError::Reference { .. })));
    assert!(index(&fixture).is_empty());
}

#[test]
fn collection_keeps_what_a_pin_needs() {
    let fixture = Fixture::new();
    let mut cached = publication(1);
    cached.facts.retention = Retention::Cache;
    let published = fixture.publish(&cached);
    fixture
        .store
        .pin("v1", &published.record, &surface())
        .unwrap();
    let options = CollectOptions {
        grace: Duration::ZERO,
        cache_max_age: Some(Duration::ZERO),
        keep_versions: None,
        dry_run: false,
    };
    let collect = || fixture.store.collect(&options).unwrap().n_blobs;
    assert_eq!(collect(), 0, "the record goes, the release stays whole");
    fixture.store.unpin("v1").unwrap();
    assert!(collect() > 5);
}

fn skopeo(args: &[&str]) -> Option<String> {
    let out = tool("skopeo")?.args(args).output().unwrap();
    let complaint = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "skopeo {args:?}: {complaint}");
    Some(String::from_utf8(out.stdout).unwrap())
}

#[test]
fn skopeo_reads_and_copies_the_store_in_place() {
    let fixture = Fixture::new();
    let published = fixture.publish(&publication(1));
    let pin = fixture
        .store
        .pin("v1", &published.record, &surface())
        .unwrap();
    let place = format!("oci:{}:v1", fixture.root.path().display());
    let Some(manifest) = skopeo(&["inspect", "--raw", &place]) else {
        return;
    };
    assert_eq!(Digest::of(manifest.as_bytes()), pin.manifest);
    // Without `--raw` skopeo looks for what only container images have.
    let config = skopeo(&["inspect", "--config", "--raw", &place]).unwrap();
    let config: Value = serde_json::from_str(&config).unwrap();
    assert_eq!(config["architecture"], "wasm");
    let component = published.module.component.digest;
    let layers = serde_json::json!([component.to_string()]);
    assert_eq!(config["layerDigests"], layers);

    let copied = tempfile::tempdir().unwrap();
    let copy = format!("oci:{}:v1", copied.path().display());
    skopeo(&["copy", "--quiet", &place, &copy]).unwrap();
    let blob = copied.path().join("blobs/sha256").join(component.hex());
    assert_eq!(std::fs::read(blob).unwrap(), b"component 1");
    let again = skopeo(&["inspect", "--raw", &copy]).unwrap();
    assert_eq!(Digest::of(again.as_bytes()), pin.manifest);
}

/// So that a missing tool is not taken for a passing test.
#[test]
fn the_tool_is_asked_for_its_version() {
    let there = Command::new("skopeo").arg("--version").output().is_ok();
    assert_eq!(tool("skopeo").is_some(), there);
}

#[test]
fn damage_to_what_pins_need_is_found() {
    let fixture = Fixture::new();
    let published = fixture.publish(&publication(1));
    let pin = fixture
        .store
        .pin("v1", &published.record, &surface())
        .unwrap();
    assert_eq!(fixture.store.check_pins(), []);
    let path = format!("blobs/sha256/{}", pin.manifest.hex());
    let file = fixture.root.path().join(&path);
    let aside = fixture.root.path().join("tmp/aside");
    std::fs::rename(&file, &aside).unwrap();
    let missing = PinFault {
        path,
        problem: Problem::Missing,
    };
    assert_eq!(fixture.store.check_pins(), [missing]);
    std::fs::write(&file, b"{}").unwrap();
    assert!(matches!(
        &fixture.store.check_pins()[..],
        [PinFault {
            problem: Problem::Altered { .. },
            ..
        }]
    ));
    std::fs::rename(&aside, &file).unwrap();
    assert_eq!(fixture.store.check_pins(), []);
    // Another digest in the index leads nowhere.
    let index = fixture.root.path().join("index.json");
    let text = std::fs::read_to_string(&index).unwrap();
    let other = pin.manifest.hex().replace(['0', '1', '2'], "3");
    std::fs::write(&index, text.replace(&pin.manifest.hex(), &other)).unwrap();
    assert_eq!(fixture.store.check_pins().len(), 1);
}
