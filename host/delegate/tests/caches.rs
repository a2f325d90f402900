//! One cache in memory, row by row as the reference expects it.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::clock;
use rtfs_delegate::*;

fn cache(policy: EvictionPolicy, max_size: usize) -> (Arc<ManualClock>, Cache<&'static str, u32>) {
    let clock = clock();
    let config = CacheConfig {
        max_size,
        ttl: Some(Duration::from_secs(10)),
        eviction_policy: policy,
        ..CacheConfig::default()
    };
    let cache = Cache::new(config, clock.clone()).unwrap();
    (clock, cache)
}

#[test]
fn three_lookups_two_found_hit_rate_two_thirds() {
    let (clock, cache) = cache(EvictionPolicy::Lru, 10);
    assert_eq!(cache.stats().hit_rate(), 0.0);
    assert_eq!(cache.stats().last_updated, None);
    cache.put("a", 1).unwrap();
    clock.advance(Duration::from_millis(5));
    assert_eq!(
        (cache.get(&"a"), cache.get(&"b"), cache.get(&"a")),
        (Some(1), None, Some(1))
    );
    let stats = cache.stats();
    assert_eq!(stats.hit_rate(), 2.0 / 3.0);
    assert_eq!(stats.last_updated, Some(Timestamp::from_millis(1_000_005)));
    assert_eq!((stats.size, stats.capacity), (1, 10));
}

#[test]
fn entry_older_than_ttl_miss_removed_expirations_one() {
    let (clock, cache) = cache(EvictionPolicy::Lru, 10);
    cache.put("a", 1).unwrap();
    clock.advance(Duration::from_secs(10));
    assert_eq!(cache.get(&"a"), Some(1), "reading does not prolong it");
    clock.advance(Duration::from_millis(1));
    assert_eq!(cache.get(&"a"), None);
    let stats = cache.stats();
    assert_eq!(
        (stats.expirations, stats.invalidations, stats.size),
        (1, 1, 0)
    );
    assert_eq!((stats.hits, stats.misses), (1, 1));
}

