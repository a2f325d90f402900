//! Every limit ends the call with its own error, and the engine goes on.

mod guests;

use guests::{ECHO, ENDLESS_LOOP, host_module, module, module_with};
use rtfs_host::{
    Allocation, CallError, CallOptions, Engine, EngineConfig, Finished, InternalError, LimitKind,
    Limits, blocking_host, host_fn,
};
use std::sync::{Arc, Barrier, OnceLock};
use std::time::{Duration, Instant};

/// One engine for all tests of this file: whatever one test does to it, the others notice.
fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(EngineConfig::default()).expect("an engine"))
}

/// An empty array of arguments.
const NO_ARGS: &[u8] = &[0x80];

fn run(component: &[u8], limits: Limits) -> Finished {
    let module = engine().compile(component).expect("compiles");
    let options = CallOptions {
        limits,
        ..CallOptions::default()
    };
    let finished = module.invoke_full(1, NO_ARGS, &options);
    still_healthy(engine());
    finished
}

/// The engine answers an ordinary call.
#[track_caller]
fn still_healthy(engine: &Engine) {
    let echo = engine.compile(&module(ECHO)).expect("compiles");
    let outcome = echo
        .invoke(1, &[0x81, 0x05], &CallOptions::default())
        .expect("the engine is still healthy");
    assert_eq!(outcome.value, [0x81, 0x05]);
}

#[track_caller]
fn check_limit(finished: &Finished, expect: LimitKind, expect_limit: u64) {
    match &finished.result {
        Err(CallError::Limit { which, limit, used }) => {
            assert_eq!((*which, *limit), (expect, expect_limit));
            assert!(used >= limit, "{used} of {limit}");
        }
        other => panic!("expected the {expect} limit, got {other:?}"),
    }
}

#[test]
fn an_endless_loop_runs_out_of_fuel() {
    let limits = Limits {
        fuel: 10_000_000,
        ..Limits::default()
    };
    let finished = run(&module(ENDLESS_LOOP), limits);
    check_limit(&finished, LimitKind::Fuel, 10_000_000);
    assert_eq!(finished.report.fuel, 10_000_000);
}

#[test]
fn an_endless_loop_with_endless_fuel_meets_its_deadline() {
    let limits = Limits {
        fuel: u64::MAX,
        deadline: Duration::from_millis(100),
        ..Limits::default()
    };
    let started = Instant::now();
    let finished = run(&module(ENDLESS_LOOP), limits);
    check_limit(&finished, LimitKind::Deadline, 100);
    assert!(started.elapsed() < Duration::from_secs(20));
    assert_eq!(finished.report.fuel, u64::MAX, "charged in full");
}

#[test]
fn growing_for_ever_hits_the_memory_limit() {
    let limits = Limits {
        memory_bytes: 8 << 20,
        ..Limits::default()
    };
    let body = "(loop $again (drop (call $alloc (i32.const 65536))) (br $again)) (unreachable)";
    let finished = run(&module(body), limits);
    check_limit(&finished, LimitKind::Memory, 8 << 20);
    assert!(finished.report.peak_memory <= 8 << 20);
    assert!(finished.report.peak_memory > 7 << 20);
}

#[test]
fn a_guest_may_live_with_refused_memory() {
    let limits = Limits {
        memory_bytes: 8 << 20,
        ..Limits::default()
    };
    let body = "(drop (memory.grow (i32.const 10000))) (call $byte (i32.const 0xf5))";
    assert_eq!(run(&module(body), limits).result.expect("a value"), [0xf5]);
}

#[test]
fn a_trap_of_another_kind_is_not_blamed_on_memory() {
    let limits = Limits {
        memory_bytes: 8 << 20,
        ..Limits::default()
    };
    let body = "(drop (memory.grow (i32.const 10000))) (i32.div_u (i32.const 1) (i32.const 0))";
    let result = run(&module(body), limits).result;
    assert!(matches!(result, Err(CallError::Trap { .. })), "{result:?}");
}

#[test]
fn a_first_memory_beyond_the_limit_is_the_memory_limit() {
    let limits = Limits {
        memory_bytes: 1 << 10,
        ..Limits::default()
    };
    check_limit(&run(&module(ECHO), limits), LimitKind::Memory, 1 << 10);
}

