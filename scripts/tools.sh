#!/usr/bin/env bash
# Installs the Python tools of this project (cargo-lambda, sam, cfn-lint) into target/tools and prints the folder whose
# bin/ belongs on PATH. "tools.sh rehearsal" also installs the AWS emulator. Quick when everything is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv="$PWD/target/tools/venv"
lists=(scripts/tools.txt)
[[ "${1:-}" == rehearsal ]] && lists+=(scripts/tools-rehearsal.txt)

make_venv() {
  # Debian keeps venv in a package of its own.
  python3 -m venv "$venv" 2>/dev/null && return
  rm -rf "$venv"
  apt-get install -y -qq python3-venv >&2 || { apt-get update -qq >&2 && apt-get install -y -qq python3-venv >&2; }
  python3 -m venv "$venv"
}

# Two scripts started together must not both install.
mkdir -p target/tools
exec 9>target/tools/.lock
flock 9

if ! "$venv/bin/python" -c '' 2>/dev/null; then
  rm -rf "$venv"
  make_venv
fi
for list in "${lists[@]}"; do
  stamp="$venv/.$(basename "$list")"
  cmp -s "$list" "$stamp" && continue
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$list" >&2
  cp "$list" "$stamp"
done
echo "$venv"
