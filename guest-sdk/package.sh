#!/usr/bin/env bash
# Packages the SDK and the crates it is made of, as for publication, and unpacks them:
#
#   guest-sdk/package.sh DIR
#
# DIR/config.toml is a Cargo configuration that takes them from there, for projects outside of this
# repository that depend on `rtfs-guest = "0.1.0"`: copy it to `.cargo/config.toml` above them, or
#
#   cargo build --config DIR/config.toml …
set -euo pipefail
mkdir -p "${1:?usage: guest-sdk/package.sh DIR}"
out=$(realpath "$1")
cd "$(dirname "$0")"

target=$(mktemp -d)
trap 'rm -rf "$target"' EXIT

echo "[patch.crates-io]" >"$out/config.toml"
for folder in ../lang/value ../lang/syntax ../lang/ir ../lang/eval derive .; do
  # Without a lock file: it could only be made when the others are published. Cargo warns of what
  # published packages have and these do not; only where it fails is that worth reading.
  cargo package --quiet --no-verify --allow-dirty --exclude-lockfile \
    --manifest-path "$folder/Cargo.toml" --target-dir "$target" 2>"$target/log" || {
    status=$?
    cat "$target/log" >&2
    echo "guest-sdk/package.sh: $folder cannot be packaged" >&2
    exit "$status"
  }
  for crate in "$target"/package/*.crate; do
    name=$(basename "$crate" .crate)
    rm -rf "${out:?}/$name"
    tar -xzf "$crate" -C "$out"
    rm "$crate"
    # rtfs-guest-0.1.0 is the package rtfs-guest.
    echo "${name%-*} = { path = \"$out/$name\" }" >>"$out/config.toml"
  done
done
