#!/usr/bin/env bash
# logs.sh [SERVICE]: the last lines of every service, or of one; FOLLOW=1 goes on.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

options=(--tail "${TAIL:-200}")
[ -z "${FOLLOW:-}" ] || options+=(-f)
run_compose logs --no-color "${options[@]}" ${1:+"$1"}
