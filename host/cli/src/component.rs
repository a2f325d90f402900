//! Runs a program as a sandboxed component.

use std::sync::Arc;
use std::time::Instant;

use rtfs_backend_wasm::{BACKEND_ID, Options};
use rtfs_host::{
    AotCache, AotKey, CallError, CallOptions, CapabilityHost, Engine, EngineConfig, Grants,
    HostError, HostRequest, Limits, Miss, Module, RtfsError, host_fn,
};
use rtfs_ir::{ArtifactKey, Program};
use rtfs_value::{Value, cbor};

use crate::args::{CompileArgs, Global, LimitArgs, RunArgs};
use crate::capabilities::Capabilities;
use crate::commands::run::{Ending, Ran, unit_name};
use crate::events::{Event, Events};
use crate::failure::Failure;
use crate::store;

/// Everything one run needs.
pub(crate) struct ComponentRun<'a> {
    pub(crate) program: &'a Program,
    pub(crate) key: ArtifactKey,
    pub(crate) args: &'a RunArgs,
    pub(crate) global: &'a Global,
    pub(crate) capabilities: Capabilities,
    pub(crate) events: &'a Events,
}

/// The backend's options of a command line.
pub(crate) fn options(args: &CompileArgs) -> Options {
    Options {
        opt_level: args.opt_level,
        ..Options::default()
    }
}

/// Names the compiled unit.
pub(crate) fn artifact_key(program: &Program, args: &CompileArgs) -> ArtifactKey {
    ArtifactKey::new(
        program,
        BACKEND_ID,
        rtfs_backend_wasm::backend_version(),
        &format!("opt-level={}", args.opt_level),
    )
}

pub(crate) fn run(run: &ComponentRun<'_>) -> Result<Ran, String> {
    let config = EngineConfig {
        concurrent_calls: 1,
        ..EngineConfig::default()
    };
    let engine = Engine::new(config).map_err(|error| chain(&error))?;
    let module = load(&engine, run)?;
    let no_args = cbor::encode_args(&[]).map_err(|error| error.text().to_owned())?;
    let finished = module.invoke_full(0, &no_args, &call_options(run));
    let ending = match finished.result {
        Ok(bytes) => match cbor::decode(&bytes) {
            Ok(value) => Ending::Value(value),
            Err(error) => Ending::Defect(format!("the component's answer is malformed: {error}")),
        },
        // Library functions refuse what is certainly too much before it is allocated.
        Err(CallError::Raised(error)) if error.class == "BudgetExhausted" => {
            Ending::Limit(error.message)
        }
        Err(CallError::Raised(error)) => raised(*error),
        Err(error @ CallError::Limit { .. }) => Ending::Limit(limit_text(&error)),
        Err(error) => Ending::Defect(chain(&error)),
    };
    Ok(Ran {
        ending,
        engine: "component",
        fuel: finished.report.fuel,
        peak_memory: finished.report.peak_memory,
    })
}

/// Finds the unit's native code, or compiles it.
fn load(engine: &Engine, run: &ComponentRun<'_>) -> Result<Module, String> {
    if run.args.no_store {
        let component = lower(run)?;
        return engine.compile(&component).map_err(|error| chain(&error));
    }
    let cache = store::open_cache(run.global)?;
    let key = AotKey(*run.key.as_bytes());
    match engine
        .load_cached(&cache, &key)
        .map_err(|error| chain(&error))?
    {
        Ok(loaded) => {
            run.events.emit(
                &Event::new("hit")
                    .with("call", unit_name(&run.key))
                    .with("policy", "exact")
                    .with("artifact", hex(loaded.module.digest())),
            );
            Ok(loaded.module)
        }
        Err(miss) => {
            report_miss(run, miss);
            compile_and_keep(engine, &cache, &key, run)
        }
    }
}

fn report_miss(run: &ComponentRun<'_>, miss: Miss) {
    let event = |word, reason| {
        Event::new(word)
            .with("call", unit_name(&run.key))
            .with("reason", reason)
    };
    match miss {
        Miss::Tampered => run.events.refuse(&event("refuse", "tampered")),
        Miss::Stale => run.events.emit(&event("miss", "stale")),
        _ => run.events.emit(&event("miss", "absent")),
    }
}

fn compile_and_keep(
    engine: &Engine,
    cache: &AotCache,
    key: &AotKey,
    run: &ComponentRun<'_>,
) -> Result<Module, String> {
    let component = lower(run)?;
    let module = engine.compile(&component).map_err(|error| chain(&error))?;
    if let Err(error) = engine.keep(cache, key, &module, &[]) {
        // The program runs all the same; the next run compiles again.
        anstream::eprintln!("warning: compiled code was not kept: {}", chain(&error));
    }
    Ok(module)
}

fn lower(run: &ComponentRun<'_>) -> Result<Vec<u8>, String> {
    let started = Instant::now();
    let artifact = rtfs_backend_wasm::compile(run.program, &options(&run.args.compile))
        .map_err(|error| chain(&error))?;
    run.events.emit(
        &Event::new("compile")
            .with("unit", unit_name(&run.key))
            .with("backend", BACKEND_ID)
            .with("artifact", &run.key)
            .with("bytes", artifact.component.len())
            .with("time", format!("{:.1?}", started.elapsed())),
    );
    Ok(artifact.component)
}

fn call_options(run: &ComponentRun<'_>) -> CallOptions {
    let mut grants = Grants::none();
    for id in run.capabilities.granted() {
        grants = grants.with_capability(id.clone());
    }
    let host =
        (!run.capabilities.granted().is_empty()).then(|| answering(run.capabilities.clone()));
    CallOptions {
        limits: limits(&run.args.limits),
        grants: grants.with_dynamic(),
        host,
        ..CallOptions::default()
    }
}

fn limits(args: &LimitArgs) -> Limits {
    Limits {
        fuel: args.fuel,
        deadline: args.timeout,
        memory_bytes: args.memory,
        depth: args.max_depth,
        ..Limits::default()
    }
}

/// Answers host calls from the command line's capabilities.
fn answering(capabilities: Capabilities) -> Arc<dyn CapabilityHost> {
    host_fn(move |request: HostRequest<'_>| {
        let malformed = |_| HostError::new("HostError", "host-error", "malformed arguments");
        let args = cbor::decode_args(request.args).map_err(malformed)?;
        let answer = capabilities.perform(request.id, &args);
        answer
            .and_then(|value| cbor::encode(&value))
            .map_err(|error| {
                let mut answer =
                    HostError::new(error.class_name(), error.kind_keyword(), error.text());
                if let Ok(data) = cbor::encode(&error.data()) {
                    answer.data = data;
                }
                answer
            })
    })
}

fn raised(error: RtfsError) -> Ending {
    Ending::Raised(Failure {
        data: cbor::decode(&error.data).unwrap_or(Value::NIL),
        class: error.class,
        kind: error.kind,
        message: error.message,
        node: error.node,
        stack: error.stack,
    })
}

fn limit_text(error: &CallError) -> String {
    let flag = match error {
        CallError::Limit { which, .. } => match which.name() {
            "fuel" => Some("--fuel"),
            "memory" => Some("--memory"),
            "deadline" => Some("--timeout"),
            _ => None,
        },
        _ => None,
    };
    match flag {
        Some(flag) => format!("{error}; raise it with {flag}"),
        None => error.to_string(),
    }
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn hex(digest: &[u8; 32]) -> String {
    let mut text = "sha256:".to_owned();
    for byte in digest {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}
