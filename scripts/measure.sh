#!/usr/bin/env bash
# Measures every function (or those named): stripped release size, INIT and first answer, instructions, memory; writes the
# table into docs/performance.md. The release builds take minutes each when cold.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

names=("$@")
((${#names[@]})) || names=("${FUNCTIONS[@]}")
command -v valgrind >/dev/null || { apt-get update -qq && apt-get install -y -qq valgrind; }
# One by one: built together they would share features, and each would link what any of them needs.
for name in "${names[@]}"; do
  cargo build --quiet --release -p "$name"
done
start_sandbox
python3 scripts/measure.py "$SCRATCH/env" target/release "${names[@]}"
