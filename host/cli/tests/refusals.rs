//! What the command line does not do, or not silently.

mod support;

use std::process::{Command, Stdio};

use support::Rtfs;

fn full_device() -> Stdio {
    let device = std::fs::OpenOptions::new().write(true).open("/dev/full");
    device.expect("Linux has it").into()
}

#[test]
fn lost_output_is_a_failure() {
    let rtfs = Rtfs::new();
    let run = |source: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rtfs"));
        command
            .args(["run", "--no-store", "-e", source])
            .env_remove("RTFS_STORE");
        command
    };
    let ended = run("\"hi\"")
        .stdout(full_device())
        .output()
        .expect("it starts");
    assert_eq!(ended.status.code(), Some(1));
    let complaint = String::from_utf8_lossy(&ended.stderr);
    assert!(complaint.contains("cannot write the output"), "{complaint}");
    // Nobody hears of the error, but the status is the program's.
    let ended = run("(/ 1 0)")
        .stderr(full_device())
        .status()
        .expect("it starts");
    assert_eq!(ended.code(), Some(1));
    drop(rtfs);
}

#[test]
fn keys_do_not_lie_in_the_store() {
    let rtfs = Rtfs::new();
    let store = rtfs.path("store");
    for keys in [store.clone(), store.join("keys")] {
        let keys = keys.display().to_string();
        let ended = rtfs.run(&["run", "-e", "((fn [x] x) 1)", "--keys", &keys]);
        assert_eq!(ended.status, 1, "{}", ended.stderr);
        assert!(
            ended.stderr.contains("lies in the store"),
            "{}",
            ended.stderr
        );
        assert!(!store.exists(), "nothing was made");
    }
}

#[test]
fn no_cases_is_not_success() {
    let rtfs = Rtfs::new();
    let file = rtfs.write("empty.rtfs", "; no case\n");
    let ended = rtfs.run(&["test", &file]);
    assert_eq!(ended.status, 1);
    assert!(ended.stderr.contains("no case"), "{}", ended.stderr);
}

#[test]
fn a_build_does_not_overwrite_its_source() {
    let rtfs = Rtfs::new();
    let source = "(defn f [] 1)";
    let file = rtfs.write("p.rtfs", source);
    let ended = rtfs.run(&["build", &file, "-o", &file]);
    assert_eq!(ended.status, 1);
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), source);
}

#[test]
fn auto_evaluates_what_the_backend_does_not_support() {
    let rtfs = Rtfs::new();
    // More parameters than a function of a component's world takes.
    let params: Vec<String> = (0..1_001).map(|n| format!("p{n}")).collect();
    let args = vec!["7"; 1_001].join(" ");
    let source = format!("(defn f [{}] p1000) (f {args})", params.join(" "));
    let ended = rtfs.run(&["run", "-e", &source, "--explain"]);
    assert_eq!(ended.stdout, "7\n", "{}", ended.stderr);
    assert!(
        ended.stderr.contains("reason=\"unsupported: "),
        "{}",
        ended.stderr
    );
    let asked = rtfs.run(&["run", "-e", &source, "--engine", "component"]);
    assert_eq!(asked.status, 1);
    assert!(
        asked.stderr.contains("does not support"),
        "{}",
        asked.stderr
    );
}

#[test]
fn a_small_value_with_a_huge_text_hits_a_limit_on_both_engines() {
    let rtfs = Rtfs::new();
    let source = "(defn f [s n] (if (= n 0) s (f [s s] (- n 1)))) (f 1 40)";
    for engine in ["evaluator", "component"] {
        let ended = rtfs.run(&["run", "-e", source, "--engine", engine]);
        assert_eq!(ended.status, 4, "{engine}: {}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
}

#[test]
fn an_unusable_code_cache_costs_only_time() {
    let rtfs = Rtfs::new();
    let run = || rtfs.run(&["run", "-e", "((fn [x] x) 1)"]);
    assert_eq!(run().stdout, "1\n");
    let native = rtfs.path("store").join("derived/aot");
    std::fs::remove_dir_all(&native).expect("it is ours");
    std::os::unix::fs::symlink("/etc", &native).expect("a link");
    let ended = run();
    assert_eq!(
        (ended.status, ended.stdout.as_str()),
        (0, "1\n"),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains("native code was not kept"),
        "{}",
        ended.stderr
    );
}
