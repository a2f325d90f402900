//! A backend that is a component, behind the trait that all backends share.
//!
//! What it says and what it makes is a stranger's: limits are on every call of it, its artifacts are
//! held against the program, and they become native code in a process that can be killed.

use std::fmt;

use rtfs_delegate::{BackendOptions, BytecodeBackend, CompileError, ExecutionLimits};
use rtfs_host::{
    CallError, CallOptions, CompilationError, CompileWorker, Compiler, Engine, LimitKind, LoadError,
};
use rtfs_ir::{Description, Program};
use rtfs_value::types::Level;
use rtfs_value::{Map, Value, cbor};

use crate::wasm_executor;

/// Largest artifact that is taken, in bytes.
pub const MAX_ARTIFACT_BYTES: u64 = 64 << 20;

/// Longest name and version that a backend may give itself, in characters.
const MAX_NAME: usize = 64;

/// Fuel for each question who a backend is, which takes no compilation.
const IDENTITY_FUEL: u64 = 1_000_000_000;

/// Why a component is no backend that can be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GuestBackendError {
    /// The engine does not take it.
    #[error("the backend cannot be loaded")]
    Load(#[from] LoadError),
    /// It does not say what it is.
    #[error("the backend does not answer {question}")]
    Answer {
        /// What it was asked.
        question: &'static str,
        /// What happened instead.
        source: CallError,
    },
    /// It says something that cannot be so.
    #[error("the backend {0}")]
    Lies(String),
}

/// A backend component, ready to compile.
pub struct GuestBackend {
    compiler: Compiler,
    name: String,
    own_version: String,
    target_id: String,
    version: String,
    limits: ExecutionLimits,
}

impl fmt::Debug for GuestBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuestBackend")
            .field("name", &self.name)
            .field("target_id", &self.target_id)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl GuestBackend {
    /// Loads a component, translated in a worker, and asks it who it is. `limits` are for each of
    /// its compilations.
    ///
    /// # Errors
    /// When it is no backend, or its answers contradict each other.
    pub fn load(
        engine: &Engine,
        worker: &CompileWorker,
        component: &[u8],
        limits: ExecutionLimits,
    ) -> Result<Self, GuestBackendError> {
        let compiler = engine.compile_compiler_apart(worker, component)?;
        Self::of(compiler, limits)
    }

    /// [`GuestBackend::load`], for a compiler that the engine has loaded.
    ///
    /// # Errors
    /// When its answers contradict each other.
    pub fn of(compiler: Compiler, limits: ExecutionLimits) -> Result<Self, GuestBackendError> {
        let mut options = options(&limits);
        options.limits.fuel = options.limits.fuel.min(IDENTITY_FUEL);
        let ask = || {
            let asked = compiler.target_id(&options);
            asked.map_err(|source| GuestBackendError::Answer {
                question: "what its target is",
                source,
            })
        };
        let target_id = ask()?;
        let (name, version) = describe(&compiler, &options)?;
        let hex: String = compiler
            .digest()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        Ok(Self {
            // Who made an artifact is known by the compiler's bytes; what it calls itself is not
            // enough to find an artifact again.
            version: format!("{name} {version} sha256:{hex}"),
            compiler,
            name,
            own_version: version,
            target_id,
            limits,
        })
    }

    /// What it calls itself.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version it gives itself.
    pub fn own_version(&self) -> &str {
        &self.own_version
    }

    /// Its component's SHA-256.
    pub fn digest(&self) -> &[u8; 32] {
        self.compiler.digest()
    }

    /// Compiles a program as a backend does that sees other random numbers: an honest backend gives
    /// the same bytes for every `entropy`.
    ///
    /// # Errors
    /// As [`BytecodeBackend::compile_module`].
    pub fn compile_with_entropy(
        &self,
        program: &Program,
        settings: &BackendOptions,
        entropy: u64,
    ) -> Result<Vec<u8>, CompileError> {
        let options = CallOptions {
            entropy,
            ..options(&self.limits)
        };
        let told =
            cbor::encode(&told(program, settings)).map_err(|error| CompileError::Failed {
                target_id: self.target_id.clone(),
                source: error.text().into(),
            })?;
        let compilation = self.compiler.compile(&program.encode(), &told, &options);
        compilation.result.map_err(|error| self.refusal(error))
    }

    fn refusal(&self, error: CompilationError) -> CompileError {
        let target_id = self.target_id.clone();
        match error {
            CompilationError::Diagnostics(given) if given.iter().all(|it| it.is_unsupported()) => {
                let what: Vec<String> = given.iter().map(ToString::to_string).collect();
                CompileError::Unsupported {
                    target_id,
                    what: what.join("; "),
                }
            }
            CompilationError::Call(CallError::Limit {
                which: LimitKind::ResultSize,
                limit,
                ..
            }) => CompileError::TooLarge {
                target_id,
                limit_bytes: limit,
            },
            error => CompileError::Failed {
                target_id,
                source: Box::new(error),
            },
        }
    }
}

