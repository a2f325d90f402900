//! The cache layers in memory, row by row as the reference expects them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rtfs_delegate::*;

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(Timestamp::from_millis(1_000_000)))
}

fn engine(table: &[(&str, ExecTarget)]) -> StaticDelegationEngine {
    let table = table
        .iter()
        .map(|(name, target)| ((*name).to_owned(), target.clone()));
    StaticDelegationEngine::new(HashMap::from_iter(table), clock())
}

fn counts(stats: &CacheStats) -> (u64, u64, u64) {
    (stats.hits, stats.misses, stats.puts)
}

#[test]
fn symbol_in_the_static_table_its_target_counters_unchanged() {
    let target = ExecTarget::RemoteModel("m".into());
    let engine = engine(&[("f", target.clone())]);
    assert_eq!(engine.decide(&CallContext::new("f", 1, 2)), target);
    assert_eq!(counts(&engine.cache_stats()), (0, 0, 0));
    assert_eq!(
        engine.explain(&CallContext::new("f", 1, 2)).reason,
        DecisionReason::Table
    );
}

#[test]
fn unknown_symbol_twice_one_miss_one_put_then_one_hit() {
    let engine = engine(&[]);
    let context = CallContext::new("f", 1, 2);
    assert_eq!(engine.decide(&context), ExecTarget::LocalPure);
    assert_eq!(counts(&engine.cache_stats()), (0, 1, 1));
    let again = engine.explain(&context);
    assert_eq!(
        (again.target, again.reason),
        (ExecTarget::LocalPure, DecisionReason::L1Hit)
    );
    assert_eq!(counts(&engine.cache_stats()), (1, 1, 1));
    let plan = &engine.l1().get_agent_plans("f")[0].1;
    assert_eq!(plan.reasoning, "Default fallback to local pure execution");
    assert_eq!(plan.confidence, 0.8);
}

#[test]
fn what_is_remembered_explains_itself() {
    let engine = engine(&[]);
    let metadata = DelegationMetadata::new()
        .with_confidence(0.5)
        .with_source("planner")
        .with_context("goal", "sum");
    engine.decide(&CallContext::new("f", 1, 2).with_metadata(metadata));
    engine.decide(&CallContext::new("g", 1, 2).with_metadata(DelegationMetadata::new()));
    let plans = engine.l1().get_task_plans("1:2");
    assert_eq!(plans[0].0, "f");
    assert_eq!(plans[0].1.confidence, 0.5);
    assert_eq!(plans[0].1.reasoning, "Decision from planner");
    assert_eq!(plans[0].1.metadata["goal"], "sum");
    assert_eq!(plans[1].1.reasoning, "Decision from unknown-component");
    assert_eq!(plans[1].1.confidence, 0.8);
}

/// Stores a target for a context and decides about it.
fn decide_after(target: &ExecTarget) -> (StaticDelegationEngine, ExecTarget) {
    let engine = engine(&[]);
    let context = CallContext::new("f", 10, 11);
    let task = StaticDelegationEngine::task(&context);
    assert_eq!(task, "a:b");
    engine
        .cache_decision("f", &task, target, 0.9, "because")
        .unwrap();
    let decided = engine.decide(&context);
    (engine, decided)
}

#[test]
fn plan_remote_big_stored_for_a_context_remote_model_big() {
    for target in [
        ExecTarget::RemoteModel("big".into()),
        ExecTarget::LocalModel("local-x".into()),
        // Upstream takes a model of this name for the evaluator.
        ExecTarget::LocalModel("pure".into()),
    ] {
        assert_eq!(decide_after(&target).1, target);
    }
    let parsed = PlanTarget::parse("remote-big").exec_target();
    assert_eq!(parsed, Some(ExecTarget::RemoteModel("big".into())));
    let parsed = PlanTarget::parse("local-local-x").exec_target();
    assert_eq!(
        parsed,
        Some(ExecTarget::LocalModel("local-x".into())),
        "one prefix goes"
    );
    let parsed = PlanTarget::parse("local-pure").exec_target();
    assert_eq!(parsed, Some(ExecTarget::LocalPure));
}

#[test]
fn plan_target_of_unknown_form_local_pure() {
    let engine = engine(&[]);
    let plan = DelegationPlan {
        target: PlanTarget::parse("somewhere"),
        confidence: 1.0,
        reasoning: String::new(),
        created_at: Timestamp::default(),
        metadata: Default::default(),
    };
    engine.l1().put_plan("f", "1:2", plan).unwrap();
    assert_eq!(
        engine.decide(&CallContext::new("f", 1, 2)),
        ExecTarget::LocalPure
    );
}

