//! What can be typed about the store: the doc comments are the `--help` texts.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::{CompileArgs, Format, FrontArgs, LimitArgs, OutputArgs};
use crate::grants::Grant;
use crate::units;

#[derive(Debug, Args)]
pub(crate) struct PublishArgs {
    #[command(flatten)]
    pub(crate) front: FrontArgs,
    /// Source file, or a component that is a module; `-` reads standard input
    pub(crate) file: PathBuf,
    /// The name to publish under [default: the name in the `module` form, else of the file]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// What it does, in a sentence
    #[arg(long, value_name = "TEXT")]
    pub(crate) describe: Option<String>,
    /// Run the `;=>` cases in the file on every engine first, and publish it as verified: only
    /// then it answers for functions that other programs declare
    #[arg(long)]
    pub(crate) test: bool,
    /// Take a component only if this summary, which `rtfs conform --sign` wrote and somebody trusted
    /// signed in FILE.sig, says that it conforms
    #[arg(long, value_name = "FILE")]
    pub(crate) summary: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) compile: CompileArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "The module is checked before it runs: when anything of it is altered, not \
trusted or revoked, nothing runs and the exit status is 3."
)]
pub(crate) struct CallArgs {
    /// Module and function, as in `pricing/total`; the module by name or digest
    #[arg(value_name = "MODULE/FN")]
    pub(crate) target: String,
    /// Arguments, one RTFS literal each, as in `2`, `'"text"'`, `'{:a [1 2]}'`
    #[arg(value_name = "ARG", allow_negative_numbers = true)]
    pub(crate) args: Vec<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Let the function out: `cap:ID` allows host calls to the capability ID (repeatable)
    #[arg(long = "grant", value_name = "GRANT", value_parser = Grant::parse)]
    pub(crate) grants: Vec<Grant>,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Show modules that `run` keeps for itself too
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Name of a module, or digest of its record or component: `sha256:` and at least 8 digits
    pub(crate) module: String,
    /// Print the source text instead
    #[arg(long, conflicts_with = "format")]
    pub(crate) source: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct FindArgs {
    /// Each must occur, in any case, in a name, an export, a capability, the description or the
    /// source; a word `sha256:…` is the beginning of a digest or hash instead
    #[arg(required_unless_present_any = ["name", "hash"], value_name = "WORD")]
    pub(crate) words: Vec<String>,
    /// Exactly this name, of the module or of an export
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The beginning of a digest or hash: of a record, component, source, IR, definition,
    /// interface or unit
    #[arg(long, value_name = "HASH")]
    pub(crate) hash: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Every byte is read and hashed, every signature checked. Exit status: 0 all may \
be used, 1 something is missing, 3 something is altered, not trusted or revoked."
)]
pub(crate) struct VerifyArgs {
    /// Names or digests of modules; without any, the whole store
    #[arg(value_name = "MODULE")]
    pub(crate) modules: Vec<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ReindexArgs {
    /// Print the new index, one sorted line a row: equal dumps mean equal indexes
    #[arg(long, conflicts_with = "format")]
    pub(crate) dump: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "What no record, release or running process needs goes to the trash, from where \
it still comes back when it is asked for; a later collection removes it for good. Published \
modules stay, earlier versions of a name too, because others may know them by their digests; \
`--keep-versions` says otherwise."
)]
pub(crate) struct GcArgs {
    /// Touch nothing younger, and keep the trash for as long, e.g. `0s`, `12h`, `14d`
    #[arg(long, value_name = "AGE", default_value = "1d", value_parser = units::parse_age)]
    pub(crate) grace: Duration,
    /// Drop what `run` kept for itself at this age
    #[arg(long, value_name = "AGE", default_value = "30d", value_parser = units::parse_age)]
    pub(crate) cache_age: Duration,
    /// Drop published versions of which newer ones took the name: of each name, keep the newest N.
    /// What a release pins, a stranger named, or never had a name stays
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) keep_versions: Option<u32>,
    /// Count, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Damaged files move to `quarantine/`, so that sound ones can take their place. \
Exit status: 0 every byte is the one that was stored, 1 something is damaged or missing."
)]
pub(crate) struct ScrubArgs {
    /// Report damage, but move nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Read at most this much a second, e.g. `20MiB`
    #[arg(long, value_name = "SIZE", value_parser = units::parse_size)]
    pub(crate) rate: Option<u64>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    #[command(subcommand)]
    pub(crate) command: KeyCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a signing key and print its identity
    New(KeyNewArgs),
    /// List keys: own, trusted and revoked, and revoked digests
    List(KeyListArgs),
    /// Trust what another key signs
    Trust(KeyTrustArgs),
    /// Never again trust a key, or bytes, whoever signed them
    Revoke(KeyRevokeArgs),
}

#[derive(Debug, Args)]
pub(crate) struct KeyNewArgs {
    /// What to call the key
    #[arg(long, value_name = "TEXT", default_value = "this machine")]
    pub(crate) label: String,
    /// Sign with it from now on; the first key does anyway, and one that follows a revoked one
    #[arg(long)]
    pub(crate) default: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct KeyListArgs {
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct KeyTrustArgs {
    /// File with the public key in PEM (`KEYID.pub` of the other keys directory); `-` reads
    /// standard input
    pub(crate) file: PathBuf,
    /// Whose key it is
    #[arg(long, value_name = "TEXT")]
    pub(crate) label: String,
}

#[derive(Debug, Args)]
pub(crate) struct KeyRevokeArgs {
    /// Identity of a key, or digest of a record, component, source or IR, in full
    #[arg(value_name = "KEY|DIGEST")]
    pub(crate) target: String,
    /// Why; shown wherever it is refused
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
    /// It is a key, although none here is known by that identity
    #[arg(long, conflicts_with = "digest")]
    pub(crate) key: bool,
    /// It is a digest, although nothing in the store has it
    #[arg(long)]
    pub(crate) digest: bool,
}

/// A setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

#[derive(Debug, Args)]
#[command(
    after_help = "A policy is signed with your key and kept where trust is: it holds for everybody \
who uses these keys, and nobody who can only write to the store can take it away."
)]
pub(crate) struct PolicyArgs {
    /// Whether `backend add` and `publish` take only components that come with a signed summary
    #[arg(long, value_name = "on|off", value_enum, hide_possible_values = true)]
    pub(crate) require_summary: Option<Switch>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// What `audit` does besides showing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum AuditAction {
    /// Walk the chain of hashes
    Verify,
}

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    pub(crate) action: Option<AuditAction>,
    /// How lines are written
    #[arg(long, value_enum, global = true, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct StatsArgs {
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}
