//! The backend in Python, as a component: `RTFS_PYTHON_BACKEND` says where `backends/python/build.sh`
//! put it.
#![allow(clippy::print_stdout, reason = "says what was skipped")]

mod support;

use support::Rtfs;

#[test]
fn the_backend_in_python_conforms_is_added_and_compiles() {
    let Ok(component) = std::env::var("RTFS_PYTHON_BACKEND") else {
        let reason = "RTFS_PYTHON_BACKEND names no component";
        assert!(
            std::env::var_os("RTFS_REQUIRE_TOOLS").is_none_or(|value| value.is_empty()),
            "RTFS_REQUIRE_TOOLS is set, but {reason}"
        );
        println!("skipped: {reason}");
        return;
    };
    let rtfs = Rtfs::new();
    let added = rtfs.run(&["backend", "add", "--unsigned", &component]);
    assert_eq!(added.status, 0, "{}{}", added.stdout, added.stderr);
    assert!(added.stderr.contains("added as python"), "{}", added.stderr);

    let run = |program: &str| {
        let engine = ["run", "--engine", "component", "--backend", "python"];
        rtfs.run(&[&engine[..], &["-e", program]].concat())
    };
    let ran = run(
        "(defn gcd [a:int b:int] :int (if (= b 0) a (gcd b (- a (* b (whole a b))))))
         (defn whole [a:int b:int] :int (if (< a b) 0 (+ 1 (whole (- a b) b))))
         (gcd 1071 462)",
    );
    assert_eq!((ran.status, ran.stdout.trim()), (0, "21"), "{}", ran.stderr);
    let refused = run(r#"(defn greet [name] (str "hello " name)) (greet "you")"#);
    assert_eq!(refused.status, 1);
    assert!(
        refused.stderr.contains("does not support"),
        "{}",
        refused.stderr
    );
}
