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
here=$(dirname "$0")
namespace=${1:-todo}

"$here/kubeconfig.sh" >/dev/null
admin_kubectl --request-timeout=5s get --raw /readyz >/dev/null 2>&1 || die "no cluster answers; start one with make up"

mkdir -p "$build/images" "$build/logs"
base_image
image kybern/todo-db:1 "$images/todo-db" "BASE=$base"
image kybern/todo-web:1 "$images/todo-web" "BASE=$base"

step "putting the images on the nodes"
"$here/load.sh" kybern/todo-db:1
"$here/load.sh" kybern/todo-web:1

todo() { admin_kubectl -n "$namespace" "$@"; }
step "starting the to-do list in namespace $namespace"
admin_kubectl get namespace "$namespace" >/dev/null 2>&1 || admin_kubectl create namespace "$namespace" >/dev/null
todo apply -f "$root/docs/examples/todo.yaml" >&2
for workload in statefulset/todo-db deployment/todo; do
  log=$build/logs/todo-${workload##*/}.log
  todo rollout status "$workload" --timeout=120s >"$log" 2>&1 || {
    todo get pods -o wide >&2
    die "$workload does not come up: $(tail -n 1 "$log")"
  }
done

port=$(todo get service todo -o 'jsonpath={.spec.ports[0].nodePort}')
node=$(todo get pods -l app=todo,part=web -o 'jsonpath={.items[0].status.hostIP}')
retry 60 curl -sf -m 5 -o /dev/null "http://$node:$port/" || die "the to-do list runs, but http://$node:$port does not answer"
[ -n "${KYBERN_QUIET:-}" ] || cat >&2 <<NEXT

The to-do list is open; every node answers on its node port:

  http://$node:$port

docs/todo.md goes on from here. To close it:
  kubectl delete namespace $namespace
NEXT
