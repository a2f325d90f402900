//! What a security context lets out of the machine.

mod support;

use rtfs_eval::{Host, HostCall, Limits, SecurityContext, SecurityLevel};
use rtfs_value::{Error, Value};
use support::{run_with, show};

/// Answers everything with the name of the capability and counts.
struct Answering {
    security: SecurityContext,
    n_asked: u32,
}

impl Host for Answering {
    fn execute_capability(&mut self, call: &HostCall) -> Result<Value, Error> {
        self.n_asked += 1;
        Ok(Value::string(&call.capability_id))
    }

    fn security_context(&self) -> Option<SecurityContext> {
        Some(self.security.clone())
    }
}

/// The outcome, and how often the host was asked.
fn run(security: SecurityContext, source: &str) -> (String, u32) {
    let mut host = Answering {
        security,
        n_asked: 0,
    };
    let result = run_with(source, &mut host, &Limits::default()).result;
    (show(&result), host.n_asked)
}

fn refusal(capability: &str, context: &str) -> (String, u32) {
    let text = format!(
        "!SecurityViolation \"Security violation: call operation on capability '{capability}' not allowed in context: {context}\""
    );
    (text, 0)
}

#[test]
fn levels_bound_the_capabilities() {
    let answered = ("\"shop.price\"".to_owned(), 1);
    let source = "(call :shop.price 1)";
    assert_eq!(run(SecurityContext::full(), source), answered);
    assert_eq!(
        run(SecurityContext::controlled(["shop.price"]), source),
        answered
    );
    assert_eq!(
        run(SecurityContext::controlled(["shop.stock"]), source),
        refusal("shop.price", "Controlled")
    );
    assert_eq!(
        run(SecurityContext::pure(), source),
        refusal("shop.price", "Pure")
    );
    assert_eq!(run(SecurityContext::pure(), "(+ 1 2)"), ("3".to_owned(), 0));
}

#[test]
fn violations_are_host_errors_that_programs_can_catch() {
    let caught = "(try (call \"net.fetch\") (catch HostError e (:kind e)))";
    assert_eq!(
        run(SecurityContext::pure(), caught),
        (":security-violation".to_owned(), 0)
    );
    let delegated = "(defn f ^:delegation :remote \"m\" [x] x) (f 1)";
    assert_eq!(
        run(SecurityContext::pure(), delegated),
        refusal("model-call:m", "Pure")
    );
}

#[test]
fn effects_are_labels_in_any_spelling_and_denial_wins() {
    let fetch = "(call :ccos.network.http-fetch \"http://a\")";
    let refused = refusal("ccos.network.http-fetch", "Full without effect :network");
    let full = SecurityContext::full;
    assert_eq!(run(full().with_denied_effects(["Network"]), fetch), refused);
    assert_eq!(
        run(full().with_allowed_effects([":compute"]), fetch),
        refused
    );
    assert_eq!(run(full().with_allowed_effects(["NETWORK"]), fetch).1, 1);
    let both = full()
        .with_allowed_effects(["network"])
        .with_denied_effects(["network"]);
    assert_eq!(run(both, fetch), refused);
    let ask = "(call :ccos.user.ask \"?\")";
    assert_eq!(run(full().with_allowed_effects(["io"]), ask).1, 0);
    assert_eq!(
        run(full().with_allowed_effects(["io", "user-interaction"]), ask).1,
        1
    );
}

#[test]
fn levels_have_default_limits() {
    assert_eq!(SecurityLevel::Pure.time_ms(), Some(1_000));
    assert_eq!(SecurityLevel::Controlled.memory_bytes(), Some(64 << 20));
    assert_eq!(SecurityLevel::Full.time_ms(), None);
    assert!(SecurityLevel::Pure < SecurityLevel::Full);
}
