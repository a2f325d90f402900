//! Derives `FromValue` and `IntoValue` of `rtfs-guest` for structs and enums.
//!
//! | Rust | RTFS value | RTFS type |
//! |---|---|---|
//! | struct with named fields | a record | `[:map [:unit-price :float] …]` |
//! | tuple struct of one field | as the field | as the field |
//! | other tuple struct | a vector | `[:tuple :int :int]` |
//! | enum of unit variants | a keyword | `[:enum :red :dark-blue]` |
//! | unit variant of another enum | a keyword | `[:val :empty]` |
//! | variant with fields | a vector that begins with a keyword | `[:tuple [:val :circle] :float]` |
//! | variant with named fields | keyword and record | `[:tuple [:val :box] [:map …]]` |
//!
//! Names become keywords in the spelling of RTFS: `unit_price` is `:unit-price`, `DarkBlue` is
//! `:dark-blue`. `#[rtfs(name = "…")]` on a field or variant gives another one.
//!
//! A field of type `Option` may be absent; `None` is left out. Keys that the struct does not have
//! are skipped.
//!
//! ```
//! use rtfs_guest::{FromValue, IntoValue, Value};
//!
//! #[derive(Debug, PartialEq, FromValue, IntoValue)]
//! struct Item {
//!     name: String,
//!     unit_price: f64,
//!     #[rtfs(name = "remark")]
//!     note: Option<String>,
//! }
//!
//! #[derive(Debug, PartialEq, FromValue, IntoValue)]
//! enum Shape {
//!     Empty,
//!     Circle(f64),
//!     Box { width: f64, height: f64 },
//! }
//!
//! assert_eq!(
//!     <Item as FromValue>::type_name(),
//!     "[:map [:name :string] [:unit-price :float] [:remark :string? ?]]",
//! );
//! let item = Item { name: "tea".into(), unit_price: 2.5, note: None };
//! let value = item.into_value();
//! assert_eq!(value.as_map().map(|map| map.len()), Some(2));
//! assert_eq!(Item::from_value(value).unwrap().name, "tea");
//!
//! assert_eq!(Shape::from_value(Value::keyword("empty")), Ok(Shape::Empty));
//! let circle = Value::vector([Value::keyword("circle"), Value::float(1.5)]);
//! assert_eq!(Shape::from_value(circle), Ok(Shape::Circle(1.5)));
//! assert!(Shape::from_value(Value::keyword("triangle")).is_err());
//! ```
//!
//! What has no RTFS form is an error at compile time:
//!
//! ```compile_fail
//! #[derive(rtfs_guest::IntoValue)]
//! struct Nothing;
//! ```
//!
//! ```compile_fail
//! #[derive(rtfs_guest::FromValue)]
//! enum Twice {
//!     One,
//!     #[rtfs(name = "one")]
//!     Other,
//! }
//! ```

mod from_value;
mod into_value;
mod shape;
mod type_name;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Derives `rtfs_guest::FromValue`: arguments can be read into the type.
///
/// ```
/// #[derive(rtfs_guest::FromValue)]
/// struct Point {
///     x: i64,
///     y: i64,
/// }
///
/// fn shift(point: Point, by: i64) -> i64 {
///     point.x + point.y + by
/// }
///
/// rtfs_guest::module! { "shift" => shift(point: Point, by: i64) -> i64; }
/// # fn main() {
/// assert_eq!((RTFS_EXPORTS[0].params[0].ty)(), "[:map [:x :int] [:y :int]]");
/// # }
/// ```
#[proc_macro_derive(FromValue, attributes(rtfs))]
pub fn derive_from_value(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let tokens = shape::Shape::of(&input).map(|shape| from_value::implement(&input, &shape));
    tokens
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// Derives `rtfs_guest::IntoValue`: results can be made of the type.
///
/// ```
/// use rtfs_guest::IntoValue;
///
/// #[derive(IntoValue)]
/// enum Answer {
///     Yes,
///     NotYet,
/// }
///
/// assert_eq!(<Answer as IntoValue>::type_name(), "[:enum :yes :not-yet]");
/// assert_eq!(Answer::NotYet.into_value().as_keyword(), Some("not-yet"));
/// # let _ = Answer::Yes;
/// ```
#[proc_macro_derive(IntoValue, attributes(rtfs))]
pub fn derive_into_value(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let tokens = shape::Shape::of(&input).map(|shape| into_value::implement(&input, &shape));
    tokens
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}
