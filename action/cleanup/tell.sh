#!/usr/bin/env bash
# Adds the status to the summary of the job, and of a failed one collects diagnostics. What cannot be told fails nothing: the
# job has its result already.
set -uo pipefail
if ! command -v choreo-dev >/dev/null; then
  echo "choreo-dev was not installed: there is nothing to tell"
  exit 0
fi
target=()
if [ -n "${CHOREO_ACTION_CONFIG:-}" ]; then target=(--config "$CHOREO_ACTION_CONFIG"); fi

if [ "${CHOREO_ACTION_JOB:-}" = success ]; then exit 0; fi
choreo-dev status "${target[@]}" -o md >>"${GITHUB_STEP_SUMMARY:?}" || true
archive="${RUNNER_TEMP:?}/choreo-dev-diagnostics.tar.gz"
if choreo-dev diagnostics "${target[@]}" -o "$archive"; then
  echo "archive=$archive" >>"${GITHUB_OUTPUT:?}"
  {
    echo
    echo "Diagnostics of the platform are an artifact of this run. \`choreo-dev diagnostics open FILE\` reads them."
  } >>"$GITHUB_STEP_SUMMARY"
  echo "::group::choreo-dev diagnostics open"
  choreo-dev diagnostics open "$archive" || true
  echo "::endgroup::"
fi
