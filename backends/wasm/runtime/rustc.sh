#!/bin/sh
# Cargo names crates after the absolute paths of their sources, and rustc writes those paths into
# panics: both would make the modules depend on where the repository is.
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd)
rustc=$1
shift
for argument; do
  shift
  case $argument in
    metadata=*) argument=metadata=rtfs-runtime ;;
  esac
  set -- "$@" "$argument"
done
exec "$rustc" "$@" --remap-path-prefix "$root=/rtfs"
