//! `rtfs key`, through the real binary.

#[path = "support/stock.rs"]
mod stock;
mod support;

use std::os::unix::fs::PermissionsExt as _;

use stock::{Stock, flip};
use support::{Rtfs, ends};

fn list(rtfs: &Rtfs) -> serde_json::Value {
    let ended = ends(rtfs, &["key", "list", "--format", "json"], 0);
    serde_json::from_str(&ended.stdout).expect("JSON")
}

#[test]
fn the_first_key_signs_until_another_is_made_the_default() {
    let rtfs = Rtfs::new();
    let new = |args: &[&str]| {
        let ended = ends(&rtfs, &[&["key", "new"], args].concat(), 0);
        ended.stdout.trim().to_owned()
    };
    let default = || {
        let keys = list(&rtfs);
        let keys = keys["keys"].as_array().expect("a list").clone();
        let default = keys.into_iter().find(|key| key["default"] == true);
        default.expect("there is a default")["key"]
            .as_str()
            .map(str::to_owned)
    };
    let first = new(&["--label", "laptop"]);
    let second = new(&["--label", "desk"]);
    assert_eq!(default(), Some(first.clone()));
    let third = new(&["--default"]);
    assert_eq!(default(), Some(third.clone()));
    let shown = ends(&rtfs, &["key", "list"], 0).stdout;
    assert_eq!(shown.lines().count(), 3);
    for part in [
        &first,
        &second,
        &third,
        "laptop",
        "desk",
        "this machine",
        "default",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    ends(&rtfs, &["key", "new", "--label", "a\u{7}b"], 1);
    ends(&rtfs, &["key"], 2);
}

#[test]
fn secret_keys_are_their_owners_alone() {
    let rtfs = Rtfs::new();
    ends(&rtfs, &["key", "new"], 0);
    let mode = |path: &std::path::Path| {
        let status = std::fs::metadata(path).expect("it is there");
        status.permissions().mode() & 0o777
    };
    assert_eq!(mode(&rtfs.path("keys")), 0o700);
    let entries = std::fs::read_dir(rtfs.path("keys")).expect("it is there");
    let secret = entries
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|it| it == "key"))
        .expect("the secret key");
    assert_eq!(mode(&secret), 0o600);
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).expect("ours");
    let strange = Stock::signed_from(&rtfs, &rtfs.path("elsewhere"));
    let public = public_key(&rtfs, &strange);
    let ended = ends(&rtfs, &["key", "trust", &public, "--label", "them"], 3);
    assert!(ended.stderr.contains("mode 644"), "{}", ended.stderr);
    assert!(ended.stderr.contains("chmod 600"), "{}", ended.stderr);
    std::fs::set_permissions(rtfs.path("keys"), std::fs::Permissions::from_mode(0o777))
        .expect("ours");
    let ended = ends(&rtfs, &["list"], 3);
    assert!(
        ended.stderr.contains("others can write to it"),
        "{}",
        ended.stderr
    );
}

/// The file with the public key of another machine.
fn public_key(rtfs: &Rtfs, stock: &Stock) -> String {
    use rtfs_store::Signer as _;
    rtfs.write("their.pub", &stock.signer.public_key().to_pem())
}

fn id(stock: &Stock) -> String {
    use rtfs_store::Signer as _;
    stock.signer.public_key().id().to_string()
}

#[test]
fn a_stranger_becomes_trusted_and_stops_for_good_when_revoked() {
    let rtfs = Rtfs::new();
    let strange = Stock::signed_from(&rtfs, &rtfs.path("elsewhere"));
    strange.publish("theirs");
    ends(&rtfs, &["verify", "theirs"], 3);
    let public = public_key(&rtfs, &strange);
    let trusted = ends(
        &rtfs,
        &["key", "trust", &public, "--label", "Ada at work"],
        0,
    );
    assert_eq!(trusted.stdout.trim(), id(&strange));
    ends(&rtfs, &["verify", "theirs"], 0);
    assert!(
        ends(&rtfs, &["key", "list"], 0)
            .stdout
            .contains("Ada at work")
    );

    let args = ["key", "revoke", &id(&strange), "--reason", "lost laptop"];
    let revoked = ends(&rtfs, &args, 0).stdout;
    assert!(revoked.starts_with("revoked key "), "{revoked}");
    let refused = ends(&rtfs, &["verify", "theirs"], 3);
    assert!(
        refused.stdout.contains("is revoked: lost laptop"),
        "{}",
        refused.stdout
    );
    assert!(
        refused.stderr.contains("revocation is final"),
        "{}",
        refused.stderr
    );
    ends(&rtfs, &["key", "trust", &public, "--label", "again"], 3);
    // Whoever can write to the store can delete the statements there, not those beside the keys.
    for entry in std::fs::read_dir(rtfs.path("store/trust"))
        .expect("there")
        .flatten()
    {
        std::fs::remove_file(entry.path()).expect("ours");
    }
    ends(&rtfs, &["verify", "theirs"], 3);
}

