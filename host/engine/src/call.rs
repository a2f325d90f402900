//! Drives one call: a fresh store, an instance, one export, and what became of it.

use crate::error::{CallError, InternalError, RtfsError};
use crate::interfaces::{CompilerExports, DynamicExports, ErrorRecords, ExecutorExports};
use crate::limits::{LimitKind, Limits};
use crate::linked::Linked;
use crate::module::CallOptions;
use crate::profile::WASM_STACK_BYTES;
use crate::records::{Diagnostic, DiagnosticRecord, DraftErrorRecord, ErrorRecord};
use crate::report::{Finished, MAX_STOPPED_FRAMES, Report};
use crate::state::{CallState, Stop};
use crate::transcript::Transcript;
use sha2::{Digest, Sha256};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, Instance, Lift, Lower};
use wasmtime::{PoolConcurrencyLimitError, Store, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

/// Fuel between two looks at the clock: a few milliseconds of guest work.
const YIELD_FUEL: u64 = 5_000_000;

/// Bytes that may leave the guest in one crossing even when the result limit is smaller: WASI
/// and host calls need some room, and a result that is a little too large is reported exactly.
const CROSSING_BYTES: u64 = 1 << 20;

/// Which function of which role to call.
#[derive(Clone, Copy)]
pub(crate) enum Entry<'a> {
    Invoke {
        exports: &'a DynamicExports,
        export: u32,
        args: &'a [u8],
    },
    Describe(ComponentExportIndex),
    TargetId(ComponentExportIndex),
    Compile {
        exports: &'a CompilerExports,
        ir: &'a [u8],
        options: &'a [u8],
    },
    Execute {
        exports: &'a ExecutorExports,
        artifact: &'a [u8],
        export: u32,
        args: &'a [u8],
    },
}

/// A way into a guest: what goes in, and what comes out.
pub(crate) trait Task: Sized {
    type Answer;

    /// From which the guest's random numbers follow.
    fn seed(&self, component: &[u8; 32], entropy: u64) -> [u8; 32];

    /// Bytes that the guest gets a copy of.
    fn bytes(&self) -> usize;

    /// Calls the guest.
    fn enter(
        self,
        guest: &mut Guest<'_>,
        limits: &Limits,
    ) -> impl Future<Output = wasmtime::Result<Self::Answer>> + Send;

    /// Size of what came out, where [`Limits::result_bytes`] is exact.
    fn result_bytes(answer: &Self::Answer) -> u64;
}

impl Task for Entry<'_> {
    type Answer = Answer;

    /// From which the guest's random numbers follow.
    fn seed(&self, component: &[u8; 32], entropy: u64) -> [u8; 32] {
        let seed = |export, input: &[&[u8]]| seed((component, entropy), export, input);
        match self {
            Entry::Invoke { export, args, .. } => seed(*export, &[args]),
            Entry::Describe(_) | Entry::TargetId(_) => seed(0, &[]),
            Entry::Compile { ir, options, .. } => seed(0, &[ir, options]),
            Entry::Execute {
                artifact,
                export,
                args,
                ..
            } => seed(*export, &[artifact, args]),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Entry::Invoke { args, .. } => args.len(),
            Entry::Describe(_) | Entry::TargetId(_) => 0,
            Entry::Compile { ir, options, .. } => ir.len().saturating_add(options.len()),
            Entry::Execute { artifact, args, .. } => artifact.len().saturating_add(args.len()),
        }
    }

    async fn enter(self, guest: &mut Guest<'_>, limits: &Limits) -> wasmtime::Result<Answer> {
        enter(guest, self, limits).await
    }

    fn result_bytes(answer: &Answer) -> u64 {
        match answer {
            Answer::Bytes(value) => value.len() as u64,
            Answer::Raised(_) | Answer::Diagnostics(_) => 0,
        }
    }
}

