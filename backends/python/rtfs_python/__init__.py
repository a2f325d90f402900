"""A small RTFS backend: arithmetic programs to WebAssembly."""
