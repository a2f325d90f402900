//! The corpus cases with a host, suspended at every instruction: they ask and answer as when they run
//! in one go, as when they are replayed, and as when they are optimised.

mod support;

use std::path::Path;

use rtfs_eval::{
    Host, HostCall, Limits, Machine, Recording, RecordingHost, ReplayHost, Status, evaluate,
};
use rtfs_ir::{OptLevel, Program, lower, optimise};
use rtfs_syntax::case_file::parse_cases;
use rtfs_value::{Error, Value, readable};
use support::{TestHost, show};

/// Notes what it is asked.
struct Noting {
    host: TestHost,
    asked: Vec<String>,
}

impl Noting {
    fn new() -> Self {
        Self {
            host: TestHost { knows: true },
            asked: Vec::new(),
        }
    }
}

impl Host for Noting {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        let (index, id) = (call.metadata.index, &call.capability_id);
        let args = readable(&Value::vector(call.args.iter().cloned()));
        self.asked.push(format!("{index} {id} {args}"));
        self.host.execute_capability(call)
    }
}

/// The programs of the corpus's files with a host, with where they stand.
fn programs() -> Vec<(String, Program)> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let mut programs = Vec::new();
    for file in [
        "errors/host-calls.rtfs",
        "errors/host-kinds.rtfs",
        "errors/test-host.rtfs",
        "forms/host-suspension.rtfs",
    ] {
        let text = std::fs::read_to_string(corpus.join(file)).expect("the corpus is there");
        for case in parse_cases(&text).expect("the file is well formed").cases {
            let read = rtfs_syntax::read(&case.source);
            let lowered = lower(&read.forms, &rtfs_eval::lower_options());
            programs.extend(
                lowered
                    .program
                    .map(|program| (format!("{file}:{}", case.line), program)),
            );
        }
    }
    assert!(programs.len() > 120, "{} programs", programs.len());
    programs
}

/// Result and questions of a run in one go.
fn at_once(program: &Program) -> (String, Vec<String>) {
    let mut host = Noting::new();
    let outcome = evaluate(program, &mut host, &Limits::default());
    (show(&outcome.result), host.asked)
}

/// The same, instruction by instruction, answered from outside.
fn suspended(program: &Program) -> (String, Vec<String>) {
    let mut host = Noting::new();
    let mut machine = Machine::new(program, &Limits::default());
    let result = loop {
        match machine.step().expect("the machine may run") {
            Status::Running => {}
            Status::Done(value) => break Ok(value),
            Status::Raised(error) => break Err(error),
            Status::RequiresHost(call) => match host.execute_capability(&call) {
                Ok(value) => machine.resume(value),
                Err(error) => machine.resume_error(error),
            }
            .expect("a call is awaited"),
            Status::RequiresContext(_) => {
                machine.answer_context(None).expect("a value is awaited");
            }
            Status::RequiresDecision(_) => panic!("nothing is watched"),
        }
    };
    (show(&result), host.asked)
}

#[test]
fn suspending_changes_neither_result_nor_questions() {
    let mut n_asked = 0;
    for (place, program) in programs() {
        let whole = at_once(&program);
        assert_eq!(suspended(&program), whole, "{place}");
        n_asked += whole.1.len();
    }
    assert!(n_asked > 550, "only {n_asked} calls were made");
}

#[test]
fn optimising_changes_neither_result_nor_questions() {
    for (place, program) in programs() {
        let whole = at_once(&program);
        for level in [OptLevel::None, OptLevel::Basic, OptLevel::Full] {
            let optimised = optimise(program.clone(), level);
            assert_eq!(at_once(&optimised), whole, "{place} at {level:?}");
        }
    }
}

#[test]
fn what_was_recorded_replays() {
    for (place, program) in programs() {
        let mut recorder = RecordingHost::new(TestHost { knows: true });
        let first = evaluate(&program, &mut recorder, &Limits::default());
        let bytes = recorder
            .into_recording()
            .encode()
            .expect("answers are data");
        let mut replay = ReplayHost::new(Recording::decode(&bytes).expect("a recording"));
        let second = evaluate(&program, &mut replay, &Limits::default());
        assert!(replay.is_complete(), "{place}");
        assert_eq!(show(&first.result), show(&second.result), "{place}");
        let taken = |outcome: &rtfs_eval::Outcome| (outcome.steps, outcome.host_calls);
        assert_eq!(taken(&first), taken(&second), "{place}");
    }
}
