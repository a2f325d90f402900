//! `rtfs fmt`, through the real binary.

mod support;

use support::Rtfs;

const UGLY: &str = "(defn f [x:int]\n( + x 1 )\n) ; adds\n(f 1)";
const REGULAR: &str = "(defn f [x:int]\n  (+ x 1)) ; adds\n(f 1)\n";

#[test]
fn files_are_laid_out_in_place_once() {
    let rtfs = Rtfs::new();
    let file = rtfs.write("ugly.rtfs", UGLY);
    let checked = rtfs.run(&["fmt", "--check", &file]);
    assert_eq!(checked.status, 1, "{}", checked.stderr);
    assert_eq!(std::fs::read_to_string(&file).expect("is there"), UGLY);
    for _ in 0..2 {
        assert_eq!(rtfs.run(&["fmt", &file]).status, 0);
        assert_eq!(std::fs::read_to_string(&file).expect("is there"), REGULAR);
    }
    assert_eq!(rtfs.run(&["fmt", "--check", &file]).status, 0);
}

#[test]
fn unreadable_files_stay_and_are_reported() {
    let rtfs = Rtfs::new();
    let file = rtfs.write("broken.rtfs", "(f");
    let ended = rtfs.run(&["fmt", &file]);
    assert_eq!(ended.status, 1);
    assert!(ended.stderr.contains("E0010"), "{}", ended.stderr);
    assert_eq!(std::fs::read_to_string(&file).expect("is there"), "(f");
}

#[test]
fn modules_beside_the_program_are_found_and_types_are_checked() {
    let rtfs = Rtfs::new();
    std::fs::create_dir_all(rtfs.path("acme")).expect("a new folder");
    rtfs.write(
        "acme/geometry.rtfs",
        "(module acme.geometry (:exports [area]) (defn area [w:int h:int] (* w h)))",
    );
    let good = rtfs.write("good.rtfs", "(import acme.geometry :as g) (g/area 6 7)");
    for engine in ["evaluator", "component"] {
        rtfs.value(&["run", &good, "--engine", engine], "42");
    }
    let bad = rtfs.write("bad.rtfs", "(import acme.geometry :as g) (g/area 6 \"7\")");
    let refused = rtfs.run(&["run", &bad]);
    assert!(refused.stderr.contains("E0202"), "{}", refused.stderr);
    let raised = rtfs.run(&["run", &bad, "--no-type-check"]);
    assert!(
        raised.stderr.contains("TypeValidationError"),
        "{}",
        raised.stderr
    );
}
