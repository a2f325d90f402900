//! Native compilation in a process of its own, for components that a stranger's backend made.
//!
//! Translating a component takes time and memory that nothing in its size predicts, and it cannot
//! be interrupted. So it happens in a process that can be killed and that has a ceiling on its
//! memory. The worker is this very host: the embedder names its own executable, and makes that
//! executable call [`serve`] when it is started as a worker.
//!
//! What the worker sends back is native code and is trusted like the code that this process makes:
//! a process boundary stops what goes wrong, it does not make compilation a security boundary.

use crate::config::Translation;
use crate::error::EngineCause;
use crate::inspect::{Inspection, Role};
use crate::profile;
use rustix::process::{Resource, Rlimit, setrlimit};
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Begins every request and every answer; the number is the version of both.
const MAGIC: &[u8; 8] = b"RTFSCW1\n";
const DONE: u8 = 0;
const FAILED: u8 = 1;

/// Most of an error's text that is read.
const TEXT_BYTES: u64 = 16 << 10;

/// How to start a worker, and what it may use.
///
/// ```
/// use rtfs_host::CompileWorker;
///
/// let worker = CompileWorker::new("/usr/bin/my-runtime").arg("--compile-worker");
/// assert_eq!(worker.memory_bytes, 1 << 30);
/// ```
#[derive(Clone, Debug)]
pub struct CompileWorker {
    program: PathBuf,
    args: Vec<OsString>,
    /// Address space of the worker, in bytes.
    pub memory_bytes: u64,
    /// Time from start to answer.
    pub deadline: Duration,
    /// Largest native code accepted, in bytes.
    pub native_bytes: u64,
}

/// Why a worker gave no native code.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkerError {
    /// It could not be started or spoken to.
    #[error("cannot use the compile worker `{program}`")]
    Process {
        /// The executable.
        program: String,
        /// The operating system's answer.
        source: io::Error,
    },
    /// It took too long and was killed.
    #[error("native compilation took longer than {} s", .deadline.as_secs())]
    Deadline {
        /// The limit.
        deadline: Duration,
    },
    /// It died, as a process does that gets no more memory.
    #[error("native compilation ended by {status}: it may use {memory_bytes} bytes")]
    Died {
        /// How it ended.
        status: ExitStatus,
        /// The limit on its memory.
        memory_bytes: u64,
    },
    /// Its answer is none.
    #[error("the compile worker `{program}` does not answer as one: {reason}")]
    Answer {
        /// The executable.
        program: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// The native code is larger than allowed.
    #[error("the native code has more than {limit} bytes")]
    TooLarge {
        /// [`CompileWorker::native_bytes`].
        limit: u64,
    },
    /// The engine does not take the component.
    #[error("{0}")]
    Refused(String),
}

impl CompileWorker {
    /// A worker that is started as `program`, with 1 GiB, 60 s, and native code up to 512 MiB.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            memory_bytes: 1 << 30,
            deadline: Duration::from_secs(60),
            native_bytes: 512 << 20,
        }
    }

    /// Adds an argument that tells the program that it is a worker.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Has a component translated. Its imports and exports were checked before.
    pub(crate) fn compile(
        &self,
        translation: Translation,
        role: Role,
        component: &[u8],
    ) -> Result<Vec<u8>, WorkerError> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| self.process(error))?;
        let answer = self.converse(&mut child, &request(translation, role, self, component));
        // An answer is complete before the process ends; whoever gave none is not waited for.
        let _ = child.kill();
        let status = child.wait().map_err(|error| self.process(error))?;
        match answer {
            Err(Failure::Silent) => Err(WorkerError::Died {
                status,
                memory_bytes: self.memory_bytes,
            }),
            Err(Failure::Known(error)) => Err(error),
            Ok(native) => Ok(native),
        }
    }

    fn converse(&self, child: &mut Child, request: &[u8]) -> Result<Vec<u8>, Failure> {
        let no_pipe = || self.process(io::Error::other("it has no pipes"));
        let mut input = child.stdin.take().ok_or_else(no_pipe)?;
        let output = child.stdout.take().ok_or_else(no_pipe)?;
        let limit = self.native_bytes;
        let (send, receive) = mpsc::channel();
        thread::scope(|scope| {
            // Neither direction may wait for the other: the worker reads everything first, but
            // whether it does is its business.
            scope.spawn(move || {
                // A worker that went away is noticed by its missing answer.
                let _ = input.write_all(request);
            });
            scope.spawn(move || {
                let _ = send.send(read_answer(output, limit));
            });
            let answered = receive.recv_timeout(self.deadline);
            // Ends both threads, whatever they wait for.
            let _ = child.kill();
            match answered {
                Ok(answer) => self.judge(answer),
                Err(_) => Err(Failure::Known(WorkerError::Deadline {
                    deadline: self.deadline,
                })),
            }
        })
    }

    fn judge(&self, answer: io::Result<Reply>) -> Result<Vec<u8>, Failure> {
        let program = || self.program.display().to_string();
        Err(Failure::Known(match answer {
            Ok(Reply::Native(native)) => return Ok(native),
            Ok(Reply::Silent) => return Err(Failure::Silent),
            Ok(Reply::Refused(text)) => WorkerError::Refused(text),
            Ok(Reply::TooLarge) => WorkerError::TooLarge {
                limit: self.native_bytes,
            },
            Ok(Reply::Foreign(reason)) => WorkerError::Answer {
                program: program(),
                reason,
            },
            Err(error) => self.process(error),
        }))
    }

    fn process(&self, source: io::Error) -> WorkerError {
        WorkerError::Process {
            program: self.program.display().to_string(),
            source,
        }
    }
}

