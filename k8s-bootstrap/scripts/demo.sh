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
namespace=${1:-guestbook}

require_cluster
mkdir -p "$build/images" "$build/logs"
"$scripts/build.sh"
base_image
image kybern/guestbook-redis:1 "$images/guestbook-redis" "BASE=$base"
java_runtime guestbook-runtime java.base,jdk.httpserver --strip-java-debug-attributes --compress=zip-6
stage guestbook-web
cp -al "$build/guestbook-runtime" "$build/images/guestbook-web/runtime"
cp -l "$root"/examples/guestbook/target/kybern-guestbook-*.jar "$build/images/guestbook-web/guestbook.jar"
image kybern/guestbook-web:1 "$build/images/guestbook-web" "BASE=$base"

step "putting the images on the nodes"
"$scripts/load.sh" kybern/guestbook-redis:1
"$scripts/load.sh" kybern/guestbook-web:1

step "starting the guestbook in namespace $namespace"
start_example guestbook "$namespace" deployment/redis-leader deployment/redis-follower deployment/frontend
url=$(example_url "$namespace" frontend app=guestbook)
[ -n "${KYBERN_QUIET:-}" ] || cat >&2 <<NEXT

The guestbook is open; every node answers on its node port:

  $url

Where this machine has no way to the nodes' network (Docker Desktop, a browser on another machine):
  kubectl -n $namespace port-forward service/frontend 8080:80      and then http://127.0.0.1:8080

  kubectl -n $namespace get pods -o wide                           who runs where
  kubectl -n $namespace delete pod -l app=guestbook,role=leader    what was written stays
  kubectl delete namespace $namespace                              closes it
NEXT
