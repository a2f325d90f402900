//! Stored modules: found by meaning or interface, and refused when they cannot be trusted.
#![allow(
    clippy::disallowed_methods,
    reason = "tests damage the files themselves"
)]

mod common;

use std::sync::Arc;

use common::*;
use rtfs_delegate::*;
use rtfs_store::{KeyId, TrustStatement, Validation, Verdict};

const ADD: &str = "(defn add [x y] (+ x y))";

#[track_caller]
fn hit(lookup: Lookup) -> L4Hit {
    match lookup {
        Lookup::Hit(hit) => hit,
        Lookup::Miss(reason) => panic!("a miss: {}", reason.name()),
    }
}

#[track_caller]
fn miss(lookup: Lookup) -> MissReason {
    match lookup {
        Lookup::Miss(reason) => reason,
        Lookup::Hit(hit) => panic!("a hit: {hit:?}"),
    }
}

#[test]
fn the_same_definition_elsewhere_is_a_hit() {
    let fixture = Fixture::new();
    let published = publish(&fixture.l4, ADD, Validation::Pending);
    // Another program, other names of parameters, another process.
    let program = program("(def k 1)\n(defn add [a b] (+ a b))\n(add k 2)");
    let context = context(&program, "add");
    let l4 = fixture.another();
    let hit = hit(l4.lookup(&context, Policy::Exact));
    assert_eq!(hit.pointer.blob, published.storage_pointer());
    assert_eq!(hit.pointer.export, 1);
    assert_eq!(hit.signature, published.signature());
    assert_eq!(*l4.module(&hit.signature.record).unwrap(), *published);
    assert_eq!(l4.stats().hits, 1);
}

#[test]
fn the_same_name_with_another_meaning_is_a_miss() {
    let fixture = Fixture::new();
    publish(&fixture.l4, ADD, Validation::Verified);
    let program = program("(defn add [x y] nil)");
    let context = context(&program, "add");
    assert_eq!(
        miss(fixture.l4.lookup(&context, Policy::Exact)),
        MissReason::Absent
    );
    // Not even by interface: the caller has a body.
    assert_eq!(
        miss(fixture.l4.lookup(&context, Policy::Interface)),
        MissReason::Absent
    );
}

#[test]
fn policies_look_up_what_they_may() {
    let fixture = Fixture::new();
    publish(&fixture.l4, ADD, Validation::Verified);
    let program = program(ADD);
    let full = context(&program, "add");
    let declared = CallContext {
        definition_hash: None,
        ..full.clone()
    };
    let bare = CallContext {
        interface_hash: None,
        ..declared.clone()
    };
    let l4 = &fixture.l4;
    assert_eq!(
        hit(l4.lookup(&full, Policy::Interface)).policy,
        Policy::Exact
    );
    assert_eq!(
        hit(l4.lookup(&declared, Policy::Interface)).policy,
        Policy::Interface
    );
    assert_eq!(
        miss(l4.lookup(&declared, Policy::Exact)),
        MissReason::NoHash
    );
    assert_eq!(
        miss(l4.lookup(&bare, Policy::Interface)),
        MissReason::NoHash
    );
    assert_eq!(miss(l4.lookup(&full, Policy::Off)), MissReason::Off);
}

#[test]
fn by_interface_only_modules_whose_cases_passed_answer() {
    let fixture = Fixture::new();
    let program = program(ADD);
    let declared = CallContext {
        definition_hash: None,
        ..context(&program, "add")
    };
    publish(&fixture.l4, ADD, Validation::Pending);
    let lookup = || fixture.l4.lookup(&declared, Policy::Interface);
    assert_eq!(miss(lookup()), MissReason::Unverified);
    let verified = publish(&fixture.l4, ADD, Validation::Verified);
    assert_eq!(
        hit(lookup()).signature,
        verified.signature(),
        "publishing is noticed at once"
    );
    // The name is part of the interface.
    let renamed = CallContext {
        fn_symbol: "other".into(),
        ..declared.clone()
    };
    fixture.l4.clear();
    assert_eq!(
        miss(fixture.l4.lookup(&renamed, Policy::Interface)),
        MissReason::Absent
    );
}

