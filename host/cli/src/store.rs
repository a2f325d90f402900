//! The directories of one run: where the first authority over files comes from.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use directories::ProjectDirs;
use rtfs_delegate::{AuditLog, Clock, L4CacheClient, SecurityEvent, Timestamp};
use rtfs_runtime::{UnitStore, chain};
use rtfs_store::{LocalSigner, Store};

use crate::args::Global;
use crate::events::{Event, Events};
use crate::opened;
use crate::problem::Problem;

/// Opens store, keys and native code, making all of them on first use. What the store refuses is
/// told to `events`. A program runs without a store too, so one that cannot be used is only told of.
pub(crate) fn open_units(
    global: &Global,
    subject: &str,
    events: Events,
) -> Result<Option<UnitStore>, Problem> {
    let opened = match opened::open_or_say(global)? {
        Ok(opened) => opened,
        Err(problem) => {
            let event = Event::new("refuse")
                .with("call", subject)
                .with("reason", format!("{}; it runs without", problem.text));
            events.refuse(&match problem.next {
                Some(next) => event.with("help", next),
                None => event,
            });
            return Ok(None);
        }
    };
    // A revoked key may sign what `run` keeps: nobody believes it, so it only costs a compilation.
    let signer = opened.any_signer()?;
    Ok(Some(opened.units(signer, events)?))
}

/// What remembers components and publishes new ones.
pub(crate) fn client(store: Arc<Store>, signer: LocalSigner, events: Events) -> L4CacheClient {
    L4CacheClient::new(store, clock())
        .with_signer(Arc::new(signer))
        .with_security_sink(Arc::new(move |event: &SecurityEvent| report(events, event)))
}

/// Opens the log of decisions.
pub(crate) fn open_audit(global: &Global) -> Result<AuditLog, String> {
    let dir = open(&directory(&global.store, |dirs| dirs.data_dir())?.join("log"))?;
    AuditLog::open(&dir, clock())
        .map_err(|error| format!("cannot open the log of decisions: {}", chain(&error)))
}

/// The system's clock. It decides when remembered answers are looked at anew, never what they are.
pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(|| {
        let passed = SystemTime::now().duration_since(UNIX_EPOCH);
        let millis = passed.map_or(0, |passed| passed.as_millis());
        Timestamp::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    })
}

fn report(events: Events, event: &SecurityEvent) {
    events.refuse(
        &Event::new("refuse")
            .with("call", &event.subject)
            .with("reason", &event.incident)
            .with("record", event.record),
    );
}

/// Where the store is.
pub(crate) fn store_directory(global: &Global) -> Result<PathBuf, String> {
    directory(&global.store, |dirs| dirs.data_dir())
}

/// Where the keys are.
pub(crate) fn keys_directory(global: &Global) -> Result<PathBuf, String> {
    directory(&global.keys, |dirs| dirs.config_dir())
}

fn directory(
    given: &Option<PathBuf>,
    default: impl Fn(&ProjectDirs) -> &Path,
) -> Result<PathBuf, String> {
    match given {
        Some(path) => Ok(path.clone()),
        None => ProjectDirs::from("", "", "rtfs")
            .map(|dirs| default(&dirs).to_owned())
            .ok_or_else(|| {
                "there is no home directory; give --store and --keys, or --no-store".to_owned()
            }),
    }
}

/// Opens a directory, creating it for its owner alone.
pub(crate) fn open(path: &Path) -> Result<Dir, String> {
    create_private(path).map_err(|error| format!("cannot create `{}`: {error}", path.display()))?;
    Dir::open_ambient_dir(path, ambient_authority())
        .map_err(|error| format!("cannot open `{}`: {error}", path.display()))
}

/// Keys and native code are nobody else's business.
fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}