#[test]
fn storing_an_l4_hit_in_l1_nothing_stored() {
    let target = ExecTarget::L4CacheHit {
        storage_pointer: StoragePointer {
            blob: rtfs_store::Digest::of(b"component"),
            export: 1,
        },
        signature: RecordSignature {
            record: rtfs_store::Digest::of(b"record"),
            signer: rtfs_store::KeyId::from_bytes([1; 32]),
        },
    };
    let (engine, decided) = decide_after(&target);
    assert_eq!(decided, ExecTarget::LocalPure);
    assert_eq!(engine.cache_stats().puts, 1, "only the default");
    let stored = engine.cache_decision("g", "1:2", &target, 0.9, "");
    assert_eq!(stored, Ok(false));
}

#[test]
fn contexts_that_differ_only_in_metadata_or_embedding_same_l1_key() {
    let engine = engine(&[]);
    let context = CallContext::new("f", 1, 2);
    let described = context
        .clone()
        .with_metadata(DelegationMetadata::new().with_reasoning("x"))
        .with_embedding(Embedding::new("e", vec![1.0]).unwrap())
        .with_definition(rtfs_ir::DefinitionHash::from_bytes([1; 32]));
    assert_eq!(context, described);
    engine.decide(&context);
    engine.decide(&described);
    assert_eq!(counts(&engine.cache_stats()), (1, 1, 1));
}

#[test]
fn fn_symbol_or_either_fingerprint_differs_different_key() {
    let engine = engine(&[]);
    let contexts = [
        ("f", 1, 2),
        ("g", 1, 2),
        ("f", 2, 2),
        ("f", 1, 3),
        ("f", 2, 1),
        ("f", 0, 0),
    ];
    for (symbol, args, surroundings) in contexts {
        engine.decide(&CallContext::new(symbol, args, surroundings));
    }
    assert_eq!(counts(&engine.cache_stats()), (0, 6, 6));
}

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

fn l1(config: CacheConfig) -> DelegationCache {
    DelegationCache::new(config, clock()).unwrap()
}

fn plan(confidence: f64) -> DelegationPlan {
    DelegationPlan {
        target: PlanTarget::LocalPure,
        confidence,
        reasoning: String::new(),
        created_at: Timestamp::default(),
        metadata: Default::default(),
    }
}

#[test]
fn l1_plans_below_the_threshold_or_of_an_earlier_policy_miss() {
    let cache = l1(CacheConfig {
        confidence_threshold: Some(0.5),
        ..CacheConfig::l1()
    });
    cache.put_plan("f", "t", plan(0.4)).unwrap();
    assert_eq!(cache.get_plan("f", "t"), None);
    cache.put_plan("f", "t", plan(0.5)).unwrap();
    assert!(cache.get_plan("f", "t").is_some());
    cache.advance_policy_version();
    assert!(cache.get_agent_plans("f").is_empty());
    assert_eq!(cache.get_plan("f", "t"), None);
    assert_eq!((cache.stats().size, cache.stats().invalidations), (0, 2));
    assert!(cache.put_plan("f", "t", plan(1.5)).is_err());
}

