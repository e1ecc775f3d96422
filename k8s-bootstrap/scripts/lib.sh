# Shared by the scripts of this directory; sourced, never run.
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$root/build
scripts=$root/k8s-bootstrap/scripts
images=$root/k8s-bootstrap/images
dist=$root/k8s-bootstrap/dist
broker=$root/k8s-bootstrap/broker
project=${COMPOSE_PROJECT_NAME:-kybern}

say() { printf '%s\n' "$*" >&2; }
step() { printf '==> %s\n' "$*" >&2; }
warn() { printf 'warning: %s\n' "$*" >&2; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

# as_root CMD...: runs the command as root, through sudo where that is needed
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# retry SECONDS CMD...: runs the command about five times a second until it succeeds or the time is over
retry() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.2
  done
}

# The compose command of this machine, as an array: the plugin where there is one, else docker-compose.
compose_command() {
  if docker compose version >/dev/null 2>&1; then
    compose=(docker compose)
  elif has docker-compose; then
    compose=(docker-compose)
  else
    die "neither 'docker compose' nor docker-compose is installed; run make prerequisites"
  fi
}

# compose ARGS...: compose on this project's files, with the generated list of nodes where there is one
run_compose() {
  local -a compose files=(-f "$root/docker-compose.yml")
  compose_command
  [ ! -f "$build/nodes.yml" ] || files+=(-f "$build/nodes.yml")
  (cd "$root" && "${compose[@]}" -p "$project" --project-directory "$root" "${files[@]}" "$@")
}

# digest FILE-OR-DIRECTORY...: one hash over names, modes and contents, in a stable order
digest() {
  find "$@" -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-24
}

# How many nodes the cluster is to have; two unless `make nodes` said otherwise.
node_count() { cat "$build/node-count" 2>/dev/null || echo 2; }

# node_names N: node-1,node-2,…
node_names() { seq -s, -f 'node-%.0f' 1 "$1"; }

# container SERVICE: the id of the service's container, running or not; nothing if there is none
container() {
  docker ps -aq --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$1" | head -n 1
}

# project_containers: the ids of all containers of the project, running or not
project_containers() { docker ps -aq --filter "label=com.docker.compose.project=$project"; }

# require_containers: ends the script if there is no engine, or no cluster on it, not even a stopped one
require_containers() {
  docker version >/dev/null 2>&1 || die "no Docker engine answers; make up starts one"
  [ -n "$(project_containers)" ] || die "there is no cluster; start one with make up"
}

# admin_kubectl ARGS...: kubectl with the administrator's rights
admin_kubectl() { kubectl --kubeconfig "$build/admin.conf" "$@"; }

# require_cluster: writes the administrator's kubeconfig; ends the script if no cluster answers
require_cluster() {
  "$scripts/kubeconfig.sh" >/dev/null
  admin_kubectl --request-timeout=30s get --raw /readyz >/dev/null 2>&1 || die "no cluster answers; start one with make up"
}

# start_example NAME NAMESPACE WORKLOAD...: applies docs/examples/NAME.yaml there and waits for the workloads; the namespace is made if
# there is none
start_example() {
  local name=$1 namespace=$2 workload log
  shift 2
  mkdir -p "$build/logs"
  admin_kubectl get namespace "$namespace" >/dev/null 2>&1 || admin_kubectl create namespace "$namespace" >/dev/null
  admin_kubectl -n "$namespace" apply -f "$root/docs/examples/$name.yaml" >&2
  for workload; do
    log=$build/logs/$name-${workload##*/}.log
    admin_kubectl -n "$namespace" rollout status "$workload" --timeout=300s >"$log" 2>&1 || {
      admin_kubectl -n "$namespace" get pods -o wide >&2
      die "$workload does not come up: $(tail -n 1 "$log")"
    }
  done
}

# example_url NAMESPACE SERVICE LABELS: where the service answers on a node that runs one of those pods
example_url() {
  local port node
  port=$(admin_kubectl -n "$1" get service "$2" -o 'jsonpath={.spec.ports[0].nodePort}')
  node=$(admin_kubectl -n "$1" get pods -l "$3" -o 'jsonpath={.items[0].status.hostIP}')
  printf 'http://%s:%s\n' "$node" "$port"
  retry 60 curl -sf -m 5 -o /dev/null "http://$node:$port/" || die "all pods run, but http://$node:$port does not answer"
}
