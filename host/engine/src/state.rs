//! What belongs to one running call, and the host functions that use it.

use crate::capability::{CapabilityHost, HostError, HostRequest, TRUE};
use crate::error::CallError;
use crate::grants::{DECLARED_PREFIX, Grants};
use crate::limits::{LimitKind, Limits};
use crate::meter::{Meter, Refusal};
use crate::module::CallOptions;
use crate::transcript::{HostEvent, ReplayError, Transcript};
use crate::wasi::WasiWorld;
use std::collections::BTreeMap;
use std::sync::Arc;
use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Linker, Lower, WasmList, WasmStr};
use wasmtime_wasi::{WasiCtxView, WasiView};

/// Ends a call from inside a host function; turned into a [`CallError`] where the call is driven.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Stop {
    #[error("host call limit")]
    HostCalls { limit: u64, used: u64 },
    #[error("memory limit")]
    Memory(Refusal),
    #[error(transparent)]
    Replay(#[from] ReplayError),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Stop::Memory(refusal)
    }
}

impl From<Stop> for CallError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::HostCalls { limit, used } => CallError::Limit {
                which: LimitKind::HostCalls,
                limit,
                used,
            },
            Stop::Memory(refusal) => refusal.into(),
            Stop::Replay(error) => CallError::Replay(error),
        }
    }
}

/// The record `error` of `rtfs:host/capability`.
#[derive(ComponentType, Lower)]
#[component(record)]
struct HostErrorRecord {
    class: String,
    kind: String,
    message: String,
    data: Vec<u8>,
}

impl From<HostError> for HostErrorRecord {
    fn from(error: HostError) -> Self {
        Self {
            class: error.class,
            kind: error.kind,
            message: error.message,
            data: error.data,
        }
    }
}

/// Everything of one call that is not the guest itself.
pub(crate) struct CallState {
    pub(crate) meter: Meter,
    pub(crate) host_calls: u64,
    host_call_limit: u64,
    host: Option<Arc<dyn CapabilityHost>>,
    grants: Grants,
    /// Context answers given so far: asking again gives the same.
    context: BTreeMap<String, Option<Vec<u8>>>,
    recording: Option<Transcript>,
    replaying: Option<(Arc<Transcript>, usize)>,
    /// Only for components that import WASI.
    wasi: Option<WasiWorld>,
}

impl CallState {
    /// `seed` is given for components that import WASI: their random numbers follow from it.
    pub(crate) fn new(options: &CallOptions, seed: Option<[u8; 32]>) -> Result<Self, CallError> {
        let limits: &Limits = &options.limits;
        Ok(Self {
            meter: Meter::new(limits.memory_bytes),
            host_calls: 0,
            host_call_limit: limits.host_calls,
            host: options.host.clone(),
            grants: options.grants.clone(),
            context: BTreeMap::new(),
            recording: options.record.then(Transcript::default),
            replaying: options.replay.clone().map(|transcript| (transcript, 0)),
            wasi: match seed {
                Some(seed) => Some(WasiWorld::new(&options.grants, limits, seed)?),
                None => None,
            },
        })
    }

    /// The transcript, when one was kept.
    pub(crate) fn take_transcript(&mut self) -> Option<Transcript> {
        self.recording.take()
    }

    /// Standard output, standard error, and whether either is incomplete.
    pub(crate) fn take_output(&self) -> (Vec<u8>, Vec<u8>, bool) {
        let Some(wasi) = &self.wasi else {
            return (Vec::new(), Vec::new(), false);
        };
        let (stdout, stdout_cut) = wasi.stdout.take();
        let (stderr, stderr_cut) = wasi.stderr.take();
        (stdout, stderr, stdout_cut || stderr_cut)
    }

    fn count_host_call(&mut self) -> Result<(), Stop> {
        if self.host_calls >= self.host_call_limit {
            return Err(Stop::HostCalls {
                limit: self.host_call_limit,
                used: self.host_calls.saturating_add(1),
            });
        }
        self.host_calls += 1;
        Ok(())
    }

    /// The next recorded event, when answers come from a transcript.
    fn replay(&mut self, asked: &str) -> Result<Option<(usize, HostEvent)>, ReplayError> {
        let Some((transcript, next)) = &mut self.replaying else {
            return Ok(None);
        };
        let index = *next;
        let event =
            transcript
                .events
                .get(index)
                .cloned()
                .ok_or_else(|| ReplayError::Exhausted {
                    index,
                    asked: asked.to_owned(),
                })?;
        *next += 1;
        Ok(Some((index, event)))
    }

    async fn answer_call(
        &mut self,
        request: HostRequest<'_>,
    ) -> Result<Result<Vec<u8>, HostError>, Stop> {
        let mut event = HostEvent::Call {
            id: request.id.to_owned(),
            args: request.args.to_owned(),
            metadata: request.metadata.to_owned(),
            answer: Ok(Vec::new()),
        };
        let answer = match self.replay(&event.question())? {
            Some((index, recorded)) => replayed_call(index, &recorded, request, &event)?,
            None => self.ask_host(request).await,
        };
        if let HostEvent::Call { answer: slot, .. } = &mut event {
            slot.clone_from(&answer);
        }
        self.record(event)?;
        Ok(answer)
    }

