//! Lowers RTFS IR to WebAssembly components.