#[test]
fn l1_lists_are_sorted_and_exact() {
    let cache = l1(CacheConfig::l1());
    for (agent, task) in [("f", "b"), ("f", "a"), ("ff", "a"), ("f::a", "c")] {
        cache.put_plan(agent, task, plan(1.0)).unwrap();
    }
    let names = |plans: Vec<(String, DelegationPlan)>| {
        plans.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(names(cache.get_agent_plans("f")), ["a", "b"]);
    assert_eq!(names(cache.get_task_plans("a")), ["f", "ff"]);
    assert_eq!(cache.invalidate_plan("f", "a"), Ok(true));
    assert_eq!(cache.invalidate_plan("f", "a"), Ok(false));
}

fn certain(model: &str, prompt: &str) -> InferenceRequest {
    let mut request = InferenceRequest::prompt(model, prompt);
    request.sampling.temperature = Some(0.0);
    request
}

fn l2(confidence_threshold: Option<f64>) -> (Arc<ManualClock>, InferenceCache) {
    let clock = clock();
    let config = CacheConfig {
        confidence_threshold,
        ..CacheConfig::l2()
    };
    let cache = InferenceCache::new(config, clock.clone()).unwrap();
    (clock, cache)
}

#[test]
fn l2_same_input_other_model_miss() {
    let (clock, cache) = l2(None);
    let answer = InferenceResult::complete("4");
    assert_eq!(
        cache.put_inference(&certain("a", "2+2"), answer.clone(), false),
        Ok(true)
    );
    assert!(cache.get_inference(&certain("b", "2+2")).is_none());
    clock.advance(Duration::from_secs(60));
    let found = cache.get_inference(&certain("a", "2+2")).unwrap();
    assert_eq!((found.result, found.age), (answer, Duration::from_secs(60)));
}

#[test]
fn l2_everything_that_can_change_the_answer_is_in_the_key() {
    let base = certain("m", "p");
    let mut others = vec![base.clone(); 9];
    others[0].model_version = "2".into();
    others[1].messages[0].role = "system".into();
    others[2].messages.push(base.messages[0].clone());
    others[3].sampling.temperature = Some(0.5);
    others[4].sampling.top_p = Some(0.0);
    others[5].sampling.max_tokens = Some(0);
    others[6].sampling.seed = Some(0);
    others[7].tools.push(String::new());
    others[8].response_schema = Some(String::new());
    let mut keys: Vec<_> = others.iter().map(|request| request.key()).collect();
    keys.push(base.key());
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 10);
}

#[test]
fn l2_drawn_cut_off_and_refused_answers_are_not_kept() {
    let (_, cache) = l2(None);
    let drawn = InferenceRequest::prompt("m", "p");
    let answer = InferenceResult::complete("x");
    assert_eq!(
        cache.put_inference(&drawn, answer.clone(), false),
        Ok(false)
    );
    assert_eq!(cache.put_inference(&drawn, answer.clone(), true), Ok(true));
    for stop_reason in [StopReason::Length, StopReason::Refusal, StopReason::Failed] {
        let answer = InferenceResult {
            stop_reason,
            ..answer.clone()
        };
        assert_eq!(
            cache.put_inference(&certain("m", "q"), answer, true),
            Ok(false)
        );
    }
}

#[test]
fn l2_confidence_0_4_threshold_0_5_miss_removed() {
    let (_, cache) = l2(Some(0.5));
    let unsure = InferenceResult {
        confidence: 0.4,
        ..InferenceResult::complete("x")
    };
    cache
        .put_inference(&certain("m", "p"), unsure, false)
        .unwrap();
    assert!(cache.get_inference(&certain("m", "p")).is_none());
    let stats = cache.stats();
    assert_eq!((stats.misses, stats.invalidations, stats.size), (1, 1, 0));
}

#[test]
fn get_model_results_only_that_models_entries_sorted() {
    let (_, cache) = l2(None);
    for (model, prompt) in [
        ("m", "p"),
        ("m", "q"),
        ("m", "r"),
        ("n", "p"),
        ("m::n", "p"),
    ] {
        let answer = InferenceResult::complete(prompt);
        cache
            .put_inference(&certain(model, prompt), answer, false)
            .unwrap();
    }
    let found = cache.get_model_results("m");
    assert_eq!(found.len(), 3);
    assert!(found.is_sorted_by_key(|(key, _)| key.clone()));
    assert!(found.iter().all(|(key, _)| key.model == "m"));
    let same_input = cache.get_input_results(&certain("any", "p"));
    let models: Vec<_> = same_input
        .iter()
        .map(|(key, _)| key.model.as_str())
        .collect();
    assert_eq!(models, ["m", "m::n", "n"]);
}

/// Two numbers: how many `a` and how many `b`; texts without either have none.
struct Letters;

impl Embedder for Letters {
    fn id(&self) -> &str {
        "letters-v1"
    }

    fn dimension(&self) -> usize {
        2
    }

    fn embed(&self, text: &str) -> Option<Vec<f32>> {
        let count = |letter| text.matches(letter).count() as f32;
        match text {
            "infinite" => Some(vec![f32::INFINITY, 0.0]),
            _ => Some(vec![count('a'), count('b')]),
        }
    }
}

fn l3(max_size: usize) -> (Arc<ManualClock>, SemanticCache<u32>) {
    let clock = clock();
    let config = SemanticConfig {
        max_size,
        ..SemanticConfig::default()
    };
    let cache = SemanticCache::new(config, clock.clone()).unwrap();
    (clock, cache.with_embedder(Arc::new(Letters)))
}