    // Takes `&mut self` because the state can be sent to another thread but not shared.
    async fn ask_host(&mut self, request: HostRequest<'_>) -> Result<Vec<u8>, HostError> {
        let Some(host) = &self.host else {
            return Err(HostError::unknown_capability(request.id));
        };
        if !self.grants.allows(request.id) {
            return Err(HostError::security_violation(
                request.id,
                self.grants.level(),
            ));
        }
        host.call(request).await
    }

    fn answer_context(&mut self, name: &str) -> Result<Option<Vec<u8>>, Stop> {
        if let Some(known) = self.context.get(name) {
            return Ok(known.clone());
        }
        let mut event = HostEvent::Context {
            name: name.to_owned(),
            answer: None,
        };
        let answer = match self.replay(&event.question())? {
            Some((_, HostEvent::Context { name: same, answer })) if same == name => answer,
            Some((index, recorded)) => {
                return Err(diverged(index, &recorded, &event).into());
            }
            None => self.ask_context(name),
        };
        if let HostEvent::Context { answer: slot, .. } = &mut event {
            slot.clone_from(&answer);
        }
        self.record(event)?;
        self.meter
            .hold(name.len() + answer.as_ref().map_or(0, Vec::len))?;
        self.context.insert(name.to_owned(), answer.clone());
        Ok(answer)
    }

    fn ask_context(&self, name: &str) -> Option<Vec<u8>> {
        let host = self.host.as_ref()?;
        match name.strip_prefix(DECLARED_PREFIX) {
            Some(function) => host.declares(function).then(|| vec![TRUE]),
            None => host.context(name),
        }
    }

    fn record(&mut self, event: HostEvent) -> Result<(), Stop> {
        if let Some(transcript) = &mut self.recording {
            self.meter.hold(event_bytes(&event))?;
            transcript.events.push(event);
        }
        Ok(())
    }
}

/// Host memory a recorded event keeps.
fn event_bytes(event: &HostEvent) -> usize {
    size_of::<HostEvent>()
        + match event {
            HostEvent::Call {
                id,
                args,
                metadata,
                answer,
            } => id.len() + args.len() + metadata.len() + answer_bytes(answer),
            HostEvent::Context { name, answer } => name.len() + answer.as_ref().map_or(0, Vec::len),
        }
}

fn answer_bytes(answer: &Result<Vec<u8>, HostError>) -> usize {
    match answer {
        Ok(value) => value.len(),
        Err(error) => error.class.len() + error.kind.len() + error.message.len() + error.data.len(),
    }
}

fn replayed_call(
    index: usize,
    recorded: &HostEvent,
    request: HostRequest<'_>,
    asked: &HostEvent,
) -> Result<Result<Vec<u8>, HostError>, ReplayError> {
    match recorded {
        HostEvent::Call {
            id,
            args,
            metadata,
            answer,
        } if id == request.id && args == request.args && metadata == request.metadata => {
            Ok(answer.clone())
        }
        _ => Err(diverged(index, recorded, asked)),
    }
}

fn diverged(index: usize, recorded: &HostEvent, asked: &HostEvent) -> ReplayError {
    ReplayError::Diverged {
        index,
        recorded: recorded.question(),
        asked: asked.question(),
    }
}

impl WasiView for CallState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        // A component without WASI imports is linked without WASI and never comes here.
        self.wasi.get_or_insert_with(WasiWorld::closed).view()
    }
}

/// Puts `rtfs:host/capability` into a linker.
pub(crate) fn add_capability(
    linker: &mut Linker<CallState>,
    interface: &str,
) -> wasmtime::Result<()> {
    let mut instance = linker.instance(interface)?;
    instance.func_wrap_async(
        "call",
        |store: StoreContextMut<'_, CallState>,
         (id, args, metadata): (WasmStr, WasmList<u8>, WasmList<u8>)| {
            Box::new(call(store, id, args, metadata))
        },
    )?;
    instance.func_wrap(
        "context",
        |mut store: StoreContextMut<'_, CallState>, (name,): (WasmStr,)| {
            let name = name.to_str(&store)?.into_owned();
            Ok((store.data_mut().answer_context(&name)?,))
        },
    )
}

type CallResult = (Result<Vec<u8>, HostErrorRecord>,);

async fn call(
    mut store: StoreContextMut<'_, CallState>,
    id: WasmStr,
    args: WasmList<u8>,
    metadata: WasmList<u8>,
) -> wasmtime::Result<CallResult> {
    // A call of a declared function is no effect: only what that function asks for counts.
    if !id.to_str(&store)?.starts_with(DECLARED_PREFIX) {
        store.data_mut().count_host_call()?;
    }
    // Before anything is copied out of the guest.
    let copied = args.len() + metadata.len();
    hold(&mut store, copied)?;
    let id = id.to_str(&store)?.into_owned();
    let args = args.as_le_slice(&store).to_vec();
    let metadata = metadata.as_le_slice(&store).to_vec();
    let request = HostRequest {
        id: &id,
        args: &args,
        metadata: &metadata,
    };
    let answer = store.data_mut().answer_call(request).await?;
    let answered = answer_bytes(&answer);
    hold(&mut store, answered)?;
    store.data_mut().meter.release(copied + answered);
    Ok((answer.map_err(HostErrorRecord::from),))
}

fn hold(store: &mut StoreContextMut<'_, CallState>, bytes: usize) -> Result<(), Stop> {
    Ok(store.data_mut().meter.hold(bytes)?)
}
