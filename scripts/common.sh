# Sourced by the other scripts: the project's root as working folder, tools, ports, background processes that end with the script.
# shellcheck shell=bash
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

# shellcheck disable=SC2034 # for the scripts that source this
FUNCTIONS=(telegram-webhook payment-webhook panel-webhook api relay provisioner notifier expiry sync)

# Puts the Python tools on PATH; cargo-lambda finds its linker through the same python.
# shellcheck disable=SC2120 # all arguments are optional
use_tools() {
  local venv
  venv=$(scripts/tools.sh "$@")
  export VIRTUAL_ENV=$venv PATH="$venv/bin:$PATH"
  export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-eu-central-1}"
}

die() {
  echo "$*" >&2
  exit 1
}

# A scratch folder that goes with the script; kept when the script fails, since the logs are in it.
make_scratch() {
  SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/2getpro.XXXXXX")
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start NAME COMMAND…: runs it in a process group of its own, output in $SCRATCH/NAME.log.
GROUPS_STARTED=()
start() {
  local name=$1
  shift
  setsid "$@" >"$SCRATCH/$name.log" 2>&1 </dev/null &
  GROUPS_STARTED+=("$!")
}

# Ends a process and all its descendants, also those that moved to another process group.
end_tree() {
  local child
  for child in $(pgrep -P "$1" || true); do end_tree "$child"; done
  kill -TERM "$1" 2>/dev/null || true
}

end_all() {
  local status=$? pid
  for pid in "${GROUPS_STARTED[@]}"; do end_tree "$pid"; done
  for pid in "${GROUPS_STARTED[@]}"; do wait "$pid" 2>/dev/null || true; done
  if [[ -n "${SCRATCH:-}" ]]; then
    if ((status == 0)); then rm -rf "$SCRATCH"; else echo "logs: $SCRATCH" >&2; fi
  fi
}
trap end_all EXIT

# wait_port PORT SECONDS NAME: until something accepts connections there.
wait_port() {
  local deadline=$((SECONDS + $2))
  until (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
    if ((SECONDS >= deadline)); then
      tail -n 30 "$SCRATCH/$3.log" >&2
      die "$3 did not open port $1 within $2 s"
    fi
    sleep 0.2
  done
}

# start_sandbox SETTING=VALUE…: starts the sandbox (stand-ins of Telegram, panel, providers and AWS), writes its settings to
# $SCRATCH/env.
# shellcheck disable=SC2120 # all arguments are optional
start_sandbox() {
  make_scratch
  cargo build --quiet -p sandbox --bin shop
  SANDBOX_PORT=$(free_port)
  printf '%s\n' "$@" >"$SCRATCH/given"
  start sandbox target/debug/shop --port "$SANDBOX_PORT" --data "$SCRATCH/data" --env-file "$SCRATCH/given"
  wait_port "$SANDBOX_PORT" 60 sandbox
  target/debug/shop --port "$SANDBOX_PORT" --env-file "$SCRATCH/given" --print-env >"$SCRATCH/env"
}
