#!/usr/bin/env bash
# outage.sh [MINUTES]: takes the API server away for that long, ten minutes unless told otherwise, kills a container in the
# meantime, and tells how the pods of the cluster fared. Nobody else should use the cluster meanwhile.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/node-counts.sh"

minutes=${1:-10}
[[ $minutes =~ ^[1-9][0-9]*$ ]] || die "say for how many minutes: make outage MINUTES=10"
[ -n "$(running_nodes)" ] || die "no node is running; start the cluster with make up"
KUBECONFIG=$("$(dirname "$0")/kubeconfig.sh")
export KUBECONFIG
apiserver=$(container apiserver)
namespace=outage-$RANDOM
requests=$(mktemp)
finish() {
  docker start "$apiserver" >/dev/null
  retry 120 kubectl get --raw /readyz || true
  kubectl delete namespace "$namespace" --wait=false --ignore-not-found >/dev/null 2>&1 || true
  rm -f "$requests"
}
trap finish EXIT

in_namespace() { kubectl -n "$namespace" "$@"; }
# containers: the ids of what runs of these pods on all nodes, each with its pod
containers() {
  running_nodes | while read -r _ id; do
    docker exec "$id" docker ps --no-trunc --filter "label=io.kybern.pod.namespace=$namespace" --filter label=io.kybern.pod.kind=APP \
      --format '{{.ID}} {{.Label "io.kybern.pod.name"}}'
  done | sort
}
uids() { in_namespace get pods -o jsonpath='{range .items[*]}{.metadata.uid}{"\n"}{end}' | sort; }
# ask URL: asks four times a second whether the Service answers, until this process is ended
ask() { while :; do curl -s -o /dev/null -m 3 "$1" && echo ok || echo failed; sleep 0.25; done >"$requests"; }

kubectl create namespace "$namespace" >/dev/null
in_namespace apply -f - >/dev/null <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 20
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 1
      tolerations: [{ key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 1 }]
      containers:
      - name: web
        image: kybern/testbox:1
        imagePullPolicy: IfNotPresent
        command: [sh, -c, "hostname > /www/index.html; exec httpd -f -p 8080 -h /www"]
        readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 2 }
---
apiVersion: v1
kind: Pod
metadata: { name: ill }
spec:
  terminationGracePeriodSeconds: 0
  containers: [{ name: c, image: kybern/testbox:1, imagePullPolicy: IfNotPresent, command: [sleep, "100000"] }]
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { type: NodePort, selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
YAML
in_namespace rollout status deployment/web --timeout=300s >/dev/null
in_namespace wait --for=condition=Ready pod/ill --timeout=300s >/dev/null
port=$(in_namespace get service web -o jsonpath='{.spec.ports[0].nodePort}')
read -r _ node < <(running_nodes)
address=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$node")
containers_before=$(containers) uids_before=$(uids) counts_before=$(counts)

step "the API server is away for $minutes minutes"
ask "http://$address:$port/" &
asking=$!
docker stop "$apiserver" >/dev/null
ill=$(awk '$2 == "ill" { print $1 }' <<<"$containers_before")
running_nodes | while read -r _ id; do docker exec "$id" docker kill "$ill" >/dev/null 2>&1 || true; done
sleep $((minutes * 60))
kill "$asking"
wait "$asking" 2>/dev/null || true
containers_meanwhile=$(containers)
docker start "$apiserver" >/dev/null
back=$(date +%s%3N)
retry 120 kubectl get --raw /readyz || die "the API server does not come back"
answered=$(($(date +%s%3N) - back))
mapfile -t nodes < <(running_nodes | sed 's|\([^ ]*\).*|node/\1|')
retry 300 kubectl wait --for=condition=Ready "${nodes[@]}" --timeout=10s || die "the nodes do not come back"
nodes_ready=$(($(date +%s%3N) - back))
retry 300 in_namespace wait --for=condition=Ready pods --all --timeout=10s || die "the pods are not ready"
in_namespace scale deployment/web --replicas=22 >/dev/null
in_namespace rollout status deployment/web --timeout=300s >/dev/null
scaled=$(($(date +%s%3N) - back))

printf '| the API server was away for %d minutes | |\n|---|---|\n' "$minutes"
printf '| requests to the Service meanwhile, failed of all | %d of %d |\n' "$(grep -c failed "$requests" || true)" "$(wc -l <"$requests")"
printf '| containers running at its end, of 21; the same as before | %d; %d |\n' "$(wc -l <<<"$containers_meanwhile")" \
  "$(comm -12 <(cat <<<"$containers_before") <(cat <<<"$containers_meanwhile") | wc -l)"
printf '| the container that was killed meanwhile: how many run; restarts that its pod tells of | %d; %d |\n' \
  "$(grep -c ' ill$' <<<"$containers_meanwhile" || true)" "$(in_namespace get pod ill -o jsonpath='{.status.containerStatuses[0].restartCount}')"
printf '| the API server is ready again after | %d ms |\n' "$answered"
printf '| all nodes are Ready after | %d ms |\n' "$nodes_ready"
printf '| two more pods are ready after | %d ms |\n' "$scaled"
printf '| pods that are still the same, of 21 | %d |\n\n' "$(comm -12 <(cat <<<"$uids_before") <(uids) | wc -l)"
in_namespace scale deployment/web --replicas=20 >/dev/null
as_many_as_before() { [ "$(in_namespace get pods -o name | wc -l)" = 21 ]; }
retry 120 as_many_as_before || warn "there are more pods than before"
# what a removed pod leaves is cleaned up a little later than its object is gone
sleep 75
compared <(cat <<<"$counts_before") <(counts)
