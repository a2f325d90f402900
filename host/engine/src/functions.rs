//! Translations of single functions: components share most of theirs.
//!
//! Whatever a backend links into each component it makes, a runtime above all, is the same
//! function in all of them. The compiler names a function by the SHA-256 of its intermediate
//! code with all settings, without the places of what it calls, and asks here before it does
//! anything else with it. Nothing is believed that this host did not translate itself: what comes from a
//! file comes through [`crate::AotCache`], under its authentication code.

use crate::aot::{AotCache, AotKey, Entry, Lookup};
use crate::error::CacheError;
use crate::profile::Fingerprint;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The file's place among those of components: their keys are digests, and none is this.
const FILE: AotKey = AotKey([0; 32]);

/// Most bytes of translations that are written to a file; a runtime whole has a third of that.
const FILE_BYTES: usize = 4 << 20;

type Name = [u8; 32];

/// Functions that were translated, in bounded memory.
pub(crate) struct FunctionCache {
    kept: Mutex<Kept>,
    /// Most bytes of translations held.
    limit: usize,
}

/// What the translator did, function by function, since an engine was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Translated {
    /// Functions that were translated.
    pub made: u64,
    /// Functions whose translation was there.
    pub reused: u64,
}

#[derive(Default)]
struct Kept {
    functions: BTreeMap<Name, Translation>,
    count: Translated,
    bytes: usize,
    /// Whether the file was looked for.
    read: bool,
    /// Whether there is something that no file has.
    news: bool,
}

struct Translation {
    code: Vec<u8>,
    /// Whether a second component wanted it since there was room for the last time.
    shared: bool,
}

impl fmt::Debug for FunctionCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.kept();
        f.debug_struct("FunctionCache")
            .field("functions", &kept.functions.len())
            .field("bytes", &kept.bytes)
            .finish_non_exhaustive()
    }
}

impl wasmtime::CacheStore for FunctionCache {
    fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        let name = Name::try_from(key).ok()?;
        let kept = &mut *self.kept();
        match kept.functions.get_mut(&name) {
            Some(found) => {
                kept.count.reused += 1;
                found.shared = true;
                Some(Cow::Owned(found.code.clone()))
            }
            None => {
                kept.count.made += 1;
                None
            }
        }
    }

    fn insert(&self, key: &[u8], value: Vec<u8>) -> bool {
        let Ok(name) = Name::try_from(key) else {
            return false;
        };
        self.kept().insert(name, value, false, self.limit)
    }
}

impl FunctionCache {
    /// One that holds up to `limit` bytes of translations.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            kept: Mutex::default(),
            limit,
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn count(&self) -> Translated {
        self.kept().count
    }

    /// Takes in what an earlier process wrote, once, and says whether somebody altered that. A file
    /// that is of no use only costs the time to translate again.
    pub(crate) fn read(&self, cache: &AotCache, fingerprint: &Fingerprint) -> bool {
        if std::mem::replace(&mut self.kept().read, true) {
            return false;
        }
        match cache.read(fingerprint, &FILE) {
            Ok(Lookup::Found(entry)) => {
                let mut kept = self.kept();
                for (name, code, shared) in Packed(&entry.native) {
                    kept.insert(name, code.to_vec(), shared, self.limit);
                }
                kept.news = false;
                false
            }
            Ok(Lookup::Tampered) => true,
            Ok(Lookup::Absent) | Err(_) => false,
        }
    }

    /// Writes the functions that components share, and others as far as there is room, if there are
    /// any that were not read from there.
    pub(crate) fn write(
        &self,
        cache: &AotCache,
        fingerprint: &Fingerprint,
    ) -> Result<(), CacheError> {
        let mut kept = self.kept();
        if !std::mem::replace(&mut kept.news, false) {
            return Ok(());
        }
        let entry = Entry {
            component: [0; 32],
            extra: Vec::new(),
            native: kept.pack(FILE_BYTES),
        };
        drop(kept);
        cache.write(fingerprint, &FILE, &entry)
    }
}

impl Kept {
    fn insert(&mut self, name: Name, code: Vec<u8>, shared: bool, limit: usize) -> bool {
        if code.len() > limit / 2 {
            return false;
        }
        if self.bytes + code.len() > limit {
            self.make_room(limit);
        }
        self.bytes += code.len();
        self.news = true;
        if let Some(before) = self.functions.insert(name, Translation { code, shared }) {
            self.bytes -= before.code.len();
        }
        true
    }

    /// Lets go of what nobody wanted a second time, or of everything if that is too little. What
    /// stays has to be wanted again to stay the next time.
    fn make_room(&mut self, limit: usize) {
        self.functions
            .retain(|_, function| std::mem::take(&mut function.shared));
        self.bytes = self.functions.values().map(|kept| kept.code.len()).sum();
        if self.bytes > limit / 2 {
            self.functions.clear();
            self.bytes = 0;
        }
    }

