//! A host for native tests.

use crate::error::Error;
use rtfs_value::{Value, cbor};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Answers a capability.
type Answerer = Box<dyn FnMut(&[Value]) -> Result<Value, Error>>;

/// A host that knows what the test told it and nothing else.
///
/// What crosses is encoded and decoded as on the way to a real host. Capabilities that it does not
/// know are answered with `UnknownCapability`, and outside of [`MockHost::run`] there is a host
/// that knows none.
///
/// ```
/// use rtfs_guest::testing::{self, MockHost};
/// use rtfs_guest::{Error, Value, call_capability, module};
///
/// fn total(items: Vec<String>) -> Result<i64, Error> {
///     let mut total = 0;
///     for item in &items {
///         total += call_capability("shop.price", &[Value::string(item)])?.as_int().unwrap_or(0);
///     }
///     Ok(total)
/// }
///
/// module! { "total" => total(items: Vec<String>) -> Result<i64, Error>; }
///
/// # fn main() {
/// let mut host = MockHost::new().capability("shop.price", |args| match args[0].as_str() {
///     Some("tea") => Ok(Value::int(5)),
///     _ => Err(Error::raised("sold-out", "there is none")),
/// });
/// let basket = |items: &[&str]| Value::vector(items.iter().map(|item| Value::string(item)));
///
/// let sum = host.run(|| testing::call(RTFS_EXPORTS, "total", &[basket(&["tea", "tea"])]));
/// assert_eq!(sum.unwrap().as_int(), Some(10));
///
/// let error = host.run(|| testing::call(RTFS_EXPORTS, "total", &[basket(&["milk"])]));
/// assert_eq!(error.unwrap_err().kind(), "sold-out");
/// assert_eq!(host.calls().len(), 3);
/// # }
/// ```
#[derive(Default)]
pub struct MockHost {
    capabilities: BTreeMap<String, Answerer>,
    context: BTreeMap<String, Value>,
    calls: Vec<HostCall>,
}

/// A call that a [`MockHost`] saw.
///
/// ```
/// use rtfs_guest::{Value, call_capability, testing::MockHost};
///
/// let mut host = MockHost::new();
/// let error = host.run(|| call_capability("clock.now", &[Value::keyword("utc")])).unwrap_err();
/// assert_eq!(error.class(), "UnknownCapability");
///
/// let call = &host.calls()[0];
/// assert_eq!(call.capability_id, "clock.now");
/// assert_eq!(call.args, [Value::keyword("utc")]);
/// assert!(call.hints.is_nil());
/// ```
#[derive(Clone, Debug)]
pub struct HostCall {
    /// Name of the capability.
    pub capability_id: String,
    /// Arguments in order.
    pub args: Vec<Value>,
    /// The runtime hints that went along, a map; nil when there were none.
    pub hints: Value,
}

impl MockHost {
    /// A host without capabilities and with an empty context.
    ///
    /// ```
    /// # use rtfs_guest::testing::MockHost;
    /// assert!(MockHost::new().calls().is_empty());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a capability, or replaces it.
    ///
    /// ```
    /// # use rtfs_guest::{Value, call_capability, testing::MockHost};
    /// let mut host = MockHost::new().capability("dice.roll", |_| Ok(Value::int(4)));
    /// assert_eq!(host.run(|| call_capability("dice.roll", &[])).unwrap().as_int(), Some(4));
    /// ```
    #[must_use]
    pub fn capability(
        mut self,
        id: &str,
        answer: impl FnMut(&[Value]) -> Result<Value, Error> + 'static,
    ) -> Self {
        self.capabilities.insert(id.to_owned(), Box::new(answer));
        self
    }

    /// Puts a value into the host's context.
    ///
    /// ```
    /// # use rtfs_guest::{Value, context, testing::MockHost};
    /// let mut host = MockHost::new().context("user", Value::string("ada"));
    /// assert!(host.run(|| context("user")).unwrap().is_some());
    /// ```
    #[must_use]
    pub fn context(mut self, name: &str, value: Value) -> Self {
        self.context.insert(name.to_owned(), value);
        self
    }

    /// Runs a function; what it asks its host for, this one answers.
    ///
    /// ```
    /// # use rtfs_guest::{context, testing::MockHost};
    /// assert!(MockHost::new().run(|| context("user")).unwrap().is_none());
    /// ```
    pub fn run<T>(&mut self, run: impl FnOnce() -> T) -> T {
        /// Puts the host back, also when `run` panics.
        struct Restore<'a>(&'a mut MockHost, Option<MockHost>);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                let ran = HOST.with(|host| host.replace(self.1.take()));
                *self.0 = ran.unwrap_or_default();
            }
        }
        let outer = HOST.with(|host| host.replace(Some(std::mem::take(self))));
        let _restore = Restore(self, outer);
        run()
    }

    /// All calls so far, in order.
    ///
    /// ```
    /// # use rtfs_guest::{call_capability, testing::MockHost};
    /// let mut host = MockHost::new();
    /// let _ = host.run(|| call_capability("a", &[]));
    /// assert_eq!(host.calls().len(), 1);
    /// ```
    pub fn calls(&self) -> &[HostCall] {
        &self.calls
    }

    fn answer(&mut self, id: &str, args: &[u8], metadata: &[u8]) -> Result<Value, Error> {
        let args = cbor::decode_args(args).map_err(refused)?;
        let hints = cbor::decode(metadata).map_err(refused)?;
        let answer = self.capabilities.get_mut(id);
        let answer = match answer {
            Some(answer) => answer(&args),
            None => Err(rtfs_value::Error::unknown_capability(id).into()),
        };
        self.calls.push(HostCall {
            capability_id: id.to_owned(),
            args,
            hints,
        });
        answer
    }
}

fn refused(error: cbor::DecodeError) -> Error {
    Error::new("InternalError", "internal-error", &error.to_string())
}

thread_local! {
    /// The host of the test that runs in this thread.
    static HOST: RefCell<Option<MockHost>> = const { RefCell::new(None) };
}

/// `rtfs:host/capability`'s `call`.
#[cfg_attr(
    target_family = "wasm",
    allow(dead_code, reason = "the real host answers")
)]
pub(crate) fn call(id: &str, args: &[u8], metadata: &[u8]) -> Result<Vec<u8>, Error> {
    let value = HOST.with(|host| match &mut *host.borrow_mut() {
        Some(host) => host.answer(id, args, metadata),
        None => MockHost::new().answer(id, args, metadata),
    })?;
    Ok(cbor::encode(&value)?)
}

/// `rtfs:host/capability`'s `context`.
#[cfg_attr(
    target_family = "wasm",
    allow(dead_code, reason = "the real host answers")
)]
pub(crate) fn context(name: &str) -> Option<Vec<u8>> {
    HOST.with(|host| {
        let host = host.borrow();
        let value = host.as_ref()?.context.get(name)?;
        cbor::encode(value).ok()
    })
}
