#!/usr/bin/env bash
# pods-at-once.sh [PODS [ROUNDS]]: how long that many pods take from their creation until all are ready, on one node, beside the time
# that its Docker Engine alone needs to make and start the same containers; fifty pods and three rounds unless told otherwise.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/node-counts.sh"

pods=${1:-50} rounds=${2:-3}
[[ $pods =~ ^[1-9][0-9]*$ && $rounds =~ ^[1-9][0-9]*$ ]] || die "say how many pods and rounds: make pods-at-once PODS=50 ROUNDS=3"
read -r node id < <(running_nodes) || die "no node is running; start the cluster with make up"
KUBECONFIG=$("$scripts/kubeconfig.sh")
export KUBECONFIG
namespace=at-once-$RANDOM
label=io.kybern.at-once
trap 'kubectl delete namespace "$namespace" --wait=false --ignore-not-found >/dev/null 2>&1 || true; remove_containers' EXIT

remove_containers() { docker exec "$id" sh -c "docker ps -aq --filter label=$label | xargs -r docker rm -f" >/dev/null; }
seconds() { printf '%d.%d s' $(($1 / 1000)) $(($1 % 1000 / 100)); }

# containers_run: milliseconds until the engine alone has started as many containers
containers_run() {
  local began
  began=$(date +%s%3N)
  docker exec -i "$id" perl - "$pods" "$label" < "$scripts/containers-at-once.pl" >&2
  echo $(($(date +%s%3N) - began))
}

# pods_ready: milliseconds from the creation of the pods until all are ready
pods_ready() {
  local began
  began=$(date +%s%3N)
  kubectl -n "$namespace" apply -f - >/dev/null <<YAML
apiVersion: apps/v1
kind: Deployment
metadata: { name: pods }
spec:
  replicas: $pods
  progressDeadlineSeconds: 600
  selector: { matchLabels: { app: pods } }
  template:
    metadata: { labels: { app: pods } }
    spec:
      nodeSelector: { kubernetes.io/hostname: $node }
      terminationGracePeriodSeconds: 0
      containers: [{ name: c, image: kybern/testbox:1, imagePullPolicy: IfNotPresent, command: [sleep, "1000000"] }]
YAML
  kubectl -n "$namespace" rollout status deployment/pods --timeout=600s >/dev/null
  echo $(($(date +%s%3N) - began))
  kubectl -n "$namespace" delete deployment pods --cascade=foreground >/dev/null
  kubectl -n "$namespace" wait pods --all --for=delete --timeout=300s >/dev/null
}

kubectl create namespace "$namespace" >/dev/null
sum_pods=0 sum_engine=0
printf '| round | pods created until all are ready | the same containers, Docker alone |\n|---|---|---|\n'
for ((round = 1; round <= rounds; round++)); do
  engine=$(containers_run)
  remove_containers
  ready=$(pods_ready)
  sum_pods=$((sum_pods + ready)) sum_engine=$((sum_engine + engine))
  printf '| %d | %s | %s |\n' "$round" "$(seconds "$ready")" "$(seconds "$engine")"
done
printf '\n%d pods on %s need %d %% of the time that Docker alone needs\n' "$pods" "$node" $((100 * sum_pods / sum_engine))
