//! Drives one call: a fresh store, an instance, one export, and what became of it.

use crate::error::{CallError, InternalError, RtfsError};
use crate::limits::{LimitKind, Limits};
use crate::module::{CallOptions, ModuleInner};
use crate::profile::WASM_STACK_BYTES;
use crate::report::{Finished, Report};
use crate::state::{CallState, Stop};
use sha2::{Digest, Sha256};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};
use wasmtime::component::{ComponentType, Instance, Lift};
use wasmtime::{PoolConcurrencyLimitError, Store, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

/// Fuel between two looks at the clock: a few milliseconds of guest work.
const YIELD_FUEL: u64 = 5_000_000;

/// Bytes that may leave the guest in one crossing even when the result limit is smaller: WASI
/// and host calls need some room, and a result that is a little too large is reported exactly.
const CROSSING_BYTES: u64 = 1 << 20;

/// Which export to call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entry<'a> {
    Invoke { export: u32, args: &'a [u8] },
    Describe,
}

impl Entry<'_> {
    /// Digest of the call's input, from which the guest's random numbers follow.
    fn seed(&self, component: &[u8; 32]) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update(b"rtfs-host random seed 1\n");
        digest.update(component);
        if let Entry::Invoke { export, args } = self {
            digest.update(export.to_le_bytes());
            digest.update(args);
        }
        digest.finalize().into()
    }
}

/// The record `error` of `rtfs:module/types`.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct ErrorRecord {
    class: String,
    kind: String,
    message: String,
    data: Vec<u8>,
    node: u32,
    stack: Vec<String>,
}

/// Stands for "unknown" in [`ErrorRecord::node`].
const NO_NODE: u32 = u32::MAX;

impl From<ErrorRecord> for RtfsError {
    fn from(record: ErrorRecord) -> Self {
        Self {
            class: record.class,
            kind: record.kind,
            message: record.message,
            data: record.data,
            node: (record.node != NO_NODE).then_some(record.node),
            stack: record.stack,
        }
    }
}

/// What the guest returned: a value, or an error that left the program.
pub(crate) type Answer = Result<Vec<u8>, ErrorRecord>;

// The functions of `rtfs:module/dynamic` as Rust types; compared with a component's when it is
// loaded.
pub(crate) type LimitsParams = (u32, u32);
pub(crate) type InvokeParams<'a> = (u32, &'a [u8]);
pub(crate) type InvokeResults = (Answer,);
pub(crate) type DescribeResults = (Vec<u8>,);

/// Runs one call. Waits for a slot first.
pub(crate) async fn run(module: &ModuleInner, entry: Entry<'_>, options: &CallOptions) -> Finished {
    let _slot = match module.engine.admit().await {
        Ok(slot) => slot,
        Err(busy) => return failed_early(busy),
    };
    let started = Instant::now();
    let seed = module.imports_wasi().then(|| entry.seed(&module.digest));
    let state = match CallState::new(options, seed) {
        Ok(state) => state,
        Err(error) => return failed_early(error),
    };
    let mut store = Store::new(&module.engine.wasmtime, state);
    let limits = &options.limits;
    let entered = async {
        prepare(&mut store, limits)?;
        enter(&mut store, module, entry, limits).await
    };
    let ended = until(started.checked_add(limits.deadline), entered).await;
    let elapsed = started.elapsed();

    let returned = matches!(ended, Some(Ok(_)));
    let fuel = if returned {
        limits.fuel.saturating_sub(store.get_fuel().unwrap_or(0))
    } else {
        // A stopped guest's count is not up to date; it can even read zero.
        limits.fuel
    };
    let result = match ended {
        None => Err(deadline(limits, elapsed)),
        Some(Ok(answer)) => check_answer(answer, limits),
        Some(Err(error)) => Err(classify(error, store.data(), module, limits)),
    };
    finish(store, result, fuel, elapsed)
}

fn failed_early(error: CallError) -> Finished {
    Finished {
        result: Err(error),
        report: Report::default(),
        transcript: None,
    }
}

fn finish(
    mut store: Store<CallState>,
    result: Result<Vec<u8>, CallError>,
    fuel: u64,
    elapsed: Duration,
) -> Finished {
    let state = store.data_mut();
    let transcript = state.take_transcript();
    let (stdout, stderr, output_truncated) = state.take_output();
    let report = Report {
        fuel,
        peak_memory: state.meter.peak(),
        host_calls: state.host_calls,
        elapsed,
        stdout,
        stderr,
        output_truncated,
    };
    Finished {
        result,
        report,
        transcript,
    }
}

fn prepare(store: &mut Store<CallState>, limits: &Limits) -> wasmtime::Result<()> {
    store.limiter(|state| &mut state.meter);
    store.set_fuel(limits.fuel)?;
    store.fuel_async_yield_interval(Some(YIELD_FUEL))?;
    let crossing = limits.result_bytes.max(CROSSING_BYTES);
    store.set_hostcall_fuel(usize::try_from(crossing).unwrap_or(usize::MAX));
    Ok(())
}

