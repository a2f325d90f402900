//! A store with modules in it, made with the library: what the commands are shown.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use rtfs_store::*;

use crate::support::Rtfs;

pub(crate) const SOURCE: &str = "(defn add [x y] (+ x y)) ; Sums two numbers\n";

/// The store and keys of `rtfs`, as another program sees them.
pub(crate) struct Stock {
    pub(crate) store: Store,
    pub(crate) signer: LocalSigner,
    store_path: PathBuf,
}

pub(crate) fn dir(path: &Path) -> Dir {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .expect("the temporary directory is writable");
    Dir::open_ambient_dir(path, ambient_authority()).expect("it was just made")
}

impl Stock {
    /// With the keys that `rtfs` uses.
    pub(crate) fn of(rtfs: &Rtfs) -> Self {
        Self::signed_from(rtfs, &rtfs.path("keys"))
    }

    /// With other keys: what it signs is a stranger's.
    pub(crate) fn signed_from(rtfs: &Rtfs, keys: &Path) -> Self {
        let keyring = KeyRing::open(dir(keys)).expect("a keys directory");
        let signer = keyring.default_or_create("tests").expect("a key");
        let anchors = Anchors {
            keyring: Some(keyring),
            ..Anchors::default()
        };
        let store_path = rtfs.path("store");
        let store = Store::open(dir(&store_path), anchors).expect("a store");
        Self {
            store,
            signer,
            store_path,
        }
    }

    pub(crate) fn publish(&self, name: &str) -> Published {
        self.publish_with(Some(name), |_| {})
    }

    pub(crate) fn publish_with(
        &self,
        name: Option<&str>,
        change: impl FnOnce(&mut ModuleFacts),
    ) -> Published {
        let mut facts = facts();
        change(&mut facts);
        let publication = Publication {
            component: b"\0asm component",
            source: Some(SOURCE.as_bytes()),
            ir: Some(b"intermediate form"),
            facts,
            name,
        };
        let published = self.store.publish_module(&publication, &self.signer);
        published.expect("a valid publication")
    }

    pub(crate) fn blob(&self, digest: &Digest) -> PathBuf {
        self.store_path.join("blobs/sha256").join(digest.hex())
    }

    pub(crate) fn record(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        let shard = self.store_path.join("records").join(&hex[..2]);
        shard.join(format!("{hex}.dsse"))
    }
}

fn facts() -> ModuleFacts {
    ModuleFacts {
        artifact_key: ArtifactKey::from_bytes([1; 32]),
        interface: InterfaceHash::from_bytes([2; 32]),
        exports: vec![ExportRecord {
            index: 1,
            name: "add".to_owned(),
            definition: Some(DefinitionHash::from_bytes([3; 32])),
            interface: InterfaceHash::from_bytes([4; 32]),
            capabilities: Default::default(),
        }],
        capabilities: Default::default(),
        backend: BackendRef {
            id: "wasm32-component".to_owned(),
            version: "0.1.0".to_owned(),
        },
        validation: Validation::Verified,
        retention: Retention::Keep,
        description: Some("Adds two numbers.\nNothing else.".to_owned()),
        annotations: Default::default(),
        claimed_unix_seconds: None,
    }
}

/// Changes one bit in the middle of a file, whatever its mode.
pub(crate) fn flip(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).expect("it is there").permissions();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("ours");
    let mut bytes = std::fs::read(path).expect("it is readable");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).expect("it is writable");
    std::fs::set_permissions(path, mode).expect("ours");
}
