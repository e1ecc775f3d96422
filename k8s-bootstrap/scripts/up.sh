#!/usr/bin/env bash
# Brings the cluster up from whatever there is: builds what changed, starts what is missing, waits until every node is Ready,
# writes the administrator's kubeconfig and says what to do next. Safe to repeat.
#
#   up.sh [NODES]       how many nodes; without it as many as last time, at first two
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
here=$(dirname "$0")

mkdir -p "$build/logs"
[ $# -eq 0 ] || "$here/nodes.sh" --plan "$1"
"$here/prerequisites.sh"
"$here/build.sh"
"$here/images.sh"

nodes=$(node_count)
step "starting the control plane and $nodes node(s)"
scale=()
for name in node-1 node-2; do
  [ "${name#node-}" -le "$nodes" ] || scale+=(--scale "$name=0")
done
if ! KYBERN_NODES=$(node_names "$nodes") run_compose up -d --remove-orphans "${scale[@]}" >"$build/logs/up.log" 2>&1; then
  tail -n 40 "$build/logs/up.log" >&2
  die "the containers could not be started (whole log: $build/logs/up.log)"
fi

"$here/wait.sh" "$nodes"
"$here/kubeconfig.sh" >/dev/null
if [ -z "${KYBERN_QUIET:-}" ]; then
  cat >&2 <<NEXT

The cluster is up, with $nodes node(s).

  export KUBECONFIG=\$(make -s kubeconfig)     use it with kubectl in this shell
  kubectl get nodes
  make load IMAGE=my/image:1                  put a local image on every node
  make demo                                   run a guestbook on it
  make nodes N=3                              change the number of nodes
  make status | make logs S=apiserver         look inside
  make down                                   remove everything again

An image to try things with, after make load IMAGE=kybern/testbox:1
  kubectl create deployment web --image=kybern/testbox:1 --replicas=3 -- sh -c 'hostname > /tmp/index.html; trap exit TERM; httpd -f -p 8080 -h /tmp & wait'
NEXT
fi