    /// Functions after each other, shared ones first: name, whether it is shared, length of the code
    /// in four bytes, little endian, code.
    fn pack(&self, limit: usize) -> Vec<u8> {
        let mut packed = Vec::with_capacity(self.bytes.min(limit));
        for wanted in [true, false] {
            for (name, function) in &self.functions {
                let fits = packed.len() + HEADER + function.code.len() <= limit;
                if function.shared == wanted && fits {
                    packed.extend_from_slice(name);
                    packed.push(u8::from(wanted));
                    packed.extend_from_slice(&(function.code.len() as u32).to_le_bytes());
                    packed.extend_from_slice(&function.code);
                }
            }
        }
        packed
    }
}

/// Bytes before the code of a packed function.
const HEADER: usize = 32 + 1 + 4;

/// The functions of packed bytes, up to where they are none.
struct Packed<'a>(&'a [u8]);

impl<'a> Iterator for Packed<'a> {
    type Item = (Name, &'a [u8], bool);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, rest) = self.0.split_first_chunk::<32>()?;
        let (shared, rest) = rest.split_first()?;
        let (len, rest) = rest.split_first_chunk::<4>()?;
        let len = usize::try_from(u32::from_le_bytes(*len)).ok()?;
        let (code, rest) = rest.split_at_checked(len)?;
        self.0 = rest;
        Some((*name, code, *shared == 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::CacheStore as _;

    fn name(n: u8) -> Name {
        [n; 32]
    }

    fn has(cache: &FunctionCache, n: u8) -> bool {
        cache.kept().functions.contains_key(&name(n))
    }

    #[test]
    fn what_was_put_in_comes_out() {
        let cache = FunctionCache::new(100);
        assert!(cache.get(&name(1)).is_none());
        assert!(cache.insert(&name(1), vec![1, 2, 3]));
        assert_eq!(cache.get(&name(1)).as_deref(), Some(&[1, 2, 3][..]));
        assert!(!cache.insert(b"short", vec![]), "not a name");
        assert!(cache.get(b"short").is_none());
    }

    #[test]
    fn memory_is_bounded_and_what_is_shared_stays_longer() {
        let cache = FunctionCache::new(100);
        assert!(!cache.insert(&name(0), vec![0; 51]), "more than half");
        for n in 1..=10 {
            assert!(cache.insert(&name(n), vec![n; 10]));
        }
        assert!(cache.get(&name(3)).is_some());
        assert!(cache.insert(&name(11), vec![11; 10]));
        let held: Vec<u8> = (0..=11).filter(|&n| has(&cache, n)).collect();
        assert_eq!(held, [3, 11]);
        for n in 0..200 {
            cache.insert(&name(n), vec![n; 10]);
            let kept = cache.kept();
            let bytes: usize = kept.functions.values().map(|f| f.code.len()).sum();
            assert_eq!(kept.bytes, bytes);
            assert!(bytes <= 100);
        }
        assert!(!has(&cache, 3), "nobody wanted it again");
    }

    #[test]
    fn everything_goes_when_everything_is_shared() {
        let cache = FunctionCache::new(100);
        for n in 0..10 {
            cache.insert(&name(n), vec![n; 10]);
            assert!(cache.get(&name(n)).is_some());
        }
        cache.insert(&name(10), vec![10; 10]);
        assert_eq!(cache.kept().functions.len(), 1);
    }

    #[test]
    fn packed_functions_are_those_that_were_packed() {
        let cache = FunctionCache::new(1000);
        for n in 0..5 {
            cache.insert(&name(n), vec![n; usize::from(n)]);
        }
        assert!(cache.get(&name(4)).is_some());
        let packed = cache.kept().pack(1000);
        let names: Vec<(u8, usize, bool)> = Packed(&packed)
            .map(|(name, code, shared)| (name[0], code.len(), shared))
            .collect();
        let all = [
            (4, 4, true),
            (0, 0, false),
            (1, 1, false),
            (2, 2, false),
            (3, 3, false),
        ];
        assert_eq!(names, all);
        // Where there is room for two, the shared one is among them.
        let two = cache.kept().pack(2 * HEADER + 4);
        assert_eq!(
            Packed(&two).map(|(name, ..)| name[0]).collect::<Vec<_>>(),
            [4, 0]
        );
        for cut in 0..packed.len() {
            let names: Vec<Name> = Packed(&packed[..cut]).map(|(name, ..)| name).collect();
            assert!(names.len() < 5, "cut to {cut}");
        }
    }
}
