#!/usr/bin/env bash
# Checks what each function links: one hyper, one rustls, no HTTP/2 and no second TLS library. Each of these costs a megabyte
# or milliseconds of every cold start, and an innocent `cargo add` brings them in.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

single='^(hyper|rustls|reqwest|tokio) '
forbidden='^(h2|aws-smithy-http-client|aws-lc-sys|aws-lc-rs|openssl-sys|native-tls|rusqlite|libsqlite3-sys|dynoxide-rs|axum) '
failed=0
for function in "${FUNCTIONS[@]}"; do
  linked=$(cargo tree -p "$function" -e normal --prefix none --no-dedupe --target x86_64-unknown-linux-gnu -f '{p}' |
    awk '{print $1, $2}' | sort -u)
  twice=$(grep -E "$single" <<<"$linked" | awk '{print $1}' | uniq -d || true)
  unwanted=$(grep -E "$forbidden" <<<"$linked" || true)
  for crate in $twice; do
    echo "$function links more than one $crate: $(grep "^$crate " <<<"$linked" | tr '\n' ' ')" >&2
    failed=1
  done
  if [[ -n "$unwanted" ]]; then
    echo "$function links what no function may: ${unwanted//$'\n'/, }" >&2
    failed=1
  fi
  echo "$function: $(wc -l <<<"$linked") crates"
done
((failed == 0)) || die "see 'cargo tree -p FUNCTION -e normal -i CRATE' for who brings a crate in"
