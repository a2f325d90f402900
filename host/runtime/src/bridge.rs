//! A component's host calls, answered by the evaluator's host.
//!
//! The evaluator's host is borrowed and stays on its thread. A component that may ask it runs on a
//! second thread meanwhile, and its questions travel here. A component that asks nothing is called
//! directly.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use rtfs_eval::{CallMetadata, Host, HostCall};
use rtfs_host::{CallError, CallOptions, CapabilityHost, Finished, HostError, HostFuture};
use rtfs_host::{HostRequest, Module, Report};
use rtfs_value::error::Error;
use rtfs_value::{Value, cbor};

enum Question {
    Call {
        id: String,
        args: Vec<u8>,
        metadata: Vec<u8>,
        reply: tokio::sync::oneshot::Sender<Result<Vec<u8>, HostError>>,
    },
    Context {
        name: String,
        reply: Sender<Option<Vec<u8>>>,
    },
    Declares {
        name: String,
        reply: Sender<bool>,
    },
    Finished(Box<Finished>),
}

/// The component's end.
struct Asking {
    questions: Mutex<Sender<Question>>,
}

impl Asking {
    fn ask(&self, question: Question) {
        let questions = self.questions.lock();
        // When nobody listens, the reply channel closes and says so.
        let _ = questions
            .unwrap_or_else(PoisonError::into_inner)
            .send(question);
    }
}

impl CapabilityHost for Asking {
    fn call<'a>(&'a self, request: HostRequest<'a>) -> HostFuture<'a, Result<Vec<u8>, HostError>> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.ask(Question::Call {
            id: request.id.to_owned(),
            args: request.args.to_owned(),
            metadata: request.metadata.to_owned(),
            reply,
        });
        Box::pin(async move {
            answer
                .await
                .unwrap_or_else(|_| Err(host_failure("the host went away")))
        })
    }

    fn context(&self, name: &str) -> Option<Vec<u8>> {
        let (reply, answer) = mpsc::channel();
        self.ask(Question::Context {
            name: name.to_owned(),
            reply,
        });
        answer.recv().ok().flatten()
    }

    fn declares(&self, name: &str) -> bool {
        let (reply, answer) = mpsc::channel();
        self.ask(Question::Declares {
            name: name.to_owned(),
            reply,
        });
        answer.recv().unwrap_or(false)
    }
}

/// Invokes an export while `host` answers what it asks.
pub(crate) fn invoke(
    module: &Module,
    export: u32,
    args: &[u8],
    options: &CallOptions,
    host: &mut dyn Host,
) -> Finished {
    answering(options, host, |options| {
        module.invoke_full(export, args, options)
    })
}

/// Makes a call of a component while `host` answers what it asks.
pub(crate) fn answering(
    options: &CallOptions,
    host: &mut dyn Host,
    call: impl FnOnce(&CallOptions) -> Finished + Send,
) -> Finished {
    let (questions, heard) = mpsc::channel();
    let options = CallOptions {
        host: Some(Arc::new(Asking {
            questions: Mutex::new(questions.clone()),
        })),
        ..options.clone()
    };
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().name("rtfs-component".into());
        let started = worker.spawn_scoped(scope, move || {
            let finished = call(&options);
            // The listener waits for exactly this.
            let _ = questions.send(Question::Finished(Box::new(finished)));
        });
        match started {
            Ok(_) => answer_until_finished(&heard, host),
            Err(error) => Finished {
                result: Err(CallError::Runtime(error)),
                report: Report::default(),
                transcript: None,
            },
        }
    })
}

fn answer_until_finished(heard: &Receiver<Question>, host: &mut dyn Host) -> Finished {
    let mut index = 0;
    loop {
        match heard.recv() {
            Ok(Question::Call {
                id,
                args,
                metadata,
                reply,
            }) => {
                let answer = answer(host, id, &args, &metadata, index);
                index += 1;
                // The component may have been stopped meanwhile.
                let _ = reply.send(answer);
            }
            Ok(Question::Context { name, reply }) => {
                let value = host.get_context_value(&name);
                let _ = reply.send(value.and_then(|value| cbor::encode(&value).ok()));
            }
            Ok(Question::Declares { name, reply }) => {
                let _ = reply.send(host.declares(&name));
            }
            Ok(Question::Finished(finished)) => return *finished,
            Err(_) => {
                return Finished {
                    result: Err(CallError::Runtime(std::io::Error::other(
                        "the component's thread ended without an answer",
                    ))),
                    report: Report::default(),
                    transcript: None,
                };
            }
        }
    }
}

fn answer(
    host: &mut dyn Host,
    id: String,
    args: &[u8],
    metadata: &[u8],
    index: u64,
) -> Result<Vec<u8>, HostError> {
    let args = cbor::decode_args(args).map_err(|_| host_failure("malformed arguments"))?;
    let call = HostCall {
        capability_id: id,
        args,
        metadata: CallMetadata {
            index,
            execution_hints: decode_hints(metadata)?,
        },
    };
    rtfs_eval::perform(host, &call)
        .and_then(|value| cbor::encode(&value))
        .map_err(|error| host_error(&error))
}

fn decode_hints(metadata: &[u8]) -> Result<BTreeMap<String, Value>, HostError> {
    let malformed = || host_failure("malformed hints");
    let value = cbor::decode(metadata).map_err(|_| malformed())?;
    let Some(map) = value.as_map() else {
        return Ok(BTreeMap::new());
    };
    map.iter()
        .map(|(key, value)| match key.as_keyword() {
            Some(name) => Ok((name.to_owned(), value.clone())),
            None => Err(malformed()),
        })
        .collect()
}

/// An error as it crosses the boundary.
pub(crate) fn host_error(error: &Error) -> HostError {
    let mut answer = HostError::new(error.class_name(), error.kind_keyword(), error.text());
    if let Ok(data) = cbor::encode(&error.data()) {
        answer.data = data;
    }
    answer
}

fn host_failure(message: &str) -> HostError {
    HostError::new("HostError", "host-error", message)
}
