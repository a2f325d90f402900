//! `rtfs list`, `show`, `find`, `verify`, `reindex`, `gc` and `scrub`, through the real binary.

#[path = "support/stock.rs"]
mod stock;
mod support;

use rtfs_store::{Retention, TrustStatement};
use serde_json::Value;
use stock::{SOURCE, Stock, flip};
use support::{Ended, Rtfs, ends};

#[track_caller]
fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("no JSON: {}", ended.stderr))
}

#[test]
fn a_fresh_machine_needs_no_set_up() {
    use std::os::unix::fs::PermissionsExt as _;
    let rtfs = Rtfs::new();
    for args in [
        &["list"][..],
        &["verify"],
        &["reindex"],
        &["gc"],
        &["scrub"],
        &["key", "list"],
    ] {
        ends(&rtfs, args, 0);
    }
    assert_eq!(ends(&rtfs, &["list"], 0).stdout, "");
    assert_eq!(
        json(&ends(&rtfs, &["list", "--format", "json"], 0)),
        serde_json::json!({"modules": []})
    );
    for dir in ["store", "keys"] {
        let mode = std::fs::metadata(rtfs.path(dir))
            .expect("made")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700, "{dir}");
    }
}

#[test]
fn list_shows_names_and_hides_what_run_keeps() {
    let rtfs = Rtfs::new();
    let stock = Stock::of(&rtfs);
    let published = stock.publish("adder");
    stock.publish_with(None, |facts| facts.retention = Retention::Cache);
    let listed = ends(&rtfs, &["list"], 0).stdout;
    let digits = &published.record.to_string()[..19];
    let words: Vec<_> = listed.split_whitespace().collect();
    assert_eq!(
        words,
        ["adder", digits, "trusted", "add", "Adds", "two", "numbers."]
    );
    assert_eq!(ends(&rtfs, &["list", "--all"], 0).stdout.lines().count(), 2);
    let report = json(&ends(&rtfs, &["list", "--format", "json"], 0));
    let module = &report["modules"][0];
    assert_eq!(report["modules"].as_array().map(Vec::len), Some(1));
    assert_eq!(module["names"], serde_json::json!(["adder"]));
    assert_eq!(module["state"], "trusted");
    assert_eq!(module["record"], published.record.to_string());
    assert_eq!(module["module"]["facts"]["exports"][0]["name"], "add");
}

