//! What can be typed: the doc comments are the `--help` texts.

mod backend;
mod store;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use rtfs_delegate::{BackendOptions, ExecutionLimits, Policy};
use rtfs_ir::OptLevel;

use crate::grants::Grant;
use crate::units;

pub(crate) use backend::*;
pub(crate) use store::*;

/// Runs RTFS programs in a sandbox of WebAssembly components.
#[derive(Debug, Parser)]
#[command(
    name = "rtfs",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(
    after_help = "Exit status: 0 success, 1 the program failed (also parse errors and failing \
tests), 2 wrong usage, 3 refused by trust, 4 a limit was hit, 70 a defect of rtfs itself, 130 interrupted."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags every command takes.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Directory of the store [default: the platform's data directory]
    #[arg(long, global = true, value_name = "DIR", env = "RTFS_STORE")]
    pub(crate) store: Option<PathBuf>,
    /// Directory for keys, kept apart from the store [default: the platform's config directory]
    #[arg(long, global = true, value_name = "DIR", env = "RTFS_KEYS")]
    pub(crate) keys: Option<PathBuf>,
    /// Print nothing but values and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// When to use colours in messages
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub(crate) color: ColorChoice,
}

/// When to colour messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a program and print its value
    Run(RunArgs),
    /// Report problems in source files without running them
    Check(CheckArgs),
    /// Evaluate forms one after the other, as they are typed or piped in
    Repl(ReplArgs),
    /// Compile a program and write the result to a file
    Build(BuildArgs),
    /// Run case files on every engine
    Test(TestArgs),
    /// Lay out source files regularly
    Fmt(FmtArgs),
    /// Explain a diagnostic code or a kind of error
    Explain(ExplainArgs),
    /// Compile a program and keep it in the store, signed, under a name
    Publish(PublishArgs),
    /// Call a function of a stored module
    Call(CallArgs),
    /// List the modules of the store
    List(ListArgs),
    /// Show what is known about a module, or its source
    Show(ShowArgs),
    /// Find modules by name, hash or words
    Find(FindArgs),
    /// Check modules byte for byte against what was signed
    Verify(VerifyArgs),
    /// Delete the index and make it again from the records
    Reindex(ReindexArgs),
    /// Collect what nothing needs
    Gc(GcArgs),
    /// Read every byte of the store and move damage away
    Scrub(ScrubArgs),
    /// Show what was decided about calls, or check that the record of it is whole
    Audit(AuditArgs),
    /// Count what was decided about calls, function by function
    Stats(StatsArgs),
    /// Manage signing keys and trust
    Key(KeyArgs),
    /// Show or set what the store asks of components before it takes them
    Policy(PolicyArgs),
    /// Manage the backends that compile programs
    Backend(BackendArgs),
    /// Try a module, backend or executor: what it passes and what it does not
    Conform(ConformArgs),
    /// Begin a module or a backend of your own, in Rust
    New(NewArgs),
    /// Translate a component that arrives on standard input; for use by rtfs itself
    #[command(hide = true)]
    CompileWorker,
}

/// How reports are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// One JSON document (or one line an event) for programs
    Json,
}

/// What runs the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineChoice {
    /// A component when there are functions to compile, else the evaluator
    Auto,
    /// The reference evaluator
    Evaluator,
    /// A sandboxed component
    Component,
}

/// How a command writes what it found.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct OutputArgs {
    /// How results, values, errors and events are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// How source text is looked at before anything runs.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct FrontArgs {
    /// Leave annotations to the checks at run time
    #[arg(long)]
    pub(crate) no_type_check: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) front: FrontArgs,
    /// Source file; `-` reads standard input
    #[arg(required_unless_present = "expression", conflicts_with = "expression")]
    pub(crate) file: Option<PathBuf>,
    /// Run this source text
    #[arg(
        short = 'e',
        long = "expression",
        value_name = "SRC",
        allow_hyphen_values = true
    )]
    pub(crate) expression: Option<String>,
    /// What runs the program
    #[arg(long, value_enum, default_value_t = EngineChoice::Auto)]
    pub(crate) engine: EngineChoice,
    /// What stored code must satisfy to answer calls of top-level functions: `exact` (the same
    /// definition), `interface` (declared functions too: the same name and interface), `off`
    /// [default: off; whole programs are found in the store all the same]
    #[arg(long, value_name = "POLICY", value_parser = clap::value_parser!(Policy))]
    pub(crate) l4: Option<Policy>,
    /// Read and write no store
    #[arg(long, conflicts_with = "l4")]
    pub(crate) no_store: bool,
    /// Report what was compiled, found and run, one line an event, on standard error
    #[arg(long)]
    pub(crate) explain: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Let the program out: `cap:ID` allows host calls to the capability ID (repeatable)
    #[arg(long = "grant", value_name = "GRANT", value_parser = Grant::parse)]
    pub(crate) grants: Vec<Grant>,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    #[command(flatten)]
    pub(crate) compile: CompileArgs,
}

