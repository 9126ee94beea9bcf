# Runs the stage "test" of the Dockerfile, where it has one.
. "$STEPS/common.sh"
begin test clone
find_dockerfile
if grep -Eiq '^[[:space:]]*FROM[[:space:]].*[[:space:]]AS[[:space:]]+test[[:space:]]*$' "$dockerfile"; then
  solve --opt target=test
  printf ran > "$workspace/test"
else
  say "no stage \"test\" in the Dockerfile: nothing to test"
  printf skipped > "$workspace/test"
fi
