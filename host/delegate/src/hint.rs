//! The author's word: a hint bypasses every engine.

use rtfs_ir::DelegationHint;

use crate::call_context::CallContext;
use crate::engine::{Considered, Decision, DecisionReason, DelegationEngine};
use crate::target::ExecTarget;

/// Decides about a call of a function that may carry its author's hint, in an embedding that may
/// have an engine. A hinted function never reaches the engine; without an engine the body runs.
pub fn decide_call(
    engine: Option<&dyn DelegationEngine>,
    hint: Option<&DelegationHint>,
    context: &CallContext,
) -> Decision {
    if let Some(hint) = hint {
        let target = ExecTarget::from_hint(hint);
        return Decision {
            considered: vec![Considered::new("author-hint", target.to_string())],
            engine: "author-hint",
            policy: None,
            reason: DecisionReason::AuthorHint,
            overridden: true,
            target,
        };
    }
    match engine {
        Some(engine) => engine.explain(context),
        None => Decision {
            target: ExecTarget::LocalPure,
            engine: "none",
            considered: Vec::new(),
            policy: None,
            reason: DecisionReason::NoEngine,
            overridden: false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Forbidden;

    impl DelegationEngine for Forbidden {
        fn decide(&self, _: &CallContext) -> ExecTarget {
            panic!("asked in spite of a hint")
        }
    }

    #[test]
    fn author_hint_present_engine_not_asked() {
        let context = CallContext::new("f", 0, 0);
        for (hint, target) in [
            (DelegationHint::LocalPure, ExecTarget::LocalPure),
            (
                DelegationHint::LocalModel("m".into()),
                ExecTarget::LocalModel("m".into()),
            ),
            (
                DelegationHint::RemoteModel("m".into()),
                ExecTarget::RemoteModel("m".into()),
            ),
        ] {
            let decision = decide_call(Some(&Forbidden), Some(&hint), &context);
            assert_eq!(decision.target, target);
            assert!(decision.overridden);
        }
    }

    #[test]
    fn without_hint_and_engine_the_body_runs() {
        let decision = decide_call(None, None, &CallContext::new("f", 0, 0));
        assert_eq!(decision.target, ExecTarget::LocalPure);
        assert_eq!(decision.reason.name(), "no-engine");
    }
}
