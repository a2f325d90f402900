//! What the tests share: a store that vanishes, a clock moved by hand, small programs.
#![allow(dead_code, reason = "each test program uses its own part")]
#![allow(
    clippy::disallowed_methods,
    reason = "tests damage the files themselves"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use rtfs_delegate::*;
use rtfs_ir::{GlobalId, LowerOptions, Program};
use rtfs_store::{Anchors, Digest, KeyRing, LocalSigner, Store};
use rtfs_value::Value;
use rtfs_value::types::Level;

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(Timestamp::from_millis(1_000_000)))
}

/// Hits, misses, puts.
pub(crate) fn counts(stats: &CacheStats) -> (u64, u64, u64) {
    (stats.hits, stats.misses, stats.puts)
}

pub(crate) fn open_dir(path: &Path) -> Dir {
    Dir::open_ambient_dir(path, ambient_authority()).expect("the directory was just made")
}

pub(crate) fn program(source: &str) -> Program {
    let forms = rtfs_syntax::read(source).forms;
    let program = rtfs_ir::lower(&forms, &LowerOptions::default()).program;
    program.expect("the source is well formed")
}

/// The value of a literal.
pub(crate) fn value(source: &str) -> Value {
    let limits = rtfs_eval::Limits::default();
    let outcome = rtfs_eval::evaluate(&program(source), &mut rtfs_eval::PureHost, &limits);
    outcome.result.expect("a literal")
}

pub(crate) fn global(program: &Program, name: &str) -> GlobalId {
    let index = program
        .globals
        .iter()
        .position(|global| global.name == name);
    GlobalId(u32::try_from(index.expect("the name is defined")).expect("few"))
}

/// What a caller that has this program knows when it calls one of its functions.
pub(crate) fn context(program: &Program, name: &str) -> CallContext {
    let id = global(program, name);
    let interface = program.interface(id).expect("a function");
    let mut context = CallContext::new(interface.name.as_str(), 0, 0);
    context.definition_hash = Delegability::of(program, Level::Standard)
        .definition(id)
        .ok();
    context.interface_hash = Some(interface.hash());
    context
}

pub(crate) struct Fixture {
    pub(crate) root: tempfile::TempDir,
    pub(crate) keys: tempfile::TempDir,
    pub(crate) store: Arc<Store>,
    pub(crate) signer: Arc<LocalSigner>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) events: Arc<SecurityLog>,
    pub(crate) l4: Arc<L4CacheClient>,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let keys = tempfile::tempdir().unwrap();
        let (store, signer) = open(root.path(), keys.path());
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_800_000_000_000)));
        let events = Arc::new(SecurityLog::default());
        let l4 = client(&store, &signer, &clock, &events);
        Self {
            root,
            keys,
            store,
            signer,
            clock,
            events,
            l4,
        }
    }

    /// Another process on the same store, with the same keys.
    pub(crate) fn another(&self) -> Arc<L4CacheClient> {
        let (store, signer) = open(self.root.path(), self.keys.path());
        client(&store, &signer, &self.clock, &self.events)
    }

    /// A stranger who can write to the store, with keys of their own.
    pub(crate) fn stranger(&self) -> Arc<L4CacheClient> {
        let keys = tempfile::tempdir().unwrap();
        let (store, signer) = open(self.root.path(), keys.path());
        client(&store, &signer, &self.clock, &self.events)
    }

    /// Lets everything that is only remembered for a while be asked again.
    pub(crate) fn pass_time(&self) {
        self.clock.advance(Duration::from_secs(5));
    }

    pub(crate) fn registry(&self) -> ModuleRegistry {
        ModuleRegistry::new()
            .with_l4_cache(self.l4.clone())
            .with_bytecode_backend(Arc::new(IrBackend))
            .with_executor(Arc::new(IrExecutor::new(self.clock.clone())))
    }

    pub(crate) fn blob(&self, digest: &Digest) -> PathBuf {
        self.root.path().join("blobs/sha256").join(digest.hex())
    }

    pub(crate) fn record(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        let shard = self.root.path().join("records").join(&hex[..2]);
        shard.join(format!("{hex}.dsse"))
    }
}

fn client(
    store: &Arc<Store>,
    signer: &Arc<LocalSigner>,
    clock: &Arc<ManualClock>,
    events: &Arc<SecurityLog>,
) -> Arc<L4CacheClient> {
    let client = L4CacheClient::new(store.clone(), clock.clone());
    let client = client.with_signer(signer.clone());
    Arc::new(client.with_security_sink(events.clone()))
}

fn open(root: &Path, keys: &Path) -> (Arc<Store>, Arc<LocalSigner>) {
    let keyring = KeyRing::open(open_dir(keys)).unwrap();
    let signer = keyring.default_or_create("test").unwrap();
    let anchors = Anchors {
        keyring: Some(keyring),
        ..Anchors::default()
    };
    let store = Store::open(open_dir(root), anchors).unwrap();
    (Arc::new(store), Arc::new(signer))
}

/// Overwrites a read-only file in place.
pub(crate) fn overwrite(path: &Path, bytes: &[u8]) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o644)).unwrap();
    std::fs::write(path, bytes).unwrap();
}

pub(crate) fn publish(
    l4: &L4CacheClient,
    source: &str,
    validation: rtfs_store::Validation,
) -> Arc<RtfsModuleMetadata> {
    let program = program(source);
    publish_with(l4, &program, source, validation, |_| ())
}

pub(crate) fn publish_with(
    l4: &L4CacheClient,
    program: &Program,
    source: &str,
    validation: rtfs_store::Validation,
    change: impl FnOnce(&mut ModulePublication<'_>),
) -> Arc<RtfsModuleMetadata> {
    let bytecode = program.encode();
    let options = BackendOptions::default();
    let mut publication = ModulePublication {
        program,
        source: Some(source),
        bytecode: &bytecode,
        backend: rtfs_store::BackendRef {
            id: RTFS_IR.to_owned(),
            version: "test".to_owned(),
        },
        artifact_key: IrBackend.artifact_key(program, &options),
        level: Level::Standard,
        validation,
        retention: rtfs_store::Retention::Keep,
        description: None,
        embedding: None,
        name: None,
        claimed_at: None,
    };
    change(&mut publication);
    l4.publish_module(&publication)
        .expect("a valid publication")
}