#[test]
fn several_memories_share_one_limit() {
    let extra = "(memory $second 0) (memory $third 0)";
    let body = "
        (loop $again
          (if (i32.eq (memory.grow $second (i32.const 16)) (i32.const -1)) (then (unreachable)))
          (if (i32.eq (memory.grow $third (i32.const 16)) (i32.const -1)) (then (unreachable)))
          (br $again))
        (unreachable)";
    let limits = Limits {
        memory_bytes: 16 << 20,
        ..Limits::default()
    };
    let finished = run(&module_with(extra, body), limits);
    check_limit(&finished, LimitKind::Memory, 16 << 20);
    assert!(finished.report.peak_memory <= 16 << 20);
}

#[test]
fn table_growth_counts_as_memory() {
    let extra = "(table $t 0 funcref)";
    let body = "
        (loop $again
          (if (i32.eq (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1))
            (then (unreachable)))
          (br $again))
        (unreachable)";
    let limits = Limits {
        memory_bytes: 256 << 10,
        ..Limits::default()
    };
    check_limit(
        &run(&module_with(extra, body), limits),
        LimitKind::Memory,
        256 << 10,
    );
}

#[test]
fn a_table_beyond_the_pool_is_the_memory_limit_too() {
    let extra = "(table $t 0 funcref)";
    let body = "
        (loop $again
          (if (i32.eq (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1))
            (then (unreachable)))
          (br $again))
        (unreachable)";
    let finished = run(&module_with(extra, body), Limits::default());
    assert!(
        matches!(
            finished.result,
            Err(CallError::Limit {
                which: LimitKind::Memory,
                ..
            })
        ),
        "{:?}",
        finished.result
    );
}