/// Which of a, b, c are left after: put a, put b, get some, put c, with room for two.
fn left(policy: EvictionPolicy, gets: &[&'static str]) -> Vec<&'static str> {
    let (_, cache) = cache(policy, 2);
    cache.put("a", 1).unwrap();
    cache.put("b", 2).unwrap();
    for key in gets {
        cache.get(key);
    }
    cache.put("c", 3).unwrap();
    let stats = cache.stats();
    assert_eq!((stats.size, stats.evictions), (2, 1));
    let keys = ["a", "b", "c"].into_iter();
    keys.filter(|key| cache.get(key).is_some()).collect()
}

#[test]
fn max_size_2_lru_put_a_put_b_get_a_put_c_b_is_gone() {
    assert_eq!(left(EvictionPolicy::Lru, &["a"]), ["a", "c"]);
}

#[test]
fn same_under_fifo_a_is_gone() {
    assert_eq!(left(EvictionPolicy::Fifo, &["a"]), ["b", "c"]);
}

#[test]
fn same_under_lfu_a_read_twice_b_is_gone() {
    assert_eq!(left(EvictionPolicy::Lfu, &["a", "a"]), ["a", "c"]);
    assert_eq!(
        left(EvictionPolicy::Lfu, &["b", "a"]),
        ["a", "c"],
        "a tie: the older use goes"
    );
}

#[test]
fn under_ttl_what_expires_first_goes_first() {
    let (clock, cache) = cache(EvictionPolicy::Ttl, 3);
    for key in ["a", "b", "c"] {
        cache.put(key, 0).unwrap();
        clock.advance(Duration::from_secs(4));
    }
    // At 12 s: a has expired, and goes although b and c would leave room.
    cache.put("d", 0).unwrap();
    assert_eq!((cache.stats().evictions, cache.stats().expirations), (1, 1));
    // None has expired: b is next.
    cache.put("e", 0).unwrap();
    assert_eq!((cache.stats().evictions, cache.stats().expirations), (2, 1));
    assert_eq!((cache.get(&"b"), cache.get(&"c")), (None, Some(0)));
}

#[test]
fn under_random_the_seed_decides() {
    let run = |seed| {
        let config = CacheConfig {
            max_size: 8,
            eviction_policy: EvictionPolicy::Random,
            seed,
            ..CacheConfig::default()
        };
        let cache: Cache<u32, u32> = Cache::new(config, clock()).unwrap();
        for n in 0..64 {
            cache.put(n, n).unwrap();
            assert!(cache.stats().size <= 8);
        }
        (0..64)
            .filter(|n| cache.get(n).is_some())
            .collect::<Vec<_>>()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    assert_ne!(run(1), (56..64).collect::<Vec<_>>());
}

#[test]
fn replacing_evicts_nobody_and_makes_new() {
    let (clock, cache) = cache(EvictionPolicy::Lru, 2);
    cache.put("a", 1).unwrap();
    cache.put("b", 1).unwrap();
    clock.advance(Duration::from_secs(8));
    cache.put("a", 2).unwrap();
    assert_eq!((cache.stats().size, cache.stats().evictions), (2, 0));
    clock.advance(Duration::from_secs(8));
    assert_eq!((cache.get(&"a"), cache.get(&"b")), (Some(2), None));
}

#[test]
fn invalidating_and_clearing_count() {
    let (_, cache) = cache(EvictionPolicy::Lru, 10);
    for key in ["a", "b", "c"] {
        cache.put(key, 0).unwrap();
    }
    assert_eq!(cache.invalidate(&"a"), Ok(true));
    assert_eq!(cache.invalidate(&"a"), Ok(false));
    cache.clear().unwrap();
    assert_eq!((cache.stats().invalidations, cache.stats().size), (3, 0));
}

#[test]
fn max_size_0_caches_nothing() {
    let (_, cache) = cache(EvictionPolicy::Lru, 0);
    cache.put("a", 1).unwrap();
    assert_eq!(cache.get(&"a"), None);
    assert_eq!((cache.stats().size, cache.stats().puts), (0, 0));
}

#[test]
fn configurations_that_make_no_sense_are_refused() {
    let check = |config: CacheConfig| Cache::<u8, u8>::new(config, clock()).err();
    for threshold in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        let config = CacheConfig {
            confidence_threshold: Some(threshold),
            ..CacheConfig::default()
        };
        assert!(
            matches!(check(config), Some(CacheError::ConfigError(_))),
            "{threshold}"
        );
        let config = SemanticConfig {
            similarity_threshold: threshold,
            ..SemanticConfig::default()
        };
        assert!(SemanticCache::<u8>::new(config, clock()).is_err());
    }
    let persistent = CacheConfig {
        persistence_enabled: true,
        ..CacheConfig::default()
    };
    let error = check(persistent).unwrap().to_string();
    assert_eq!(
        error,
        "Configuration error: persistence is not available in this version"
    );
    assert_eq!(
        (CacheConfig::l1().max_size, CacheConfig::l2().max_size),
        (1000, 2000)
    );
}

#[test]
fn errors_have_fixed_texts() {
    for (error, text) in [
        (CacheError::CacheFull, "Cache is full"),
        (CacheError::KeyNotFound, "Key not found"),
        (
            CacheError::SerializationError("x".into()),
            "Serialization error: x",
        ),
        (CacheError::StorageError("x".into()), "Storage error: x"),
        (
            CacheError::ConfigError("x".into()),
            "Configuration error: x",
        ),
        (
            CacheError::AsyncError("x".into()),
            "Async operation failed: x",
        ),
    ] {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn keys_cannot_imitate_each_other() {
    let text = |agent: &str, task: &str| DelegationKey::new(agent, task).to_string();
    assert_eq!(text("planner", "sum"), "planner::sum");
    assert_ne!(text("a::b", "c"), text("a", "b::c"));
    assert_ne!(text("a%3A", "c"), text("a:", "c"));
    let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(ContentKey::of(b"abc").to_string(), format!("rtfs:{hash}"));
    assert!(SemanticKey([0; 32]).to_string().starts_with("semantic:00"));
    let key = InferenceRequest::prompt("m", "hello").key().to_string();
    assert!(key.starts_with("m::") && key.len() == 3 + 64, "{key}");
}

/// The same cache, slow and obvious: entries in the order in which they were stored.
struct Naive {
    policy: EvictionPolicy,
    max_size: usize,
    /// Key, value, created, uses, last use.
    entries: Vec<(u32, u32, u64, u64, u64)>,
    ticks: u64,
}

impl Naive {
    fn get(&mut self, key: u32, now: u64) -> Option<u32> {
        self.ticks += 1;
        let at = self.entries.iter().position(|entry| entry.0 == key)?;
        if now - self.entries[at].2 > 10_000 {
            self.entries.remove(at);
            return None;
        }
        let entry = &mut self.entries[at];
        entry.3 += 1;
        entry.4 = self.ticks;
        Some(entry.1)
    }

    fn put(&mut self, key: u32, value: u32, now: u64) {
        self.ticks += 1;
        let was_there = self.entries.iter().any(|entry| entry.0 == key);
        self.entries.retain(|entry| entry.0 != key);
        if !was_there && self.entries.len() >= self.max_size && self.policy == EvictionPolicy::Ttl {
            self.entries.retain(|entry| now - entry.2 <= 10_000);
        }
        if !was_there && self.entries.len() >= self.max_size {
            let victim = match self.policy {
                EvictionPolicy::Lru => self.entries.iter().min_by_key(|entry| entry.4),
                EvictionPolicy::Lfu => self.entries.iter().min_by_key(|entry| (entry.3, entry.4)),
                _ => self.entries.first(),
            };
            let victim = victim.expect("it is full").0;
            self.entries.retain(|entry| entry.0 != victim);
        }
        self.entries.push((key, value, now, 1, self.ticks));
    }
}

#[test]
fn every_policy_does_what_the_obvious_cache_does() {
    use EvictionPolicy::{Fifo, Lfu, Lru, Ttl};
    for (policy, max_size) in [(Lru, 3), (Lfu, 4), (Fifo, 3), (Ttl, 5)] {
        let clock = clock();
        let config = CacheConfig {
            max_size,
            ttl: Some(Duration::from_secs(10)),
            eviction_policy: policy,
            ..CacheConfig::default()
        };
        let cache = Cache::new(config, clock.clone()).unwrap();
        let mut naive = Naive {
            policy,
            max_size,
            entries: Vec::new(),
            ticks: 0,
        };
        let (mut state, mut hits) = (7_u64, 0);
        for step in 0..20_000_u32 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let key = u32::try_from(state % 8).unwrap();
            let now = clock.now().as_millis();
            match (state >> 8) % 16 {
                0..6 => {
                    cache.put(key, step).unwrap();
                    naive.put(key, step, now);
                }
                6..14 => {
                    let found = cache.get(&key);
                    assert_eq!(found, naive.get(key, now), "{policy:?}, step {step}");
                    hits += u64::from(found.is_some());
                }
                14 => clock.advance(Duration::from_millis((state >> 16) % 5_000)),
                _ => {
                    let n_before = naive.entries.len();
                    naive.entries.retain(|entry| entry.0 != key);
                    let was_there = naive.entries.len() < n_before;
                    assert_eq!(cache.invalidate(&key), Ok(was_there));
                }
            }
            assert_eq!(
                cache.stats().size,
                naive.entries.len(),
                "{policy:?}, step {step}"
            );
        }
        assert_eq!(cache.stats().hits, hits);
        let stats = cache.stats();
        assert!(
            hits > 500 && stats.evictions > 100 && stats.expirations > 10,
            "{policy:?} was hardly tried: {stats:?}"
        );
    }
}
