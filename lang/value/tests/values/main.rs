//! Values as engines use them: laws, models, limits.

mod cbor;
mod data;
mod deep;
mod documented;
mod errors;
mod laws;
mod literals;
mod map_model;
mod seq_model;
#[cfg(not(miri))]
mod speed;
mod text;
mod types;
