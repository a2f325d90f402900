//! Recording what a host answered, and running again from the record.
//!
//! A program with the same answers takes the same path, so a record of the answers is a complete
//! record of the run.

use rtfs_value::cbor;
use rtfs_value::{Error, Value, equal};

use crate::evaluate::perform;
use crate::host::{Host, HostCall};

/// One answer of a host.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To a host call.
    Call {
        /// The capability.
        capability_id: String,
        /// What it was asked.
        args: Vec<Value>,
        /// What it said, after the checks of its schemas.
        result: Result<Value, Error>,
    },
    /// To the question for a context value.
    Context {
        /// The name.
        name: String,
        /// Its value, if the host knew one.
        value: Option<Value>,
    },
}

/// The answers of one run, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    /// In the order they were given.
    pub answers: Vec<Answer>,
}

/// Why bytes are not a recording.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// They are not an encoded value.
    #[error("a recording is not an encoded value: {0}")]
    Encoding(String),
    /// They are a value, but not one that [`Recording::encode`] makes.
    #[error("answer {0} of a recording has an unknown shape")]
    Shape(usize),
}

impl Recording {
    /// The recording as bytes: one encoded vector with one vector per answer,
    /// `["call" id args "ok" value]`, `["call" id args "error" error]`, `["context" name value]`
    /// or `["context" name]`.
    ///
    /// # Errors
    /// When an answer cannot be encoded.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        cbor::encode(&Value::vector(self.answers.iter().map(answer_value)))
    }

    /// The recording of encoded bytes.
    ///
    /// # Errors
    /// When they were not made by [`Recording::encode`].
    pub fn decode(bytes: &[u8]) -> Result<Recording, RecordingError> {
        let value =
            cbor::decode(bytes).map_err(|error| RecordingError::Encoding(error.to_string()))?;
        let answers = value.as_seq().ok_or(RecordingError::Shape(0))?;
        let answers = answers
            .iter()
            .enumerate()
            .map(|(index, answer)| answer_of(answer).ok_or(RecordingError::Shape(index)));
        Ok(Recording {
            answers: answers.collect::<Result<_, _>>()?,
        })
    }
}

fn answer_value(answer: &Answer) -> Value {
    match answer {
        Answer::Call {
            capability_id,
            args,
            result,
        } => {
            let (word, value) = match result {
                Ok(value) => ("ok", value.clone()),
                Err(error) => ("error", error.clone().into_value()),
            };
            Value::vector([
                Value::string("call"),
                Value::string(capability_id),
                Value::vector(args.iter().cloned()),
                Value::string(word),
                value,
            ])
        }
        Answer::Context { name, value } => {
            let items = [Value::string("context"), Value::string(name)];
            Value::vector(items.into_iter().chain(value.clone()))
        }
    }
}

fn answer_of(value: &Value) -> Option<Answer> {
    let items: Vec<&Value> = value.as_seq()?.iter().collect();
    match items.as_slice() {
        [word, id, args, outcome, value] if word.as_str() == Some("call") => {
            let result = match outcome.as_str()? {
                "ok" => Ok((*value).clone()),
                "error" => Err(value.as_error()?),
                _ => return None,
            };
            let capability_id = id.as_str()?.to_owned();
            let args = args.as_seq()?.iter().cloned().collect();
            Some(Answer::Call {
                capability_id,
                args,
                result,
            })
        }
        [word, name, value @ ..] if word.as_str() == Some("context") && value.len() <= 1 => {
            let value = value.first().map(|value| (*value).clone());
            Some(Answer::Context {
                name: name.as_str()?.to_owned(),
                value,
            })
        }
        _ => None,
    }
}

/// A host that passes everything on to another and keeps its answers.
#[derive(Debug)]
pub struct RecordingHost<H> {
    host: H,
    recording: Recording,
}

impl<H: Host> RecordingHost<H> {
    /// Records the answers of a host.
    pub fn new(host: H) -> Self {
        RecordingHost {
            host,
            recording: Recording::default(),
        }
    }

    /// What was answered.
    pub fn into_recording(self) -> Recording {
        self.recording
    }
}

impl<H: Host> Host for RecordingHost<H> {
    /// The schemas are checked here, so that the outcome of the checks is recorded too.
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        let result = perform(&mut self.host, call);
        self.recording.answers.push(Answer::Call {
            capability_id: call.capability_id.clone(),
            args: call.args.clone(),
            result: result.clone(),
        });
        result
    }

    fn get_context_value(&mut self, key: &str) -> Option<Value> {
        let value = self.host.get_context_value(key);
        let answer = Answer::Context {
            name: key.to_owned(),
            value: value.clone(),
        };
        self.recording.answers.push(answer);
        value
    }

    fn prepare_execution(&mut self) {
        self.host.prepare_execution();
    }

    fn cleanup_execution(&mut self) {
        self.host.cleanup_execution();
    }

    fn set_execution_hint(&mut self, key: &str, value: &Value) {
        self.host.set_execution_hint(key, value);
    }

    fn clear_execution_hint(&mut self, key: &str) {
        self.host.clear_execution_hint(key);
    }
}

/// A host that gives the answers of a recording. When the program asks something else than it did
/// then, the answer is an `InternalError`, which no program can catch.
#[derive(Debug)]
pub struct ReplayHost {
    answers: std::vec::IntoIter<Answer>,
    diverged: bool,
}

impl ReplayHost {
    /// Replays a recording.
    pub fn new(recording: Recording) -> Self {
        ReplayHost {
            answers: recording.answers.into_iter(),
            diverged: false,
        }
    }

    /// Whether the program asked exactly what is on record so far, and all of it.
    pub fn is_complete(&self) -> bool {
        !self.diverged && self.answers.len() == 0
    }
}

impl Host for ReplayHost {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        match self.answers.next() {
            Some(Answer::Call {
                capability_id,
                args,
                result,
            }) if !self.diverged
                && capability_id == call.capability_id
                && same(&args, &call.args) =>
            {
                result
            }
            _ => {
                self.diverged = true;
                let text = format!("the recording has no such call of '{}'", call.capability_id);
                Err(Error::internal(&text))
            }
        }
    }

    fn get_context_value(&mut self, key: &str) -> Option<Value> {
        match self.answers.next() {
            Some(Answer::Context { name, value }) if !self.diverged && name == key => value,
            _ => {
                self.diverged = true;
                None
            }
        }
    }
}

/// Equal, or not a number in the same places.
fn same(a: &[Value], b: &[Value]) -> bool {
    let (a, b) = (
        Value::vector(a.iter().cloned()),
        Value::vector(b.iter().cloned()),
    );
    equal(&a, &b) || rtfs_value::compare(&a, &b).is_eq()
}
