#!/usr/bin/env bash
# Runs the guestbook on the running cluster: builds its two images, puts them on the nodes, applies its manifest, waits until it
# answers and says where. Safe to repeat.
#
#   demo.sh [NAMESPACE]   where it runs: "guestbook" unless told otherwise; the namespace is made if there is none
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/image-lib.sh"
here=$(dirname "$0")
namespace=${1:-guestbook}

"$here/kubeconfig.sh" >/dev/null
admin_kubectl --request-timeout=5s get --raw /readyz >/dev/null 2>&1 || die "no cluster answers; start one with make up"

mkdir -p "$build/images" "$build/logs"
"$here/build.sh"
base_image
image kybern/guestbook-redis:1 "$images/guestbook-redis" "BASE=$base"
java_runtime guestbook-runtime java.base,jdk.httpserver --strip-java-debug-attributes --compress=zip-6
stage guestbook-web
cp -al "$build/guestbook-runtime" "$build/images/guestbook-web/runtime"
cp -l "$root"/examples/guestbook/target/kybern-guestbook-*.jar "$build/images/guestbook-web/guestbook.jar"
image kybern/guestbook-web:1 "$build/images/guestbook-web" "BASE=$base"

step "putting the images on the nodes"
"$here/load.sh" kybern/guestbook-redis:1
"$here/load.sh" kybern/guestbook-web:1

guestbook() { admin_kubectl -n "$namespace" "$@"; }
step "starting the guestbook in namespace $namespace"
admin_kubectl get namespace "$namespace" >/dev/null 2>&1 || admin_kubectl create namespace "$namespace" >/dev/null
guestbook apply -f "$root/docs/examples/guestbook.yaml" >&2
for deployment in redis-leader redis-follower frontend; do
  guestbook rollout status "deployment/$deployment" --timeout=120s >"$build/logs/demo-$deployment.log" 2>&1 || {
    guestbook get pods -o wide >&2
    die "$deployment does not come up: $(tail -n 1 "$build/logs/demo-$deployment.log")"
  }
done

port=$(guestbook get service frontend -o 'jsonpath={.spec.ports[0].nodePort}')
node=$(guestbook get pods -l app=guestbook -o 'jsonpath={.items[0].status.hostIP}')
retry 60 curl -sf -m 5 "http://$node:$port/" || die "the guestbook runs, but http://$node:$port does not answer"
[ -n "${KYBERN_QUIET:-}" ] || cat >&2 <<NEXT

The guestbook is open; every node answers on its node port:

  http://$node:$port

Where this machine has no way to the nodes' network (Docker Desktop, a browser on another machine):
  kubectl -n $namespace port-forward service/frontend 8080:80      and then http://127.0.0.1:8080

  kubectl -n $namespace get pods -o wide                           who runs where
  kubectl -n $namespace delete pod -l app=guestbook,role=leader    what was written stays
  kubectl delete namespace $namespace                              closes it
NEXT
