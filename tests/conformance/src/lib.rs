//! Corpora and drivers: one corpus, every engine.
//!
//! A *case file* holds programs and what each of them must give; see [`rtfs_syntax::case_file`]
//! for the notation. [`run_file`] runs every case of a file on the engines it is given and says
//! which answered what. Nothing falls back: an engine that cannot run a case fails it.
//!
//! The *conformance kit*, [`kit`], tries modules, backends and executors, whoever made them. A program of
//! a third party that does what `rtfs conform` does:
//!
//! ```standalone_crate
//! use std::error::Error;
//! use std::io::{stdin, stdout};
//! use std::process::ExitCode;
//!
//! use rtfs_conformance::kit::{Kit, Summary};
//! use rtfs_host::{CompileWorker, Engine, EngineConfig, serve_compile_worker};
//!
//! fn main() -> Result<ExitCode, Box<dyn Error>> {
//!     // Native code is made in a process that can be killed: this program, started again.
//!     if std::env::args().nth(1).as_deref() == Some("compile-worker") {
//!         serve_compile_worker(stdin().lock(), stdout().lock())?;
//!         return Ok(ExitCode::SUCCESS);
//!     }
//!     let worker = CompileWorker::new(std::env::current_exe()?).arg("compile-worker");
//!     let kit = Kit::new(Engine::new(EngineConfig::default())?, worker);
//!
//! #   let made = component();
//! #   let directory = tempfile::tempdir()?;
//! #   let path = directory.path().join("component.wasm");
//! #   std::fs::write(&path, &made)?;
//!     let report = kit.conform(&std::fs::read(path)?);
//!     // For people, for programs, and what is worth signing.
//!     println!("{report}");
//!     println!("{}", serde_json::to_string(&report)?);
//!     println!("{}", serde_json::to_string(&Summary::from(&report))?);
//! #   assert_eq!(report.role, "module");
//! #   assert!(report.to_string().contains("\nok           encoding/too-deep\n"));
//! #   let json = serde_json::to_string(&report)?;
//! #   assert!(json.contains(r#"{"id":"component/valid","outcome":"passed"}"#));
//! #   assert!(Summary::from(&report).vouches_for(&report.component));
//! #   // It does not say which backend made it.
//! #   let liar = kit.conform(&without_backend(made));
//! #   assert!(!liar.conforms(), "{liar}");
//! #   assert!(liar.to_string().contains("\nFAILED       descriptor/well-formed: "));
//! #   assert!(report.conforms(), "{report}");
//!     Ok(match report.conforms() {
//!         true => ExitCode::SUCCESS,
//!         false => ExitCode::FAILURE,
//!     })
//! }
//! # fn component() -> Vec<u8> {
//! #     let forms = rtfs_syntax::read("(defn twice [n] (* 2 n))").forms;
//! #     let program = rtfs_ir::lower(&forms, &rtfs_eval::lower_options()).program.unwrap();
//! #     rtfs_backend_wasm::compile(&program, &Default::default()).unwrap().component
//! # }
//! # fn without_backend(mut component: Vec<u8>) -> Vec<u8> {
//! #     let at = component.windows(8).position(|it| it == b"gbackend").unwrap();
//! #     component[at + 1] = b'B';
//! #     component
//! # }
//! ```

mod engine;
mod host;
mod judge;
pub mod kit;
mod sandboxed;
mod suite;

pub use engine::{Answer, Answered, AnsweredBy, Engine, EvaluatorEngine};
pub use judge::{Mismatch, judge};
pub use sandboxed::{ComponentEngine, ExecutorEngine};
pub use suite::{CaseReport, FileError, FileReport, find_case_files, run_file};

/// The program that `docs/conformance.md` shows is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/conformance.md")]
struct Documentation;
