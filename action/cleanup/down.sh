#!/usr/bin/env bash
# Removes the platform, however much of it is there. A job whose platform cannot be removed has left something: it fails.
set -euo pipefail
if ! command -v choreo-dev >/dev/null; then exit 0; fi
target=()
if [ -n "${CHOREO_ACTION_CONFIG:-}" ]; then target=(--config "$CHOREO_ACTION_CONFIG"); fi
choreo-dev down "${target[@]}" --force
