//! One file a command.

pub(crate) mod audit;
pub(crate) mod backend;
pub(crate) mod build;
pub(crate) mod call;
pub(crate) mod check;
pub(crate) mod conform;
pub(crate) mod explain;
pub(crate) mod find;
pub(crate) mod fmt;
pub(crate) mod gc;
pub(crate) mod key;
pub(crate) mod list;
pub(crate) mod new;
pub(crate) mod policy;
pub(crate) mod publish;
pub(crate) mod reindex;
pub(crate) mod repl;
pub(crate) mod run;
pub(crate) mod scrub;
pub(crate) mod show;
pub(crate) mod test;
pub(crate) mod verify;
