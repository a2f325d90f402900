//! Others can check a record: with openssl, JSON and base64, without this crate.
#![allow(
    clippy::disallowed_methods,
    reason = "tests prepare files for another program"
)]

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::*;

#[test]
fn openssl_alone_verifies_a_record() {
    let Some(_) = tool("openssl") else { return };
    let fixture = Fixture::new();
    let published = fixture.publish(&publication(1));
    let record = std::fs::read(fixture.record(&published.record)).unwrap();
    let envelope: serde_json::Value = serde_json::from_slice(&record).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let payload = STANDARD.decode(text(&envelope["payload"])).unwrap();
    let kind = text(&envelope["payloadType"]);
    let head = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len());
    let signed = [head.as_bytes(), &payload].concat();
    let signature = STANDARD
        .decode(text(&envelope["signatures"][0]["sig"]))
        .unwrap();
    let keyid = text(&envelope["signatures"][0]["keyid"]);

    let scratch = tempfile::tempdir().unwrap();
    let public = fixture.keys.path().join(format!("{keyid}.pub"));
    let verify = |signed: &[u8]| {
        std::fs::write(scratch.path().join("message"), signed).unwrap();
        std::fs::write(scratch.path().join("signature"), &signature).unwrap();
        let status = tool("openssl")
            .unwrap()
            .current_dir(scratch.path())
            .args(["pkeyutl", "-verify", "-rawin", "-pubin", "-in", "message"])
            .args(["-sigfile", "signature", "-inkey"])
            .arg(&public)
            .output()
            .unwrap();
        status.status.success()
    };
    assert!(verify(&signed));
    let mut altered = signed.clone();
    *altered.last_mut().unwrap() ^= 1;
    assert!(!verify(&altered));

    // The key id is the digest of the key as openssl writes it.
    let der = tool("openssl")
        .unwrap()
        .args(["pkey", "-pubin", "-outform", "DER", "-in"])
        .arg(&public)
        .output()
        .unwrap();
    assert_eq!(rtfs_store::Digest::of(&der.stdout).hex(), keyid);

    // What in-toto's tools read.
    let statement: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    let component = published.module.component.digest.hex();
    assert_eq!(statement["subject"][0]["digest"]["sha256"], component);
}

#[test]
fn keys_made_by_openssl_sign_here() {
    let Some(mut openssl) = tool("openssl") else {
        return;
    };
    let made = openssl
        .args(["genpkey", "-algorithm", "ed25519"])
        .output()
        .unwrap();
    let pem = String::from_utf8(made.stdout).unwrap();
    let signer = rtfs_store::LocalSigner::from_pem(&pem).unwrap();
    assert_eq!(signer.to_pem(), pem);
}