#[test]
fn among_verified_modules_the_newest_answers() {
    let fixture = Fixture::new();
    let program = program("(defn f [] 1)");
    let at = |seconds: u64| {
        publish_with(
            &fixture.l4,
            &program,
            "(defn f [] 1)",
            Validation::Verified,
            |publication| {
                publication.claimed_at = Some(Timestamp::from_millis(seconds * 1000));
            },
        )
    };
    let newest = at(7);
    at(3);
    at(5);
    let declared = CallContext {
        definition_hash: None,
        ..context(&program, "f")
    };
    let found = hit(fixture.l4.lookup(&declared, Policy::Interface));
    assert_eq!(found.signature, newest.signature());
}

#[test]
fn modules_with_effects_among_their_definitions_are_not_found_by_definition() {
    let fixture = Fixture::new();
    publish(
        &fixture.l4,
        "(def started (call :clock.now)) (defn add [x y] (+ x y))",
        Validation::Verified,
    );
    let program = program(ADD);
    let context = context(&program, "add");
    assert_eq!(
        miss(fixture.l4.lookup(&context, Policy::Exact)),
        MissReason::Absent
    );
}

#[test]
fn same_bytes_published_twice_same_pointer() {
    let fixture = Fixture::new();
    let first = publish(&fixture.l4, ADD, Validation::Verified);
    let again = publish(&fixture.another(), ADD, Validation::Verified);
    assert_eq!(first.storage_pointer(), again.storage_pointer());
    assert_eq!(first, again, "even the record is the same");
    let blob = fixture.l4.store_blob(BlobKind::Opaque, b"bytes").unwrap();
    assert_eq!(
        fixture.l4.store_blob(BlobKind::Opaque, b"bytes").unwrap(),
        blob
    );
    assert_eq!(
        fixture.l4.get_blob(&blob).unwrap().as_deref(),
        Some(&b"bytes"[..])
    );
    let absent = rtfs_store::Digest::of(b"never stored");
    assert_eq!(fixture.l4.get_blob(&absent).unwrap(), None);
}

#[test]
fn one_record_names_component_compressed_source_and_ir() {
    let fixture = Fixture::new();
    let source = format!("{ADD} ; sum\n").repeat(1);
    let published = publish(&fixture.l4, &source, Validation::Verified);
    let record = published.record();
    let stored = record.source.expect("the source was given");
    assert_eq!(
        fixture.l4.store().source(&stored).unwrap(),
        source.as_bytes()
    );
    let kind = BlobKind::CompressedSource;
    let compressed = fixture.l4.get_blob(&stored.blob.digest).unwrap().unwrap();
    assert_eq!(
        fixture.l4.store_blob(kind, &compressed).unwrap(),
        stored.blob.digest
    );
    let ir = record.ir.expect("the program was given");
    let decoded = fixture.l4.get_ir(&ir.digest).unwrap().unwrap();
    assert_eq!(fixture.l4.store_ir(&decoded).unwrap(), ir.digest);
    assert!(
        fixture
            .l4
            .store_blob(BlobKind::Component, b"no wasm")
            .is_err()
    );
    assert!(
        fixture.l4.get_ir(&stored.blob.digest).is_err(),
        "no program"
    );
}

#[test]
fn without_a_signer_nothing_is_published() {
    let fixture = Fixture::new();
    let l4 = L4CacheClient::new(fixture.store.clone(), fixture.clock.clone());
    let publication = rtfs_store::Publication {
        component: b"\0asm",
        source: None,
        ir: None,
        facts: publish(&fixture.l4, ADD, Validation::Pending)
            .record()
            .facts
            .clone(),
        name: None,
    };
    assert!(matches!(l4.publish(&publication), Err(L4Error::NoSigner)));
}

