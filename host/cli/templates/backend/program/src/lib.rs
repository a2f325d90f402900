//! Programs as the backend embeds them, and the machine that runs them.

mod code;
mod machine;

pub use code::{Function, Image, Op};
pub use machine::Machine;

#[cfg(feature = "component")]
rtfs_guest::dynamic_module!(Machine);
