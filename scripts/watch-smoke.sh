#!/usr/bin/env bash
# Does each function answer through the real Runtime API? Starts `cargo lambda watch` against the sandbox's stand-ins on free
# ports, calls the HTTP functions by URL and every function with its sample event. Uses the dev profile, so after the tests
# little is left to build.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
use_tools
# Watch would compile each function on its first request, and the request would wait for it.
cargo build --quiet --workspace --bins
start_sandbox

port=$(free_port)
start watch cargo lambda watch --ignore-changes --invoke-address 127.0.0.1 --invoke-port "$port" --env-file "$SCRATCH/env"
wait_port "$port" 60 watch
base="http://127.0.0.1:$port/lambda-url"
failed=0

# expect STATUS-PATTERN BODY-PATTERN WHAT CURL-ARGUMENTS…
expect() {
  local statuses=$1 pattern=$2 what=$3 status
  shift 3
  status=$(curl --silent --show-error --max-time 120 --output "$SCRATCH/answer" --write-out '%{http_code}' "$@") || status=000
  if [[ "$status" =~ ^$statuses$ ]] && grep -qE "$pattern" "$SCRATCH/answer"; then
    echo "ok    $status $what"
  else
    echo "wrong $status $what: $(head -c 500 "$SCRATCH/answer" 2>/dev/null)" >&2
    failed=1
  fi
}

# invoke PATTERN FUNCTION: with its sample event.
invoke() {
  local answer
  answer=$(cargo lambda invoke --invoke-address 127.0.0.1 --invoke-port "$port" --data-file "events/$2.json" "$2" 2>&1) || true
  if grep -qE "$1" <<<"$answer"; then
    echo "ok        events/$2.json: $(head -c 100 <<<"$answer" | tr '\n' ' ')"
  else
    echo "wrong     events/$2.json: $answer" >&2
    failed=1
  fi
}

setting() { sed -n "s/^$1=//p" "$SCRATCH/env"; }
for name in telegram-webhook payment-webhook panel-webhook; do
  python3 scripts/sample.py body "$name" >"$SCRATCH/$name.body"
done
post() { echo --header 'content-type:application/json' --data-binary "@$SCRATCH/$1.body"; }
token=x-telegram-bot-api-secret-token
signature=x-remnawave-signature
signed=$(python3 scripts/sample.py sign "$(setting PANEL_WEBHOOK_SECRET)" <"$SCRATCH/panel-webhook.body")

# shellcheck disable=SC2046 # post gives several words
{
  expect 200 '"method":"sendMessage"' "telegram-webhook: /start is answered with the menu" \
    $(post telegram-webhook) --header "$token:$(setting WEBHOOK_SECRET_TOKEN)" "$base/telegram-webhook/webhook/telegram"
  expect 401 . "telegram-webhook: wrong secret" $(post telegram-webhook) --header "$token:wrong" "$base/telegram-webhook/webhook/telegram"
  expect 403 . "payment-webhook: not from YooKassa's addresses" $(post payment-webhook) "$base/payment-webhook/webhook/yookassa"
  expect 404 . "payment-webhook: unknown provider" $(post payment-webhook) "$base/payment-webhook/webhook/nobody"
  expect 200 . "panel-webhook: signed" $(post panel-webhook) --header "$signature:$signed" "$base/panel-webhook/webhook/panel"
  expect 401 . "panel-webhook: unsigned" $(post panel-webhook) "$base/panel-webhook/webhook/panel"
  expect 401 . "panel-webhook: forged" $(post panel-webhook) --header "$signature:${signed//[0-7]/8}" "$base/panel-webhook/webhook/panel"
}
expect 200 '^\{"ok":true,.*"latency_ms"' "api: /health, all parts are well" "$base/api/health"
expect 400 . "api: /open without a link" "$base/api/open"
expect 404 . "api: unknown path" "$base/api/nothing"

# As from their senders' addresses; the panel's sample is too old to be believed.
invoke '"statusCode":200.*sendMessage' telegram-webhook
invoke '"statusCode":200' payment-webhook
invoke '"statusCode":401' panel-webhook
invoke '"statusCode":200' api
invoke '^\{"batchItemFailures":\[\]\}' relay
invoke '^\{"batchItemFailures":\[\]\}' provisioner
invoke '^\{"batchItemFailures":\[\]\}' notifier
invoke '"subscriptions":0,"payments":0,"failed":0' expiry
invoke '"runs":[0-9]+' sync
((failed == 0)) || { tail -n 40 "$SCRATCH/watch.log" >&2; die "the functions do not answer as they should"; }
