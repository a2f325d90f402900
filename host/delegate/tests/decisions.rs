//! The static engine and its delegation cache, row by row as the reference expects them.

mod common;

use std::collections::HashMap;

use common::{clock, counts};
use rtfs_delegate::*;

fn engine(table: &[(&str, ExecTarget)]) -> StaticDelegationEngine {
    let table = table
        .iter()
        .map(|(name, target)| ((*name).to_owned(), target.clone()));
    StaticDelegationEngine::new(HashMap::from_iter(table), clock())
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
