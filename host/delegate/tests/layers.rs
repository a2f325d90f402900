//! The layers over caches in memory, row by row as the reference expects them.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{clock, counts};
use rtfs_delegate::*;

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
