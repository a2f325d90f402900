//! When a statement on trust counts for a store that is open already.

#![allow(
    clippy::disallowed_methods,
    reason = "tests look at and damage the files themselves"
)]

mod common;
mod telling;

use std::sync::Arc;
use std::time::Duration;

use common::*;
use rtfs_store::*;

/// A statement that came in the same tick of the clock as the last look, but after it, left no
/// trace in the time stamps, and was never noticed.
#[test]
fn a_statement_in_the_same_tick_as_the_last_look_counts() {
    let root = tempfile::tempdir().unwrap();
    let signer = LocalSigner::from_seed(&[1; 32]);
    let anchors = || Anchors {
        keys: vec![signer.public_key().clone()],
        keyring: None,
    };
    let writer = Store::open(open_dir(root.path()), anchors()).unwrap();
    let fs = telling::Telling::new(open_dir(root.path())).with_tick(Duration::from_millis(200));
    let fs = Arc::new(fs);
    let reader = Store::open_on(fs.clone(), anchors()).unwrap();
    let revoke = |n: u8| {
        let statement = TrustStatement::RevokeDigest {
            digest: Digest::of(&[n]),
            reason: String::new(),
        };
        writer.put_trust(statement, &signer).unwrap();
    };
    // The tick may end between the two statements; then it is tried again.
    for n in (0..100).step_by(2) {
        revoke(n);
        let before = fs.stamp("trust").unwrap();
        assert_eq!(
            reader.trust().unwrap().revoked_digests().count(),
            usize::from(n) + 1
        );
        revoke(n + 1);
        if fs.stamp("trust").unwrap() == before {
            std::thread::sleep(Duration::from_millis(1300));
            let trust = reader.trust().unwrap();
            assert_eq!(trust.revoked_digests().count(), usize::from(n) + 2);
            return;
        }
    }
    panic!("no two statements came within one tick");
}

#[test]
fn an_unknown_signer_is_refused_until_an_anchor_trusts_it() {
    let fixture = Fixture::new();
    let stranger = LocalSigner::from_seed(&[9; 32]);
    let key = stranger.public_key();
    let published = fixture.store.publish_module(&publication(1), &stranger);
    let verdict = || {
        let found = fixture
            .store
            .find(&Query::Definition(definition(1)))
            .unwrap();
        assert_eq!(found[0].digest(), published.as_ref().unwrap().record);
        found[0].verdict().clone()
    };
    let claimed = vec![key.id()];
    assert_eq!(verdict(), Verdict::UnknownSigner { claimed });

    let trust = || TrustStatement::TrustKey {
        key: key.to_der(),
        label: "a colleague".to_owned(),
    };
    fixture.store.put_trust(trust(), &stranger).unwrap();
    assert!(!verdict().is_trusted(), "nobody makes himself trusted");
    assert_eq!(fixture.store.trust().unwrap().ignored().len(), 1);

    fixture.store.put_trust(trust(), &fixture.signer).unwrap();
    assert_eq!(verdict(), Verdict::Trusted { signer: key.id() });
    let trusted = fixture.store.trust().unwrap();
    let labels: Vec<_> = trusted
        .keys()
        .filter_map(|key| key.label.as_deref())
        .collect();
    assert_eq!(labels, ["a colleague"]);
}

#[test]
fn a_revoked_key_is_refused_in_every_process_and_for_good() {
    let fixture = Fixture::new();
    let published = fixture.publish(&publication(1));
    let other = fixture.reopen();
    assert!(
        other
            .record(&published.record)
            .unwrap()
            .verdict()
            .is_trusted()
    );
    let key = fixture.signer.public_key().id();
    let reason = "stolen".to_owned();
    let revoke = TrustStatement::RevokeKey {
        key,
        reason: reason.clone(),
    };
    let statement = fixture.store.put_trust(revoke, &fixture.signer).unwrap();
    let expected = Verdict::RevokedKey { key, reason };
    for store in [&fixture.store, &other, &fixture.reopen()] {
        assert_eq!(
            store.record(&published.record).unwrap().verdict(),
            &expected
        );
    }
    // The keys directory still has it.
    let file = format!("trust/{}.dsse", statement.hex());
    std::fs::remove_file(fixture.root.path().join(file)).unwrap();
    let record = fixture.reopen().record(&published.record).unwrap();
    assert_eq!(record.verdict(), &expected);
}