/// Looks `add` up in a fresh client, and gives the security events of it.
#[track_caller]
fn refused(fixture: &Fixture) -> Vec<SecurityEvent> {
    let program = program(ADD);
    let context = context(&program, "add");
    let l4 = fixture.another();
    assert_eq!(
        miss(l4.lookup(&context, Policy::Exact)),
        MissReason::Refused
    );
    let events = fixture.events.take();
    assert_eq!(l4.stats().refusals, events.len() as u64);
    let events_again = {
        assert_eq!(
            miss(l4.lookup(&context, Policy::Exact)),
            MissReason::Refused
        );
        fixture.events.take()
    };
    assert!(
        events_again.is_empty(),
        "a remembered refusal is reported once"
    );
    assert!(events.iter().all(|event| event.subject == "add"));
    events
}

#[test]
fn untrusted_modules_miss_and_are_reported() {
    let fixture = Fixture::new();
    let stranger = publish(&fixture.stranger(), ADD, Validation::Verified);
    let events = refused(&fixture);
    assert_eq!(events[0].record, stranger.id());
    let incident = &events[0].incident;
    assert!(matches!(
        incident,
        SecurityIncident::Record(Verdict::UnknownSigner { .. })
    ));
    // A trusted one beside it answers all the same.
    let ours = publish(&fixture.l4, ADD, Validation::Pending);
    let program = program(ADD);
    let found = hit(fixture.l4.lookup(&context(&program, "add"), Policy::Exact));
    assert_eq!(found.signature, ours.signature());
}

#[test]
fn unsigned_or_altered_bytes_miss_and_report_code_not_run() {
    let fixture = Fixture::new();
    let published = publish(&fixture.l4, ADD, Validation::Verified);
    let blob = published.storage_pointer();
    let good = std::fs::read(fixture.blob(&blob)).unwrap();

    overwrite(&fixture.blob(&blob), b"altered");
    let events = refused(&fixture);
    let expected = rtfs_store::Digest::of(b"altered");
    assert!(matches!(
        events[0].incident,
        SecurityIncident::Blob { blob: found, actual } if found == blob && actual == expected
    ));
    overwrite(&fixture.blob(&blob), &good);

    let record = fixture.record(&published.id());
    let mut envelope = std::fs::read(&record).unwrap();
    let last = envelope.len() - 10;
    envelope[last] ^= 1;
    overwrite(&record, &envelope);
    let events = refused(&fixture);
    assert!(matches!(
        events[0].incident,
        SecurityIncident::Record(Verdict::Corrupt(_))
    ));
}

#[test]
fn a_revocation_counts_although_the_answer_is_remembered() {
    let fixture = Fixture::new();
    let published = publish(&fixture.l4, ADD, Validation::Verified);
    let program = program(ADD);
    let context = context(&program, "add");
    let lookup = || fixture.l4.lookup(&context, Policy::Exact);
    hit(lookup());
    // By another process.
    let revocation = TrustStatement::RevokeDigest {
        digest: published.storage_pointer(),
        reason: "wrong sums".to_owned(),
    };
    let other = fixture.another();
    other
        .store()
        .put_trust(revocation, &*fixture.signer)
        .unwrap();
    hit(lookup());
    fixture.clock.advance(L4Config::default().trust_recheck);
    assert_eq!(miss(lookup()), MissReason::Refused);
    let event = fixture.events.take().remove(0);
    assert!(
        event.to_string().contains("is revoked: wrong sums"),
        "{event}"
    );
}

