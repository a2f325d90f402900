#!/bin/sh
# Builds runtime.wasm, the runtime that every compiled component is linked with, and writes it and
# its digest beside this folder. The toolchain is the one rust-toolchain.toml pins; the result
# does not depend on where the sources or the target directory are.
set -eu
cd "$(dirname "$0")"
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS
target=${CARGO_TARGET_DIR:-target}
cargo build --release --locked --quiet
install -m 644 "$target/wasm32-unknown-unknown/release/rtfs_wasm_runtime.wasm" ../runtime.wasm
(cd .. && sha256sum runtime.wasm > runtime.wasm.sha256)
