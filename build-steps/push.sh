# Pushes the image to every registry and tells its name: repository, tag and digest, without a registry.
. "$STEPS/common.sh"
begin push build
find_dockerfile
name=$IMAGE:$TAG-$(cut -c 1-8 "$workspace/revision")
for registry in $REGISTRIES; do
  solve --output "type=image,name=$registry/$name,push=true" --metadata-file "$workspace/metadata.json"
  say "pushed $registry/$name"
done
digest=$(sed -n 's/.*"containerimage.digest": *"\(sha256:[0-9a-f]\{64\}\)".*/\1/p' "$workspace/metadata.json")
[ -n "$digest" ] || fail "BuildKit told no digest of the image"
printf '%s' "$name@$digest" > "$workspace/image"
