//! Tests of lowering: programs run as components and on the evaluator, which must agree.

mod differential;
mod hints;
mod leaks;
mod lean;
mod random;
mod runner;
mod speed;
mod walks;

use rtfs_ir::Program;

/// The program of a source text that is well formed.
#[track_caller]
fn program(source: &str) -> Program {
    let read = rtfs_syntax::read(source);
    assert!(
        read.diagnostics.is_empty(),
        "{source}: {:?}",
        read.diagnostics
    );
    let lowered = rtfs_ir::lower(&read.forms, &rtfs_eval::lower_options());
    lowered
        .program
        .unwrap_or_else(|| panic!("{source}: {:?}", lowered.diagnostics))
}

/// Lowers source text and gives the module as text.
#[track_caller]
fn wat(source: &str) -> String {
    let generated = super::generate(&program(source), &crate::Options::default());
    let generated = generated.unwrap_or_else(|error| panic!("{source}: {error}"));
    wasmprinter::print_bytes(&generated.module).unwrap_or_else(|error| panic!("{error:#}"))
}

/// `SRC='…' cargo test … prints -- --nocapture` shows what is generated.
#[test]
fn prints() {
    if let Ok(source) = std::env::var("SRC") {
        #[allow(clippy::print_stdout, reason = "asked for")]
        {
            println!("{}", wat(&source));
        }
    }
}

/// Processors differ in the NaN that an operation gives.
#[test]
fn there_is_one_nan_outside() {
    let source = "
        (defn direct [x:float y:float] :float (- x y))
        (defn through-memory [s:string x:float y:float] :float (- x y))
        (defn inside [x:float y:float] :any [(- x y)])";
    let artifact = crate::compile(&program(source), &crate::Options::default());
    let artifact = artifact.unwrap_or_else(|error| panic!("{error}"));
    let mut running = crate::testing::Running::new(&artifact.component);
    let infinite = f64::INFINITY;
    let payload = f64::from_bits(f64::NAN.to_bits() | 5);
    for (x, y) in [(infinite, infinite), (-payload, 1.0)] {
        let direct: Result<f64, _> = running.call("direct", (x, y));
        let through_memory: Result<f64, _> = running.call("through-memory", (String::new(), x, y));
        for result in [direct, through_memory] {
            assert_eq!(result.map(f64::to_bits), Ok(f64::NAN.to_bits()));
        }
        // An array of one half-precision float.
        let bytes: Result<Vec<u8>, _> = running.call("inside", (x, y));
        assert_eq!(bytes, Ok(vec![0x81, 0xf9, 0x7e, 0x00]));
    }
}

/// Functions take any number of parameters; those of a component's world at most 1,000.
#[test]
fn an_export_with_too_many_parameters_is_named() {
    let parameters: Vec<String> = (0..1_001).map(|n| format!("p{n}")).collect();
    let function = format!("[{}] p1000)", parameters.join(" "));
    let inside = program(&format!("(let [f (fn {function}] (count [f]))"));
    crate::compile(&inside, &crate::Options::default()).expect("nothing of it is exported");
    let outside = program(&format!("(defn f {function}"));
    let refused = crate::compile(&outside, &crate::Options::default());
    let error = refused.expect_err("it is exported").to_string();
    assert!(error.contains("more than 1,000 parameters"), "{error}");
}
