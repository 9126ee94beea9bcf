#!/usr/bin/env bash
# Installs choreo-dev for the later steps of the job: without install scripts, into a folder that goes with the job.
set -euo pipefail
prefix="${RUNNER_TEMP:?}/choreo-dev"
npm install --global --ignore-scripts --no-audit --no-fund --prefix "$prefix" "${CHOREO_ACTION_PACKAGE:?}"
echo "$prefix/bin" >>"${GITHUB_PATH:?}"
"$prefix/bin/choreo-dev" version
