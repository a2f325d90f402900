//! The cache of native code, below a directory that others may write to.
//!
//! Native code runs with all rights of this process, so a cached file is believed only under a
//! message authentication code whose key lives in another directory; hosts with other keys have
//! directories of their own. The code covers the
//! engine's fingerprint and the key under which the entry was stored, so that entries cannot be
//! swapped either. A wrong code is a miss; the caller compiles again and replaces the file.
//!
//! A file is, in this order:
//!
//! | bytes | content |
//! |---|---|
//! | 8 | `RTFSAOT` and a format number |
//! | 32 | HMAC-SHA-256 over the domain text, fingerprint, key and everything below |
//! | 32 | SHA-256 of the component |
//! | 8 | length of the extra bytes, little endian |
//! | 8 | length of the native code, little endian |
//! | … | extra bytes |
//! | … | native code |
//!
//! Beside the entries is a file `functions`, with what components share: the same first eight bytes, a
//! code over another domain text, the fingerprint and the rest, and the rest.

use crate::error::CacheError;
use crate::mac_key::{MacKey, temporary_name};
use crate::profile::Fingerprint;
use cap_std::fs::Dir;
use std::fmt;
use std::io::{self, Write};

const MAGIC: &[u8; 8] = b"RTFSAOT\x01";
const MAC_DOMAIN: &[u8] = b"rtfs-host native code 1\n";
const FUNCTIONS_DOMAIN: &[u8] = b"rtfs-host functions 1\n";
const MAC_END: usize = 40;
const HEADER_END: usize = MAC_END + 32 + 8 + 8;

/// Where entries are, below the directory that was given.
const ROOT: &str = "derived/aot";

/// Files larger than this are not read: native code is some ten times its component.
const FILE_BYTES: u64 = 2 << 30;

/// Names an entry: the hash of everything the component was made from.
///
/// ```
/// let key = rtfs_host::AotKey([0xab; 32]);
/// assert!(key.to_string().starts_with("abab"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AotKey(pub [u8; 32]);

impl fmt::Display for AotKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for AotKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AotKey({self})")
    }
}

/// What is stored under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// SHA-256 of the component.
    pub(crate) component: [u8; 32],
    /// The caller's bytes.
    pub(crate) extra: Vec<u8>,
    /// Serialized native code.
    pub(crate) native: Vec<u8>,
}

/// What was found under a key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    Found(Entry),
    Absent,
    Tampered,
}

/// A file that does not carry the code of this host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Altered;

/// Native code kept between processes.
///
/// ```
/// use cap_std::{ambient_authority, fs::Dir};
/// use rtfs_host::AotCache;
///
/// let store = tempfile::tempdir()?;
/// let keys = tempfile::tempdir()?;
/// let open = |dir: &tempfile::TempDir| Dir::open_ambient_dir(dir.path(), ambient_authority());
/// let cache = AotCache::open(open(&store)?, &open(&keys)?)?;
/// # drop(cache);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AotCache {
    dir: Dir,
    key: MacKey,
}

impl AotCache {
    /// Opens the cache below `store`, with the MAC key in `keys`. The key is made on first use,
    /// readable by its owner only.
    ///
    /// # Errors
    ///
    /// [`CacheError`] when the key cannot be read or made, or when others can read it.
    pub fn open(store: Dir, keys: &Dir) -> Result<Self, CacheError> {
        let key = MacKey::load_or_create(keys)?;
        Ok(Self { dir: store, key })
    }

    pub(crate) fn read(
        &self,
        fingerprint: &Fingerprint,
        key: &AotKey,
    ) -> Result<Lookup, CacheError> {
        let path = self.entry_path(fingerprint, key);
        Ok(match self.read_file(&path, FILE_BYTES)? {
            None => Lookup::Absent,
            Some(bytes) => match self.decode(fingerprint, key, &bytes) {
                Some(entry) => Lookup::Found(entry),
                None => Lookup::Tampered,
            },
        })
    }

