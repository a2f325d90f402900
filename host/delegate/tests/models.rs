//! Calls of models: known answers first, then the provider, and never a silent local run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rtfs_delegate::*;
use rtfs_value::Value;

/// Answers with the number of times it was asked.
#[derive(Default)]
struct Counting(AtomicU32);

impl ModelProvider for Counting {
    fn id(&self) -> &str {
        "counting"
    }

    fn infer(&self, _: &str) -> Result<String, ModelError> {
        Ok((self.0.fetch_add(1, Ordering::Relaxed) + 1).to_string())
    }
}

/// The same vector for the same letters, whatever their order.
struct Sorted;

impl Embedder for Sorted {
    fn id(&self) -> &str {
        "sorted-v1"
    }

    fn dimension(&self) -> usize {
        256
    }

    fn embed(&self, text: &str) -> Option<Vec<f32>> {
        let mut vector = vec![0.0; 256];
        text.bytes()
            .for_each(|byte| vector[usize::from(byte)] += 1.0);
        Some(vector)
    }
}

fn caller() -> (Arc<ManualClock>, ModelCaller) {
    let clock = Arc::new(ManualClock::default());
    let mut registry = ModelRegistry::with_defaults();
    registry.register(Arc::new(Counting::default()));
    registry.register(Arc::new(FixedModel::new("fixed").with_answer("a", "b")));
    (clock.clone(), ModelCaller::new(registry, clock))
}

fn request(prompt: &str) -> InferenceRequest {
    let mut request = InferenceRequest::prompt("counting", prompt);
    request.sampling.temperature = Some(0.0);
    request
}

#[track_caller]
fn check(caller: &ModelCaller, id: &str, args: &[Value], expected: &str) {
    let answer = caller.answer(id, args).expect("a call of a model");
    let shown = match answer {
        Ok(value) => rtfs_value::readable(&value),
        Err(error) => format!("!{} {:?}", error.class_name(), error.text()),
    };
    assert_eq!(shown, expected);
}

#[test]
fn an_unknown_model_is_a_host_error() {
    let (_, caller) = caller();
    check(
        &caller,
        "model-call:nobody",
        &[Value::string("hi")],
        "!UnknownCapability \"Capability 'model-call:nobody' not available in pure RTFS mode. Use \
         CCOS host for full capability support.\"",
    );
    assert!(caller.answer("shop.price", &[]).is_none());
}

#[test]
fn models_get_the_arguments_as_their_prompt() {
    let (_, caller) = caller();
    let text = [Value::string("hi")];
    check(&caller, "model-call:echo-model", &text, "\"[ECHO] hi\"");
    let both = [Value::string("hi"), Value::int(2)];
    check(
        &caller,
        "model-call:echo-model",
        &both,
        r#""[ECHO] \"hi\"\n2""#,
    );
    let remote = "\"[REMOTE:http://localhost:8080] hi\"";
    check(&caller, "model-call:arbiter-remote", &text, remote);
    check(&caller, "model-call:fixed", &[Value::string("a")], "\"b\"");
    let error = "!HostError \"model `fixed` did not answer: it knows no answer to this prompt\"";
    check(&caller, "model-call:fixed", &[Value::string("c")], error);
}

#[test]
fn answers_are_reused_exactly_then_similarly_and_said_to_be() {
    let (clock, caller) = caller();
    let l2 = Arc::new(InferenceCache::new(CacheConfig::l2(), clock.clone()).unwrap());
    let l3 = SemanticCache::new(SemanticConfig::default(), clock.clone()).unwrap();
    let l3 = Arc::new(l3.with_embedder(Arc::new(Sorted)));
    let caller = caller.with_caches(
        CacheManager::new()
            .with_l2_cache(l2.clone())
            .with_l3_cache(l3.clone()),
    );
    let ask = |prompt: &str| caller.infer(&request(prompt)).unwrap();
    assert_eq!(ask("abc").source, ModelSource::Provider);
    clock.advance(Duration::from_secs(3));
    let again = ask("abc");
    let age = Duration::from_secs(3);
    assert_eq!(
        (again.output.as_str(), again.source),
        ("1", ModelSource::L2 { age })
    );
    let similar = ask("cba");
    assert_eq!(similar.output, "1");
    let ModelSource::L3 {
        question,
        similarity,
    } = similar.source
    else {
        panic!("{:?}", similar.source);
    };
    assert_eq!(question, "abc");
    assert!(similarity > 0.999);
    // Another conversation before the question is another scope.
    let mut other = request("abc");
    let system = Message {
        role: "system".into(),
        content: "be brief".into(),
    };
    other.messages.insert(0, system);
    assert_eq!(caller.infer(&other).unwrap().output, "2");
    assert_eq!((l2.stats().hits, l3.stats().hits), (1, 1));
}

#[test]
fn drawn_answers_are_asked_for_each_time() {
    let (clock, caller) = caller();
    let l2 = Arc::new(InferenceCache::new(CacheConfig::l2(), clock).unwrap());
    let caller = caller.with_caches(CacheManager::new().with_l2_cache(l2));
    let drawn = InferenceRequest::prompt("counting", "x");
    assert_eq!(caller.infer(&drawn).unwrap().output, "1");
    assert_eq!(caller.infer(&drawn).unwrap().output, "2");
    let caller = caller.with_drawn_answers();
    assert_eq!(caller.infer(&drawn).unwrap().output, "3");
    assert_eq!(caller.infer(&drawn).unwrap().output, "3");
}

#[test]
fn hinted_functions_are_answered_by_models_and_checked() {
    let (_, caller) = caller();
    let run = |source: &str| {
        let forms = rtfs_syntax::read(source).forms;
        let program = rtfs_ir::lower(&forms, &rtfs_ir::LowerOptions::default()).program;
        let mut host = ModelHost::new(&caller, rtfs_eval::PureHost);
        let limits = rtfs_eval::Limits::default();
        let outcome = rtfs_eval::evaluate(&program.unwrap(), &mut host, &limits);
        match outcome.result {
            Ok(value) => rtfs_value::readable(&value),
            Err(error) => format!("!{}", error.class_name()),
        }
    };
    let hinted = |id: &str, result: &str| {
        format!("(defn ^:delegation :local-model \"{id}\" f [x]{result} x) (f \"a\")")
    };
    assert_eq!(run(&hinted("fixed", "")), "\"b\"");
    assert_eq!(run(&hinted("fixed", " :int")), "!TypeValidationError");
    assert_eq!(run(&hinted("nobody", "")), "!UnknownCapability");
    assert_eq!(run(r#"(call "model-call:echo-model" 1)"#), "\"[ECHO] 1\"");
    assert_eq!(run("(call :shop.price)"), "!UnknownCapability");
}
