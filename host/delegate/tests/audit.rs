//! The audit log: every decision on record, every change to the record visible.
#![allow(
    clippy::disallowed_methods,
    reason = "tests damage the files themselves"
)]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use common::open_dir;
use rtfs_delegate::*;

const DIR: &str = "RTFS_TEST_AUDIT";

fn entry(call: &str) -> AuditEntry {
    let context = CallContext::new(call, 1, 2);
    let decision = decide_call(None, None, &context);
    AuditEntry::new(&context, &decision).with_outcome(Outcome::Value, 7, Duration::from_millis(1))
}

fn log(path: &Path) -> AuditLog {
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1000)));
    AuditLog::open(&open_dir(path), clock).unwrap()
}

fn file(dir: &tempfile::TempDir) -> PathBuf {
    dir.path().join("decisions.jsonl")
}

fn verify(dir: &tempfile::TempDir) -> AuditReport {
    verify_audit(&open_dir(dir.path()), None).unwrap()
}

/// A log with three lines.
fn three() -> (tempfile::TempDir, AuditHead) {
    let dir = tempfile::tempdir().unwrap();
    let log = log(dir.path());
    let heads: Vec<_> = ["a", "b", "c"]
        .map(|call| log.append(&entry(call)).unwrap())
        .into();
    (dir, heads[2])
}

#[test]
fn lines_say_what_was_considered_chosen_and_why() {
    let dir = tempfile::tempdir().unwrap();
    let context = CallContext::new("f", 0xab, 2);
    let hint = rtfs_ir::DelegationHint::RemoteModel("m".to_owned());
    let decision = decide_call(None, Some(&hint), &context);
    let raised = Outcome::Raised {
        class: "TypeError".to_owned(),
    };
    let entry = AuditEntry::new(&context, &decision);
    let entry = entry.with_outcome(raised, 3, Duration::from_micros(5));
    log(dir.path()).append(&entry).unwrap();
    let text = std::fs::read_to_string(file(&dir)).unwrap();
    let nothing = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(
        text,
        format!(
            "{{\"line\":1,\"previous\":\"{nothing}\",\"time\":1000,\"entry\":{{\"call\":\"f\",\
             \"args\":\"00000000000000ab\",\"surroundings\":\"0000000000000002\",\
             \"considered\":[[\"author-hint\",\"remote-m\"]],\"engine\":\"author-hint\",\
             \"chosen\":\"remote-m\",\"record\":null,\"policy\":null,\"reason\":\"author-hint\",\
             \"overridden\":true,\"outcome\":{{\"kind\":\"raised\",\"class\":\"TypeError\"}},\
             \"fuel\":3,\"elapsed-us\":5}}}}\n"
        )
    );
    let mut read = Vec::new();
    read_audit(&open_dir(dir.path()), |line| read.push(line)).unwrap();
    assert_eq!(read.len(), 1);
    assert_eq!(read[0].entry, entry);
}

#[test]
fn a_log_continues_where_another_writer_stopped() {
    let (dir, head) = three();
    let again = log(dir.path());
    let other = log(dir.path());
    again.append(&entry("d")).unwrap();
    other.append(&entry("e")).unwrap();
    let last = again.append(&entry("f")).unwrap();
    again.sync().unwrap();
    let report = verify(&dir);
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.head, last.lines), (last, 6));
    let expected = verify_audit(&open_dir(dir.path()), Some(head)).unwrap();
    assert!(expected.is_sound());
}

#[test]
fn no_log_is_an_empty_log() {
    let dir = tempfile::tempdir().unwrap();
    let report = verify(&dir);
    assert!(report.is_sound());
    assert_eq!(report.head.lines, 0);
}

/// Changes the text of a log of three lines and gives the faults.
fn faults(change: impl FnOnce(Vec<String>) -> Vec<String>) -> Vec<(u64, String)> {
    let (dir, head) = three();
    let text = std::fs::read_to_string(file(&dir)).unwrap();
    let lines = change(text.lines().map(str::to_owned).collect());
    std::fs::write(file(&dir), lines.join("\n") + "\n").unwrap();
    let report = verify_audit(&open_dir(dir.path()), Some(head)).unwrap();
    let name = |found: &AuditBreak| {
        let text = format!("{:?}", found.fault);
        let end = text.find([' ', '{']).unwrap_or(text.len());
        (found.line, text[..end].to_owned())
    };
    report.breaks.iter().map(name).collect()
}

