#!/usr/bin/env bash
# Checks the deployment templates: SAM's own validation, cfn-lint, and that their settings are those the functions read.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
use_tools

python3 scripts/check_settings.py
sam validate --lint --template template.yaml
cfn-lint template.yaml infra/*.yaml
echo "templates are valid"