#[test]
fn a_revocation_by_this_process_counts_at_once() {
    let fixture = Fixture::new();
    let published = publish(&fixture.l4, ADD, Validation::Verified);
    let program = program(ADD);
    let context = context(&program, "add");
    hit(fixture.l4.lookup(&context, Policy::Exact));
    let revocation = TrustStatement::RevokeDigest {
        digest: published.id(),
        reason: String::new(),
    };
    fixture
        .store
        .put_trust(revocation, &*fixture.signer)
        .unwrap();
    let reason = miss(fixture.l4.lookup(&context, Policy::Exact));
    assert_eq!(reason, MissReason::Refused);
    assert!(matches!(
        fixture.l4.module(&published.id()),
        Err(L4Error::Refused { .. })
    ));
    let manager = CacheManager::new().with_l4_cache(fixture.l4.clone());
    let metrics = manager.get_all_stats()[0].metrics();
    assert!(metrics.contains(&("l4_cache_refusals".to_owned(), 1)));
    assert!(metrics.contains(&("l4_cache_hits".to_owned(), 1)));
}

#[test]
fn a_revoked_key_voids_what_it_signed() {
    let fixture = Fixture::new();
    publish(&fixture.l4, ADD, Validation::Verified);
    let key: KeyId = rtfs_store::Signer::public_key(&*fixture.signer).id();
    let reason = "lost".to_owned();
    let revocation = TrustStatement::RevokeKey { key, reason };
    fixture
        .store
        .put_trust(revocation, &*fixture.signer)
        .unwrap();
    let events = refused(&fixture);
    let incident = &events[0].incident;
    assert!(matches!(
        incident,
        SecurityIncident::Record(Verdict::RevokedKey { .. })
    ));
}

#[test]
fn any_layer_with_a_broken_store_call_succeeds_miss_counted() {
    let fixture = Fixture::new();
    publish(&fixture.l4, ADD, Validation::Verified);
    let l4 = fixture.another();
    std::fs::remove_dir_all(fixture.root.path().join("trust")).unwrap();
    std::fs::remove_dir_all(fixture.root.path().join("derived")).unwrap();
    let program = program(ADD);
    let engine = L4AwareDelegationEngine::new(l4.clone(), Local);
    assert_eq!(
        engine.decide(&context(&program, "add")),
        ExecTarget::LocalPure
    );
    let stats = l4.stats();
    assert_eq!((stats.misses, stats.failures), (1, 1));
}

struct Local;

impl DelegationEngine for Local {
    fn decide(&self, _: &CallContext) -> ExecTarget {
        ExecTarget::LocalPure
    }
}

#[test]
fn a_missing_blob_is_a_miss_and_noticed_when_it_is_to_run() {
    let fixture = Fixture::new();
    let published = publish(&fixture.l4, ADD, Validation::Verified);
    let program = program(ADD);
    let context = context(&program, "add");
    let found = hit(fixture.l4.lookup(&context, Policy::Exact));
    std::fs::remove_file(fixture.blob(&published.storage_pointer())).unwrap();
    let limits = ExecutionLimits::default();
    let ran = fixture.registry().run_stored(
        &found,
        StoredCall {
            args: &[],
            validation: rtfs_value::types::Level::Standard,
            limits: &limits,
            grants: &CapabilityGrants::none(),
            host: &mut rtfs_eval::PureHost,
        },
    );
    let missing = MissReason::BlobMissing;
    assert!(matches!(ran, Err(RunStoredError::Miss { reason }) if reason == missing));
    assert_eq!(miss(fixture.l4.lookup(&context, Policy::Exact)), missing);
    assert!(fixture.events.take().is_empty(), "deleting is no forgery");
}

#[test]
fn what_another_process_publishes_is_found_after_a_while() {
    let fixture = Fixture::new();
    let program = program(ADD);
    let context = context(&program, "add");
    let lookup = || fixture.l4.lookup(&context, Policy::Exact);
    assert_eq!(miss(lookup()), MissReason::Absent);
    publish(&fixture.another(), ADD, Validation::Verified);
    assert_eq!(miss(lookup()), MissReason::Absent, "remembered");
    fixture.pass_time();
    hit(lookup());
}

