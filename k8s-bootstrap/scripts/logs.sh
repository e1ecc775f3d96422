#!/usr/bin/env bash
# logs.sh [SERVICE]: the last lines of every service, or of one; FOLLOW=1 goes on.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

require_containers
if [ -n "${1:-}" ] && [ -z "$(container "$1")" ]; then
  die "there is no service '$1'; make status names them all"
fi
options=(--tail "${TAIL:-200}")
[ -z "${FOLLOW:-}" ] || options+=(-f)
run_compose logs --no-color "${options[@]}" ${1:+"$1"}