impl BytecodeBackend for GuestBackend {
    fn target_id(&self) -> &str {
        &self.target_id
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn compile_module(
        &self,
        program: &Program,
        options: &BackendOptions,
    ) -> Result<Vec<u8>, CompileError> {
        self.compile_with_entropy(program, options, 0)
    }
}

/// What a backend is told besides the program: `options` in `docs/abi.md`.
fn told(program: &Program, options: &BackendOptions) -> Value {
    let level = match options.validation {
        Level::Basic => "basic",
        Level::Standard => "standard",
        Level::Strict => "strict",
    };
    let description = Description::of(program, options.validation);
    let mut map = Map::new();
    for (key, value) in [
        ("opt-level", Value::int(i64::from(options.opt_level))),
        ("validation", Value::keyword(level)),
        ("description", description.to_instruction()),
    ] {
        // A keyword is a valid key.
        let _ = map.assoc(Value::keyword(key), value);
    }
    map.into_value()
}

fn options(limits: &ExecutionLimits) -> CallOptions {
    let mut limits = wasm_executor::limits(limits);
    limits.result_bytes = limits.result_bytes.min(MAX_ARTIFACT_BYTES);
    CallOptions {
        limits,
        ..CallOptions::default()
    }
}

/// Name and version, as the backend gives them.
fn describe(
    compiler: &Compiler,
    options: &CallOptions,
) -> Result<(String, String), GuestBackendError> {
    let question = "what it is called";
    let answer = compiler.describe(options);
    let answer = answer.map_err(|source| GuestBackendError::Answer { question, source })?;
    let lies = |what: &str| GuestBackendError::Lies(what.to_owned());
    let about = cbor::decode(&answer)
        .map_err(|error| lies(&format!("describes itself in no RTFS value: {}", error)))?;
    let word = |key: &str| {
        let text = about.as_map()?.get_keyword(key)?.as_str()?;
        let is_word = |c: char| c.is_ascii_alphanumeric() || "-._+".contains(c);
        let fits = !text.is_empty() && text.len() <= MAX_NAME && text.chars().all(is_word);
        fits.then(|| text.to_owned())
    };
    Ok((
        word("name").ok_or_else(|| lies("has no `:name` of 1 to 64 letters, digits, `-._+`"))?,
        word("version")
            .ok_or_else(|| lies("has no `:version` of 1 to 64 letters, digits, `-._+`"))?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../docs/abi.md");

    /// The keys of a rule in the page's CDDL, in order.
    fn documented(rule: &str) -> Vec<&'static str> {
        let head = format!("\n{rule} = #6.27203([\n");
        let body = PAGE.split_once(&head).expect("the rule is there").1;
        let body = body.split_once("\n])").expect("it ends").0;
        let keys = body.lines().filter_map(|line| {
            let key = line.trim_start().strip_prefix("kw<\"")?;
            Some(key.split_once("\">, ")?.0)
        });
        keys.collect()
    }

    #[track_caller]
    fn check(value: &Value, rule: &str) {
        let map = value
            .as_map()
            .unwrap_or_else(|| panic!("{rule}: {value:?}"));
        let keys: Vec<_> = map.keys().filter_map(Value::as_keyword).collect();
        assert_eq!(keys, documented(rule), "{rule}");
    }

    fn entry<'v>(value: &'v Value, key: &str) -> &'v Value {
        let entry = value.as_map().and_then(|map| map.get_keyword(key));
        entry.unwrap_or_else(|| panic!("no `{key}` in {value:?}"))
    }

    #[test]
    fn what_is_told_is_as_documented() {
        let source =
            "(module shop (:exports [total tax]) (def tax 2) (defn total [n:int & more] n))";
        let lowered = rtfs_ir::lower(&rtfs_syntax::read(source).forms, &Default::default());
        let program = lowered.program.expect("it is a program");
        let told = told(&program, &BackendOptions::default());
        check(&told, "options");
        assert_eq!(entry(&told, "opt-level"), &Value::int(2), "as when absent");
        assert_eq!(
            entry(&told, "validation"),
            &Value::keyword("standard"),
            "likewise"
        );
        let wanted = entry(&told, "description");
        check(wanted, "wanted");
        let exports = entry(wanted, "exports").as_seq().expect("a vector");
        let rules = ["function-export", "value-export"];
        assert_eq!(exports.len(), rules.len());
        for (export, rule) in exports.iter().zip(rules) {
            check(export, rule);
            let kind = rule.split('-').next();
            assert_eq!(entry(export, "kind").as_keyword(), kind);
        }
        let whole = Description::of(&program, Level::Standard).to_value("wasm 1.0");
        check(&whole, "module-description");
    }
}
