#!/usr/bin/env bash
# Checks the deployment templates: SAM's own validation and cfn-lint.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
use_tools

sam validate --lint --template template.yaml
cfn-lint template.yaml infra/*.yaml
echo "templates are valid"
