//! Translations of single functions: components share most of theirs.
//!
//! Whatever a backend links into each component it makes, a runtime above all, is the same
//! function in all of them. The compiler names a function by the SHA-256 of its intermediate
//! code with all settings, without the places of what it calls, and asks here before it does
//! anything else with it.
//!
//! Nothing is believed that no host with this key translated itself: what comes from a file comes
//! through [`AotCache`], under its authentication code. The file is in the order of last use, and
//! what does not fit any more is what was not used for longest.

use crate::aot::{Altered, AotCache};
use crate::error::CacheError;
use crate::profile::Fingerprint;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most bytes that are written to a file: some three runtimes whole.
const FILE_BYTES: usize = 4 << 20;

/// What a function in memory costs besides its code, about.
const ENTRY_BYTES: usize = 128;

type Name = [u8; 32];

/// Functions that were translated, in bounded memory.
pub(crate) struct FunctionCache {
    kept: Mutex<Kept>,
    /// Most bytes held.
    limit: usize,
}

/// What the translator did, function by function, since an engine was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Translated {
    /// Functions that were translated.
    pub made: u64,
    /// Functions whose translation was there.
    pub reused: u64,
    /// Files of translations that were not believed, because somebody altered them.
    pub altered: u64,
}

#[derive(Default)]
struct Kept {
    functions: BTreeMap<Name, Translation>,
    count: Translated,
    bytes: usize,
    /// Whether a file was looked for.
    read: bool,
    /// Functions made that no file has yet.
    unsaved: u64,
}

struct Translation {
    code: Vec<u8>,
    /// Made or wanted by this process.
    used: bool,
    /// Wanted by a second component since there was room for the last time.
    shared: bool,
}

impl Translation {
    fn bytes(&self) -> usize {
        self.code.len() + ENTRY_BYTES
    }
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
                (found.used, found.shared) = (true, true);
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
        let mut kept = self.kept();
        kept.unsaved += 1;
        kept.insert(name, value, true, self.limit)
    }
}

impl FunctionCache {
    /// One that holds up to `limit` bytes.
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

    /// Takes in what an earlier process wrote, once. A file that is of no use only costs the time to
    /// translate again.
    pub(crate) fn read(&self, cache: &AotCache, fingerprint: &Fingerprint) {
        if std::mem::replace(&mut self.kept().read, true) {
            return;
        }
        let packed = file(cache, fingerprint);
        let mut kept = self.kept();
        kept.count.altered += u64::from(packed.is_err());
        for (name, code) in Packed(&packed.unwrap_or_default()) {
            if !kept.functions.contains_key(&name) {
                kept.insert(name, code.to_vec(), false, self.limit);
            }
        }
    }

    /// Writes what this process used, and behind it what else is in the file, if there are functions
    /// that no file has.
    pub(crate) fn write(
        &self,
        cache: &AotCache,
        fingerprint: &Fingerprint,
    ) -> Result<(), CacheError> {
        let unsaved = self.kept().unsaved;
        if unsaved == 0 {
            return Ok(());
        }
        self.read(cache, fingerprint);
        // Other processes write it too.
        let before = file(cache, fingerprint).unwrap_or_default();
        let packed = self.kept().pack(&before, FILE_BYTES);
        cache.write_functions(fingerprint, &packed)?;
        let mut kept = self.kept();
        // Another thread may have written them, too.
        kept.unsaved = kept.unsaved.saturating_sub(unsaved);
        Ok(())
    }
}

/// What is in the file; nothing if it is not there or cannot be read.
fn file(cache: &AotCache, fingerprint: &Fingerprint) -> Result<Vec<u8>, Altered> {
    let found = cache.read_functions(fingerprint, FILE_BYTES as u64);
    found.unwrap_or_else(|_| Ok(Vec::new()))
}

impl Kept {
    fn insert(&mut self, name: Name, code: Vec<u8>, used: bool, limit: usize) -> bool {
        let mut function = Translation {
            code,
            used,
            shared: false,
        };
        if function.bytes() > limit / 2 {
            return false;
        }
        if self.bytes + function.bytes() > limit {
            self.make_room(limit);
        }
        if let Some(before) = self.functions.remove(&name) {
            // Two threads made it at once.
            self.bytes -= before.bytes();
            function.shared = before.shared;
        }
        self.bytes += function.bytes();
        self.functions.insert(name, function);
        true
    }

    /// Lets go of what nobody wanted a second time, or of everything if that is too little. What
    /// stays has to be wanted again to stay the next time.
    fn make_room(&mut self, limit: usize) {
        self.functions
            .retain(|_, function| std::mem::take(&mut function.shared));
        self.bytes = self.functions.values().map(Translation::bytes).sum();
        if self.bytes > limit / 2 {
            self.functions.clear();
            self.bytes = 0;
        }
    }

