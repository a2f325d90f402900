//! The directory of signing keys: never inside a store, so that whoever can write to a store
//! cannot sign.
//!
//! One key is three files: `<keyid>.label`, `<keyid>.pub` and `<keyid>.key` (mode 0600), the last
//! one written last. `default` names the key to use when none is named. Public keys lying here are
//! trust anchors: whoever can write here holds the secret ones anyway. `trust/` repeats every trust
//! statement made on this machine, so that deleting one from a store revokes no revocation.

use std::io;
use std::sync::Arc;

use cap_std::fs::Dir;

use crate::blobs::found;
use crate::digest::KeyId;
use crate::durable::{Linked, PutError, Writer};
use crate::fs::{Access, DirFs, StoreFs, read_limited};
use crate::key::{LocalSigner, ParseKeyError, PublicKey, Signer};
use crate::layout::TRUST;
use crate::limits::{MAX_NAME_BYTES, MAX_SMALL_FILE_BYTES};
use crate::statement::{InvalidStatement, check_text};

const DEFAULT: &str = "default";

/// Why a key could not be read or made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// There is no such key.
    #[error("there is no key {key} in the keys directory")]
    Missing {
        /// The key.
        key: KeyId,
    },
    /// Others can read the secret key.
    #[error("`{file}` has mode {mode:o}: others can read it; set it to 600")]
    Exposed {
        /// File name in the keys directory.
        file: String,
        /// Its permission bits.
        mode: u32,
    },
    /// Others can add keys, and what they add would be believed.
    #[error("the keys directory has mode {mode:o}: others can write to it; set it to 700")]
    Writable {
        /// Its permission bits.
        mode: u32,
    },
    /// A file does not hold what its name says.
    #[error("`{file}` is not the key its name says")]
    Malformed {
        /// File name in the keys directory.
        file: String,
        /// What is wrong, if it is no key at all.
        source: Option<ParseKeyError>,
    },
    /// The label is empty, too long or has control characters.
    #[error("not a label for a key")]
    Label(#[from] InvalidStatement),
    /// The file system refused to read.
    #[error("cannot read the keys directory")]
    Io(#[from] io::Error),
    /// The file system refused to write.
    #[error("cannot write to the keys directory")]
    Put(#[from] PutError),
}

/// What can be known about a key without using it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInfo {
    /// The public key.
    pub key: PublicKey,
    /// What its owner calls it.
    pub label: String,
    /// Whether it can sign here.
    pub has_secret: bool,
    /// Whether it signs when no key is named.
    pub is_default: bool,
}

/// A directory of keys.
#[derive(Clone)]
pub struct KeyRing {
    pub(crate) fs: Arc<dyn StoreFs>,
    pub(crate) writer: Writer,
}

impl KeyRing {
    /// Uses a directory, which may be empty and may hold other files.
    ///
    /// # Errors
    /// When others can write to it, or `trust/` cannot be created in it.
    pub fn open(dir: Dir) -> Result<Self, KeyError> {
        Self::open_on(Arc::new(DirFs::new(dir)))
    }

    /// [`KeyRing::open`] on any file system.
    ///
    /// # Errors
    /// As [`KeyRing::open`].
    pub fn open_on(fs: Arc<dyn StoreFs>) -> Result<Self, KeyError> {
        let mode = fs.stamp("")?.mode;
        if mode & 0o022 != 0 {
            return Err(KeyError::Writable { mode });
        }
        fs.create_dir(TRUST)?;
        let writer = Writer::new(fs.clone());
        Ok(Self { fs, writer })
    }

    /// Makes a new key. The first one becomes the default.
    ///
    /// # Errors
    /// When the label breaks a rule, the key cannot be written, or the machine has no randomness.
    pub fn create(&self, label: &str) -> Result<LocalSigner, KeyError> {
        check_text("label", label, MAX_NAME_BYTES)?;
        let signer = LocalSigner::generate()?;
        let key = signer.public_key();
        let id = key.id();
        self.write(&format!("{}.label", id.hex()), label, Access::Shared)?;
        self.write(&format!("{}.pub", id.hex()), &key.to_pem(), Access::Shared)?;
        self.write(
            &format!("{}.key", id.hex()),
            &signer.to_pem(),
            Access::Private,
        )?;
        self.write(DEFAULT, &id.hex(), Access::Shared)?;
        self.writer.sync_dir("")?;
        Ok(signer)
    }

    /// The signer to use when none is named.
    ///
    /// # Errors
    /// When the named key is missing, exposed or damaged.
    pub fn default_signer(&self) -> Result<Option<LocalSigner>, KeyError> {
        match self.default_id()? {
            Some(id) => self.signer(&id).map(Some),
            None => Ok(None),
        }
    }

    /// The default signer; a new one where there is none yet. Of two processes that do this at
    /// once, both get the same.
    ///
    /// # Errors
    /// When it cannot be read or made.
    pub fn default_or_create(&self, label: &str) -> Result<LocalSigner, KeyError> {
        if let Some(signer) = self.default_signer()? {
            return Ok(signer);
        }
        let created = self.create(label)?;
        Ok(self.default_signer()?.unwrap_or(created))
    }

    /// Changes the default.
    ///
    /// # Errors
    /// When there is no such key here.
    pub fn set_default(&self, key: &KeyId) -> Result<(), KeyError> {
        self.signer(key)?;
        let mut file = self.fs.stage("", Access::Shared)?;
        file.write(key.hex().as_bytes())?;
        file.sync()?;
        file.replace(DEFAULT)?;
        Ok(self.writer.sync_dir("")?)
    }

    /// The signer of a key.
    ///
    /// # Errors
    /// When the key is missing, exposed or damaged.
    pub fn signer(&self, key: &KeyId) -> Result<LocalSigner, KeyError> {
        let file = format!("{}.key", key.hex());
        let Some(mut open) = found(self.fs.open(&file))? else {
            return Err(KeyError::Missing { key: *key });
        };
        let mode = open.stamp()?.mode;
        if mode & 0o077 != 0 {
            return Err(KeyError::Exposed { file, mode });
        }
        let bytes = read_limited(&mut *open, MAX_SMALL_FILE_BYTES)?;
        match LocalSigner::from_pem(&String::from_utf8_lossy(&bytes)) {
            Ok(signer) if signer.public_key().id() == *key => Ok(signer),
            Ok(_) => Err(KeyError::Malformed { file, source: None }),
            Err(error) => Err(KeyError::Malformed {
                file,
                source: Some(error),
            }),
        }
    }

    /// All keys, by identity.
    ///
    /// # Errors
    /// When a public key is damaged.
    pub fn list(&self) -> Result<Vec<KeyInfo>, KeyError> {
        let names = self.fs.list("")?;
        let default = self.default_id()?;
        let ids = names
            .iter()
            .filter_map(|name| KeyId::from_hex(name.strip_suffix(".pub")?));
        ids.map(|id| {
            let file = format!("{}.pub", id.hex());
            let text = self.read(&file)?.unwrap_or_default();
            let key = match PublicKey::from_pem(&text) {
                Ok(key) if key.id() == id => key,
                Ok(_) => return Err(KeyError::Malformed { file, source: None }),
                Err(error) => {
                    let source = Some(error);
                    return Err(KeyError::Malformed { file, source });
                }
            };
            Ok(KeyInfo {
                key,
                label: self
                    .read(&format!("{}.label", id.hex()))?
                    .unwrap_or_default(),
                has_secret: names.contains(&format!("{}.key", id.hex())),
                is_default: default == Some(id),
            })
        })
        .collect()
    }

    fn default_id(&self) -> Result<Option<KeyId>, KeyError> {
        match self.read(DEFAULT)? {
            Some(text) => match KeyId::from_hex(text.trim()) {
                Some(id) => Ok(Some(id)),
                None => Err(KeyError::Malformed {
                    file: DEFAULT.to_owned(),
                    source: None,
                }),
            },
            None => Ok(None),
        }
    }

    fn read(&self, name: &str) -> Result<Option<String>, KeyError> {
        let Some(mut file) = found(self.fs.open(name))? else {
            return Ok(None);
        };
        let bytes = read_limited(&mut *file, MAX_SMALL_FILE_BYTES)?;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Writes a file unless there is one of that name.
    fn write(&self, name: &str, text: &str, access: Access) -> Result<Linked, PutError> {
        let mut draft = self.writer.stage("", access)?;
        draft.write(text.as_bytes())?;
        draft.link(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn ring() -> (tempfile::TempDir, KeyRing) {
        let root = tempfile::tempdir().unwrap();
        let dir = Dir::open_ambient_dir(root.path(), cap_std::ambient_authority()).unwrap();
        (root, KeyRing::open(dir).unwrap())
    }

    #[test]
    fn the_first_key_is_the_default_until_another_is_set() {
        let (_root, ring) = ring();
        assert!(ring.default_signer().unwrap().is_none());
        let first = ring.default_or_create("first").unwrap().public_key().id();
        let second = ring.create("second").unwrap().public_key().id();
        let default = || ring.default_or_create("x").unwrap().public_key().id();
        assert_eq!(default(), first);
        ring.set_default(&second).unwrap();
        assert_eq!(default(), second);
        let labels: Vec<_> = ring
            .list()
            .unwrap()
            .into_iter()
            .map(|key| key.label)
            .collect();
        assert_eq!(labels.len(), 2);
        assert!(labels.contains(&"second".to_owned()));
    }

    #[test]
    fn a_secret_key_that_others_can_read_is_refused() {
        let (root, ring) = ring();
        let id = ring.create("me").unwrap().public_key().id();
        let path = root.path().join(format!("{}.key", id.hex()));
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        let refused = ring.signer(&id).unwrap_err();
        assert!(matches!(refused, KeyError::Exposed { mode: 0o640, .. }));
    }

    #[test]
    fn a_directory_that_others_can_write_to_is_refused() {
        let (root, _) = ring();
        std::fs::set_permissions(root.path(), PermissionsExt::from_mode(0o720)).unwrap();
        let dir = Dir::open_ambient_dir(root.path(), cap_std::ambient_authority()).unwrap();
        let refused = KeyRing::open(dir).err();
        assert!(matches!(refused, Some(KeyError::Writable { mode: 0o720 })));
    }

    #[test]
    fn a_key_under_another_name_is_refused() {
        let (root, ring) = ring();
        let [a, b] = ["a", "b"].map(|label| ring.create(label).unwrap().public_key().id());
        let path = |id: KeyId| root.path().join(format!("{}.key", id.hex()));
        std::fs::rename(path(a), path(b)).unwrap();
        assert!(matches!(ring.signer(&a), Err(KeyError::Missing { .. })));
        assert!(matches!(ring.signer(&b), Err(KeyError::Malformed { .. })));
    }
}
