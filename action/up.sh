#!/usr/bin/env bash
# Boots the platform and says how it is. The argument is the process whose end is the end of the job: when it dies, by a
# cancelled job too, the platform goes with it.
set -euo pipefail
owner="${1:?}"
target=()
if [ -n "${CHOREO_ACTION_CONFIG:-}" ]; then target=(--config "$CHOREO_ACTION_CONFIG"); fi
options=()
if [ "${CHOREO_ACTION_ENGINE:-auto}" != auto ]; then options+=(--engine "$CHOREO_ACTION_ENGINE"); fi
if [ -n "${CHOREO_ACTION_BUNDLE:-}" ]; then options+=(--bundle "$CHOREO_ACTION_BUNDLE"); fi

echo "::group::choreo-dev up"
code=0
choreo-dev up "${target[@]}" "${options[@]}" --owner "$owner" || code=$?
echo "::endgroup::"
if [ "$code" -ne 0 ]; then
  echo "::error title=choreo-dev up::the platform did not come up (exit status $code); the lines above say why"
  exit "$code"
fi

choreo-dev status "${target[@]}" -o md >>"${GITHUB_STEP_SUMMARY:?}"
# shellcheck disable=SC2016  # it is JavaScript that is quoted
choreo-dev status "${target[@]}" -o json | node -e '
  const { name, engine } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
  console.log(`platform=${name}\nengine=${engine}`);
' >>"${GITHUB_OUTPUT:?}"
echo "kubeconfig=$(choreo-dev kubeconfig "${target[@]}" --path)" >>"$GITHUB_OUTPUT"