#[test]
fn endless_recursion_is_a_defect_not_a_crash() {
    let extra = "(func $deep (param i32) (result i32)
        (i32.add (call $deep (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))";
    let result = run(
        &module_with(extra, "(call $deep (i32.const 0))"),
        Limits::default(),
    )
    .result;
    assert!(
        matches!(
            result,
            Err(CallError::Internal(InternalError::NativeStack { .. }))
        ),
        "{result:?}"
    );
}

#[test]
fn the_depth_limit_reaches_the_guest() {
    let limits = Limits {
        depth: 123,
        depth_used: 45,
        ..Limits::default()
    };
    let body = "
        (local.set $a (call $alloc (i32.const 2)))
        (i32.store8 (local.get $a) (global.get $depth_used))
        (i32.store8 offset=1 (local.get $a) (global.get $depth_limit))
        (call $ok (local.get $a) (i32.const 2))";
    assert_eq!(
        run(&module(body), limits).result.expect("a value"),
        [45, 123]
    );
}

#[test]
fn host_calls_are_counted_and_limited() {
    let body = r#"
        (loop $again
          (call $call (i32.const 64) (i32.const 1) (local.get $ptr) (local.get $len)
                      (i32.const 110) (i32.const 1) (i32.const 400))
          (br $again))
        (unreachable)"#;
    let module = engine().compile(&host_module("", body)).expect("compiles");
    let options = CallOptions {
        limits: Limits {
            host_calls: 25,
            ..Limits::default()
        },
        host: Some(host_fn(|_| Ok(vec![0xf6]))),
        ..CallOptions::default()
    };
    let finished = module.invoke_full(1, NO_ARGS, &options);
    check_limit(&finished, LimitKind::HostCalls, 25);
    assert_eq!(finished.report.host_calls, 25);
    still_healthy(engine());
}

fn result_of(bytes: u32) -> Vec<u8> {
    module(&format!(
        "(call $ok (call $alloc (i32.const {bytes})) (i32.const {bytes}))"
    ))
}

#[test]
fn a_result_that_is_too_large_is_refused() {
    let limits = Limits {
        result_bytes: 1000,
        ..Limits::default()
    };
    assert_eq!(
        run(&result_of(1000), limits.clone())
            .result
            .expect("fits")
            .len(),
        1000
    );
    let slightly = run(&result_of(1001), limits.clone());
    check_limit(&slightly, LimitKind::ResultSize, 1000);
    let hugely = run(&result_of(100_000_000), limits);
    check_limit(&hugely, LimitKind::ResultSize, 1000);
    let default = run(&result_of(100_000_000), Limits::default());
    check_limit(&default, LimitKind::ResultSize, 64 << 20);
}

#[test]
fn a_host_that_never_answers_is_cut_off() {
    let body = r#"
        (call $call (i32.const 64) (i32.const 1) (local.get $ptr) (local.get $len)
                    (i32.const 110) (i32.const 1) (i32.const 400))
        (call $byte (i32.const 0xf6))"#;
    let module = engine().compile(&host_module("", body)).expect("compiles");
    let release = Arc::new(Barrier::new(2));
    let stuck = release.clone();
    let options = CallOptions {
        limits: Limits {
            deadline: Duration::from_millis(50),
            ..Limits::default()
        },
        grants: rtfs_host::Grants::all_capabilities(),
        host: Some(blocking_host(move |_| {
            stuck.wait();
            Ok(vec![0xf6])
        })),
        ..CallOptions::default()
    };
    let finished = module.invoke_full(1, NO_ARGS, &options);
    check_limit(&finished, LimitKind::Deadline, 50);
    release.wait();
    still_healthy(engine());
}

#[test]
fn traps_say_what_happened_and_where() {
    let extra = "(func $divide (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))";
    let finished = run(
        &module_with(extra, "(call $divide (i32.const 0))"),
        Limits::default(),
    );
    let Err(CallError::Trap { reason, frames }) = finished.result else {
        panic!("{:?}", finished.result);
    };
    assert!(reason.contains("divide by zero"), "{reason}");
    assert_eq!(frames[0], "divide");
    assert_eq!(frames[1], "invoke");
    assert_eq!(
        finished.report.fuel,
        Limits::default().fuel,
        "charged in full"
    );
}

#[test]
fn raised_errors_come_out_whole() {
    let finished = run(&module("(call $raise)"), Limits::default());
    let Err(CallError::Raised(error)) = finished.result else {
        panic!("{:?}", finished.result);
    };
    assert_eq!(error.class, "DivisionByZero");
    assert_eq!(error.kind, "division-by-zero");
    assert_eq!(error.message, "Division by zero");
    assert_eq!(error.data, [0xf6]);
    assert_eq!(error.node, Some(7));
    assert_eq!(error.stack, ["half"]);
    assert!(
        finished.report.fuel < 10_000,
        "an ordinary end is charged as used"
    );
}

#[test]
fn nonsense_from_the_guest_is_a_trap() {
    for body in [
        // A discriminant that does not exist.
        "(local.set $a (call $alloc (i32.const 48)))
         (i32.store8 (local.get $a) (i32.const 9)) (local.get $a)",
        // A list beyond the end of the memory.
        "(call $ok (i32.const 0) (i32.const 0x7fffffff))",
        // An answer outside of the memory.
        "(i32.const 0x7ffffff0)",
    ] {
        let result = run(&module(body), Limits::default()).result;
        assert!(
            matches!(
                result,
                Err(CallError::Trap { .. }
                    | CallError::Limit {
                        which: LimitKind::ResultSize,
                        ..
                    })
            ),
            "{result:?}"
        );
    }
}

#[test]
fn the_same_call_costs_the_same_fuel() {
    let body = "
        (local.set $n (i64.const 1000))
        (loop $again
          (local.set $n (i64.sub (local.get $n) (i64.const 1)))
          (br_if $again (i64.ne (local.get $n) (i64.const 0))))
        (call $byte (i32.const 0xf6))";
    let fuel: Vec<u64> = (0..3)
        .map(|_| run(&module(body), Limits::default()).report.fuel)
        .collect();
    assert!(fuel[0] > 1000);
    assert_eq!(fuel, [fuel[0]; 3]);

    // Exactly that much is enough. (How much less is not depends on where the guest looks: at
    // loops and calls.)
    let limits = |fuel| Limits {
        fuel,
        ..Limits::default()
    };
    assert!(run(&module(body), limits(fuel[0])).result.is_ok());
    check_limit(
        &run(&module(body), limits(fuel[0] / 2)),
        LimitKind::Fuel,
        fuel[0] / 2,
    );
}

#[test]
fn many_threads_share_an_engine() {
    let engine = Engine::new(EngineConfig {
        concurrent_calls: 4,
        admission_wait: Duration::from_secs(60),
        ..EngineConfig::default()
    })
    .expect("an engine");
    let echo = engine.compile(&module(ECHO)).expect("compiles");
    let hostile = engine.compile(&module(ENDLESS_LOOP)).expect("compiles");
    std::thread::scope(|scope| {
        for thread in 0..8_u8 {
            let (echo, hostile) = (&echo, &hostile);
            scope.spawn(move || {
                for round in 0..20 {
                    let args = [0x82, thread, round];
                    let outcome = echo
                        .invoke(1, &args, &CallOptions::default())
                        .expect("an answer");
                    assert_eq!(outcome.value, args);
                    let options = CallOptions {
                        limits: Limits {
                            fuel: 10_000,
                            ..Limits::default()
                        },
                        ..CallOptions::default()
                    };
                    assert!(hostile.invoke(1, NO_ARGS, &options).is_err());
                }
            });
        }
    });
}

#[test]
fn a_full_pool_is_busy_and_recovers() {
    for allocation in [Allocation::Pooled, Allocation::OnDemand] {
        let engine = Engine::new(EngineConfig {
            concurrent_calls: 1,
            admission_wait: Duration::from_millis(20),
            allocation,
            ..EngineConfig::default()
        })
        .expect("an engine");
        let endless = engine.compile(&module(ENDLESS_LOOP)).expect("compiles");
        let started = Arc::new(Barrier::new(2));
        let body = r#"
            (call $call (i32.const 64) (i32.const 1) (local.get $ptr) (local.get $len)
                        (i32.const 110) (i32.const 1) (i32.const 400))
            (call $byte (i32.const 0xf6))"#;
        let waiting = engine.compile(&host_module("", body)).expect("compiles");
        std::thread::scope(|scope| {
            let (inside, outside) = (started.clone(), started.clone());
            let options = CallOptions {
                grants: rtfs_host::Grants::all_capabilities(),
                host: Some(blocking_host(move |_| {
                    inside.wait();
                    inside.wait();
                    Ok(vec![0xf6])
                })),
                ..CallOptions::default()
            };
            let held = scope.spawn(move || waiting.invoke(1, NO_ARGS, &options));
            outside.wait();
            let result = endless.invoke(1, NO_ARGS, &CallOptions::default());
            assert!(
                matches!(
                    result,
                    Err(CallError::Busy {
                        concurrent_calls: 1,
                        ..
                    })
                ),
                "{result:?}"
            );
            outside.wait();
            assert!(held.join().expect("no panic").is_ok());
        });
        still_healthy(&engine);
    }
}

#[test]
fn blocking_calls_work_inside_a_runtime() {
    let echo = engine().compile(&module(ECHO)).expect("compiles");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let options = CallOptions::default();
        let blocking = echo.invoke(1, NO_ARGS, &options);
        assert_eq!(blocking.expect("a value").value, NO_ARGS);
        let asynchronous = echo.invoke_async(1, NO_ARGS, &options);
        assert_eq!(asynchronous.await.expect("a value").value, NO_ARGS);
    });
}

#[test]
fn dropping_a_call_frees_its_slot() {
    let engine = Engine::new(EngineConfig {
        concurrent_calls: 1,
        admission_wait: Duration::ZERO,
        ..EngineConfig::default()
    })
    .expect("an engine");
    let endless = engine.compile(&module(ENDLESS_LOOP)).expect("compiles");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let options = CallOptions::default();
        let call = endless.invoke_async(1, NO_ARGS, &options);
        let cut = tokio::time::timeout(Duration::from_millis(20), call).await;
        assert!(cut.is_err());
    });
    still_healthy(&engine);
}

#[test]
fn describe_answers() {
    let module = engine().compile(&module(ECHO)).expect("compiles");
    let outcome = module.describe(&CallOptions::default()).expect("a value");
    assert_eq!(outcome.value, [0x80]);
}
