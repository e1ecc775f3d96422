#!/usr/bin/env bash
# Looks whether this machine has what building and running takes, without changing anything.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

bad=0
report() {
  if [ "$1" = ok ]; then
    printf '  ok       %s\n' "$2"
  else
    printf '  %-8s %s\n' "$1" "$2"
    [ "$1" != missing ] || bad=1
  fi
}
tool() { if has "$1"; then report ok "$1 ($(command -v "$1"))"; else report missing "$1: $2"; fi; }

tool docker "apt-get install docker.io"
if version=$(docker version --format '{{.Server.Version}} (API {{.Server.APIVersion}})' 2>/dev/null); then
  report ok "Docker engine $version"
  driver=$(docker info --format '{{.Driver}}, cgroup v{{.CgroupVersion}} by {{.CgroupDriver}}')
  case $driver in overlay2* | overlayfs* | btrfs* | zfs*) report ok "storage $driver" ;; *) report slow "storage $driver: overlay2 is what nodes are made for" ;; esac
else
  report missing "no Docker engine answers: make prerequisites starts one"
fi
if docker compose version >/dev/null 2>&1; then report ok "docker compose $(docker compose version --short)"; else tool docker-compose "apt-get install docker-compose"; fi
tool mvn "apt-get install maven"
if jdk=$("$(dirname "$0")/jdk.sh" 2>/dev/null); then report ok "JDK $(sed -n 's/^JAVA_VERSION="\(.*\)"/\1/p' "$jdk/release") ($jdk)"; else report missing "a JDK of the project's version: make prerequisites"; fi
tool gcc "apt-get install gcc libc6-dev"
tool kubectl "see https://kubernetes.io/docs/tasks/tools/"
if docker image inspect debian:bookworm-slim >/dev/null 2>&1 || ls "$build"/base-*.tar >/dev/null 2>&1; then
  report ok "base image at hand"
else
  tool debootstrap "apt-get install debootstrap (makes the base image where no registry answers)"
fi
tool iptables "apt-get install iptables"
if grep -qw overlay /proc/filesystems; then report ok "overlay file system"; else report missing "overlay file system in this kernel"; fi
if [ "$(awk '/MemAvailable/ {print int($2 / 1024)}' /proc/meminfo)" -ge 3000 ]; then report ok "memory"; else report slow "less than 3 GB of memory are free"; fi
if [ "$(df -Pm "$root" | awk 'NR == 2 {print $4}')" -ge 6000 ]; then report ok "disk"; else report missing "6 GB of free disk at $root"; fi
exit "$bad"
