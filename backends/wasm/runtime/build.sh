#!/bin/sh
# Builds the two runtimes that compiled components are linked with, runtime.wasm and
# runtime-lean.wasm, and writes them and their digests beside this folder. The toolchain is the one
# rust-toolchain.toml pins; the result does not depend on where the sources or the target directory
# are.
set -eu
cd "$(dirname "$0")"
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS
target=${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown
cargo build --release --locked --quiet
cargo build --profile lean --features lean --locked --quiet
install -m 644 "$target/release/rtfs_wasm_runtime.wasm" ../runtime.wasm
install -m 644 "$target/lean/rtfs_wasm_runtime.wasm" ../runtime-lean.wasm
(cd .. && sha256sum runtime.wasm runtime-lean.wasm > runtime.wasm.sha256)
