#!/usr/bin/env bash
# Builds the component: ./build.sh OUT.wasm. Needs Python 3.10 or later; componentize-py is installed
# into a virtual environment, $VENV or .venv beside the output.
set -euo pipefail
out=$(realpath "${1:?usage: ./build.sh OUT.wasm}")
cd "$(dirname "$0")"

venv=${VENV:-$(dirname "$out")/.venv}
[ -x "$venv/bin/componentize-py" ] || {
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet componentize-py==0.25.0
}

# The WIT packages as one tree: the backend's, and what it refers to.
wit=$(mktemp -d)
trap 'rm -rf "$wit"' EXIT
mkdir -p "$wit/deps/host" "$wit/deps/module"
cp ../../wit/backend/backend.wit "$wit"
cp ../../wit/host/host.wit "$wit/deps/host"
cp ../../wit/module/module.wit "$wit/deps/module"

"$venv/bin/componentize-py" --wit-path "$wit" --world rtfs:backend/backend \
  componentize --stub-wasi --python-path . app --output "$out"
