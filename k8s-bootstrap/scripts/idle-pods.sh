#!/usr/bin/env bash
# idle-pods.sh [PODS]: starts that many pods at once on one node, a hundred unless told otherwise, says how long it took, and then
# what the node's daemon needs for them while nothing happens. Leave the cluster alone meanwhile.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/node-counts.sh"

pods=${1:-100}
[[ $pods =~ ^[1-9][0-9]*$ ]] || die "say how many pods: make idle-pods PODS=100"
read -r node id < <(running_nodes) || die "no node is running; start the cluster with make up"
KUBECONFIG=$("$(dirname "$0")/kubeconfig.sh")
export KUBECONFIG
namespace=idle-$RANDOM
seconds=60
trap 'kubectl delete namespace "$namespace" --wait=false --ignore-not-found >/dev/null 2>&1 || true' EXIT

# processes PATTERN: ids, as this machine sees them, of the node's processes whose command line has that
processes() { docker top "$id" -eo pid,args | awk -v what="$1" 'NR > 1 && index($0, what) { print $1 }'; }
ticks() { as_root sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'; }
of_core() { awk -v used="$1" -v hertz="$(getconf CLK_TCK)" -v s="$seconds" 'BEGIN { printf "%.1f %%", 100 * used / hertz / s }'; }

# measure WHEN: a line of the table
measure() {
  local daemon engine daemon_ticks engine_ticks
  daemon=$(processes NodeDaemonApplication | head -n 1) engine=$(processes dockerd | head -n 1)
  daemon_ticks=$(ticks "$daemon") engine_ticks=$(ticks "$engine")
  sleep "$seconds"
  printf '| %s | %d MiB | %d | %s | %s |\n' "$1" \
    "$(($(as_root sed -n 's/^Pss: *\([0-9]*\) kB/\1/p' "/proc/$daemon/smaps_rollup") / 1024))" \
    "$(as_root sed -n 's/^Threads:[^0-9]*//p' "/proc/$daemon/status")" \
    "$(of_core $(($(ticks "$daemon") - daemon_ticks)))" "$(of_core $(($(ticks "$engine") - engine_ticks)))"
}

before=$(measure 'without them')
kubectl create namespace "$namespace" >/dev/null
step "starting $pods pods on $node"
began=$(date +%s%3N)
kubectl -n "$namespace" apply -f - >/dev/null <<YAML
apiVersion: apps/v1
kind: Deployment
metadata: { name: idle }
spec:
  replicas: $pods
  selector: { matchLabels: { app: idle } }
  template:
    metadata: { labels: { app: idle } }
    spec:
      nodeSelector: { kubernetes.io/hostname: $node }
      terminationGracePeriodSeconds: 0
      containers: [{ name: c, image: kybern/testbox:1, imagePullPolicy: IfNotPresent, command: [sleep, "1000000"] }]
YAML
kubectl -n "$namespace" rollout status deployment/idle --timeout=600s >/dev/null
took=$(($(date +%s%3N) - began))
# the work of the start is over, compilers included
sleep "$seconds"
during=$(measure "with $pods pods")
printf '%d pods were ready after %d.%d s\n\n' "$pods" $((took / 1000)) $((took % 1000 / 100))
printf '| the daemon | memory (PSS) | threads | CPU of a core | CPU of its Docker Engine |\n|---|---|---|---|---|\n%s\n%s\n' "$before" "$during"
