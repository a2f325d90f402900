//! What can be typed about backends and conformance: the doc comments are the `--help` texts.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::OutputArgs;

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct BackendArgs {
    #[command(subcommand)]
    pub(crate) command: BackendCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BackendCommand {
    /// Show the backends that `--backend` can name
    List(BackendListArgs),
    /// Try a backend component that compiles, and keep it for `--backend`
    Add(BackendAddArgs),
    /// Forget a backend; what it compiled stays
    Remove(BackendRemoveArgs),
}

#[derive(Debug, Args)]
pub(crate) struct BackendListArgs {
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "The signature is a pure Ed25519 signature over the component's bytes, 64 bytes, \
as `openssl pkeyutl -sign -rawin` writes it, by a key that `rtfs key trust` was told of."
)]
pub(crate) struct BackendAddArgs {
    /// The component
    pub(crate) component: PathBuf,
    /// Its detached signature [default: the component's name with `.sig` added]
    #[arg(long, value_name = "FILE", conflicts_with = "unsigned")]
    pub(crate) signature: Option<PathBuf>,
    /// Take it only if this summary, which `rtfs conform --sign` wrote and somebody trusted signed
    /// in FILE.sig, says that it conforms. It is tried here all the same
    #[arg(long, value_name = "FILE")]
    pub(crate) summary: Option<PathBuf>,
    /// Vouch for it yourself, without a signature
    #[arg(long)]
    pub(crate) unsigned: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct BackendRemoveArgs {
    /// Its name
    pub(crate) name: String,
}

#[derive(Debug, Args)]
#[command(
    after_help = "What a component is follows from what it exports: rtfs:module/dynamic, \
rtfs:backend/compiler or rtfs:backend/executor.\n\nExit status: 0 when nothing failed, 1 otherwise. What \
a backend says it does not support is no failure."
)]
pub(crate) struct ConformArgs {
    /// The component: a module, a backend that compiles, or an executor that runs artifacts
    pub(crate) component: PathBuf,
    /// Write what passed and what did not to FILE, signed with your key in FILE.sig, for
    /// `--summary` of `rtfs backend add` and `rtfs publish`
    #[arg(long, value_name = "FILE")]
    pub(crate) sign: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct NewArgs {
    #[command(subcommand)]
    pub(crate) command: NewCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NewCommand {
    /// A module: functions in Rust that programs call
    Module(NewProjectArgs),
    /// A backend: it compiles programs
    Backend(NewProjectArgs),
}

#[derive(Debug, Args)]
pub(crate) struct NewProjectArgs {
    /// Its name: lower-case letters and digits in words joined by hyphens
    pub(crate) name: String,
    /// Where to make it; nothing may be there [default: a directory of that name]
    #[arg(long, value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
}
