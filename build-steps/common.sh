# What the steps of a build share. They run one after the other in the containers of one pod, with one /workspace.
set -eu

say() { printf '%s\n' "choreo: $*"; }
fail() { printf '%s\n' "choreo: $*" >&2; exit 1; }

workspace=${WORKSPACE:-/workspace}

# `begin NAME [AFTER]`: waits for the step before, and tells the next one how this one ended. All steps are started at once: Argo's own
# order of containers looks once a second. A step that was killed tells nothing itself; its executor leaves the exit code.
begin() {
  own=$1
  trap 'if [ $? = 0 ]; then : > "$workspace/$own.done"; else : > "$workspace/failed"; fi' EXIT
  [ $# = 1 ] || until [ -f "$workspace/$2.done" ]; do
    ended=$(cat "/var/run/argo/ctr/$2-step/exitcode" 2>/dev/null || :)
    if [ -f "$workspace/failed" ] || [ "${ended:-0}" != 0 ]; then
      say "the step $2 has not succeeded: this one does not run"
      exit 64
    fi
    sleep 0.1
  done
}
source=$workspace/source
case "/${CONTEXT:-}/${DOCKERFILE:-}/${SOURCE_PATH:-}/" in
  */../*) fail "the paths of a build stay inside its source" ;;
esac

# Where the Dockerfile and its context are: what the build names, or what the source looks like.
find_dockerfile() {
  context=$source/${CONTEXT:-$SOURCE_PATH}
  [ -d "$context" ] || fail "there is no folder \"${CONTEXT:-$SOURCE_PATH}\" in the source"
  if [ -n "${DOCKERFILE:-}" ]; then
    dockerfile=$source/$DOCKERFILE
    [ -f "$dockerfile" ] || fail "there is no Dockerfile \"$DOCKERFILE\" in the source"
  elif [ -z "${BUILDPACK:-}" ] && [ -f "$context/Dockerfile" ]; then
    dockerfile=$context/Dockerfile
  else
    generated=$(generated_for "$context")
    dockerfile=$STEPS/$generated.Dockerfile
    [ -f "$dockerfile" ] || fail "sources of $BUILDPACK are not built without a Dockerfile: add one"
    say "no Dockerfile: built as $generated"
  fi
}

generated_for() {
  case ${BUILDPACK:-} in
    React) echo react ;;
    Node.js) echo node ;;
    "") if [ -f "$1/package.json" ]; then echo node
      elif [ -f "$1/requirements.txt" ] || [ -f "$1/pyproject.toml" ] || [ -f "$1/main.py" ] || [ -f "$1/app.py" ]; then echo python
      elif [ -f "$1/go.mod" ]; then echo go
      elif [ -f "$1/server.js" ] || [ -f "$1/server.mjs" ]; then echo node-script
      elif [ -f "$1/index.html" ]; then echo static
      elif [ -f "$1/index.js" ] || [ -f "$1/index.mjs" ]; then echo node-script
      else fail "nothing in \"${CONTEXT:-$SOURCE_PATH}\" says how it is built: add a Dockerfile"; fi ;;
    *) printf '%s' "$BUILDPACK" | tr '[:upper:]' '[:lower:]' ;;
  esac
}

# buildctl with everything that all calls have in common, then what the caller adds.
solve() {
  for name in ${BUILD_ARGS:-}; do
    set -- --opt "build-arg:$name=$(printenv "$name" || :)" "$@"
  done
  if [ -n "${BUILDPACK_VERSION:-}" ]; then
    set -- --opt "build-arg:VERSION=$(printf '%s' "$BUILDPACK_VERSION" | sed 's/\(\.x\)*$//')" "$@"
  fi
  for file in "${SECRETS:-/build-secrets}"/*/*; do
    if [ -f "$file" ]; then set -- --secret "id=$(basename "$file"),src=$file" "$@"; fi
  done
  buildctl --addr "$BUILDKIT_HOST" build --progress plain --frontend dockerfile.v0 \
    --local "context=$context" --local "dockerfile=$(dirname "$dockerfile")" \
    --opt "filename=$(basename "$dockerfile")" "$@"
}
