#!/usr/bin/env bash
# crowd.sh [PODS]: makes that many pods at once, as many as all nodes take less ten for each unless told otherwise, looks that each
# runs once and only once, removes them all at once, and compares what the nodes hold before and after. Nobody else should use the
# cluster meanwhile.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/node-counts.sh"

nodes=$(running_nodes | wc -l)
[ "$nodes" -gt 0 ] || die "no node is running; start the cluster with make up"
pods=${1:-$((nodes * 100))}
[[ $pods =~ ^[1-9][0-9]*$ ]] || die "say how many pods: make crowd PODS=200"
KUBECONFIG=$("$(dirname "$0")/kubeconfig.sh")
export KUBECONFIG
namespace=crowd-$RANDOM
ids=$(mktemp)
trap 'rm -f "$ids"; kubectl delete namespace "$namespace" --wait=false --ignore-not-found >/dev/null 2>&1 || true' EXIT

in_namespace() { kubectl -n "$namespace" "$@"; }
now() { date +%s%3N; }
seconds() { printf '%d.%d s' $(($1 / 1000)) $(($1 % 1000 / 100)); }
# containers KIND: one line for each that the nodes have of that kind, running or not: the pod's name
containers() {
  running_nodes | while read -r _ id; do
    docker exec "$id" docker ps -a --filter "label=io.kybern.pod.namespace=$namespace" --filter "label=io.kybern.pod.kind=$1" \
      --format '{{.Label "io.kybern.pod.name"}}'
  done
}
manifest() {
  cat <<YAML
apiVersion: apps/v1
kind: Deployment
metadata: { name: crowd }
spec:
  replicas: $1
  selector: { matchLabels: { app: crowd } }
  template:
    metadata: { labels: { app: crowd } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: c
        image: kybern/testbox:1
        imagePullPolicy: IfNotPresent
        command: [sh, -c, "trap 'exit 0' TERM; httpd -p 8080 -h /; while true; do sleep 5; done"]
        ports: [{ containerPort: 8080, name: http }]
        readinessProbe: { tcpSocket: { port: http }, periodSeconds: 2 }
        volumeMounts: [{ name: disk, mountPath: /disk }]
      volumes: [{ name: disk, emptyDir: {} }]
---
apiVersion: v1
kind: Service
metadata: { name: crowd }
spec: { selector: { app: crowd }, ports: [{ port: 80, targetPort: http }] }
YAML
}
nothing_left() { [ -z "$(in_namespace get pods -o name)" ]; }
# round PODS: they come and go; sets how long each took
round() {
  local began
  began=$(now)
  manifest "$1" | in_namespace apply -f - >/dev/null
  in_namespace rollout status deployment/crowd --timeout=900s >/dev/null || die "they are not all ready"
  came=$(($(now) - began))
  in_namespace get pods -o jsonpath='{range .items[*]}{.metadata.uid}{"\n"}{end}' >"$ids"
  names=$(in_namespace get pods -o jsonpath='{range .items[*]}{.metadata.name}{"\n"}{end}' | sort)
  apps=$(containers APP | sort) sandboxes=$(containers SANDBOX | sort)
  restarts=$(in_namespace get pods -o jsonpath='{range .items[*]}{.status.containerStatuses[0].restartCount}{"\n"}{end}' | awk '{ n += $1 } END { print n }')
  spread=$(in_namespace get pods -o jsonpath='{range .items[*]}{.spec.nodeName}{"\n"}{end}' | sort | uniq -c | awk '{ printf "%s%s on %s", sep, $1, $2; sep = ", " }')
  addresses=$(in_namespace get pods -o jsonpath='{range .items[*]}{.status.podIP}{"\n"}{end}' | sort -u | wc -l)
  endpoints=$(in_namespace get endpointslices -l kubernetes.io/service-name=crowd \
    -o jsonpath='{range .items[*].endpoints[?(@.conditions.ready==true)]}{.addresses[0]}{"\n"}{end}' | sort -u | grep -c .)
  began=$(now)
  manifest "$1" | in_namespace delete -f - --wait=false >/dev/null
  retry 600 nothing_left || die "they do not go"
  went=$(($(now) - began))
}

kubectl create namespace "$namespace" >/dev/null
# what the first pods leave in the daemons' memory stays
round $((nodes * 10))
sleep 30
counts_before=$(counts)
step "$pods pods at once on $nodes nodes"
round "$pods"
sleep 60
left=$(running_nodes | while read -r _ id; do left_of "$id" "$namespace" <"$ids"; done)
same() { if [ "$1" = "$2" ]; then echo yes; else echo no; fi; }
printf '| %d pods at once | |\n|---|---|\n' "$pods"
printf '| where | %s |\n' "$spread"
printf '| all are ready after | %s |\n' "$(seconds "$came")"
printf '| every pod has one container and one sandbox, no more | %s, %s |\n' "$(same "$names" "$apps")" "$(same "$names" "$sandboxes")"
printf '| containers that were started again | %d |\n' "$restarts"
printf '| addresses; ready endpoints of their Service | %d; %d |\n' "$addresses" "$endpoints"
printf '| all are gone after | %s |\n' "$(seconds "$went")"
printf '| containers, directories, mounts, control groups and rules that are left of them | %d |\n\n' "$(grep -c . <<<"$left" || true)"
compared <(cat <<<"$counts_before") <(counts)
[ -z "$left" ] || die "left behind:
$left"
if [ "$names" != "$apps" ] || [ "$names" != "$sandboxes" ]; then die "something runs twice, or not at all"; fi