#[test]
fn show_tells_everything_by_name_and_by_digest() {
    let rtfs = Rtfs::new();
    let stock = Stock::of(&rtfs);
    let published = stock.publish("adder");
    let component = published.module.component.digest.to_string();
    for reference in ["adder", &component, &published.record.to_string()[..20]] {
        let shown = ends(&rtfs, &["show", reference], 0).stdout;
        for part in [
            &component,
            "wasm32-component 0.1.0",
            "1 add",
            "verified",
            "trusted, signed by",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        let report = json(&ends(&rtfs, &["show", reference, "--format", "json"], 0));
        assert_eq!(report["module"]["component"]["digest"], component);
    }
    assert_eq!(
        ends(&rtfs, &["show", "adder", "--source"], 0).stdout,
        SOURCE
    );
    let missing = ends(&rtfs, &["show", "subtracter"], 1);
    assert!(
        missing.stderr.contains("help: `rtfs list`"),
        "{}",
        missing.stderr
    );
    ends(&rtfs, &["show", "sha256:123"], 1);
}

#[test]
fn find_takes_words_names_and_hashes() {
    let rtfs = Rtfs::new();
    let stock = Stock::of(&rtfs);
    let published = stock.publish("adder");
    let record = published.record.to_string();
    let definition = "sha256:0303030303";
    for found in [
        &["find", "SUMS", "adds"][..],
        &["find", "--name", "add"],
        &["find", "--name", "adder"],
        &["find", "--hash", &record],
        &["find", definition],
        &["find", definition, "numbers"],
    ] {
        assert!(
            ends(&rtfs, found, 0).stdout.starts_with("adder "),
            "{found:?}"
        );
    }
    for missing in [
        &["find", "subtract"][..],
        &["find", "--name", "ad"],
        &["find", "sha256:dddddddd"],
        &["find", definition, "subtract"],
    ] {
        assert_eq!(ends(&rtfs, missing, 1).stdout, "", "{missing:?}");
    }
    let report = json(&ends(&rtfs, &["find", "sums", "--format", "json"], 0));
    assert_eq!(report["modules"][0]["record"], record);
    ends(&rtfs, &["find"], 2);
}

#[test]
fn verify_refuses_each_altered_part_and_says_where_and_what_next() {
    let rtfs = Rtfs::new();
    let stock = Stock::of(&rtfs);
    let published = stock.publish("adder");
    let module = &published.module;
    let source = module.source.expect("published with source").blob.digest;
    let ir = module.ir.expect("published with IR").digest;
    let blobs = [module.component.digest, source, ir].map(|digest| (digest, stock.blob(&digest)));
    let record = (published.record, stock.record(&published.record));
    assert!(
        ends(&rtfs, &["verify", "adder"], 0)
            .stdout
            .starts_with("ok ")
    );
    for (digest, path) in blobs.into_iter().chain([record]) {
        flip(&path);
        for args in [&["verify", "adder"][..], &["verify"]] {
            let ended = ends(&rtfs, args, 3);
            assert!(
                ended.stdout.contains(&format!("{digest}: altered")),
                "{}",
                ended.stdout
            );
            let place = format!("where: {}", path.display());
            assert!(ended.stderr.contains(&place), "{}", ended.stderr);
            assert!(
                ended.stderr.contains("next: `rtfs scrub`"),
                "{}",
                ended.stderr
            );
        }
        let report = json(&ends(&rtfs, &["verify", "adder", "--format", "json"], 3));
        assert_eq!(report["ok"], false);
        assert_eq!(
            report["results"][0]["faults"].as_array().map(Vec::len),
            Some(1)
        );
        flip(&path);
        ends(&rtfs, &["verify"], 0);
    }
}

#[test]
fn a_damaged_list_of_releases_is_found_and_replaced() {
    let rtfs = Rtfs::new();
    let stock = Stock::of(&rtfs);
    stock.publish("adder");
    let index = rtfs.path("store/index.json");
    flip(&index);
    let ended = ends(&rtfs, &["verify"], 3);
    assert!(
        ended
            .stdout
            .contains("`index.json` is not an OCI image index"),
        "{}",
        ended.stdout
    );
    // The module itself is as good as ever.
    ends(&rtfs, &["verify", "adder"], 0);
    ends(&rtfs, &["scrub", "--dry-run"], 1);
    ends(&rtfs, &["verify"], 3);
    assert_eq!(
        json(&ends(&rtfs, &["scrub", "--format", "json"], 1))["index_corrupt"],
        true
    );
    ends(&rtfs, &["verify"], 0);
    ends(&rtfs, &["scrub"], 0);
}

#[test]
fn what_is_gone_is_not_found() {
    let rtfs = Rtfs::new();
    let stock = Stock::of(&rtfs);
    let published = stock.publish("adder");
    let component = stock.blob(&published.module.component.digest);
    let aside = rtfs.path("aside");
    std::fs::rename(&component, &aside).expect("ours");
    let ended = ends(&rtfs, &["verify", "adder"], 1);
    assert!(
        ended.stdout.contains("not in the store"),
        "{}",
        ended.stdout
    );
    std::fs::rename(&aside, &component).expect("ours");
    std::fs::remove_file(stock.record(&published.record)).expect("ours");
    for args in [&["verify", "adder"][..], &["verify"], &["show", "adder"]] {
        let ended = ends(&rtfs, args, 1);
        let all = format!("{}{}", ended.stdout, ended.stderr);
        assert!(all.contains("which is not in the store"), "{all}");
    }
    ends(&rtfs, &["verify", &published.record.to_string()], 1);
    ends(&rtfs, &["verify", "nobody"], 1);
}

#[test]
fn strangers_and_the_revoked_are_refused() {
    let rtfs = Rtfs::new();
    let strange = Stock::signed_from(&rtfs, &rtfs.path("elsewhere"));
    let theirs = strange.publish("theirs");
    let ended = ends(&rtfs, &["verify", "theirs"], 3);
    assert!(ended.stdout.contains("is not trusted"), "{}", ended.stdout);
    assert!(ended.stderr.contains("`rtfs key trust"), "{}", ended.stderr);
    assert!(ends(&rtfs, &["list"], 0).stdout.contains("unknown-signer"));
    let shown = ends(&rtfs, &["show", "theirs", "--source"], 0);
    assert_eq!(shown.stdout, SOURCE);
    assert!(
        shown.stderr.contains("warning: not to be trusted"),
        "{}",
        shown.stderr
    );

    let stock = Stock::of(&rtfs);
    let ours = stock.publish_with(Some("ours"), |facts| facts.description = None);
    ends(&rtfs, &["verify", "ours"], 0);
    let revocation = TrustStatement::RevokeDigest {
        digest: ours.record,
        reason: "wrong sums".to_owned(),
    };
    stock
        .store
        .put_trust(revocation, &stock.signer)
        .expect("an anchor signs");
    let ended = ends(&rtfs, &["verify", "ours"], 3);
    assert!(
        ended.stdout.contains("is revoked: wrong sums"),
        "{}",
        ended.stdout
    );
    assert_eq!(
        json(&ends(&rtfs, &["list", "--format", "json"], 0))["modules"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
    assert_ne!(theirs.record, ours.record);
}

#[test]
fn the_index_can_be_deleted_and_comes_back_equal() {
    let rtfs = Rtfs::new();
    let stock = Stock::of(&rtfs);
    stock.publish("adder");
    stock.publish_with(Some("other"), |facts| facts.description = None);
    drop(stock);
    let before = ends(&rtfs, &["reindex", "--dump"], 0).stdout;
    assert!(before.contains("adder"), "{before}");
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(rtfs.path(&format!("store/derived/index.db{suffix}")));
    }
    assert_eq!(ends(&rtfs, &["list"], 0).stdout.lines().count(), 2);
    assert_eq!(ends(&rtfs, &["reindex"], 0).stdout, "2 modules, 2 names\n");
    assert_eq!(ends(&rtfs, &["reindex", "--dump"], 0).stdout, before);
    std::fs::write(rtfs.path("store/derived/index.db"), b"not a database").expect("ours");
    assert_eq!(ends(&rtfs, &["list"], 0).stdout.lines().count(), 2);
    let report = json(&ends(&rtfs, &["reindex", "--format", "json"], 0));
    assert_eq!(report, serde_json::json!({"modules": 2, "names": 2}));
}

#[test]
fn gc_keeps_what_names_reach_and_drops_the_rest_after_the_grace_time() {
    let rtfs = Rtfs::new();
    let stock = Stock::of(&rtfs);
    let named = stock.publish("adder");
    let loose = stock.store.put_blob(b"nobody names this").expect("stored");
    stock.publish_with(None, |facts| {
        facts.retention = Retention::Cache;
        facts.description = None;
    });
    let gc = |args: &[&str]| {
        let args = [&["gc", "--format", "json"], args].concat();
        json(&ends(&rtfs, &args, 0))
    };
    let young = gc(&[]);
    assert_eq!(
        (&young["blobs_trashed"], &young["records_dropped"]),
        (&0.into(), &0.into())
    );
    assert!(stock.blob(&loose).exists());
    let now = ["--grace", "0s", "--cache-age", "0s"];
    let dry = gc(&[&now[..], &["--dry-run"]].concat());
    assert_eq!(
        (&dry["blobs_trashed"], &dry["records_dropped"]),
        (&1.into(), &1.into())
    );
    assert!(stock.blob(&loose).exists());
    let first = gc(&now);
    assert_eq!(
        (&first["blobs_trashed"], &first["records_dropped"]),
        (&1.into(), &1.into())
    );
    assert!(!stock.blob(&loose).exists());
    let second = gc(&now);
    assert_eq!(
        (&second["blobs_trashed"], &second["files_removed"]),
        (&0.into(), &2.into())
    );
    assert!(stock.store.get_blob(&loose).is_err());
    ends(&rtfs, &["verify", "adder"], 0);
    assert!(stock.store.get_blob(&named.module.component.digest).is_ok());
    assert!(
        ends(&rtfs, &["gc"], 0)
            .stdout
            .starts_with("dropped: 0 records")
    );
}

#[test]
fn scrub_moves_damage_away_and_publishing_again_repairs() {
    let rtfs = Rtfs::new();
    let stock = Stock::of(&rtfs);
    let published = stock.publish("adder");
    let component = stock.blob(&published.module.component.digest);
    assert!(
        ends(&rtfs, &["scrub"], 0)
            .stdout
            .starts_with("read: 3 blobs")
    );
    flip(&component);
    ends(&rtfs, &["scrub", "--dry-run"], 1);
    assert!(component.exists());
    let report = json(&ends(&rtfs, &["scrub", "--format", "json"], 1));
    assert_eq!(
        report["corrupt_blobs"][0],
        published.module.component.digest.to_string()
    );
    assert!(!component.exists());
    let quarantined = std::fs::read_dir(rtfs.path("store/quarantine"))
        .expect("there")
        .count();
    assert_eq!(quarantined, 1);
    let missing = ends(&rtfs, &["scrub"], 1);
    assert!(
        missing.stdout.contains("missing  blob"),
        "{}",
        missing.stdout
    );
    Stock::of(&rtfs).publish("adder");
    ends(&rtfs, &["scrub", "--rate", "1GiB"], 0);
    ends(&rtfs, &["verify"], 0);

    flip(&stock.record(&published.record));
    ends(&rtfs, &["gc"], 1);
    ends(&rtfs, &["scrub"], 1);
    let gone = ends(&rtfs, &["verify", "adder"], 1);
    assert!(gone.stdout.contains("not in the store"), "{}", gone.stdout);
    ends(&rtfs, &["gc"], 0);
}

#[test]
fn text_of_records_cannot_steer_the_terminal() {
    let rtfs = Rtfs::new();
    let stock = Stock::of(&rtfs);
    stock.publish_with(Some("evil\u{202e}name"), |facts| {
        facts.description = Some("first\nstate  trusted\u{2066}".to_owned());
    });
    for args in [&["list"][..], &["show", "evil\u{202e}name"], &["verify"]] {
        let shown = ends(&rtfs, args, 0).stdout;
        assert!(
            !shown.contains(['\u{202e}', '\u{2066}']),
            "{args:?}: {shown:?}"
        );
        assert!(shown.contains("evil\\u{202e}name"), "{args:?}: {shown:?}");
        // A further line of a text never looks like a fact of its own.
        assert!(
            !shown.lines().any(|line| line == "state  trusted"),
            "{shown}"
        );
    }
    let missing = ends(&rtfs, &["show", "\u{1b}[2J"], 1);
    assert!(!missing.stderr.contains('\u{1b}'), "{:?}", missing.stderr);
}

#[test]
fn something_else_than_a_store_is_left_alone() {
    let rtfs = Rtfs::new();
    std::fs::create_dir(rtfs.path("store")).expect("ours");
    std::fs::write(rtfs.path("store/letter.txt"), "dear").expect("ours");
    let ended = ends(&rtfs, &["list"], 1);
    assert!(ended.stderr.contains("letter.txt"), "{}", ended.stderr);
    assert_eq!(
        std::fs::read_dir(rtfs.path("store"))
            .expect("there")
            .count(),
        1
    );
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    use std::process::{Command, Stdio};
    let rtfs = Rtfs::new();
    let stock = Stock::of(&rtfs);
    for n in 0..200 {
        stock.publish_with(Some(&format!("adder{n}")), |facts| {
            facts.description = Some(format!("{n} {}", "x".repeat(8_000)));
        });
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_rtfs"))
        .args(["list", "--format", "json"])
        .env("RTFS_STORE", rtfs.path("store"))
        .env("RTFS_KEYS", rtfs.path("keys"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary was built");
    drop(child.stdout.take());
    let ended = child.wait_with_output().expect("the child is ours");
    assert!(
        ended.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    assert_eq!(ended.status.code(), Some(0));
}