async fn enter(
    store: &mut Store<CallState>,
    module: &ModuleInner,
    entry: Entry<'_>,
    limits: &Limits,
) -> wasmtime::Result<Answer> {
    if let Entry::Invoke { args, .. } = entry {
        // The caller's buffer stays alive beside the guest's copy.
        store
            .data_mut()
            .meter
            .hold(args.len())
            .map_err(Stop::from)?;
    }
    let instance = module.instance_pre.instantiate_async(&mut *store).await?;
    match entry {
        Entry::Invoke { export, args } => {
            set_limits(store, &instance, module, limits).await?;
            let invoke = instance.get_typed_func::<InvokeParams<'_>, InvokeResults>(
                &mut *store,
                module.exports.invoke,
            )?;
            let (answer,) = invoke.call_async(&mut *store, (export, args)).await?;
            Ok(answer)
        }
        Entry::Describe => {
            let describe = instance
                .get_typed_func::<(), DescribeResults>(&mut *store, module.exports.describe)?;
            let (description,) = describe.call_async(&mut *store, ()).await?;
            Ok(Ok(description))
        }
    }
}

async fn set_limits(
    store: &mut Store<CallState>,
    instance: &Instance,
    module: &ModuleInner,
    limits: &Limits,
) -> wasmtime::Result<()> {
    let set = instance.get_typed_func::<LimitsParams, ()>(&mut *store, module.exports.limits)?;
    set.call_async(&mut *store, (limits.depth_used, limits.depth))
        .await
}

/// Waits for `future`, but not beyond `deadline`.
///
/// A computing guest yields at every slice of fuel, and the clock is read there; a guest that
/// waits for its host is ended by the timer.
async fn until<F: Future>(deadline: Option<Instant>, future: F) -> Option<F::Output> {
    // A deadline beyond what the clock can express is no deadline.
    let Some(deadline) = deadline else {
        return Some(future.await);
    };
    let mut future = pin!(future);
    let mut timer = pin!(tokio::time::sleep_until(deadline.into()));
    poll_fn(|cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(Some(output));
        }
        if Instant::now() >= deadline || timer.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        Poll::Pending
    })
    .await
}

fn check_answer(answer: Answer, limits: &Limits) -> Result<Vec<u8>, CallError> {
    let value = answer.map_err(|record| CallError::Raised(Box::new(record.into())))?;
    let used = value.len() as u64;
    if used > limits.result_bytes {
        return Err(result_size(limits, used));
    }
    Ok(value)
}

fn result_size(limits: &Limits, used: u64) -> CallError {
    CallError::Limit {
        which: LimitKind::ResultSize,
        limit: limits.result_bytes,
        used,
    }
}

fn deadline(limits: &Limits, elapsed: Duration) -> CallError {
    let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    CallError::Limit {
        which: LimitKind::Deadline,
        limit: millis(limits.deadline),
        used: millis(elapsed),
    }
}

/// Says in our terms why the engine stopped the guest.
fn classify(
    error: wasmtime::Error,
    state: &CallState,
    module: &ModuleInner,
    limits: &Limits,
) -> CallError {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return stop.clone().into();
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return module.engine.busy(Duration::ZERO);
    }
    let trap = error.downcast_ref::<Trap>().copied();
    match trap {
        Some(Trap::OutOfFuel) => {
            return CallError::Limit {
                which: LimitKind::Fuel,
                limit: limits.fuel,
                used: limits.fuel,
            };
        }
        Some(Trap::StackOverflow) => {
            return CallError::Internal(InternalError::NativeStack {
                stack_bytes: WASM_STACK_BYTES as u64,
            });
        }
        _ => {}
    }
    let exit = error.downcast_ref::<I32Exit>().map(|exit| exit.0);
    // An allocator that gets no memory aborts: that trap is the limit's doing. Without a trap,
    // it was an instantiation that failed for lack of memory.
    let gave_up = trap.is_none_or(|trap| trap == Trap::UnreachableCodeReached);
    if let Some(refusal) = state.meter.refusal().filter(|_| gave_up) {
        return refusal.into();
    }
    if let Some(code) = exit {
        return CallError::Exited { code };
    }
    let text = format!("{error:#}");
    if text.contains(HOSTCALL_FUEL_MESSAGE) {
        let crossing = limits.result_bytes.max(CROSSING_BYTES);
        return result_size(limits, crossing.saturating_add(1));
    }
    guest_fault(error, trap)
}

/// How the engine words "too many bytes in one crossing"; its type for this is private.
const HOSTCALL_FUEL_MESSAGE: &str = "fuel allocated for hostcalls has been exhausted";

fn guest_fault(error: wasmtime::Error, trap: Option<Trap>) -> CallError {
    let frames = error
        .downcast_ref::<WasmBacktrace>()
        .map(|backtrace| {
            backtrace
                .frames()
                .iter()
                .map(|frame| match frame.func_name() {
                    Some(name) => name.to_owned(),
                    None => format!("function {}", frame.func_index()),
                })
                .collect()
        })
        .unwrap_or_default();
    let reason = match trap {
        Some(trap) => trap.to_string(),
        None => root_cause(&error),
    };
    CallError::Trap { reason, frames }
}

fn root_cause(error: &wasmtime::Error) -> String {
    error.root_cause().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_follows_the_input() {
        let seed = |export, args: &[u8], component| Entry::Invoke { export, args }.seed(component);
        let here = seed(1, b"\x80", &[0; 32]);
        assert_eq!(here, seed(1, b"\x80", &[0; 32]));
        assert_ne!(here, seed(2, b"\x80", &[0; 32]));
        assert_ne!(here, seed(1, b"\x81\x01", &[0; 32]));
        assert_ne!(here, seed(1, b"\x80", &[1; 32]));
    }
}