    /// Functions after each other, as far as there is room: those that this process used, shared ones
    /// first, then those of `before`. A function is its name, the length of its code in four bytes, little endian, and
    /// its code.
    fn pack(&self, before: &[u8], limit: usize) -> Vec<u8> {
        let mut packed = Vec::new();
        let mut add = |name: &Name, code: &[u8]| {
            if packed.len() + HEADER + code.len() <= limit {
                packed.extend_from_slice(name);
                packed.extend_from_slice(&(code.len() as u32).to_le_bytes());
                packed.extend_from_slice(code);
            }
        };
        let used = |name: &Name| self.functions.get(name).is_some_and(|kept| kept.used);
        for shared in [true, false] {
            for (name, function) in &self.functions {
                if function.used && function.shared == shared {
                    add(name, &function.code);
                }
            }
        }
        for (name, code) in Packed(before) {
            if !used(&name) {
                add(&name, code);
            }
        }
        packed
    }
}

/// Bytes before the code of a packed function.
const HEADER: usize = 32 + 4;

/// The functions of packed bytes, up to where they are none.
struct Packed<'a>(&'a [u8]);

impl<'a> Iterator for Packed<'a> {
    type Item = (Name, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, rest) = self.0.split_first_chunk::<32>()?;
        let (len, rest) = rest.split_first_chunk::<4>()?;
        let len = usize::try_from(u32::from_le_bytes(*len)).ok()?;
        let (code, rest) = rest.split_at_checked(len)?;
        self.0 = rest;
        Some((*name, code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::CacheStore as _;

    /// Room for ten functions of ten bytes.
    const LIMIT: usize = 10 * (ENTRY_BYTES + 10);

    fn name(n: u8) -> Name {
        [n; 32]
    }

    fn names(packed: &[u8]) -> Vec<u8> {
        Packed(packed).map(|(name, _)| name[0]).collect()
    }

    fn cache_of(range: std::ops::Range<u8>) -> FunctionCache {
        let cache = FunctionCache::new(LIMIT);
        for n in range {
            assert!(cache.insert(&name(n), vec![n; 10]));
        }
        cache
    }

    #[test]
    fn what_was_put_in_comes_out() {
        let cache = FunctionCache::new(LIMIT);
        assert!(cache.get(&name(1)).is_none());
        assert!(cache.insert(&name(1), vec![1, 2, 3]));
        assert_eq!(cache.get(&name(1)).as_deref(), Some(&[1, 2, 3][..]));
        assert!(!cache.insert(b"short", vec![]), "not a name");
        assert!(cache.get(b"short").is_none());
    }

    #[test]
    fn memory_is_bounded_and_what_is_shared_stays_longer() {
        let cache = cache_of(1..11);
        assert!(
            !cache.insert(&name(0), vec![0; LIMIT / 2]),
            "more than half"
        );
        assert!(cache.get(&name(3)).is_some());
        assert!(cache.insert(&name(11), vec![11; 10]));
        let held: Vec<u8> = cache.kept().functions.keys().map(|name| name[0]).collect();
        assert_eq!(held, [3, 11]);
        for n in 20..200 {
            cache.insert(&name(n), vec![n; 10]);
            let kept = cache.kept();
            let bytes: usize = kept.functions.values().map(Translation::bytes).sum();
            assert_eq!(kept.bytes, bytes);
            assert!(bytes <= LIMIT);
        }
        assert!(!cache.kept().functions.contains_key(&name(3)));
    }

    #[test]
    fn everything_goes_when_everything_is_shared() {
        let cache = cache_of(0..10);
        for n in 0..10 {
            assert!(cache.get(&name(n)).is_some());
        }
        cache.insert(&name(10), vec![10; 10]);
        assert_eq!(cache.kept().functions.len(), 1);
    }

    /// A process after the other: the file never freezes with what nobody uses.
    #[test]
    fn what_was_used_last_stays_in_the_file() {
        let four = 4 * (HEADER + 10);
        let first = cache_of(0..4).kept().pack(&[], four);
        assert_eq!(names(&first), [0, 1, 2, 3]);
        let second = cache_of(4..6).kept().pack(&first, four);
        assert_eq!(names(&second), [4, 5, 0, 1]);
        // One that reads the file and wants one of its functions, and makes another.
        let third = FunctionCache::new(LIMIT);
        for (name, code) in Packed(&second) {
            third.kept().insert(name, code.to_vec(), false, LIMIT);
        }
        assert!(third.get(&name(1)).is_some());
        third.insert(&name(9), vec![9; 10]);
        assert_eq!(names(&third.kept().pack(&second, four)), [1, 9, 4, 5]);
    }

    #[test]
    fn packed_bytes_may_end_anywhere() {
        let packed = cache_of(0..5).kept().pack(&[], 1000);
        assert_eq!(names(&packed), [0, 1, 2, 3, 4]);
        for cut in 0..packed.len() {
            assert!(names(&packed[..cut]).len() < 5, "cut to {cut}");
        }
    }
}
