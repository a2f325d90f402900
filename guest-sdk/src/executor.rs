//! Writing executors: running artifacts that are no components.

use crate::bindings::executing::exports::rtfs::backend::executor;
use crate::bindings::rtfs::module::types;
use crate::error::Error;
use rtfs_value::{Value, cbor};

/// Runs the artifacts of a backend whose target is no component.
///
/// One value is made per instance, before its first call.
///
/// ```
/// use rtfs_guest::{Error, Executor, Value, executor};
///
/// /// Runs artifacts that are one byte long: every export answers with that byte.
/// struct Byte;
///
/// impl Executor for Byte {
///     const TARGET_ID: &'static str = "one-byte";
///
///     fn start() -> Self {
///         Byte
///     }
///
///     fn invoke(
///         &mut self,
///         artifact: &[u8],
///         _export: u32,
///         _args: Vec<Value>,
///     ) -> Result<Value, Error> {
///         match artifact {
///             [byte] => Ok(Value::int(i64::from(*byte))),
///             _ => Err(Error::invalid_artifact("it is not one byte long")),
///         }
///     }
/// }
///
/// executor!(Byte);
///
/// # fn main() {
/// assert_eq!(Byte::start().invoke(&[7], 1, vec![]).unwrap().as_int(), Some(7));
/// let error = Byte::start().invoke(&[], 1, vec![]).unwrap_err();
/// assert_eq!(error.class(), "InvalidArtifact");
/// # }
/// ```
pub trait Executor {
    /// The target that it runs, as the backend names it.
    const TARGET_ID: &'static str;

    /// Makes the executor's state, once per instance.
    fn start() -> Self;

    /// Calls that are pending at the caller, and how many may be pending at once.
    fn limits(&mut self, _depth_used: u32, _depth_limit: u32) {}

    /// Calls an export of an artifact: 0 runs the program's top-level forms, `n` is its `n`-th
    /// export.
    ///
    /// # Errors
    ///
    /// What the call raises; [`Error::invalid_artifact`] for bytes of another target.
    fn invoke(&mut self, artifact: &[u8], export: u32, args: Vec<Value>) -> Result<Value, Error>;
}

/// What `executor!` exports.
pub trait ExecutorGuest {
    /// See `rtfs:backend/executor`.
    fn target_id() -> String;
    /// See `rtfs:backend/executor`.
    fn limits(depth_used: u32, depth_limit: u32);
    /// Calls an export of an artifact; the arguments are decoded.
    fn invoke(artifact: &[u8], export: u32, args: Vec<Value>) -> Result<Value, Error>;
}

impl<T: ExecutorGuest> executor::Guest for T {
    fn target_id() -> String {
        T::target_id()
    }

    fn limits(depth_used: u32, depth_limit: u32) {
        T::limits(depth_used, depth_limit);
    }

    fn invoke(artifact: Vec<u8>, export: u32, args: Vec<u8>) -> Result<Vec<u8>, types::Error> {
        cbor::decode_args(&args)
            .map_err(|_| Error::invalid_argument("arguments are not a canonical array"))
            .and_then(|args| T::invoke(&artifact, export, args))
            .and_then(|value| Ok(cbor::encode(&value)?))
            .map_err(Error::leave)
    }
}

/// Makes a component of a type that implements [`Executor`](trait@crate::Executor). Use it once per
/// crate. There is an example at [`Executor`](trait@crate::Executor).
///
/// ```
/// # use rtfs_guest::{Error, Executor, Value, executor};
/// struct Nothing;
///
/// impl Executor for Nothing {
///     const TARGET_ID: &'static str = "nothing";
///     fn start() -> Self {
///         Nothing
///     }
///     fn invoke(&mut self, _: &[u8], _: u32, _: Vec<Value>) -> Result<Value, Error> {
///         Ok(Value::NIL)
///     }
/// }
///
/// executor!(Nothing);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! executor {
    ($executor:ty) => {
        // Natively, in tests, there is no component to export.
        #[cfg(not(target_family = "wasm"))]
        const _: fn() -> $executor = <$executor as $crate::Executor>::start;

        #[cfg(target_family = "wasm")]
        const _: () = {
            use $crate::__private::{RefCell, Result, String, Vec};
            use $crate::{Error, Executor, Value};

            ::std::thread_local! {
                static EXECUTOR: RefCell<$executor> = RefCell::new(<$executor as Executor>::start());
            }

            struct RtfsExecutor;

            impl $crate::__private::ExecutorGuest for RtfsExecutor {
                fn target_id() -> String {
                    String::from(<$executor as Executor>::TARGET_ID)
                }

                fn limits(depth_used: u32, depth_limit: u32) {
                    EXECUTOR.with_borrow_mut(|it| it.limits(depth_used, depth_limit));
                }

                fn invoke(artifact: &[u8], export: u32, args: Vec<Value>) -> Result<Value, Error> {
                    EXECUTOR.with_borrow_mut(|it| it.invoke(artifact, export, args))
                }
            }

            $crate::__private::export_executor!(
                RtfsExecutor with_types_in $crate::bindings::executing
            );
        };
    };
}