#[test]
fn other_interface_hash_equal_embedding_miss() {
    let fixture = Fixture::new();
    let embedding = Embedding::new("test-v1", vec![1.0, 0.0]).unwrap();
    let program = program(ADD);
    publish_with(
        &fixture.l4,
        &program,
        ADD,
        Validation::Verified,
        |publication| {
            publication.embedding = Some(embedding.clone());
        },
    );
    let query = |interface| fixture.l4.query(interface, Some(&embedding), 0.9);
    assert!(query(program.interface_hash()).is_some());
    let other = common::program("(defn sub [x y] (- x y))");
    assert!(query(other.interface_hash()).is_none());
}

#[test]
fn best_of_several_above_threshold_highest_similarity() {
    let fixture = Fixture::new();
    let sources = ["(defn f [] 1)", "(defn f [] 2)", "(defn f [] 3)"];
    let vectors = [vec![1.0, 0.5], vec![1.0, 0.1], vec![0.0, 1.0]];
    let programs: Vec<_> = sources.iter().map(|source| program(source)).collect();
    let mut published = Vec::new();
    for ((program, source), vector) in programs.iter().zip(sources).zip(vectors) {
        let embedding = Embedding::new("test-v1", vector).unwrap();
        let one = publish_with(
            &fixture.l4,
            program,
            source,
            Validation::Verified,
            |publication| {
                publication.embedding = Some(embedding);
            },
        );
        published.push(one);
    }
    let asked = Embedding::new("test-v1", vec![1.0, 0.0]).unwrap();
    let query = |embedding: &Embedding, threshold| {
        let interface = programs[0].interface_hash();
        fixture.l4.query(interface, Some(embedding), threshold)
    };
    assert_eq!(query(&asked, 0.5), Some(published[1].clone()));
    assert_eq!(query(&asked, 0.999), None);
    let foreign = Embedding::new("other-v1", vec![1.0, 0.0]).unwrap();
    assert_eq!(query(&foreign, 0.1), None, "embedders are never compared");
    let interface = programs[0].interface_hash();
    assert!(fixture.l4.query(interface, None, 0.99).is_some());
}

#[test]
fn units_are_found_by_their_key() {
    let fixture = Fixture::new();
    let registry = fixture.registry();
    let program = program("(def t (call :clock.now)) (defn f [] t)");
    let module = ModuleSource::cached(&program, None, BackendOptions::default());
    let Stored::Published(published) = registry.store_module(&module).unwrap() else {
        panic!("nothing was there");
    };
    assert_eq!(
        registry.store_module(&module).unwrap(),
        Stored::Found(published)
    );
    assert_eq!(
        ModuleRegistry::new().store_module(&module).unwrap(),
        Stored::Skipped
    );
    let other = BackendOptions {
        opt_level: 0,
        ..BackendOptions::default()
    };
    let key = IrBackend.artifact_key(&program, &other);
    assert_eq!(fixture.l4.find_unit(key), Err(MissReason::Absent));
}

#[test]
fn an_engine_says_what_it_considered() {
    let fixture = Fixture::new();
    publish(&fixture.l4, ADD, Validation::Verified);
    let engine = L4AwareDelegationEngine::new(fixture.l4.clone(), Local);
    let engine: Arc<dyn DelegationEngine> = Arc::new(engine);
    let program = program("(defn add [x y] (+ x y)) (defn other [] 1)");
    let decision = engine.explain(&context(&program, "add"));
    assert_eq!(decision.target, engine.decide(&context(&program, "add")));
    assert!(decision.target.is_l4_hit());
    assert_eq!(decision.reason, DecisionReason::L4Hit);
    assert_eq!(decision.policy, Some(Policy::Exact));
    let decision = engine.explain(&context(&program, "other"));
    assert_eq!(decision.target, ExecTarget::LocalPure);
    assert_eq!(decision.considered, [Considered::new("l4", "miss: absent")]);
}