    /// A file whole, empty if it is larger than any that was written here.
    fn read_file(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, CacheError> {
        let failed = |source| CacheError::Io {
            action: "read",
            path: path.to_owned(),
            source,
        };
        match self.dir.metadata(path) {
            Ok(metadata) if metadata.len() > limit => Ok(Some(Vec::new())),
            Ok(_) => self.dir.read(path).map(Some).map_err(failed),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// The functions that components share: `Err` of the inner result when somebody altered them.
    pub(crate) fn read_functions(
        &self,
        fingerprint: &Fingerprint,
        limit: u64,
    ) -> Result<Result<Vec<u8>, Altered>, CacheError> {
        let path = self.functions_path(fingerprint);
        let Some(bytes) = self.read_file(&path, limit + MAC_END as u64)? else {
            return Ok(Ok(Vec::new()));
        };
        let rest = |bytes: &[u8]| {
            let (magic, rest) = bytes.split_at_checked(MAGIC.len())?;
            let (mac, rest) = rest.split_at_checked(32)?;
            let signed = [FUNCTIONS_DOMAIN, fingerprint.as_bytes(), rest];
            (magic == MAGIC && self.key.verify(&signed, mac)).then(|| rest.to_vec())
        };
        Ok(rest(&bytes).ok_or(Altered))
    }

    /// Replaces the functions that components share.
    pub(crate) fn write_functions(
        &self,
        fingerprint: &Fingerprint,
        functions: &[u8],
    ) -> Result<(), CacheError> {
        let mac = self
            .key
            .sign(&[FUNCTIONS_DOMAIN, fingerprint.as_bytes(), functions]);
        let bytes = [MAGIC, mac.as_slice(), functions].concat();
        self.write_file(fingerprint, self.functions_path(fingerprint), &bytes)
    }

    pub(crate) fn write(
        &self,
        fingerprint: &Fingerprint,
        key: &AotKey,
        entry: &Entry,
    ) -> Result<(), CacheError> {
        let bytes = self.encode(fingerprint, key, entry);
        self.write_file(fingerprint, self.entry_path(fingerprint, key), &bytes)
    }

    fn write_file(
        &self,
        fingerprint: &Fingerprint,
        path: String,
        bytes: &[u8],
    ) -> Result<(), CacheError> {
        let place = self.place(fingerprint);
        let temporary = format!("{place}/{}", temporary_name()?);
        let failed = |action| {
            let path = path.clone();
            move |source| CacheError::Io {
                action,
                path,
                source,
            }
        };
        self.dir.create_dir_all(&place).map_err(failed("create"))?;
        // A torn file fails its MAC and is a miss, so nothing needs to be forced to the disk:
        // renaming keeps concurrent readers from seeing half an entry.
        let written = self
            .dir
            .create(&temporary)
            .and_then(|mut file| file.write_all(bytes))
            .map_err(failed("write"))
            .and_then(|()| {
                self.dir
                    .rename(&temporary, &self.dir, &path)
                    .map_err(failed("rename"))
            });
        if written.is_err() {
            // Best effort: the error that matters is already known.
            let _ = self.dir.remove_file(&temporary);
        }
        written
    }

    /// Each key has a directory of its own: what another host wrote is not there for this one, so
    /// it is neither taken for altered nor replaced.
    fn place(&self, fingerprint: &Fingerprint) -> String {
        format!("{ROOT}/{fingerprint}/{}", self.key.id())
    }

    fn entry_path(&self, fingerprint: &Fingerprint, key: &AotKey) -> String {
        format!("{}/{key}", self.place(fingerprint))
    }

    fn functions_path(&self, fingerprint: &Fingerprint) -> String {
        format!("{}/functions", self.place(fingerprint))
    }

    fn encode(&self, fingerprint: &Fingerprint, key: &AotKey, entry: &Entry) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_END + entry.extra.len() + entry.native.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[0; 32]);
        bytes.extend_from_slice(&entry.component);
        bytes.extend_from_slice(&(entry.extra.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&(entry.native.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&entry.extra);
        bytes.extend_from_slice(&entry.native);
        let mac = self.key.sign(&parts(fingerprint, key, &bytes[MAC_END..]));
        bytes[MAGIC.len()..MAC_END].copy_from_slice(&mac);
        bytes
    }

    fn decode(&self, fingerprint: &Fingerprint, key: &AotKey, bytes: &[u8]) -> Option<Entry> {
        let (magic, rest) = bytes.split_at_checked(MAGIC.len())?;
        let (mac, signed) = rest.split_at_checked(32)?;
        if magic != MAGIC || !self.key.verify(&parts(fingerprint, key, signed), mac) {
            return None;
        }
        let (component, rest) = signed.split_first_chunk::<32>()?;
        let (extra_len, rest) = rest.split_first_chunk::<8>()?;
        let (native_len, rest) = rest.split_first_chunk::<8>()?;
        let extra_len = usize::try_from(u64::from_le_bytes(*extra_len)).ok()?;
        let native_len = usize::try_from(u64::from_le_bytes(*native_len)).ok()?;
        let (extra, native) = rest.split_at_checked(extra_len)?;
        (native.len() == native_len).then(|| Entry {
            component: *component,
            extra: extra.to_vec(),
            native: native.to_vec(),
        })
    }
}

fn parts<'a>(fingerprint: &'a Fingerprint, key: &'a AotKey, signed: &'a [u8]) -> [&'a [u8]; 4] {
    [MAC_DOMAIN, fingerprint.as_bytes(), &key.0, signed]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Translation;
    use crate::profile::fingerprint;
    use cap_std::ambient_authority;

    struct Scratch {
        _store: tempfile::TempDir,
        _keys: tempfile::TempDir,
        cache: AotCache,
    }

    fn scratch() -> Scratch {
        let (store, keys) = (tempfile::tempdir(), tempfile::tempdir());
        let (store, keys) = (store.expect("a directory"), keys.expect("a directory"));
        let open = |dir: &tempfile::TempDir| {
            Dir::open_ambient_dir(dir.path(), ambient_authority()).expect("opens")
        };
        let cache = AotCache::open(open(&store), &open(&keys)).expect("a cache");
        Scratch {
            _store: store,
            _keys: keys,
            cache,
        }
    }

    fn entry() -> Entry {
        Entry {
            component: [7; 32],
            extra: b"exports".to_vec(),
            native: vec![1, 2, 3, 4, 5],
        }
    }

    const KEY: AotKey = AotKey([1; 32]);

    #[test]
    fn what_was_written_is_found() {
        let scratch = scratch();
        let fingerprint = fingerprint(Translation::Optimised);
        assert_eq!(
            scratch.cache.read(&fingerprint, &KEY).ok(),
            Some(Lookup::Absent)
        );
        scratch
            .cache
            .write(&fingerprint, &KEY, &entry())
            .expect("written");
        assert_eq!(
            scratch.cache.read(&fingerprint, &KEY).ok(),
            Some(Lookup::Found(entry()))
        );
    }

    #[test]
    fn every_altered_byte_and_every_shortening_is_noticed() {
        let scratch = scratch();
        let fingerprint = fingerprint(Translation::Optimised);
        let good = scratch.cache.encode(&fingerprint, &KEY, &entry());
        let decode = |bytes: &[u8]| scratch.cache.decode(&fingerprint, &KEY, bytes);
        assert_eq!(decode(&good), Some(entry()));
        for position in 0..good.len() {
            let mut bad = good.clone();
            bad[position] ^= 1;
            assert_eq!(decode(&bad), None, "byte {position} altered");
            assert_eq!(decode(&good[..position]), None, "cut to {position}");
        }
        let mut longer = good.clone();
        longer.push(0);
        assert_eq!(decode(&longer), None);
    }

    #[test]
    fn entries_cannot_be_swapped_or_brought_from_elsewhere() {
        let (here, there) = (scratch(), scratch());
        let fingerprint = fingerprint(Translation::Optimised);
        let bytes = here.cache.encode(&fingerprint, &KEY, &entry());
        let other = AotKey([2; 32]);
        assert_eq!(here.cache.decode(&fingerprint, &other, &bytes), None);
        assert_eq!(there.cache.decode(&fingerprint, &KEY, &bytes), None);
    }

    #[test]
    fn hosts_that_share_a_directory_do_not_see_each_others_entries() {
        let here = scratch();
        let keys = tempfile::tempdir().expect("a directory");
        let keys = Dir::open_ambient_dir(keys.path(), ambient_authority()).expect("opens");
        let shared = here.cache.dir.try_clone().expect("a descriptor");
        let there = AotCache::open(shared, &keys).expect("a cache");
        let fingerprint = fingerprint(Translation::Optimised);
        let other = Entry {
            native: vec![9],
            ..entry()
        };
        for (cache, entry) in [(&here.cache, entry()), (&there, other)] {
            assert_eq!(cache.read(&fingerprint, &KEY).ok(), Some(Lookup::Absent));
            cache.write(&fingerprint, &KEY, &entry).expect("written");
            let found = cache.read(&fingerprint, &KEY).ok();
            assert_eq!(found, Some(Lookup::Found(entry)));
        }
        let found = here.cache.read(&fingerprint, &KEY).ok();
        assert_eq!(found, Some(Lookup::Found(entry())));
    }

    #[test]
    fn a_link_out_of_the_store_is_not_followed() {
        let scratch = scratch();
        let fingerprint = fingerprint(Translation::Optimised);
        let dir = &scratch.cache.dir;
        dir.create_dir_all(scratch.cache.place(&fingerprint))
            .expect("a directory");
        dir.symlink_contents("/etc/passwd", scratch.cache.entry_path(&fingerprint, &KEY))
            .expect("a link");
        assert!(scratch.cache.read(&fingerprint, &KEY).is_err());
        // Writing replaces the link, not what it points to.
        scratch
            .cache
            .write(&fingerprint, &KEY, &entry())
            .expect("written");
        assert_eq!(
            scratch.cache.read(&fingerprint, &KEY).ok(),
            Some(Lookup::Found(entry()))
        );
    }
}