#[test]
fn l3_identical_text_similarity_1() {
    let (_, cache) = l3(10);
    let scope = SemanticScope::default();
    assert_eq!(cache.put_semantic(&scope, "aab", 7), Ok(true));
    let hit = cache.get_semantic(&scope, "aab").unwrap();
    assert!((hit.similarity - 1.0).abs() < 1e-6);
    assert_eq!((hit.value, hit.question.as_str()), (7, "aab"));
    assert!(
        cache.get_semantic(&scope, "abb").is_none(),
        "0.8 is not 0.98"
    );
    assert_eq!(counts(&cache.stats()), (1, 1, 1));
}

#[test]
fn l3_other_scope_identical_text_miss() {
    let (_, cache) = l3(10);
    let scope = SemanticScope::default();
    cache.put_semantic(&scope, "aab", 7).unwrap();
    let mut others = vec![scope.clone(); 4];
    others[0].model = "m".into();
    others[1].system = "s".into();
    others[2].tenant = "t".into();
    others[3].response_schema = Some(String::new());
    for other in others {
        assert!(cache.get_semantic(&other, "aab").is_none());
    }
}

#[test]
fn l3_full_insert_new_the_least_recently_used_goes_not_the_new_one() {
    let (_, cache) = l3(2);
    let scope = SemanticScope::default();
    cache.put_semantic(&scope, "a", 1).unwrap();
    cache.put_semantic(&scope, "b", 2).unwrap();
    cache.get_semantic(&scope, "a").unwrap();
    cache.put_semantic(&scope, "ab", 3).unwrap();
    let value = |question| cache.get_semantic(&scope, question).map(|hit| hit.value);
    assert_eq!(
        (value("a"), value("b"), value("ab")),
        (Some(1), None, Some(3))
    );
}

#[test]
fn l3_of_equally_similar_the_newest_answers_and_lists_are_sorted() {
    let (clock, cache) = l3(10);
    let scope = SemanticScope::default();
    for (question, value) in [("a", 1), ("aa", 2), ("aab", 3)] {
        cache.put_semantic(&scope, question, value).unwrap();
    }
    assert_eq!(cache.get_semantic(&scope, "aaa").unwrap().value, 2);
    let found = cache.get_similar_entries(&scope, "aaa", 0.5);
    let values: Vec<_> = found.iter().map(|(_, hit)| hit.value).collect();
    assert_eq!(values, [2, 1, 3]);
    clock.advance(Duration::from_secs(86_401));
    assert!(cache.get_similar_entries(&scope, "aaa", 0.5).is_empty());
    assert!(cache.get_semantic(&scope, "aaa").is_none());
}

#[test]
fn l3_is_off_without_an_embedder_and_refuses_bad_vectors() {
    let off: SemanticCache<u32> = SemanticCache::new(SemanticConfig::default(), clock()).unwrap();
    let scope = SemanticScope::default();
    assert!(!off.is_on());
    assert_eq!(off.put_semantic(&scope, "a", 1), Ok(false));
    assert!(off.get_semantic(&scope, "a").is_none());
    let (_, cache) = l3(10);
    assert!(cache.put_semantic(&scope, "infinite", 1).is_err());
    assert!(cache.get_semantic(&scope, "infinite").is_none());
    assert_eq!(cache.config().similarity_threshold, 0.98);
}

#[test]
fn vectors_of_different_length_or_zero_vector_similarity_0() {
    assert_eq!(cosine(&[1.0], &[1.0, 0.0]), 0.0);
    assert_eq!(cosine(&[0.0, 0.0], &[1.0, 0.0]), 0.0);
    assert_eq!(cosine(&[], &[]), 0.0);
    assert!((cosine(&[1e-30, 0.0], &[1e30, 0.0]) - 1.0).abs() < 1e-6);
    assert!(Embedding::new("e", vec![f32::NAN]).is_err());
}

#[test]
fn the_manager_gathers_what_the_layers_did() {
    let l1 = Arc::new(l1(CacheConfig::l1()));
    l1.get_plan("f", "t");
    let manager = CacheManager::new().with_l1_cache(l1);
    assert_eq!(manager.get_stats("l1").unwrap().misses, 1);
    assert_eq!(manager.get_stats("l2"), None);
    let metrics = manager.get_all_stats()[0].metrics();
    assert!(metrics.contains(&("l1_cache_misses".to_owned(), 1)));
    assert!(metrics.contains(&("l1_cache_hits".to_owned(), 0)));
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
