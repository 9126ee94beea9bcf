# Brings the source to $source and its revision to $workspace/revision.
. "$STEPS/common.sh"
begin clone

# Keys of the repository's Secret, for the program that git asks as well.
export git_auth=${GIT_AUTH:-/git-auth}

if [ -n "${SOURCE_ARTIFACT:-}" ]; then
  say "working tree $SOURCE_ARTIFACT"
  # BuildKit fetches it: it knows the registry, keeps what it has seen and checks the digest.
  mkdir -p "$workspace/fetch"
  printf 'FROM %s\n' "$SOURCE_ARTIFACT" > "$workspace/fetch/Dockerfile"
  buildctl --addr "$BUILDKIT_HOST" build --progress plain --frontend dockerfile.v0 \
    --local "context=$workspace/fetch" --local "dockerfile=$workspace/fetch" --output "type=local,dest=$source"
  printf '%s' "${SOURCE_ARTIFACT##*@sha256:}" > "$workspace/revision"
  # All its files have the same time, and BuildKit takes a file of the same name, size and time for the one that it was sent before, be
  # it another component's. The time of a tree is made of its digest. https://github.com/moby/buildkit/issues/2592
  find "$source" -type f -exec touch -d "@$((946684800 + 0x$(cut -c 1-7 "$workspace/revision")))" {} +
else
  [ -n "${GIT_URL:-}" ] || fail "the component names neither a Git repository nor a source folder"
  if [ -f "$git_auth/ssh-privatekey" ]; then
    install -m 600 "$git_auth/ssh-privatekey" "$workspace/ssh-key"
    export GIT_SSH_COMMAND="ssh -i $workspace/ssh-key -o IdentitiesOnly=yes -o StrictHostKeyChecking=accept-new"
  elif [ -f "$git_auth/password" ] || [ -f "$git_auth/token" ]; then
    printf '%s\n' '#!/bin/sh' 'case $1 in Username*) cat "$git_auth/username" 2>/dev/null || echo git ;;' \
      '*) cat "$git_auth/password" 2>/dev/null || cat "$git_auth/token" ;; esac' > "$workspace/askpass"
    chmod 700 "$workspace/askpass"
    export GIT_ASKPASS="$workspace/askpass"
  fi
  export GIT_TERMINAL_PROMPT=0
  git init -q "$source"
  git -C "$source" remote add origin "$GIT_URL"
  if [ -n "${GIT_REVISION:-}" ]; then
    say "git $GIT_URL revision $GIT_REVISION"
    # Not every server gives out a single revision.
    git -C "$source" fetch -q --depth 1 origin "$GIT_REVISION" ||
      git -C "$source" fetch -q --tags origin "+refs/heads/*:refs/remotes/origin/*"
    git -C "$source" -c advice.detachedHead=false checkout -q "$GIT_REVISION"
  else
    say "git $GIT_URL ${GIT_BRANCH:-default branch}"
    # Nor does every server know of shallow copies.
    git -C "$source" fetch -q --depth 1 origin "${GIT_BRANCH:-HEAD}" || git -C "$source" fetch -q origin "${GIT_BRANCH:-HEAD}"
    git -C "$source" -c advice.detachedHead=false checkout -q FETCH_HEAD
  fi
  git -C "$source" submodule -q update --init --recursive --depth 1
  git -C "$source" rev-parse HEAD | tr -d '\n' > "$workspace/revision"
  # They are no part of what is built, and may hold a way in.
  rm -rf "$source/.git" "$workspace/askpass" "$workspace/ssh-key"
fi
say "revision $(cat "$workspace/revision")"

# What the source says of itself goes to the controller with the outputs of the last step.
[ -d "$source/$SOURCE_PATH" ] || fail "there is no folder \"$SOURCE_PATH\" in the source"
for name in component endpoints; do
  file=$source/$SOURCE_PATH/.choreo/$name.yaml
  if [ -f "$file" ]; then head -c 65536 "$file" > "$workspace/$name.yaml"; else : > "$workspace/$name.yaml"; fi
done
file=$source/$SOURCE_PATH/workload.yaml
if [ -f "$file" ]; then head -c 65536 "$file" > "$workspace/workload.yaml"; else : > "$workspace/workload.yaml"; fi
