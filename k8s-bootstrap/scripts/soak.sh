#!/usr/bin/env bash
# soak.sh [MINUTES]: makes and removes pods for that long, half an hour unless told otherwise, and compares what the nodes hold
# before and after. Leave the cluster alone meanwhile: whatever others run on it is counted too. If a node is started anew in
# between, the time begins again. The report also goes to build/benchmarks/soak.md.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/node-counts.sh"

minutes=${1:-30}
[[ $minutes =~ ^[1-9][0-9]*$ ]] || die "say for how many minutes: make soak MINUTES=30"
[ -n "$(running_nodes)" ] || die "no node is running; start the cluster with make up"
KUBECONFIG=$("$(dirname "$0")/kubeconfig.sh")
export KUBECONFIG
out=$build/benchmarks
mkdir -p "$out"
namespace=soak-$RANDOM
# what every round leaves in the daemons' memory (compiled code, connections) is there after two
warm_up_rounds=2
look_every=300
ids=$(mktemp)
trap 'rm -f "$ids"; kubectl delete namespace "$namespace" --wait=false --ignore-not-found >/dev/null 2>&1 || true' EXIT

in_namespace() { kubectl -n "$namespace" "$@"; }

# a bit of everything that a node keeps for a pod: volumes of each kind, an init container, probes, ports, a Service, a Job
manifest() {
  cat <<YAML
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { key: value }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: churn }
spec:
  replicas: 12
  selector: { matchLabels: { app: churn } }
  template:
    metadata: { labels: { app: churn } }
    spec:
      terminationGracePeriodSeconds: 1
      initContainers: [{ name: first, image: kybern/testbox:1, imagePullPolicy: IfNotPresent, command: ["true"] }]
      containers:
      - name: web
        image: kybern/testbox:1
        imagePullPolicy: IfNotPresent
        command: [sh, -c, "trap 'exit 0' TERM; httpd -p 8080 -h /settings; while true; do sleep 1; done"]
        ports: [{ containerPort: 8080, name: http }]
        readinessProbe: { httpGet: { path: /key, port: http }, periodSeconds: 1 }
        livenessProbe: { exec: { command: ["true"] }, periodSeconds: 5 }
        volumeMounts: [{ name: settings, mountPath: /settings }, { name: disk, mountPath: /disk }, { name: memory, mountPath: /memory }]
      volumes:
      - { name: settings, configMap: { name: settings } }
      - { name: disk, emptyDir: {} }
      - { name: memory, emptyDir: { medium: Memory } }
---
apiVersion: v1
kind: Service
metadata: { name: churn }
spec: { type: NodePort, selector: { app: churn }, ports: [{ port: 80, targetPort: http }] }
---
apiVersion: batch/v1
kind: Job
metadata: { name: churn }
spec:
  completions: 4
  parallelism: 4
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: once, image: kybern/testbox:1, imagePullPolicy: IfNotPresent, command: [echo, done] }]
YAML
}

# one round: everything is made, used and removed
round() {
  manifest | in_namespace apply -f - >/dev/null \
    && in_namespace rollout status deployment/churn --timeout=300s >/dev/null \
    && in_namespace wait --for=condition=Complete job/churn --timeout=300s >/dev/null \
    && retry 60 in_namespace exec deployment/churn -- wget -T 5 -qO- http://churn/key \
    && in_namespace get pods -o jsonpath='{range .items[*]}{.metadata.uid}{"\n"}{end}' >>"$ids" \
    && in_namespace rollout restart deployment/churn >/dev/null \
    && in_namespace rollout status deployment/churn --timeout=300s >/dev/null \
    && in_namespace get pods -o jsonpath='{range .items[*]}{.metadata.uid}{"\n"}{end}' >>"$ids" \
    && manifest | in_namespace delete -f - --wait >/dev/null \
    && retry 300 nothing_left
}
nothing_left() { [ -z "$(in_namespace get pods -o name)" ]; }

# what a removed pod leaves is cleaned up a little later than its object is gone
settle() { sleep 60; }

nodes_ready() {
  local -a names
  mapfile -t names < <(running_nodes | sed 's|\([^ ]*\).*|node/\1|')
  kubectl wait --for=condition=Ready "${names[@]}" --timeout=10s
}

# begin: warms up and counts; fails if the cluster is made anew meanwhile
begin() {
  retry 600 nodes_ready || die "the nodes are not Ready"
  starts=$(starts_of_nodes)
  rounds=0
  : >"$ids"
  kubectl create namespace "$namespace" >/dev/null 2>&1 || true
  for _ in $(seq "$warm_up_rounds"); do round || return 1; done
  settle
  counts >"$out/soak-before.txt" && [ "$(starts_of_nodes)" = "$starts" ] || return 1
  began=$SECONDS
  step "counted; making and removing pods for $minutes minutes"
}

# go_on: one round after the other until the time is over, with a look at the memory now and then; fails when a round does
go_on() {
  local next=$began
  : >"$out/soak-memory.txt"
  while [ $((SECONDS - began)) -lt $((minutes * 60)) ]; do
    if [ "$SECONDS" -ge "$next" ]; then
      counts | awk -v at=$(((SECONDS - began) / 60)) '$2 == "memory" { gsub("[:,]", ""); print at, $1, $5, $NF }' >>"$out/soak-memory.txt"
      next=$((SECONDS + look_every))
    fi
    round || return 1
    rounds=$((rounds + 1))
  done
  [ "$(starts_of_nodes)" = "$starts" ]
}

# what_is_there: for whoever has to find out why a round failed
what_is_there() {
  in_namespace get pods,jobs,deployments,services -o wide || true
  in_namespace get events --sort-by=.lastTimestamp | tail -n 40 || true
}

# memory_of WHAT: one line per node, what its daemon or engine took over time
memory_of() {
  awk -v what="$1" '$3 == what { series[$2] = series[$2] " " $4 " after " $1 "," }
    END { for (node in series) print node ", " what ":" series[node] }' "$out/soak-memory.txt" | sed 's/,$//' | sort
}

until begin && go_on; do
  if [ "$(starts_of_nodes)" = "${starts:-}" ]; then
    what_is_there >&2
    die "a round failed"
  fi
  warn "a node was started anew; the time begins again"
done
length=$((SECONDS - began))
settle
counts >"$out/soak-after.txt"
left=$(running_nodes | while read -r _ id; do left_of "$id" "$namespace" <"$ids"; done)
{
  printf '%d rounds in %d minutes: %d pods made and removed\n' "$rounds" "$((length / 60))" "$((rounds * 28))"
  printf 'containers, directories, mounts, control groups and rules that are left of them: %d\n\n' "$(grep -c . <<<"$left" || true)"
  compared "$out/soak-before.txt" "$out/soak-after.txt"
  printf '\nmemory in MiB after so many minutes, in the middle of the work:\n\n'
  for what in daemon engine; do memory_of "$what" | sed 's/^/- /'; done
} | tee "$out/soak.md"
[ -z "$left" ] || die "left behind:
$left"
