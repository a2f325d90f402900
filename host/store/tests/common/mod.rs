//! What the tests share: a store and a keys directory that vanish, and small publications.
#![allow(clippy::print_stdout, reason = "says what was skipped")]
#![allow(
    clippy::disallowed_methods,
    reason = "tests damage the files themselves"
)]
#![allow(dead_code, reason = "each test program uses its own part")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use rtfs_store::*;

pub(crate) fn open_dir(path: &Path) -> Dir {
    Dir::open_ambient_dir(path, ambient_authority()).expect("the directory was just made")
}

/// A store on a temporary directory, with a signer its own keys directory makes an anchor.
pub(crate) struct Fixture {
    pub(crate) root: tempfile::TempDir,
    pub(crate) keys: tempfile::TempDir,
    pub(crate) store: Store,
    pub(crate) signer: LocalSigner,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let keys = tempfile::tempdir().unwrap();
        let (store, signer) = open(root.path(), keys.path());
        Self {
            root,
            keys,
            store,
            signer,
        }
    }

    /// The same store as another process would see it.
    pub(crate) fn reopen(&self) -> Store {
        open(self.root.path(), self.keys.path()).0
    }

    pub(crate) fn blob(&self, digest: &Digest) -> PathBuf {
        self.root.path().join("blobs/sha256").join(digest.hex())
    }

    pub(crate) fn record(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        let shard = self.root.path().join("records").join(&hex[..2]);
        shard.join(format!("{hex}.dsse"))
    }

    pub(crate) fn publish(&self, publication: &Publication<'_>) -> Published {
        self.store
            .publish_module(publication, &self.signer)
            .expect("a valid publication")
    }
}

pub(crate) fn open(root: &Path, keys: &Path) -> (Store, LocalSigner) {
    open_on(std::sync::Arc::new(DirFs::new(open_dir(root))), keys)
}

/// [`open`] on a file system of the test's own.
pub(crate) fn open_on(fs: std::sync::Arc<dyn StoreFs>, keys: &Path) -> (Store, LocalSigner) {
    let keyring = KeyRing::open(open_dir(keys)).unwrap();
    let signer = keyring.default_or_create("test").unwrap();
    let anchors = Anchors {
        keyring: Some(keyring),
        ..Anchors::default()
    };
    (Store::open_on(fs, anchors).unwrap(), signer)
}

pub(crate) fn definition(n: u8) -> DefinitionHash {
    DefinitionHash::from_bytes([n; 32])
}

pub(crate) fn interface(n: u8) -> InterfaceHash {
    InterfaceHash::from_bytes([n; 32])
}

/// Facts of a module with one export, told apart by `n`.
pub(crate) fn facts(n: u8) -> ModuleFacts {
    ModuleFacts {
        artifact_key: ArtifactKey::from_bytes([n; 32]),
        interface: interface(n.wrapping_add(100)),
        exports: vec![ExportRecord {
            index: 1,
            name: format!("f{n}"),
            definition: Some(definition(n)),
            interface: interface(n),
            capabilities: BTreeSet::from(["clock".to_owned()]),
        }],
        capabilities: BTreeSet::from(["clock".to_owned(), "log".to_owned()]),
        backend: BackendRef {
            id: "wasm32-component".to_owned(),
            version: "0.1.0".to_owned(),
        },
        validation: Validation::Verified,
        retention: Retention::Keep,
        description: Some("adds\ntwo".to_owned()),
        annotations: [("level".to_owned(), "standard".to_owned())].into(),
        claimed_unix_seconds: Some(1_800_000_000),
    }
}

pub(crate) fn publication(n: u8) -> Publication<'static> {
    const COMPONENTS: [&[u8]; 4] = [
        b"component 0",
        b"component 1",
        b"component 2",
        b"component 3",
    ];
    Publication {
        component: COMPONENTS[usize::from(n) % 4],
        source: Some(b"(defn add [x y] (+ x y))"),
        ir: Some(b"intermediate form"),
        facts: facts(n),
        name: None,
    }
}

/// Overwrites a read-only file in place.
pub(crate) fn overwrite(path: &Path, bytes: &[u8]) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o644)).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Runs a tool, or says that it is missing: a failure where tools are required.
pub(crate) fn tool(name: &str) -> Option<std::process::Command> {
    let is_there = std::process::Command::new(name)
        .arg("version")
        .output()
        .is_ok();
    if is_there {
        return Some(std::process::Command::new(name));
    }
    assert!(
        std::env::var_os("RTFS_REQUIRE_TOOLS").is_none_or(|value| value.is_empty()),
        "`{name}` is needed for this test and is not installed"
    );
    println!("skipped: `{name}` is not installed");
    None
}
