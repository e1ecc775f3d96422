#!/usr/bin/env bash
# wait.sh NODES: waits until the first objects exist and the nodes are Ready, with a line of progress. When it takes too long, or
# a container gives up, it shows what the failing services said last.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
nodes=$1
limit=${KYBERN_WAIT_SECONDS:-240}

state() { docker inspect --format "{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}" "$1" 2>/dev/null || echo "absent 0 0"; }

fail() {
  say ""
  say "error: $1"
  local service id status code restarts
  for service in $(run_compose config --services 2>/dev/null); do
    id=$(container "$service")
    [ -n "$id" ] || continue
    read -r status code restarts <<<"$(state "$id")"
    case $service in
      bootstrap-pki | bootstrap-objects) [ "$status/$code" != exited/0 ] || continue ;;
      *) [ "$status" != running ] || [ "$restarts" -gt 0 ] || [ "$service" = "${2:-}" ] || continue ;;
    esac
    say ""
    say "--- $service ($status, exit code $code, restarted $restarts times) says last:"
    docker logs --tail 25 "$id" >&2 2>&1 || true
  done
  exit 1
}

# How many nodes are Ready and have said so since they were started: what the store remembers of a node is believed for a while.
ready_nodes() {
  local nodes leases name status renewed id started count=0
  nodes=$(admin_kubectl --request-timeout=5s get nodes -o \
    'jsonpath={range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}' 2>/dev/null || true)
  leases=$(admin_kubectl --request-timeout=5s get leases -n kube-node-lease -o \
    'jsonpath={range .items[*]}{.metadata.name} {.spec.renewTime}{"\n"}{end}' 2>/dev/null || true)
  while read -r name status; do
    [ "$status" = True ] || continue
    renewed=$(awk -v node="$name" '$1 == node { print $2 }' <<<"$leases")
    id=$(container "$name")
    started=
    [ -z "$id" ] || started=$(docker inspect --format '{{.State.StartedAt}}' "$id")
    # both are times of the same zone in the same form, so their texts compare as they do
    if [[ $renewed > $started ]]; then count=$((count + 1)); fi
  done <<<"$nodes"
  echo "$count"
}

progress() {
  if [ -t 2 ]; then
    printf '\r\033[K%s' "$1" >&2
  elif [ "$1" != "${last:-}" ]; then
    say "    $1"
  fi
  last=$1
}

deadline=$((SECONDS + limit))
while :; do
  pki=$(state "$(container bootstrap-pki)")
  case $pki in "exited 0 "*) ;; exited*) fail "the certificates could not be made" ;; esac
  if [ ! -f "$build/admin.conf" ] || ! admin_kubectl --request-timeout=5s get --raw /readyz >/dev/null 2>&1; then
    "$(dirname "$0")/kubeconfig.sh" >/dev/null 2>&1 || true
    progress "waiting for the API server"
    waiting=apiserver
  elif [[ "$(state "$(container bootstrap-objects)")" != "exited 0 "* ]]; then
    progress "the API server is ready; waiting for the cluster's first objects"
    waiting=bootstrap-objects
  else
    ready=$(ready_nodes)
    progress "the API server is ready; $ready of $nodes node(s) Ready"
    [ "$ready" -lt "$nodes" ] || break
    waiting=node-1
  fi
  [ "$SECONDS" -lt "$deadline" ] || fail "not ready after $limit seconds" "$waiting"
  sleep 0.5
done
[ ! -t 2 ] || printf '\n' >&2
