#!/usr/bin/env bash
# Drives the page of `cargo shop` in a headless Chromium. Installs the browser and its driver with apt if they are missing;
# screenshots end up in target/screenshots.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

packages=()
command -v chromium >/dev/null || packages+=(chromium)
command -v chromedriver >/dev/null || packages+=(chromium-driver)
# The chat is full of emoji.
fc-list 2>/dev/null | grep -qi 'noto.*emoji' || packages+=(fontconfig fonts-dejavu-core fonts-noto-color-emoji)
if ((${#packages[@]})); then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi
cargo test -p sandbox --test page -- --ignored
