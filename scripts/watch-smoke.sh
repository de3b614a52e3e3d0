#!/usr/bin/env bash
# Does each function answer through the real Runtime API? Starts `cargo lambda watch` against the sandbox's stand-ins on free
# ports and calls the HTTP functions by URL and one queue function with its sample event. Uses the dev profile, so after the
# tests little is left to build.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
use_tools
start_sandbox
# Watch would compile each function on its first request, and the request would wait for it.
cargo build --quiet --workspace --bins

port=$(free_port)
start watch cargo lambda watch --ignore-changes --invoke-address 127.0.0.1 --invoke-port "$port" --env-file "$SCRATCH/env"
wait_port "$port" 60 watch
base="http://127.0.0.1:$port/lambda-url"
failed=0

# expect STATUS-PATTERN WHAT CURL-ARGUMENTS…
expect() {
  local pattern=$1 what=$2 status
  shift 2
  status=$(curl --silent --show-error --max-time 120 --output "$SCRATCH/answer" --write-out '%{http_code}' "$@") || status=000
  if [[ "$status" =~ ^$pattern$ ]]; then
    echo "ok    $status $what"
  else
    echo "wrong $status $what: $(head -c 500 "$SCRATCH/answer" 2>/dev/null)" >&2
    failed=1
  fi
}

setting() { sed -n "s/^$1=//p" "$SCRATCH/env"; }
# The body of a sample event as the sender would post it.
body_of() {
  python3 -c 'import json, sys; sys.stdout.write(json.load(open(sys.argv[1]))["body"])' "events/$1.json" >"$SCRATCH/$1.body"
  echo "@$SCRATCH/$1.body"
}
json=(--header 'content-type: application/json')

expect 200 "telegram-webhook: /start" "${json[@]}" --data-binary "$(body_of telegram-webhook)" \
  --header "x-telegram-bot-api-secret-token: $(setting WEBHOOK_SECRET_TOKEN)" "$base/telegram-webhook/webhook/telegram"
expect 40[13] "telegram-webhook: wrong secret" "${json[@]}" --data-binary "$(body_of telegram-webhook)" \
  --header 'x-telegram-bot-api-secret-token: wrong' "$base/telegram-webhook/webhook/telegram"
expect '4..' "payment-webhook: forged notification" "${json[@]}" --data-binary "$(body_of payment-webhook)" \
  "$base/payment-webhook/webhook/yookassa"
expect 404 "payment-webhook: unknown provider" "${json[@]}" --data '{}' "$base/payment-webhook/webhook/nobody"
expect 40[13] "panel-webhook: wrong signature" "${json[@]}" --data-binary "$(body_of panel-webhook)" \
  --header 'x-remnawave-signature: 00' --header 'x-remnawave-timestamp: 2026-11-21T10:00:00.000Z' "$base/panel-webhook/webhook/panel"
expect 200 "api: /health" "$base/api/health"
expect '4..' "api: /open without a link" "$base/api/open"

if cargo lambda invoke --invoke-address 127.0.0.1 --invoke-port "$port" --data-file events/provisioner.json provisioner \
  >"$SCRATCH/provisioner.out" 2>&1 && grep -q batchItemFailures "$SCRATCH/provisioner.out"; then
  echo "ok        provisioner: $(cat "$SCRATCH/provisioner.out")"
else
  echo "wrong     provisioner: $(cat "$SCRATCH/provisioner.out")" >&2
  failed=1
fi
((failed == 0)) || { tail -n 40 "$SCRATCH/watch.log" >&2; die "the functions do not answer as they should"; }