/// Digest of a call's input.
pub(crate) fn seed(
    (component, entropy): (&[u8; 32], u64),
    export: u32,
    input: &[&[u8]],
) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(b"rtfs-host random seed 2\n");
    digest.update(component);
    digest.update(entropy.to_le_bytes());
    digest.update(export.to_le_bytes());
    for part in input {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

/// What a guest returned.
pub(crate) enum Answer {
    /// An encoded value, an artifact, a text.
    Bytes(Vec<u8>),
    /// An error that left the program.
    Raised(Box<RtfsError>),
    /// Why there is no artifact.
    Diagnostics(Vec<Diagnostic>),
}

impl Answer {
    fn of<E: Into<RtfsError>>(answer: Result<Vec<u8>, E>) -> Self {
        match answer {
            Ok(value) => Answer::Bytes(value),
            Err(error) => Answer::Raised(Box::new(error.into())),
        }
    }
}

/// A call that ended.
pub(crate) struct Ended<A = Answer> {
    pub(crate) result: Result<A, CallError>,
    pub(crate) report: Report,
    pub(crate) transcript: Option<Transcript>,
}

impl<A> Ended<A> {
    pub(crate) fn early(error: CallError) -> Self {
        Self {
            result: Err(error),
            report: Report::default(),
            transcript: None,
        }
    }
}

impl Ended {
    /// For entries that answer with bytes or raise.
    pub(crate) fn into_finished(self) -> Finished {
        let result = self.result.and_then(|answer| match answer {
            Answer::Bytes(bytes) => Ok(bytes),
            Answer::Raised(error) => Err(CallError::Raised(error)),
            // No entry but `Compile` gives these, and it is not asked here.
            Answer::Diagnostics(_) => Ok(Vec::new()),
        });
        Finished {
            result,
            report: self.report,
            transcript: self.transcript,
        }
    }
}

/// Runs one call. Waits for a slot first.
pub(crate) async fn run<T: Task>(
    linked: &Linked,
    task: T,
    options: &CallOptions,
) -> Ended<T::Answer> {
    let _slot = match linked.engine.admit().await {
        Ok(slot) => slot,
        Err(busy) => return Ended::early(busy),
    };
    let started = Instant::now();
    let seed = linked
        .imports_wasi()
        .then(|| task.seed(&linked.digest, options.entropy));
    let state = match CallState::new(options, seed) {
        Ok(state) => state,
        Err(error) => return Ended::early(error),
    };
    let mut store = Store::new(&linked.engine.wasmtime, state);
    let limits = &options.limits;
    let instantiated = AtomicBool::new(false);
    let entered = async {
        prepare(&mut store, limits)?;
        // The caller's buffers stay alive beside the guest's copies.
        let copied = task.bytes();
        store.data_mut().meter.hold(copied).map_err(Stop::from)?;
        let instance = linked.instance_pre.instantiate_async(&mut store).await?;
        instantiated.store(true, Ordering::Relaxed);
        let store = &mut store;
        task.enter(&mut Guest { store, instance }, limits).await
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
    let mut stopped_in = Vec::new();
    let result = match ended {
        None => Err(deadline(limits, elapsed)),
        Some(Ok(answer)) => check_size::<T>(answer, limits),
        Some(Err(error)) => {
            stopped_in = names(&error);
            Err(classify(error, store.data(), linked, limits))
        }
    };
    let mut ended = finish(store, result, stopped_in, (fuel, elapsed));
    let is_instance = instantiated.load(Ordering::Relaxed);
    ended.report.component = is_instance.then_some(linked.digest);
    ended
}

/// The named functions that were running when an error stopped the guest.
fn names(error: &wasmtime::Error) -> Vec<String> {
    let backtrace = error.downcast_ref::<WasmBacktrace>();
    let frames = backtrace.map_or(&[][..], WasmBacktrace::frames).iter();
    frames
        .filter_map(|frame| frame.func_name().map(str::to_owned))
        .take(MAX_STOPPED_FRAMES)
        .collect()
}

fn finish<A>(
    mut store: Store<CallState>,
    result: Result<A, CallError>,
    stopped_in: Vec<String>,
    (fuel, elapsed): (u64, Duration),
) -> Ended<A> {
    let state = store.data_mut();
    let transcript = state.take_transcript();
    let (stdout, stderr, output_truncated) = state.take_output();
    let report = Report {
        component: None,
        fuel,
        peak_memory: state.meter.peak(),
        host_calls: state.host_calls,
        elapsed,
        stdout,
        stderr,
        output_truncated,
        stopped_in,
    };
    Ended {
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
    guest: &mut Guest<'_>,
    entry: Entry<'_>,
    limits: &Limits,
) -> wasmtime::Result<Answer> {
    let depth = (limits.depth_used, limits.depth);
    Ok(match entry {
        Entry::Invoke {
            exports,
            export,
            args,
        } => {
            guest.call::<_, ()>(exports.limits, depth).await?;
            guest
                .answer(exports.errors, exports.invoke, (export, args))
                .await?
        }
        Entry::Execute {
            exports,
            artifact,
            export,
            args,
        } => {
            guest.call::<_, ()>(exports.limits, depth).await?;
            let params = (artifact, export, args);
            guest
                .answer(ErrorRecords::Current, exports.invoke, params)
                .await?
        }
        Entry::Describe(index) => {
            let (description,): (Vec<u8>,) = guest.call(index, ()).await?;
            Answer::Bytes(description)
        }
        Entry::TargetId(index) => {
            let (id,): (String,) = guest.call(index, ()).await?;
            Answer::Bytes(id.into_bytes())
        }
        Entry::Compile {
            exports,
            ir,
            options,
        } => {
            let (answer,): (Result<Vec<u8>, Vec<DiagnosticRecord>>,) =
                guest.call(exports.compile, (ir, options)).await?;
            match answer {
                Ok(artifact) => Answer::Bytes(artifact),
                Err(records) => {
                    Answer::Diagnostics(records.into_iter().map(Diagnostic::from).collect())
                }
            }
        }
    })
}

/// An instance with its store.
pub(crate) struct Guest<'s> {
    store: &'s mut Store<CallState>,
    instance: Instance,
}

impl Guest<'_> {
    pub(crate) async fn call<P, R>(
        &mut self,
        function: ComponentExportIndex,
        params: P,
    ) -> wasmtime::Result<R>
    where
        P: ComponentNamedList + Lower + Send + Sync,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let function = self
            .instance
            .get_typed_func::<P, R>(&mut *self.store, function)?;
        function.call_async(&mut *self.store, params).await
    }

    /// Calls a function that gives a value or raises, with the error record of its version.
    async fn answer<P>(
        &mut self,
        errors: ErrorRecords,
        function: ComponentExportIndex,
        params: P,
    ) -> wasmtime::Result<Answer>
    where
        P: ComponentNamedList + Lower + Send + Sync,
    {
        Ok(match errors {
            ErrorRecords::Current => {
                let (answer,): (Result<Vec<u8>, ErrorRecord>,) =
                    self.call(function, params).await?;
                Answer::of(answer)
            }
            ErrorRecords::Draft => {
                let (answer,): (Result<Vec<u8>, DraftErrorRecord>,) =
                    self.call(function, params).await?;
                Answer::of(answer)
            }
        })
    }
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

fn check_size<T: Task>(answer: T::Answer, limits: &Limits) -> Result<T::Answer, CallError> {
    let bytes = T::result_bytes(&answer);
    match bytes > limits.result_bytes {
        true => Err(result_size(limits, bytes)),
        false => Ok(answer),
    }
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
    linked: &Linked,
    limits: &Limits,
) -> CallError {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return stop.clone().into();
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return linked.engine.busy(Duration::ZERO);
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
        let here = seed((&[0; 32], 0), 1, &[b"\x80"]);
        assert_eq!(here, seed((&[0; 32], 0), 1, &[b"\x80"]));
        assert_ne!(here, seed((&[0; 32], 1), 1, &[b"\x80"]));
        assert_ne!(here, seed((&[0; 32], 0), 2, &[b"\x80"]));
        assert_ne!(here, seed((&[0; 32], 0), 1, &[b"\x81\x01"]));
        assert_ne!(here, seed((&[0; 32], 0), 1, &[b"\x80", b""]));
        assert_ne!(here, seed((&[1; 32], 0), 1, &[b"\x80"]));
    }
}
