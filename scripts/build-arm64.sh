#!/usr/bin/env bash
# Builds functions for Lambda's arm64, as `sam build` does. "build-arm64.sh" builds one (for CI), "build-arm64.sh all" every
# one, "build-arm64.sh NAME…" those named. Artefacts: target/lambda/NAME/bootstrap.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
use_tools

names=("$@")
((${#names[@]})) || names=(relay)
[[ "${names[0]}" == all ]] && names=("${FUNCTIONS[@]}")
for name in "${names[@]}"; do
  SECONDS=0
  cargo lambda build --quiet --release --arm64 -p "$name"
  artefact="target/lambda/$name/bootstrap"
  python3 - "$artefact" <<'PY' || die "$artefact is not an arm64 executable"
import sys
header = open(sys.argv[1], "rb").read(20)
sys.exit(header[:4] != b"\x7fELF" or int.from_bytes(header[18:20], "little") != 183)
PY
  echo "$name: $(stat -c %s "$artefact" | numfmt --to=si) bytes for arm64, built in $SECONDS s"
done