#[test]
fn every_change_shows() {
    let found = |line: u64, name: &str| (line, name.to_owned());
    assert_eq!(faults(|lines| lines), []);
    let changed = faults(|mut lines| {
        lines[1] = lines[1].replace("\"fuel\":7", "\"fuel\":8");
        lines
    });
    assert_eq!(changed, [found(3, "Previous")]);
    let removed = faults(|mut lines| {
        lines.remove(1);
        lines
    });
    assert_eq!(
        removed,
        [
            found(2, "Previous"),
            found(2, "Number"),
            found(2, "CutShort")
        ]
    );
    let swapped = faults(|mut lines| {
        lines.swap(0, 1);
        lines
    });
    assert!(swapped.len() > 2);
    let garbled = faults(|mut lines| {
        lines[1] = "not json".to_owned();
        lines
    });
    assert_eq!(garbled, [found(3, "Previous"), found(2, "Malformed")]);
    let cut = faults(|mut lines| {
        lines.pop();
        lines
    });
    assert_eq!(cut, [found(2, "CutShort")]);
}

#[test]
fn a_torn_last_line_is_reported_closed_and_remembered() {
    for kept in [1, 40, 200] {
        let (dir, _) = three();
        let bytes = std::fs::read(file(&dir)).unwrap();
        let last = bytes[..bytes.len() - 1]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .unwrap()
            + 1;
        std::fs::write(file(&dir), &bytes[..last + kept]).unwrap();
        let report = verify(&dir);
        assert!(report.is_sound());
        assert_eq!(
            (report.head.lines, report.torn_tail_bytes),
            (2, kept as u64)
        );

        log(dir.path()).append(&entry("d")).unwrap();
        log(dir.path()).append(&entry("e")).unwrap();
        let report = verify(&dir);
        assert!(report.is_sound(), "{report:?}");
        assert_eq!((report.head.lines, report.torn_lines), (5, vec![3]));
        assert_eq!(report.torn_tail_bytes, 0);
    }
    // A writer that dies while it closes what another left.
    let (dir, _) = three();
    let mut text = std::fs::read_to_string(file(&dir)).unwrap();
    text.push_str("{\"line\":4,\n{\"line\":5");
    std::fs::write(file(&dir), &text).unwrap();
    log(dir.path()).append(&entry("d")).unwrap();
    let report = verify(&dir);
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.head.lines, report.torn_lines), (6, vec![4, 5]));
    // A first line that was not finished.
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(file(&dir), "{\"li").unwrap();
    log(dir.path()).append(&entry("a")).unwrap();
    assert_eq!(verify(&dir).torn_lines, [1]);
}

#[test]
fn a_log_that_is_none_is_not_continued() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(file(&dir), "something else\n").unwrap();
    let refused = log(dir.path()).append(&entry("a"));
    assert!(matches!(refused, Err(AuditError::Unreadable { .. })));
    assert_eq!(
        std::fs::read_to_string(file(&dir)).unwrap(),
        "something else\n"
    );
}

#[test]
fn noise_is_reported_and_never_taken_for_a_log() {
    let mut state = 1_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..200 {
        let (dir, _) = three();
        let mut bytes = std::fs::read(file(&dir)).unwrap();
        for _ in 0..=next() % 3 {
            let at = usize::try_from(next()).unwrap() % bytes.len();
            bytes[at] ^= 1 << (next() % 8);
        }
        std::fs::write(file(&dir), &bytes).unwrap();
        let whole = std::fs::read(file(&dir)).unwrap();
        let report = verify_audit(&open_dir(dir.path()), None).unwrap();
        let (_, head) = three();
        let is_same = report.is_sound() && report.head == head && report.torn_tail_bytes == 0;
        // An even number of changes may cancel out.
        let (pristine, _) = three();
        assert!(!is_same || whole == std::fs::read(file(&pristine)).unwrap());
    }
}

/// Not a test by itself: without its environment it does nothing.
#[test]
fn child_appends() {
    let Some(path) = std::env::var_os(DIR) else {
        return;
    };
    let log = log(Path::new(&path));
    for n in 0..200 {
        log.append(&entry(&format!("call {n}"))).unwrap();
    }
}

#[test]
fn several_processes_append_one_chain() {
    let dir = tempfile::tempdir().unwrap();
    let start = |_| {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_appends"])
            .env(DIR, dir.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut children: Vec<_> = (0..4).map(start).collect();
    // One more that dies while it writes, at whatever point it has reached.
    let mut dying = start(4);
    std::thread::sleep(Duration::from_millis(20));
    dying.kill().unwrap();
    dying.wait().unwrap();
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    let report = verify(&dir);
    assert!(report.is_sound(), "{report:?}");
    assert!(report.head.lines >= 800);
}
