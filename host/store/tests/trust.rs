//! When a statement on trust counts for a store that is open already.

mod common;
mod telling;

use std::sync::Arc;
use std::time::Duration;

use common::open_dir;
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
