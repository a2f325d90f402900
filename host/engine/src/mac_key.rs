//! The key under which native code is authenticated. It never leaves its directory.

use crate::error::CacheError;
use cap_std::fs::{Dir, OpenOptions};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fmt;
use std::io::{self, Read, Write};

const NAME: &str = "aot-mac.key";
const KEY_BYTES: usize = 32;

/// An HMAC-SHA-256 key.
pub(crate) struct MacKey([u8; KEY_BYTES]);

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKey(…)")
    }
}

impl MacKey {
    /// Reads the key, or makes one that only its owner can read.
    pub(crate) fn load_or_create(dir: &Dir) -> Result<Self, CacheError> {
        if let Some(key) = Self::load(dir)? {
            return Ok(key);
        }
        Self::create(dir)?;
        Self::load(dir)?.ok_or_else(|| io_error("read", io::ErrorKind::NotFound.into()))
    }

    fn load(dir: &Dir) -> Result<Option<Self>, CacheError> {
        let mut file = match dir.open(NAME) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io_error("read", error)),
        };
        let metadata = file.metadata().map_err(|error| io_error("read", error))?;
        if readable_by_others(&metadata) {
            return Err(unusable("others can read it"));
        }
        if metadata.len() != KEY_BYTES as u64 {
            return Err(unusable("its length is wrong"));
        }
        let mut key = [0; KEY_BYTES];
        file.read_exact(&mut key)
            .map_err(|error| io_error("read", error))?;
        Ok(Some(Self(key)))
    }

    /// Puts a complete new key into place. Another process may do so at the same moment: linking
    /// does not overwrite, so both go on with whichever came first.
    fn create(dir: &Dir) -> Result<(), CacheError> {
        let key: [u8; KEY_BYTES] = random()?;
        let temporary = temporary_name()?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        owner_only(&mut options);
        let written = dir
            .open_with(&temporary, &options)
            .and_then(|mut file| file.write_all(&key).and_then(|()| file.sync_all()))
            .and_then(|()| match dir.hard_link(&temporary, dir, NAME) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                other => other,
            })
            .map_err(|error| io_error("create", error));
        let _ = dir.remove_file(&temporary);
        written
    }

    /// Tells keys apart, and nothing about them.
    pub(crate) fn id(&self) -> String {
        let id = self.sign(&[b"rtfs-host key id 1\n"]);
        id[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn mac(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of every length");
        for part in parts {
            mac.update(part);
        }
        mac
    }

    /// The authentication code of the concatenated parts. All but the last have fixed lengths,
    /// so nothing can slide from one part into the next.
    pub(crate) fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.mac(parts).finalize().into_bytes().into()
    }

    /// Whether `code` is the parts' code, in time that does not depend on where it differs.
    pub(crate) fn verify(&self, parts: &[&[u8]], code: &[u8]) -> bool {
        self.mac(parts).verify_slice(code).is_ok()
    }
}

fn random<const N: usize>() -> Result<[u8; N], CacheError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| CacheError::Random(error.to_string()))?;
    Ok(bytes)
}

/// A name no other writer uses: not in this process, not in another, not in another container
/// whose processes have the same numbers.
pub(crate) fn temporary_name() -> Result<String, CacheError> {
    Ok(format!(".tmp-{:032x}", u128::from_le_bytes(random()?)))
}

fn io_error(action: &'static str, source: io::Error) -> CacheError {
    CacheError::Io {
        action,
        path: NAME.to_owned(),
        source,
    }
}

fn unusable(reason: &'static str) -> CacheError {
    CacheError::Key {
        path: NAME.to_owned(),
        reason,
    }
}

#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) {
    use cap_std::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn owner_only(_options: &mut OpenOptions) {}

#[cfg(unix)]
fn readable_by_others(metadata: &cap_std::fs::Metadata) -> bool {
    use cap_std::fs::MetadataExt;
    metadata.mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn readable_by_others(_metadata: &cap_std::fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use cap_std::ambient_authority;

    fn scratch() -> (tempfile::TempDir, Dir) {
        let temp = tempfile::tempdir().expect("a directory");
        let dir = Dir::open_ambient_dir(temp.path(), ambient_authority()).expect("opens");
        (temp, dir)
    }

    #[test]
    fn the_key_stays_the_same_and_is_private() {
        let (_temp, dir) = scratch();
        let first = MacKey::load_or_create(&dir).expect("a key");
        let second = MacKey::load_or_create(&dir).expect("a key");
        assert_eq!(first.0, second.0);
        assert_ne!(first.0, [0; KEY_BYTES]);
        let metadata = dir.metadata(NAME).expect("it is there");
        assert!(!readable_by_others(&metadata));
        assert_eq!(
            dir.entries().expect("lists").count(),
            1,
            "no temporary file"
        );
    }

    #[test]
    fn an_existing_key_is_never_overwritten() {
        let (_temp, dir) = scratch();
        let first = MacKey::load_or_create(&dir).expect("a key");
        MacKey::create(&dir).expect("comes second");
        assert_eq!(MacKey::load_or_create(&dir).expect("a key").0, first.0);
    }

    #[cfg(unix)]
    #[test]
    fn a_key_others_can_read_is_refused() {
        use cap_std::fs::{Permissions, PermissionsExt};
        let (_temp, dir) = scratch();
        MacKey::load_or_create(&dir).expect("a key");
        dir.set_permissions(NAME, Permissions::from_mode(0o644))
            .expect("changes");
        assert!(matches!(
            MacKey::load_or_create(&dir),
            Err(CacheError::Key {
                reason: "others can read it",
                ..
            })
        ));
    }

    #[test]
    fn a_key_of_the_wrong_length_is_refused() {
        let (_temp, dir) = scratch();
        MacKey::load_or_create(&dir).expect("a key");
        let mut options = OpenOptions::new();
        options.write(true).truncate(true);
        dir.open_with(NAME, &options).expect("truncates");
        assert!(matches!(
            MacKey::load_or_create(&dir),
            Err(CacheError::Key {
                reason: "its length is wrong",
                ..
            })
        ));
    }
}
