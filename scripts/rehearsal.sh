#!/usr/bin/env bash
# Deploy rehearsal: deploys template.yaml with `sam deploy` onto an AWS emulator on this machine, runs the built functions
# there and carries one purchase through API, table, stream, queues, panel stand-in and message.
# "rehearsal.sh --release" takes the release build of each function instead of the dev build.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
use_tools rehearsal

binaries=target/debug
if [[ "${1:-}" == --release ]]; then
  binaries=target/release
  for name in "${FUNCTIONS[@]}"; do cargo build --quiet --release -p "$name"; done
else
  cargo build --quiet --workspace --bins
fi
# The sandbox is only the outside: it cannot reach its own table, so its own functions answer nothing.
start_sandbox AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:9
# What `sam build` would leave behind, for this machine's processor.
build="$SCRATCH/build"
for name in "${FUNCTIONS[@]}"; do
  mkdir -p "$build/functions/$name"
  strip -o "$build/functions/$name/bootstrap" "$binaries/$name"
done
cp -r template.yaml infra "$build/"

port=$(free_port)
export AWS_ENDPOINT_URL="http://127.0.0.1:$port" AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
start emulator env BIND_HOST=127.0.0.1 GATEWAY_PORT="$port" MINISTACK_REGION="$AWS_DEFAULT_REGION" \
  IOT_MTLS_ENABLED=0 TMPDIR="$SCRATCH" ministack
wait_port "$port" 60 emulator
python3 scripts/rehearsal.py "$build" "$SCRATCH/env"
