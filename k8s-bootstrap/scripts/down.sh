#!/usr/bin/env bash
# Removes everything that the cluster made: containers, volumes, networks and the generated files. Built images stay.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

rm -f "$build/admin.conf" "$build/nodes.yml" "$build/node-count"
if ! docker version >/dev/null 2>&1; then
  say "no Docker engine answers, so nothing runs"
  exit 0
fi
mine=(--filter "label=com.docker.compose.project=$project")
# by label and not through compose: this also finds nodes of an earlier `make nodes`, and is not stopped by half a start
for attempt in 1 2 3; do
  containers=$(docker ps -aq "${mine[@]}")
  # shellcheck disable=SC2086 # ids are words
  [ -z "$containers" ] || docker rm -f -v $containers >/dev/null || [ "$attempt" -lt 3 ] || die "not all containers could be removed"
done
volumes=$(docker volume ls -q "${mine[@]}")
# shellcheck disable=SC2086
[ -z "$volumes" ] || docker volume rm -f $volumes >/dev/null
networks=$(docker network ls -q "${mine[@]}")
# shellcheck disable=SC2086
[ -z "$networks" ] || docker network rm $networks >/dev/null
say "the cluster and everything that it kept is gone"
