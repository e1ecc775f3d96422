#!/usr/bin/env bash
# Runs the to-do list on the running cluster: builds its two images, puts them on the nodes, applies its manifest, waits until it
# answers and says where. Safe to repeat.
#
#   todo.sh [NAMESPACE]   where it runs: "todo" unless told otherwise; the namespace is made if there is none
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/image-lib.sh"
namespace=${1:-todo}

require_cluster
mkdir -p "$build/images" "$build/logs"
base_image
image kybern/todo-db:1 "$images/todo-db" "BASE=$base"
image kybern/todo-web:1 "$images/todo-web" "BASE=$base"

step "putting the images on the nodes"
"$scripts/load.sh" kybern/todo-db:1
"$scripts/load.sh" kybern/todo-web:1

step "starting the to-do list in namespace $namespace"
start_example todo "$namespace" statefulset/todo-db deployment/todo
url=$(example_url "$namespace" todo app=todo,part=web)
[ -n "${KYBERN_QUIET:-}" ] || cat >&2 <<NEXT

The to-do list is open; every node answers on its node port:

  $url

docs/todo.md goes on from here. To close it:
  kubectl delete namespace $namespace
NEXT
