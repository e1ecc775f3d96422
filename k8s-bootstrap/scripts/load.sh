#!/usr/bin/env bash
# load.sh IMAGE: puts an image of this machine's Docker engine on every running node, on all at once. Nodes that have it are
# left alone.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

image=${1:-}
[ -n "$image" ] || die "say which image: make load IMAGE=my/image:1"
id=$(docker image inspect --format '{{.Id}}' "$image" 2>/dev/null) || die "this machine's Docker engine has no image $image; build or pull it first"
nodes=$(docker ps --filter "label=com.docker.compose.project=$project" --format '{{.Label "com.docker.compose.service"}} {{.ID}}' | grep '^node-[0-9]' | sort -V || true)
[ -n "$nodes" ] || die "no node is running; start the cluster with make up"

archive=$(mktemp "${TMPDIR:-/tmp}/kybern-load.XXXXXX")
trap 'rm -f "$archive"' EXIT
declare -A jobs=()
while read -r node container; do
  if [ "$(docker exec "$container" docker image inspect --format '{{.Id}}' "$image" 2>/dev/null || true)" = "$id" ]; then
    say "$node has $image already"
    continue
  fi
  [ -s "$archive" ] || docker save -o "$archive" "$image"
  docker exec -i "$container" docker load -q <"$archive" >/dev/null &
  jobs[$node]=$!
done <<<"$nodes"

failed=
for node in "${!jobs[@]}"; do
  if wait "${jobs[$node]}"; then
    say "$node has $image now"
  else
    failed+=" $node"
  fi
done
[ -z "$failed" ] || die "loading $image failed on:$failed"
