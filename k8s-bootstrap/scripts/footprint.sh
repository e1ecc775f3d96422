#!/usr/bin/env bash
# Memory and CPU of every service of the control plane over half a minute, as a table; leave the cluster alone meanwhile to see
# what it takes when idle. Memory is PSS: what several processes share counts once, divided among them.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

seconds=30

# ticks PID...: user and system time that the processes have used
ticks() {
  local pid sum=0
  for pid in "$@"; do sum=$((sum + $(as_root sed 's/.*) //' "/proc/$pid/stat" | awk '{ print $12 + $13 }'))); done
  echo "$sum"
}

# pss PID...: in KiB
pss() {
  local pid sum=0
  for pid in "$@"; do sum=$((sum + $(as_root sed -n 's/^Pss: *\([0-9]*\) kB/\1/p' "/proc/$pid/smaps_rollup"))); done
  echo "$sum"
}

# of_core TICKS: percent of one core over the time
of_core() { awk -v used="$1" -v hertz="$(getconf CLK_TCK)" -v s="$seconds" 'BEGIN { printf "%.1f %%", 100 * used / hertz / s }'; }

services=$(docker ps --filter "label=com.docker.compose.project=$project" --format '{{.Label "com.docker.compose.service"}} {{.ID}}' \
  | grep -v '^node-[0-9]' | sort) || die "there is no cluster; start one with make up"
declare -A pids=() before=()
while read -r service id; do
  pids[$service]=$(docker top "$id" -o pid | tail -n +2 | tr '\n' ' ')
  # shellcheck disable=SC2086 # several ids
  before[$service]=$(ticks ${pids[$service]})
done <<<"$services"
sleep "$seconds"

printf '| service | PSS | CPU |\n|---|---|---|\n'
memory=0 time=0
while read -r service _; do
  # shellcheck disable=SC2086 # several ids
  kib=$(pss ${pids[$service]}) used=$(($(ticks ${pids[$service]}) - before[$service]))
  memory=$((memory + kib)) time=$((time + used))
  printf '| %s | %d MiB | %s |\n' "$service" "$((kib / 1024))" "$(of_core "$used")"
done <<<"$services"
printf '| together | %d MiB | %s |\n' "$((memory / 1024))" "$(of_core "$time")"