#[test]
fn digests_are_revoked_by_whoever_signs_here() {
    let rtfs = Rtfs::new();
    let published = Stock::of(&rtfs).publish("adder");
    let component = published.module.component.digest.to_string();
    let revoked = ends(&rtfs, &["key", "revoke", &component, "--reason", "bad"], 0).stdout;
    assert_eq!(revoked, format!("revoked digest {component}\n"));
    let refused = ends(&rtfs, &["verify", "adder"], 3);
    assert!(
        refused.stdout.contains("is revoked: bad"),
        "{}",
        refused.stdout
    );
    let keys = list(&rtfs);
    assert_eq!(keys["revoked_digests"][0]["digest"], component);
    let unknown = format!("sha256:{}", "0".repeat(64));
    let ended = ends(&rtfs, &["key", "revoke", &unknown], 1);
    assert!(
        ended.stderr.contains("`--key` or `--digest`"),
        "{}",
        ended.stderr
    );
    ends(&rtfs, &["key", "revoke", &unknown, "--digest"], 0);
    ends(&rtfs, &["key", "revoke", "adder"], 1);
}

#[test]
fn a_revoked_default_key_signs_nothing_until_it_is_replaced() {
    let rtfs = Rtfs::new();
    let own = ends(&rtfs, &["key", "new"], 0).stdout.trim().to_owned();
    let ended = ends(&rtfs, &["key", "revoke", &own], 0);
    assert!(ended.stderr.contains("rtfs key new"), "{}", ended.stderr);
    let strange = Stock::signed_from(&rtfs, &rtfs.path("elsewhere"));
    let public = public_key(&rtfs, &strange);
    let refused = ends(&rtfs, &["key", "trust", &public, "--label", "them"], 3);
    assert!(refused.stderr.contains("is revoked"), "{}", refused.stderr);
    ends(&rtfs, &["key", "new"], 0);
    ends(&rtfs, &["key", "trust", &public, "--label", "them"], 0);
}

#[test]
fn a_damaged_key_is_named_with_a_way_out() {
    let rtfs = Rtfs::new();
    let own = ends(&rtfs, &["key", "new"], 0).stdout.trim().to_owned();
    let hex = own.trim_start_matches("sha256:").to_owned();
    Stock::of(&rtfs).publish("adder");
    let public = rtfs.path(&format!("keys/{hex}.pub"));
    flip(&public);
    for args in [&["verify"][..], &["verify", "adder"]] {
        let ended = ends(&rtfs, args, 3);
        assert!(
            ended.stderr.contains(&format!("{hex}.pub")),
            "{}",
            ended.stderr
        );
        assert!(ended.stderr.contains("openssl pkey"), "{}", ended.stderr);
    }
    flip(&public);
    flip(&rtfs.path(&format!("keys/{hex}.key")));
    ends(&rtfs, &["verify"], 0);
    let ended = ends(&rtfs, &["key", "revoke", &own], 3);
    assert!(
        ended.stderr.contains(&format!("{hex}.key")),
        "{}",
        ended.stderr
    );
}

#[test]
fn what_is_no_public_key_is_refused() {
    let rtfs = Rtfs::new();
    let secret = rtfs.write(
        "x.pem",
        "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n",
    );
    let ended = ends(&rtfs, &["key", "trust", &secret, "--label", "x"], 1);
    assert!(ended.stderr.contains("never hand out"), "{}", ended.stderr);
    ends(&rtfs, &["key", "trust", "no-such-file", "--label", "x"], 1);
    ends(&rtfs, &["key", "trust", &secret], 2);
}
