//! Our own compiler in our own sandbox, from the command line.

#[path = "../../engine/tests/guests/built.rs"]
mod built;
mod support;

use support::{Rtfs, ends, repository};

#[test]
fn our_compiler_in_the_sandbox_builds_what_it_builds_outside() {
    let rtfs = Rtfs::new();
    let component = built::component("rtfs-backend-wasm-guest");
    std::fs::write(rtfs.path("guest.wasm"), component).expect("the directory is writable");
    let added = ends(&rtfs, &["backend", "add", "--unsigned", "guest.wasm"], 0);
    assert!(
        added.stderr.contains("added as wasm-guest"),
        "{}",
        added.stderr
    );

    let ledger = repository().join("bench/modules/ledger.rtfs");
    let pricing = repository().join("examples/pricing.rtfs");
    let line = rtfs.write("line.rtfs", "(defn double [n:int] :int (* 2 n))");
    let files = [ledger, pricing, line.into()];
    for options in [&[][..], &["--opt-level", "0"], &["--opt-level", "1"]] {
        for file in &files {
            let file = file.display().to_string();
            let build = |output: &str, backend: &[&str]| {
                let args = ["build", &file, "--output", output];
                ends(&rtfs, &[&args, options, backend].concat(), 0);
                std::fs::read(rtfs.path(output)).expect("it was written")
            };
            let native = build("native.wasm", &[]);
            let sandboxed = build("sandboxed.wasm", &["--backend", "wasm-guest"]);
            assert!(
                !native.is_empty() && native == sandboxed,
                "{file} {options:?}"
            );
        }
    }

    let run = ["run", "--engine", "component", "--backend", "wasm-guest"];
    let ran = ends(
        &rtfs,
        &[&run[..], &["-e", "(defn f [n] (* 2 n)) (f 21)"]].concat(),
        0,
    );
    assert_eq!(ran.stdout.trim_end(), "42");
}