enum Failure {
    /// The worker ended without a word.
    Silent,
    Known(WorkerError),
}

impl From<WorkerError> for Failure {
    fn from(error: WorkerError) -> Self {
        Failure::Known(error)
    }
}

/// What a worker sent.
enum Reply {
    Native(Vec<u8>),
    Refused(String),
    TooLarge,
    Silent,
    Foreign(&'static str),
}

fn request(
    translation: Translation,
    role: Role,
    worker: &CompileWorker,
    component: &[u8],
) -> Vec<u8> {
    let mut request = Vec::with_capacity(component.len() + 80);
    request.extend_from_slice(MAGIC);
    request.extend_from_slice(profile::fingerprint(translation).as_bytes());
    request.push(role_number(role));
    request.extend_from_slice(&worker.memory_bytes.to_le_bytes());
    request.extend_from_slice(&worker.deadline.as_secs().max(1).to_le_bytes());
    request.extend_from_slice(component);
    request
}

fn role_number(role: Role) -> u8 {
    match role {
        Role::Module => 0,
        Role::Compiler => 1,
        Role::Executor => 2,
    }
}

fn read_answer(mut output: impl Read, limit: u64) -> io::Result<Reply> {
    let mut head = Vec::new();
    (&mut output).take(9).read_to_end(&mut head)?;
    if head.is_empty() {
        return Ok(Reply::Silent);
    }
    let Some((magic, [status])) = head.split_first_chunk::<8>() else {
        return Ok(Reply::Foreign("its answer is too short"));
    };
    if magic != MAGIC {
        return Ok(Reply::Foreign("its answer begins with something else"));
    }
    match *status {
        DONE => read_native(output, limit),
        FAILED => {
            let mut text = Vec::new();
            output.take(TEXT_BYTES).read_to_end(&mut text)?;
            Ok(Reply::Refused(String::from_utf8_lossy(&text).into_owned()))
        }
        _ => Ok(Reply::Foreign("its answer has an unknown status")),
    }
}

/// Native code, after its length: an answer that was cut off is none.
fn read_native(mut output: impl Read, limit: u64) -> io::Result<Reply> {
    let mut length = [0; 8];
    if output.read_exact(&mut length).is_err() {
        return Ok(Reply::Silent);
    }
    let length = u64::from_le_bytes(length);
    if length > limit {
        return Ok(Reply::TooLarge);
    }
    let mut native = Vec::new();
    output.take(length).read_to_end(&mut native)?;
    match native.len() as u64 == length {
        true => Ok(Reply::Native(native)),
        false => Ok(Reply::Silent),
    }
}

/// Answers one request, as a worker: reads it from `input`, puts its ceilings on this process, and
/// writes native code, or why there is none, to `output`.
///
/// Call it from a process that does nothing else: the ceilings stay.
///
/// # Errors
///
/// When the request is none, or either side is closed.
pub fn serve(mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    let mut head = [0; 57];
    input.read_exact(&mut head)?;
    let invalid = |reason| io::Error::new(io::ErrorKind::InvalidData, reason);
    let (magic, rest) = head.split_at(8);
    let (fingerprint, rest) = rest.split_at(32);
    let (role, rest) = rest.split_at(1);
    if magic != MAGIC {
        return Err(invalid("this is no request to a compile worker"));
    }
    // The fingerprint says how much work is to go into the code, too.
    let translation = [Translation::Optimised, Translation::Fast]
        .into_iter()
        .find(|it| fingerprint == profile::fingerprint(*it).as_bytes())
        .ok_or_else(|| invalid("the request comes from another version of this host"))?;
    let role = match role {
        [0] => Role::Module,
        [1] => Role::Compiler,
        [2] => Role::Executor,
        _ => return Err(invalid("the request names an unknown role")),
    };
    let number = |bytes: &[u8]| bytes.try_into().map(u64::from_le_bytes).unwrap_or(0);
    restrict(number(&rest[..8]), number(&rest[8..]))?;
    let mut component = Vec::new();
    input.read_to_end(&mut component)?;
    let answer = translate(translation, role, &component);
    output.write_all(MAGIC)?;
    match answer {
        Ok(native) => {
            output.write_all(&[DONE])?;
            output.write_all(&(native.len() as u64).to_le_bytes())?;
            output.write_all(&native)?;
        }
        Err(text) => {
            output.write_all(&[FAILED])?;
            output.write_all(text.as_bytes())?;
        }
    }
    output.flush()
}

/// Ceilings that hold even when whoever started this process is gone.
fn restrict(memory_bytes: u64, seconds: u64) -> io::Result<()> {
    let ceiling = |value| Rlimit {
        current: Some(value),
        maximum: Some(value),
    };
    setrlimit(Resource::As, ceiling(memory_bytes))?;
    setrlimit(Resource::Cpu, ceiling(seconds))?;
    setrlimit(Resource::Core, ceiling(0))?;
    Ok(())
}

fn translate(translation: Translation, role: Role, component: &[u8]) -> Result<Vec<u8>, String> {
    let inspection = Inspection::of(component).map_err(|error| error.to_string())?;
    inspection.check(role).map_err(|error| error.to_string())?;
    let engine = profile::build_for_worker(translation).map_err(|error| error.to_string())?;
    engine
        .precompile_component(component)
        .map_err(|error| EngineCause::new(error).to_string())
}
