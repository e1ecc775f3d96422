#!/usr/bin/env bash
# Puts on the nodes what the system tests run in pods, and builds first what nothing else needs: a registry. Safe to repeat.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/image-lib.sh"

mkdir -p "$build/logs"
base_image
image kybern/registry:1 "$images/registry" "BASE=$base" BOX=kybern/testbox:1
# the Java runtime is what webhooks and an aggregated API run on
for name in kybern/testbox:1 kybern/java:local kybern/registry:1; do
  "$scripts/load.sh" "$name"
done
