//! The embedder's side of `rtfs:host/capability`: who answers when a program says `(call …)`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A future that a [`CapabilityHost`] returns.
pub type HostFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a guest asks for. Everything is already encoded and has been granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostRequest<'a> {
    /// Capability id: the keyword's name without its colon, or the string.
    pub id: &'a str,
    /// One encoded array of the arguments.
    pub args: &'a [u8],
    /// One encoded map of the runtime hints in force, or the encoding of nil.
    pub metadata: &'a [u8],
}

/// An answer that is an error; the program sees it raised at the `call` form.
///
/// ```
/// let error = rtfs_host::HostError::network("connection refused");
/// assert_eq!(error.message, "Network error: connection refused");
/// assert_eq!(error.kind, "network-error");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostError {
    /// Class name, e.g. `NetworkError`.
    pub class: String,
    /// Kind keyword without the colon, e.g. `network-error`.
    pub kind: String,
    /// The text that `getMessage` gives.
    pub message: String,
    /// One encoded value; the encoding of nil when there is no data.
    pub data: Vec<u8>,
}

/// Encoding of nil: CBOR null.
pub(crate) const NIL: u8 = 0xf6;
/// Encoding of true.
pub(crate) const TRUE: u8 = 0xf5;

impl HostError {
    /// An error without data.
    ///
    /// ```
    /// let error = rtfs_host::HostError::new("HostError", "host-error", "out of paper");
    /// assert_eq!(error.data, [0xf6]);
    /// ```
    pub fn new(
        class: impl Into<String>,
        kind: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            class: class.into(),
            kind: kind.into(),
            message: message.into(),
            data: vec![NIL],
        }
    }

    /// `NetworkError` with its standard text.
    ///
    /// ```
    /// let error = rtfs_host::HostError::network("timeout");
    /// assert_eq!(error.class, "NetworkError");
    /// ```
    pub fn network(message: &str) -> Self {
        Self::new(
            "NetworkError",
            "network-error",
            format!("Network error: {message}"),
        )
    }

    /// `IoError` with its standard text.
    ///
    /// ```
    /// let error = rtfs_host::HostError::io("disk full");
    /// assert_eq!(error.message, "I/O error: disk full");
    /// ```
    pub fn io(message: &str) -> Self {
        Self::new("IoError", "io-error", format!("I/O error: {message}"))
    }

    /// What a host without capabilities answers to every call.
    ///
    /// ```
    /// let error = rtfs_host::HostError::unknown_capability("shop.price");
    /// assert_eq!(error.kind, "unknown-capability");
    /// ```
    pub fn unknown_capability(id: &str) -> Self {
        Self::new(
            "UnknownCapability",
            "unknown-capability",
            format!(
                "Capability '{id}' not available in pure RTFS mode. \
                 Use CCOS host for full capability support."
            ),
        )
    }

    /// What a guest is told when it calls something that was not granted.
    ///
    /// ```
    /// let error = rtfs_host::HostError::security_violation("shop.buy", "Controlled");
    /// assert_eq!(
    ///     error.message,
    ///     "Security violation: call operation on capability 'shop.buy' \
    ///      not allowed in context: Controlled",
    /// );
    /// ```
    pub fn security_violation(id: &str, context: &str) -> Self {
        Self::new(
            "SecurityViolation",
            "security-violation",
            format!(
                "Security violation: call operation on capability '{id}' \
                 not allowed in context: {context}"
            ),
        )
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for HostError {}

/// Answers capability calls.
///
/// An implementation is asked only for ids that were granted. It may take its time: the call's
/// deadline ends the wait, provided the future really awaits. An implementation that blocks its
/// thread belongs into [`blocking_host`].
///
/// The future is polled on the guest's native stack, of which at least 2 MiB are left for it.
///
/// ```
/// use rtfs_host::{CapabilityHost, HostError, HostFuture, HostRequest};
///
/// /// Sleeps, then answers nil.
/// struct Clock;
///
/// impl CapabilityHost for Clock {
///     fn call<'a>(
///         &'a self,
///         request: HostRequest<'a>,
///     ) -> HostFuture<'a, Result<Vec<u8>, HostError>> {
///         Box::pin(async move {
///             match request.id {
///                 "time.tick" => {
///                     tokio::time::sleep(std::time::Duration::from_millis(10)).await;
///                     Ok(vec![0xf6])
///                 }
///                 other => Err(HostError::unknown_capability(other)),
///             }
///         })
///     }
/// }
/// ```
pub trait CapabilityHost: Send + Sync {
    /// Performs a capability: one encoded value, or the error to raise.
    fn call<'a>(&'a self, request: HostRequest<'a>) -> HostFuture<'a, Result<Vec<u8>, HostError>>;

    /// The context value for a name, one encoded value. Asked at most once per name and call.
    fn context(&self, name: &str) -> Option<Vec<u8>> {
        let _ = name;
        None
    }

    /// Whether calls of a function that the program only declares are answered. They come to
    /// [`CapabilityHost::call`] as the id `declared:NAME`, which needs no grant; the first argument
    /// is how many calls may still be pending, the last one the list of further arguments when the
    /// function takes any number. Asked at most once per name and call.
    fn declares(&self, name: &str) -> bool {
        let _ = name;
        false
    }
}

struct FnHost<F>(F);

impl<F> CapabilityHost for FnHost<F>
where
    F: Fn(HostRequest<'_>) -> Result<Vec<u8>, HostError> + Send + Sync,
{
    fn call<'a>(&'a self, request: HostRequest<'a>) -> HostFuture<'a, Result<Vec<u8>, HostError>> {
        Box::pin(std::future::ready((self.0)(request)))
    }
}

/// Makes a host of a closure that answers at once.
///
/// ```
/// use rtfs_host::{Engine, EngineConfig, HostError, host_fn};
///
/// // Answers every call with the integer 7.
/// let host = host_fn(|request| match request.id {
///     "shop.price" => Ok(vec![0x07]),
///     other => Err(HostError::unknown_capability(other)),
/// });
/// # drop(host);
/// ```
pub fn host_fn<F>(answer: F) -> Arc<dyn CapabilityHost>
where
    F: Fn(HostRequest<'_>) -> Result<Vec<u8>, HostError> + Send + Sync + 'static,
{
    Arc::new(FnHost(answer))
}

struct BlockingHost<F>(Arc<F>);

impl<F> CapabilityHost for BlockingHost<F>
where
    F: Fn(HostRequest<'_>) -> Result<Vec<u8>, HostError> + Send + Sync + 'static,
{
    fn call<'a>(&'a self, request: HostRequest<'a>) -> HostFuture<'a, Result<Vec<u8>, HostError>> {
        let answer = self.0.clone();
        let (id, args, metadata) = (
            request.id.to_owned(),
            request.args.to_owned(),
            request.metadata.to_owned(),
        );
        Box::pin(async move {
            let (send, receive) = tokio::sync::oneshot::channel();
            let worker = std::thread::Builder::new().name("rtfs-host-call".into());
            let started = worker.spawn(move || {
                let request = HostRequest {
                    id: &id,
                    args: &args,
                    metadata: &metadata,
                };
                // Nobody listens any more when the deadline passed.
                let _ = send.send(answer(request));
            });
            if let Err(error) = started {
                return Err(HostError::io(&error.to_string()));
            }
            receive.await.unwrap_or_else(|_| {
                Err(HostError::new(
                    "HostError",
                    "host-error",
                    "the capability's implementation panicked",
                ))
            })
        })
    }
}

/// Makes a host of a closure that may block, by running each call on a thread of its own.
///
/// When the deadline passes first, the call ends; the thread runs to its end and its answer is
/// dropped.
///
/// ```
/// use rtfs_host::{HostError, blocking_host};
///
/// let host = blocking_host(|request| {
///     std::fs::read(format!("/srv/prices/{}", request.id))
///         .map_err(|error| HostError::io(&error.to_string()))
/// });
/// # drop(host);
/// ```
pub fn blocking_host<F>(answer: F) -> Arc<dyn CapabilityHost>
where
    F: Fn(HostRequest<'_>) -> Result<Vec<u8>, HostError> + Send + Sync + 'static,
{
    Arc::new(BlockingHost(Arc::new(answer)))
}
