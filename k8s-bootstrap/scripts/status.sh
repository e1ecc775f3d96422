#!/usr/bin/env bash
# What runs, how it is, and what the cluster says about itself.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

require_containers
printf '%-24s %-38s %-10s %s\n' SERVICE STATE RESTARTS IMAGE
docker ps -a --filter "label=com.docker.compose.project=$project" --format '{{.Label "com.docker.compose.service"}} {{.ID}}' | sort -V \
  | while read -r service id; do
    docker inspect --format "{{.State.Status}} {{if .State.Health}}({{.State.Health.Status}}){{end}} {{if eq .State.Status \"exited\"}}code {{.State.ExitCode}}{{end}}|{{.RestartCount}}|{{.Config.Image}}" "$id" \
      | while IFS='|' read -r state restarts image; do
        printf '%-24s %-38s %-10s %s\n' "$service" "$state" "$restarts" "$image"
      done
  done
if "$(dirname "$0")/kubeconfig.sh" >/dev/null 2>&1; then
  echo
  if admin_kubectl --request-timeout=5s get --raw /readyz >/dev/null 2>&1; then
    admin_kubectl --request-timeout=10s get nodes -o wide || true
    echo
    admin_kubectl --request-timeout=10s get pods --all-namespaces -o wide || true
  else
    echo "the API server is not ready; make logs S=apiserver says why"
  fi
fi
