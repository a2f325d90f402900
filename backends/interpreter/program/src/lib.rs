//! Programs as the interpreter backend embeds them, and how they run.
//!
//! The backend writes an [`Image`]; the template reads it and becomes an [`Interpreter`].

mod declared;
mod host;
mod image;
mod interpreter;

pub use image::{Image, ImageError};
pub use interpreter::Interpreter;
