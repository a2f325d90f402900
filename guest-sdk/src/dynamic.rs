//! Modules whose exports are only known when they run.

use crate::error::Error;
use rtfs_value::Value;

/// A module that finds out by itself what it exports: the raw form of `rtfs:module/dynamic`.
///
/// Use [`crate::module!`] for a module whose functions are known when it is compiled. This is for
/// the others: modules that read their exports from data they carry ([`crate::embed`]), or hand
/// calls on. One value is made per instance, before its first call, and lives as long as the
/// instance.
///
/// ```
/// use rtfs_guest::{Description, DynamicModule, Error, Value, dynamic_module};
///
/// /// Counts its calls. Every instance starts again.
/// struct Counter {
///     calls: i64,
/// }
///
/// impl DynamicModule for Counter {
///     fn start() -> Self {
///         Counter { calls: 0 }
///     }
///
///     fn describe(&mut self) -> Value {
///         Description::new("counter 1.0").function("count", &[], ":int").into_value()
///     }
///
///     fn invoke(&mut self, export: u32, _args: Vec<Value>) -> Result<Value, Error> {
///         match export {
///             0 => Ok(Value::NIL),
///             1 => {
///                 self.calls += 1;
///                 Ok(Value::int(self.calls))
///             }
///             _ => Err(Error::invalid_argument("no such export")),
///         }
///     }
/// }
///
/// dynamic_module!(Counter);
///
/// # fn main() {
/// let mut counter = Counter::start();
/// assert_eq!(counter.invoke(1, vec![]).unwrap().as_int(), Some(1));
/// assert_eq!(counter.invoke(1, vec![]).unwrap().as_int(), Some(2));
/// # }
/// ```
pub trait DynamicModule {
    /// Makes the module's state, once per instance.
    fn start() -> Self;

    /// The value of `describe`, as `docs/abi.md` specifies it.
    fn describe(&mut self) -> Value;

    /// Calls that are pending at the caller, and how many may be pending at once. Modules that
    /// call no RTFS functions need not care.
    fn limits(&mut self, _depth_used: u32, _depth_limit: u32) {}

    /// Calls an export: 0 runs the top-level forms, `n` is item `n - 1` of the description.
    ///
    /// # Errors
    ///
    /// What the call raises; `InvalidArgument` when there is no such export.
    fn invoke(&mut self, export: u32, args: Vec<Value>) -> Result<Value, Error>;
}

/// Makes a component of a type that implements [`DynamicModule`](trait@crate::DynamicModule). Use
/// it once per crate, instead of [`module!`](crate::module). Its documentation has an example:
/// [`DynamicModule`](trait@crate::DynamicModule).
///
/// ```
/// # use rtfs_guest::{Description, DynamicModule, Error, Value, dynamic_module};
/// struct Nothing;
///
/// impl DynamicModule for Nothing {
///     fn start() -> Self {
///         Nothing
///     }
///     fn describe(&mut self) -> Value {
///         Description::new("nothing 1.0").into_value()
///     }
///     fn invoke(&mut self, _export: u32, _args: Vec<Value>) -> Result<Value, Error> {
///         Err(Error::invalid_argument("no such export"))
///     }
/// }
///
/// dynamic_module!(Nothing);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! dynamic_module {
    ($module:ty) => {
        // Natively, in tests, there is no component to export.
        #[cfg(not(target_family = "wasm"))]
        const _: fn() -> $module = <$module as $crate::DynamicModule>::start;

        #[cfg(target_family = "wasm")]
        const _: () = {
            use $crate::__private::{RefCell, Result, Vec};
            use $crate::{DynamicModule, Error, Value};

            ::std::thread_local! {
                static MODULE: RefCell<$module> = RefCell::new(<$module as DynamicModule>::start());
            }

            struct RtfsComponent;

            impl $crate::__private::Guest for RtfsComponent {
                fn limits(depth_used: u32, depth_limit: u32) {
                    MODULE.with_borrow_mut(|module| module.limits(depth_used, depth_limit));
                }

                fn invoke(export: u32, args: Vec<Value>) -> Result<Value, Error> {
                    MODULE.with_borrow_mut(|module| module.invoke(export, args))
                }

                fn describe() -> Value {
                    MODULE.with_borrow_mut(DynamicModule::describe)
                }
            }

            $crate::__private::export_component!(
                RtfsComponent with_types_in $crate::bindings
            );
        };
    };
}
