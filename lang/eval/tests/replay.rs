//! The same answers give the same run.

mod support;

use rtfs_eval::{Host, HostCall, Limits, Recording, RecordingHost, ReplayHost, evaluate};
use rtfs_value::{Error, Value};
use support::{program, show};

/// Gives another answer each time, and fails now and then.
#[derive(Default)]
struct Fickle(i64);

impl Host for Fickle {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        self.0 += 1;
        match self.0 % 3 {
            0 => Err(Error::host("busy", Value::int(self.0), Some("busy"))),
            _ => Ok(Value::vector(
                call.args.iter().cloned().chain([Value::int(self.0)]),
            )),
        }
    }

    fn get_context_value(&mut self, key: &str) -> Option<Value> {
        self.0 += 10;
        (key == "seed").then(|| Value::int(self.0))
    }
}

const SOURCE: &str = "
    (defn ask [x] (try (call :ask x seed) (catch :busy e [:busy (:data e) @tenant])))
    [(map ask [1 2 ##NaN 4]) (for [x {:a 1}] (ask x)) (try nope (catch e (:kind e)))]";

#[test]
fn a_recorded_run_replays_exactly() {
    let program = program(SOURCE);
    let mut recorder = RecordingHost::new(Fickle::default());
    let first = evaluate(&program, &mut recorder, &Limits::default());
    let recording = recorder.into_recording();
    let bytes = recording.encode().expect("answers are data");
    let mut replay = ReplayHost::new(Recording::decode(&bytes).expect("a recording"));
    let second = evaluate(&program, &mut replay, &Limits::default());
    assert!(replay.is_complete());
    assert_eq!(show(&first.result), show(&second.result));
    assert_eq!(
        (first.steps, first.host_calls),
        (second.steps, second.host_calls)
    );
    assert!(
        show(&first.result).contains(":busy"),
        "{}",
        show(&first.result)
    );
}

#[test]
fn another_program_diverges() {
    let mut recorder = RecordingHost::new(Fickle::default());
    evaluate(
        &program("[(call :a 1) (call :b 2)]"),
        &mut recorder,
        &Limits::default(),
    );
    let recording = recorder.into_recording();
    for source in [
        "[(call :a 1) (call :b 3)]",
        "[(call :a 1) (call :c 2)]",
        "[(call :a 1) (call :b 2) (call :b 2)]",
        "(try (call :b 1) (catch e 1))",
        "[seed (call :a 1)]",
    ] {
        let mut replay = ReplayHost::new(recording.clone());
        let outcome = evaluate(&program(source), &mut replay, &Limits::default());
        assert!(outcome.result.is_err(), "{source}");
        assert!(!replay.is_complete(), "{source}");
    }
    let mut replay = ReplayHost::new(recording);
    evaluate(&program("(call :a 1)"), &mut replay, &Limits::default());
    assert!(!replay.is_complete(), "an answer is left");
}

#[test]
fn other_bytes_are_no_recording() {
    for value in [
        "1",
        "[1]",
        "[[]]",
        "[[\"call\" \"x\"]]",
        "[[\"context\"]]",
        "[[\"call\" \"x\" [] \"maybe\" 1]]",
    ] {
        let value = support::run(value).expect("a value");
        let bytes = rtfs_value::cbor::encode(&value).expect("data");
        assert!(Recording::decode(&bytes).is_err(), "{value:?}");
    }
    assert!(Recording::decode(&[0xff]).is_err());
    assert_eq!(
        Recording::default()
            .encode()
            .map(|bytes| Recording::decode(&bytes)),
        Ok(Ok(Recording::default()))
    );
}