#[test]
fn a_key_may_revoke_itself_but_no_other() {
    let fixture = Fixture::new();
    let [a, b] = [8, 9].map(|seed| LocalSigner::from_seed(&[seed; 32]));
    for signer in [&a, &b] {
        let trust = TrustStatement::TrustKey {
            key: signer.public_key().to_der(),
            label: "team".to_owned(),
        };
        fixture.store.put_trust(trust, &fixture.signer).unwrap();
    }
    let revoke = |of: &LocalSigner| TrustStatement::RevokeKey {
        key: of.public_key().id(),
        reason: "lost".to_owned(),
    };
    fixture.store.put_trust(revoke(&b), &a).unwrap();
    assert_eq!(fixture.store.trust().unwrap().revoked_keys().count(), 0);
    fixture.store.put_trust(revoke(&b), &b).unwrap();
    let trust = fixture.store.trust().unwrap();
    let revoked: Vec<_> = trust.revoked_keys().collect();
    assert_eq!(revoked, [(b.public_key().id(), "lost")]);
}

#[test]
fn the_latest_policy_of_an_anchor_counts_in_every_process() {
    let fixture = Fixture::new();
    let set = |signer: &LocalSigner, sequence, require_summary| {
        let statement = TrustStatement::SetPolicy {
            sequence,
            require_summary,
        };
        fixture.store.put_trust(statement, signer).unwrap();
        let elsewhere = fixture.reopen().trust().unwrap().policy();
        assert_eq!(elsewhere, fixture.store.trust().unwrap().policy());
        elsewhere.require_summary
    };
    assert_eq!(
        fixture.store.trust().unwrap().policy(),
        StorePolicy::default()
    );
    assert!(set(&fixture.signer, 1, true));
    for statement in std::fs::read_dir(fixture.root.path().join("trust")).unwrap() {
        std::fs::remove_file(statement.unwrap().path()).unwrap();
    }
    let policy = fixture.reopen().trust().unwrap().policy();
    assert!(policy.require_summary, "it is in the keys directory too");
    assert!(!set(&fixture.signer, 2, false));
    assert!(
        !set(&fixture.signer, 1, true),
        "an earlier one says nothing"
    );
    assert!(set(&fixture.signer, 2, true), "of two, the stricter");

    let stranger = LocalSigner::from_seed(&[9; 32]);
    assert!(set(&stranger, 3, false), "nobody believes them");
    let trust = TrustStatement::TrustKey {
        key: stranger.public_key().to_der(),
        label: "vendor".to_owned(),
    };
    fixture.store.put_trust(trust, &fixture.signer).unwrap();
    assert!(
        set(&stranger, 4, false),
        "they sign components, not policies"
    );
}

#[test]
fn a_revoked_digest_is_refused_wherever_a_record_names_it() {
    let fixture = Fixture::new();
    let check = |n: u8, of: &dyn Fn(&Published) -> Digest| {
        let published = fixture.publish(&Publication {
            component: &[n; 10],
            source: Some(&[n; 20]),
            ir: Some(&[n; 30]),
            facts: facts(n),
            name: None,
        });
        let digest = of(&published);
        let reason = "wrong code".to_owned();
        let revoke = TrustStatement::RevokeDigest {
            digest,
            reason: reason.clone(),
        };
        fixture.store.put_trust(revoke, &fixture.signer).unwrap();
        let record = fixture.store.record(&published.record).unwrap();
        assert_eq!(record.verdict(), &Verdict::RevokedDigest { digest, reason });
        assert_eq!(record.trusted_module(), None);
    };
    check(1, &|published| published.record);
    check(2, &|published| published.module.component.digest);
    check(3, &|published| published.module.ir.unwrap().digest);
    check(4, &|published| published.module.source.unwrap().blob.digest);
    check(5, &|published| published.module.source.unwrap().plain);
}
