//! Backends that arrive as components.

use crate::call::{Answer, Entry, Guest, Task};
use crate::error::{CallError, LoadError};
use crate::inspect::{Inspection, Role};
use crate::interfaces::{CompilerExports, ExecutorExports};
use crate::limits::Limits;
use crate::linked::Linked;
use crate::module::CallOptions;
use crate::records::Diagnostic;
use crate::report::{Finished, Report};
use std::fmt;
use std::sync::Arc;

/// Longest target id, in bytes.
const TARGET_ID_BYTES: usize = 64;

struct Plugin<E> {
    linked: Linked,
    exports: E,
}

/// What compilers and executors have in common.
macro_rules! plugin {
    ($plugin:ident, $exports:ident, $role:expr) => {
        impl fmt::Debug for $plugin {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($plugin))
                    .field("inspection", &self.inner.linked.inspection)
                    .finish_non_exhaustive()
            }
        }

        impl $plugin {
            pub(crate) fn new(linked: Linked) -> Result<Self, LoadError> {
                let (label, _) = linked.inspection.export_of($role)?;
                let exports = $exports::find(&linked.instance_pre, label)?;
                let inner = Arc::new(Plugin { linked, exports });
                Ok(Self { inner })
            }

            /// SHA-256 of the component.
            pub fn digest(&self) -> &[u8; 32] {
                &self.inner.linked.digest
            }

            /// The component's imports and exports.
            pub fn inspection(&self) -> &Inspection {
                &self.inner.linked.inspection
            }

            /// Asks for the target of its artifacts.
            ///
            /// # Errors
            ///
            /// [`CallError`]; an id of another form than the interface says is
            /// [`CallError::Protocol`].
            pub fn target_id(&self, options: &CallOptions) -> Result<String, CallError> {
                let entry = Entry::TargetId(self.inner.exports.target_id);
                target_id(
                    self.inner
                        .linked
                        .run(entry, options)
                        .into_finished()
                        .result?,
                )
            }
        }
    };
}

plugin!(Compiler, CompilerExports, Role::Compiler);
plugin!(Executor, ExecutorExports, Role::Executor);

/// A component that compiles programs. Cheap to clone; every call gets an instance of its own, so
/// that no compilation can influence another.
#[derive(Clone)]
pub struct Compiler {
    inner: Arc<Plugin<CompilerExports>>,
}

/// What a compilation gave, and what it used.
#[derive(Debug)]
pub struct Compilation {
    /// The artifact, as yet unchecked; or why there is none.
    pub result: Result<Vec<u8>, CompilationError>,
    /// What it used.
    pub report: Report,
}

/// Why a compiler gave no artifact.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompilationError {
    /// It says itself why. Never empty: a compiler that gives no reason fails with one of ours.
    #[error("{}", .0.iter().map(|it| it.message.as_str()).collect::<Vec<_>>().join("; "))]
    Diagnostics(Vec<Diagnostic>),
    /// It was stopped, or failed.
    #[error(transparent)]
    Call(#[from] CallError),
}

/// What a compiler says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The target of its artifacts.
    pub target_id: String,
    /// About it: one encoded map.
    pub description: Vec<u8>,
}

impl Compiler {
    /// Asks one instance who it is, has it compile, and asks it again. Whoever keeps the contract says
    /// the same both times, whatever becomes of the program.
    ///
    /// # Errors
    ///
    /// [`CallError`], as [`Compiler::target_id`]; all calls together are one for the limits.
    pub fn identities(
        &self,
        ir: &[u8],
        settings: &[u8],
        options: &CallOptions,
    ) -> Result<[Identity; 2], CallError> {
        let exports = &self.inner.exports;
        let around = Around {
            questions: &[
                Entry::TargetId(exports.target_id),
                Entry::Describe(exports.describe),
            ],
            deed: Entry::Compile {
                exports,
                ir,
                options: settings,
            },
        };
        let [before, after] = self.inner.linked.run(around, options).result?;
        Ok([identity(before)?, identity(after)?])
    }

