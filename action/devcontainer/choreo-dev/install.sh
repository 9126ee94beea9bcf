#!/usr/bin/env bash
# Installs the feature, as root, while the image of the container is built. Options come as variables in upper case.
set -euo pipefail
package="${PACKAGE:-choreo-dev}"
if ! command -v npm >/dev/null; then
  echo "choreo-dev needs Node.js 20.19 or later: add the feature ghcr.io/devcontainers/features/node" >&2
  exit 1
fi
npm install --global --ignore-scripts --no-audit --no-fund "$package"
choreo-dev --version
if [ "${COMPLETION:-true}" = true ]; then
  folder="${CHOREO_COMPLETION_ROOT:-}/usr/share"
  mkdir -p "$folder/bash-completion/completions" "$folder/zsh/site-functions"
  choreo-dev completion bash >"$folder/bash-completion/completions/choreo-dev"
  choreo-dev completion zsh >"$folder/zsh/site-functions/_choreo-dev"
fi
