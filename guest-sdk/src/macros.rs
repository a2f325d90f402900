//! The macro for modules of functions.

/// Lists the functions a module exports and makes a component of the crate.
///
/// One line per function: its RTFS name, the Rust function, its parameters with names and types,
/// its result. Doc comments become the export's documentation. Names may be any text that RTFS
/// takes as a symbol. Use it once per crate.
///
/// Arguments are checked before the function runs: a wrong number raises `ArityMismatch`, a wrong
/// type `TypeValidationError`, with the texts RTFS itself uses.
///
/// ```
/// use rtfs_guest::{Value, module};
///
/// fn shout(text: String, times: i64) -> String {
///     format!("{text}{}", "!".repeat(usize::try_from(times).unwrap_or(0)))
/// }
///
/// module! {
///     /// Says it loudly.
///     "shout" => shout(text: String, times: i64) -> String;
/// }
///
/// # fn main() {
/// use rtfs_guest::testing;
///
/// let answer = testing::call(RTFS_EXPORTS, "shout", &[Value::string("hey"), Value::int(2)]);
/// assert_eq!(answer.unwrap().as_str(), Some("hey!!"));
/// # }
/// ```
#[macro_export]
macro_rules! module {
    ($(
        $(#[doc = $doc:literal])*
        $name:literal => $function:ident ($($param:ident : $ty:ty),* $(,)?) -> $result:ty;
    )*) => {
        /// The exports of this module, in the order of their numbers.
        pub const RTFS_EXPORTS: &[$crate::Export] = &[$(
            $crate::Export {
                name: $name,
                doc: concat!($($doc, "\n",)* ""),
                params: &[$(
                    $crate::Param {
                        name: stringify!($param),
                        ty: <$ty as $crate::FromValue>::type_name,
                    },
                )*],
                result: <$result as $crate::IntoAnswer>::type_name,
                // A closure, because an item here could hide the function of the same name.
                call: |args| {
                    #[allow(unused_mut, unused_variables, reason = "there may be no parameter")]
                    let mut args = args.into_iter();
                    $(
                        let $param: $ty =
                            $crate::__private::argument(&mut args, stringify!($param))?;
                    )*
                    let result: $result = $function($($param),*);
                    $crate::__private::finish(result)
                },
            },
        )*];

        // Natively, in tests, there is no component to export.
        #[cfg(target_family = "wasm")]
        const _: () = {
            struct RtfsComponent;

            impl $crate::__private::Guest for RtfsComponent {
                fn limits(_depth_used: u32, _depth_limit: u32) {
                    // Depth counts calls of RTFS functions; there are none here.
                }

                fn invoke(
                    export: u32,
                    args: $crate::__private::Vec<$crate::Value>,
                ) -> $crate::__private::Result<$crate::Value, $crate::Error> {
                    $crate::__private::invoke(RTFS_EXPORTS, export, args)
                }

                fn describe() -> $crate::Value {
                    $crate::__private::describe(RTFS_EXPORTS)
                }
            }

            $crate::__private::export_component!(
                RtfsComponent with_types_in $crate::bindings
            );
        };
    };
}
