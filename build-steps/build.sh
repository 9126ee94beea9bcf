# Builds the image. It stays in BuildKit's cache, from where the next step pushes it.
. "$STEPS/common.sh"
begin build test
find_dockerfile
solve
sed -n 's/^[[:space:]]*[Ee][Xx][Pp][Oo][Ss][Ee][[:space:]]\{1,\}\([0-9]\{1,\}\).*/\1/p' "$dockerfile" | tail -n 1 | tr -d '\n' > "$workspace/port"
