#!/usr/bin/env bash
# Names the cache of downloads: by what the configuration comes to and by the version, not by where the checkout is.
set -euo pipefail
arguments=()
if [ -n "${CHOREO_ACTION_CONFIG:-}" ]; then arguments=(--config "$CHOREO_ACTION_CONFIG"); fi
version="$(choreo-dev --version)"
hash="$(choreo-dev config print -o json "${arguments[@]}" | node -e '
  const { createHash } = require("node:crypto");
  const { platform } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
  const text = JSON.stringify(platform).replaceAll(JSON.stringify(platform.dir).slice(1, -1), ".");
  console.log(createHash("sha256").update(text).digest("hex").slice(0, 16));
')"
prefix="choreo-dev-${RUNNER_OS:-$(uname -s)}-${RUNNER_ARCH:-$(uname -m)}-$version"
{
  echo "key=$prefix-$hash"
  echo "restore=$prefix-"
  echo "path=${XDG_CACHE_HOME:-$HOME/.cache}/choreo-dev"
} >>"${GITHUB_OUTPUT:?}"
