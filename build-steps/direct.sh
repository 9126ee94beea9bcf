# The steps of a build in one call of the BuildKit daemon, for a dev session: its source is a layer in the registry.
#   sh -c SCRIPT direct CONTEXT-URL IMAGE DOCKERFILE HAS-TEST
# Prints the digest of the image. Exit code 3: its tests failed.
set -eu
context=$1 image=$2 filename=$3 test=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
solve() {
  buildctl --addr unix:///run/choreo-buildkit/buildkitd.sock build --progress plain --frontend dockerfile.v0 \
    --opt "context=$context" --opt "filename=$filename" "$@"
}
if [ -n "$test" ]; then solve --opt target=test || exit 3; fi
solve --output "type=image,name=$image,push=true" --metadata-file "$work/metadata.json"
sed -n 's/.*"containerimage.digest": *"\(sha256:[0-9a-f]\{64\}\)".*/\1/p' "$work/metadata.json"
