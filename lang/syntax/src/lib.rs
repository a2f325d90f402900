//! Reader, forms, printer and diagnostics of RTFS source text.
//!
//! [`read`] turns text into [`Form`]s and [`Diagnostic`]s; [`render`] shows diagnostics with an
//! excerpt of the text, [`explain`] tells more about their codes; [`print_form`] turns a form back
//! into text; [`case_file`] reads the case files of test corpora. Nothing here knows what a form
//! means: that begins in the next crate.
//!
//! ```
//! use rtfs_syntax::{SourceText, print_form, read, render};
//!
//! let result = read("(map #(* % 2) [1 2])");
//! assert_eq!(print_form(&result.forms[0]), "(map (fn [%1] (* %1 2)) [1 2])");
//!
//! let source = SourceText::new("demo.rtfs".into(), "(+ 1 0x1F)".into());
//! let result = read(source.text());
//! assert_eq!(
//!     render(&result.diagnostics, &source, false),
//!     "\
//! error[E0021]: `0x1F` is not a number
//!  --> demo.rtfs:1:6
//!   |
//! 1 | (+ 1 0x1F)
//!   |      ^^^^
//!   |
//!   = help: there are no hexadecimal numbers: write `31`
//! "
//! );
//! ```

mod balance;
pub mod case_file;
mod codes;
mod diagnostic;
mod form;
mod format;
mod json;
mod lexer;
mod literal;
mod name;
mod printer;
mod reader;
mod render;
mod source_text;
mod span;
mod suggest;
mod token;

pub use balance::Balance;
pub use codes::{CODES, CodeInfo, explain};
pub use diagnostic::{Diagnostic, Diagnostics, ErrorClass, Location, ParseErrorKind, Severity};
pub use form::{Delegation, Form, FormKind, attached};
pub use format::format;
pub use json::render_json;
pub use name::is_name as is_symbol;
pub use printer::print_form;
pub use reader::{ReadResult, delegation_of, read, read_at};
pub use render::{call_chain, render, render_error};
pub use source_text::SourceText;
pub use span::Span;
pub use suggest::closest;

/// How deep forms may nest in a source text, counting brackets, quotes and metadata.
///
/// Code that walks forms may recurse; a thousand levels fit every usual stack.
pub const MAX_NESTING: usize = 1000;

/// The longest source text, in bytes. Spans count bytes in 32 bits.
pub const MAX_SOURCE_BYTES: usize = 64 << 20;

/// Reading stops after this many errors.
pub const MAX_ERRORS: usize = 50;

/// The highest parameter number in `#(…)`, as in Clojure.
pub const MAX_SHORT_FN_PARAMS: u32 = 20;
