#!/usr/bin/env bash
# Shows, where no cluster runs, that from built images compose alone is enough: it starts a cluster from nothing, and after
# `down` without its volumes being removed it starts the same cluster again. Ends with a running cluster.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
here=$(dirname "$0")

compose_command
plain() { (cd "$root" && "${compose[@]}" "$@") >>"$build/logs/plain-compose.log" 2>&1 || die "${compose[*]} $* failed (see $build/logs/plain-compose.log)"; }

mkdir -p "$build/logs"
: >"$build/logs/plain-compose.log"
[ -z "$(container apiserver)" ] || die "a cluster is there already; this would remove it"

step "${compose[*]} up -d, from nothing"
plain up -d
"$here/wait.sh" 2
"$here/kubeconfig.sh" >/dev/null
admin_kubectl create configmap kept --from-literal=since="the first start" >/dev/null
uid=$(admin_kubectl get configmap kept -o 'jsonpath={.metadata.uid}')

step "${compose[*]} down, and up -d again with what it kept"
plain down
plain up -d
"$here/wait.sh" 2
"$here/kubeconfig.sh" >/dev/null
[ "$(admin_kubectl get configmap kept -o 'jsonpath={.metadata.uid}')" = "$uid" ] || die "the cluster has lost an object over down and up"
admin_kubectl delete configmap kept >/dev/null
