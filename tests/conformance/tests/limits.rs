//! Hostile programs under default limits; the same host answers a normal call right after each.

mod support;

use rtfs_host::{CallError, CallOptions, Engine, EngineConfig, LimitKind, Limits, Module};
use rtfs_value::{Value, cbor};
use std::time::{Duration, Instant};
use support::compile;

/// How soon a healthy host answers.
const PROMPT: Duration = Duration::from_millis(100);

struct Host {
    engine: Engine,
    healthy: Module,
}

impl Host {
    fn new() -> Self {
        let engine = Engine::new(EngineConfig::default()).expect("this platform is supported");
        let healthy = engine
            .compile(&compile("(defn add [x y] (+ x y))").component)
            .expect("the component is valid");
        Self { engine, healthy }
    }

    fn run(&self, source: &str) -> Result<Vec<u8>, CallError> {
        self.run_with(source, &CallOptions::default())
    }

    fn run_with(&self, source: &str, options: &CallOptions) -> Result<Vec<u8>, CallError> {
        let module = self
            .engine
            .compile(&compile(source).component)
            .expect("the component is valid");
        let no_args = cbor::encode_args(&[]).expect("no arguments encode");
        module
            .invoke(0, &no_args, options)
            .map(|outcome| outcome.value)
    }

    #[track_caller]
    fn is_healthy(&self) {
        let args = cbor::encode_args(&[Value::int(1), Value::int(2)]).expect("integers encode");
        let started = Instant::now();
        let outcome = self.healthy.invoke(1, &args, &CallOptions::default());
        let elapsed = started.elapsed();
        let value = cbor::decode(&outcome.expect("the host is healthy").value);
        assert_eq!(value.map(|value| value.as_int()).ok().flatten(), Some(3));
        assert!(elapsed < PROMPT, "the answer took {elapsed:?}");
    }

    #[track_caller]
    fn hits(&self, source: &str, limits: &[LimitKind]) {
        match self.run(source) {
            Err(CallError::Limit { which, limit, used }) => {
                assert!(
                    limits.contains(&which),
                    "{source} hit {which}: {used} of {limit}"
                );
                assert!(used > 0);
            }
            other => panic!("{source} gave {other:?}"),
        }
        self.is_healthy();
    }
}

#[test]
fn the_host_survives_everything_in_turn() {
    let host = Host::new();
    host.is_healthy();
    host.hits(
        "(defn spin [n] (spin n)) (spin 1)",
        &[LimitKind::Fuel, LimitKind::Deadline],
    );
    host.hits(
        "(defn grow [xs] (grow (conj xs [xs 1 2 3]))) (grow [])",
        &[LimitKind::Memory],
    );
    host.hits(
        "(defn double [s] (double (str s s))) (double \"ab\")",
        &[LimitKind::Memory],
    );
    host.hits(
        "(defn bomb [n] (reduce conj [] (range n))) (bomb 9999999) [(range 9999999) (map vector (range 9999999))]",
        &[LimitKind::Memory, LimitKind::Fuel],
    );
    match host.run("(defn deeper [n] (+ 1 (deeper n))) (deeper 1)") {
        Err(CallError::Raised(error)) => assert_eq!(error.class, "StackOverflow"),
        other => panic!("endless recursion gave {other:?}"),
    }
    host.is_healthy();
}

#[test]
fn recursion_as_deep_as_the_limit_allows_does_not_use_up_the_native_stack() {
    let host = Host::new();
    let wide = "(defn wide [a b c d e f g h n]
       (if (= n 0) [a b c d e f g h]
         (let [r (wide (+ a 1) (+ b 1) (+ c 1) (+ d 1) (+ e 1) (+ f 1) (+ g 1) (+ h 1) (- n 1))
               s (map (fn [x] (+ x a b c d e f g h)) r)]
           (conj (rest s) (first r)))))
     (count (wide 1 2 3 4 5 6 7 8 19990))";
    let value = host.run(wide).expect("it fits the depth limit");
    assert_eq!(
        cbor::decode(&value).ok().and_then(|value| value.as_int()),
        Some(8)
    );
    let callbacks = "(defn nest [n] (if (= n 0) 0 (first (map (fn [x] (+ 1 (nest x))) [(- n 1)]))))
     (nest 9990)";
    let value = host.run(callbacks).expect("it fits the depth limit");
    assert_eq!(
        cbor::decode(&value).ok().and_then(|value| value.as_int()),
        Some(9990)
    );
}

/// A hundred times the memory limit in garbage of every kind, one after the other and at once.
#[test]
fn garbage_is_memory_again() {
    const LIMIT: u64 = 2 << 20;
    let host = Host::new();
    let options = CallOptions {
        limits: Limits {
            memory_bytes: LIMIT,
            ..Limits::default()
        },
        ..CallOptions::default()
    };
    // Each makes objects of `bytes` in every round.
    let rounds = |bytes: u64| 100 * LIMIT / bytes;
    for (made, bytes) in [
        ("(count (vec (range n 1300)))", 16_000),
        ("(count (str (join \"\" (map str (range 500))) n))", 16_000),
        (
            "(count (reduce (fn [m i] (assoc m i [i])) {:n n} (range 200)))",
            12_000,
        ),
        (
            "(count (map (fn [i] [i {:of n :by i}]) (range 150)))",
            16_000,
        ),
        (
            "((reduce (fn [f i] (fn [x] (f (+ x i)))) (fn [x] x) (range 300)) n)",
            9_600,
        ),
        (
            "(try (throw {:n n :data (vec (range 1000))}) (catch _ e (count (:message e))))",
            16_000,
        ),
        (
            "(count (let [f (fn [i] (g (- i 1))) g (fn [i] (if (< i n) [i] (f i)))] (map f (range 20))))",
            1_500,
        ),
    ] {
        let source = format!(
            "(defn work [n] {made}) \
             (defn again [left n] (if (= left 0) :done (do (work n) (again (- left 1) n)))) \
             (again {} 7)",
            rounds(bytes),
        );
        let value = host.run_with(&source, &options);
        let value = cbor::decode(&value.unwrap_or_else(|error| panic!("{made}: {error}")));
        assert_eq!(value.ok(), Some(Value::keyword("done")), "{made}");
    }
}