    /// Asks the backend about itself: one encoded map.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub fn describe(&self, options: &CallOptions) -> Result<Vec<u8>, CallError> {
        let entry = Entry::Describe(self.inner.exports.describe);
        self.inner.linked.run(entry, options).into_finished().result
    }

    /// Compiles a program: `ir` is its canonical encoding, `settings` one encoded map as
    /// `rtfs:backend/compiler` says. [`crate::Limits::result_bytes`] is the largest artifact.
    pub fn compile(&self, ir: &[u8], settings: &[u8], options: &CallOptions) -> Compilation {
        let entry = Entry::Compile {
            exports: &self.inner.exports,
            ir,
            options: settings,
        };
        let ended = self.inner.linked.run(entry, options);
        let result = match ended.result {
            Ok(Answer::Bytes(artifact)) => Ok(artifact),
            Ok(Answer::Diagnostics(given)) if !given.is_empty() => {
                Err(CompilationError::Diagnostics(given))
            }
            Ok(Answer::Diagnostics(_)) => Err(protocol("it gave no artifact and no reason").into()),
            Ok(Answer::Raised(error)) => Err(CallError::Raised(error).into()),
            Err(error) => Err(error.into()),
        };
        Compilation {
            result,
            report: ended.report,
        }
    }
}

/// A component that runs artifacts. Cheap to clone; every call gets an instance of its own.
#[derive(Clone)]
pub struct Executor {
    inner: Arc<Plugin<ExecutorExports>>,
}

impl Executor {
    /// Asks one instance for its target, has it call an export of an artifact, and asks it again.
    /// Whoever keeps the contract says the same both times, whatever becomes of the call.
    ///
    /// # Errors
    ///
    /// [`CallError`], as [`Executor::target_id`]; all calls together are one for the limits.
    pub fn target_ids(
        &self,
        artifact: &[u8],
        export: u32,
        args: &[u8],
        options: &CallOptions,
    ) -> Result<[String; 2], CallError> {
        let exports = &self.inner.exports;
        let around = Around {
            questions: &[Entry::TargetId(exports.target_id)],
            deed: Entry::Execute {
                exports,
                artifact,
                export,
                args,
            },
        };
        let [before, after] = self.inner.linked.run(around, options).result?;
        Ok([target_id(before.concat())?, target_id(after.concat())?])
    }

    /// Calls an export of an artifact: 0 is the program's top level. `args` is one encoded array.
    pub fn invoke(
        &self,
        artifact: &[u8],
        export: u32,
        args: &[u8],
        options: &CallOptions,
    ) -> Finished {
        let entry = Entry::Execute {
            exports: &self.inner.exports,
            artifact,
            export,
            args,
        };
        self.inner.linked.run(entry, options).into_finished()
    }
}

/// The same questions before and after something else, in one instance.
struct Around<'a> {
    questions: &'a [Entry<'a>],
    /// What becomes of it is nobody's affair here, unless it ends the instance.
    deed: Entry<'a>,
}

impl Task for Around<'_> {
    /// The answers of each time, in the order of the questions.
    type Answer = [Vec<Vec<u8>>; 2];

    fn seed(&self, component: &[u8; 32], entropy: u64) -> [u8; 32] {
        self.deed.seed(component, entropy)
    }

    fn bytes(&self) -> usize {
        self.deed.bytes()
    }

    async fn enter(self, guest: &mut Guest<'_>, limits: &Limits) -> wasmtime::Result<Self::Answer> {
        let before = ask(self.questions, guest, limits).await?;
        self.deed.enter(guest, limits).await?;
        let after = ask(self.questions, guest, limits).await?;
        Ok([before, after])
    }

    fn result_bytes(answers: &Self::Answer) -> u64 {
        let answers = answers.iter().flatten();
        answers.map(|it| it.len() as u64).max().unwrap_or(0)
    }
}

async fn ask(
    questions: &[Entry<'_>],
    guest: &mut Guest<'_>,
    limits: &Limits,
) -> wasmtime::Result<Vec<Vec<u8>>> {
    let mut answers = Vec::new();
    for question in questions {
        if let Answer::Bytes(answer) = question.enter(guest, limits).await? {
            answers.push(answer);
        }
    }
    Ok(answers)
}

/// The answers to what [`Compiler::identities`] asks.
fn identity(answers: Vec<Vec<u8>>) -> Result<Identity, CallError> {
    let Ok([target, description]) = <[Vec<u8>; 2]>::try_from(answers) else {
        return Err(protocol("it does not say who it is"));
    };
    Ok(Identity {
        target_id: target_id(target)?,
        description,
    })
}

fn target_id(answer: Vec<u8>) -> Result<String, CallError> {
    let id = String::from_utf8(answer).unwrap_or_default();
    let allowed = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.'
    };
    if id.is_empty() || id.len() > TARGET_ID_BYTES || !id.bytes().all(allowed) {
        return Err(protocol(
            "its target id is not 1 to 64 of `a-z`, `0-9`, `-`, `.`",
        ));
    }
    Ok(id)
}

fn protocol(reason: &'static str) -> CallError {
    CallError::Protocol { reason }
}