/// Bounds of a run.
#[derive(Clone, Debug, Args)]
pub(crate) struct LimitArgs {
    /// Fuel: deterministic units of work. The evaluator counts its own steps
    #[arg(long, value_name = "N", default_value_t = 10_000_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) fuel: u64,
    /// Memory of the program, e.g. `64MiB`
    #[arg(long, value_name = "SIZE", default_value = "512MiB", value_parser = units::parse_size)]
    pub(crate) memory: u64,
    /// Wall-clock time, e.g. `500ms`, `30s`, `2m`
    #[arg(long, value_name = "DUR", default_value = "30s", value_parser = units::parse_duration)]
    pub(crate) timeout: Duration,
    /// Pending non-tail calls
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub(crate) max_depth: u32,
}

/// How programs are compiled.
#[derive(Clone, Debug, Args)]
pub(crate) struct CompileArgs {
    /// Effort of the optimiser; every level gives the same results
    #[arg(long, value_name = "LEVEL", default_value_t = 2, value_parser = clap::value_parser!(u8).range(0..=2))]
    pub(crate) opt_level: u8,
    /// The backend that compiles, see `rtfs backend list` [default: wasm]
    #[arg(long, value_name = "NAME")]
    pub(crate) backend: Option<String>,
}

impl LimitArgs {
    /// The limits as engines take them.
    pub(crate) fn limits(&self) -> ExecutionLimits {
        ExecutionLimits {
            fuel: self.fuel,
            deadline: self.timeout,
            memory_bytes: self.memory,
            depth: self.max_depth,
            ..ExecutionLimits::default()
        }
    }
}

impl CompileArgs {
    /// The options as backends take them.
    pub(crate) fn options(&self) -> BackendOptions {
        BackendOptions {
            opt_level: self.opt_level,
            ..BackendOptions::default()
        }
    }

    /// The same for the backend alone.
    pub(crate) fn backend_options(&self) -> rtfs_backend_wasm::Options {
        rtfs_backend_wasm::Options {
            opt_level: self.opt_level,
            ..rtfs_backend_wasm::Options::default()
        }
    }

    /// The level as the IR's optimiser names it.
    pub(crate) fn ir_level(&self) -> OptLevel {
        // The flag's parser admits only levels that exist.
        OptLevel::from_number(self.opt_level).unwrap_or_default()
    }
}

#[derive(Debug, Args)]
pub(crate) struct ReplArgs {
    #[command(flatten)]
    pub(crate) front: FrontArgs,
    /// Let forms out: `cap:ID` allows host calls to the capability ID (repeatable)
    #[arg(long = "grant", value_name = "GRANT", value_parser = Grant::parse)]
    pub(crate) grants: Vec<Grant>,
    /// What one input may use.
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct FmtArgs {
    /// Source files; `-` formats standard input to standard output
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Write nothing; exit with 1 when a file is not formatted
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) front: FrontArgs,
    /// Source files; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// What `build` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Emit {
    /// The component
    Component,
    /// The program's functions as WebAssembly text, before the runtime is linked in; with `--backend`, the
    /// component as text
    Wat,
    /// The program's IR in its canonical encoding
    Ir,
    /// The component's world
    Wit,
}

#[derive(Debug, Args)]
pub(crate) struct BuildArgs {
    #[command(flatten)]
    pub(crate) front: FrontArgs,
    /// Source file; `-` reads standard input
    pub(crate) file: PathBuf,
    /// Output file; `-` writes standard output
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// What to write
    #[arg(long, value_enum, default_value_t = Emit::Component)]
    pub(crate) emit: Emit,
    #[command(flatten)]
    pub(crate) compile: CompileArgs,
}

/// Engines that `test` runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestEngine {
    /// Every engine
    All,
    /// The reference evaluator
    Evaluator,
    /// A sandboxed component
    Component,
}

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Case files, or directories searched for `*.rtfs`
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Engines to run each case on
    #[arg(long, value_enum, default_value_t = TestEngine::All)]
    pub(crate) engine: TestEngine,
    /// Say which forms, library functions and kinds of errors have no case; fail if there are any
    #[arg(long)]
    pub(crate) coverage: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) compile: CompileArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A code or class as messages print it, e.g. `E0010`, `TypeError`
    pub(crate) code: String,
}
