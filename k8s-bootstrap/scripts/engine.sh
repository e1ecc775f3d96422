#!/usr/bin/env bash
# Makes sure that a Docker Engine answers: uses the one that runs, asks systemd for one, else starts one in the background.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

log=${KYBERN_ENGINE_LOG:-/var/log/kybern-dockerd.log}
run=/var/run

# how many process namespaces, seen from here, PID lives in: the nodes' own engines are processes of this machine too, one deeper
depth() { awk '/^NSpid:/ { print NF }' "/proc/$1/status" 2>/dev/null; }

# alive PID NAME: is this process of the machine itself there, under this name, and not just a remainder that nobody collected?
alive() {
  [ "$(cat "/proc/$1/comm" 2>/dev/null)" = "$2" ] && ! grep -qs '^State:[[:space:]]*Z' "/proc/$1/status" \
    && [ "$(depth "$1")" = "$(depth self)" ]
}

# by reading /proc, because a small machine has no pgrep
running() {
  local process
  for process in /proc/[0-9]*; do
    ! alive "${process#/proc/}" "$1" || return 0
  done
  return 1
}

answers() { docker version --format '{{.Server.Version}}'; }

if answers >/dev/null 2>&1; then
  exit 0
fi
case ${DOCKER_HOST:-unix://$run/docker.sock} in
  "unix://$run/docker.sock" | unix:///run/docker.sock) ;;
  *) die "DOCKER_HOST=$DOCKER_HOST does not answer, and only a local engine can be started from here" ;;
esac

if [ -S "$run/docker.sock" ] && [ "$(id -u)" != 0 ] && as_root docker version >/dev/null 2>&1; then
  die "the engine runs, but user $(id -un) may not use it: sudo usermod -aG docker $(id -un), then log in again"
fi

if [ -d /run/systemd/system ] && systemctl cat docker.service >/dev/null 2>&1; then
  step "starting the Docker engine through systemd"
  as_root systemctl start docker.service
  retry 30 answers || die "the engine does not answer; see: journalctl -u docker.service"
  exit 0
fi

# A machine whose engine was killed keeps its pid files; with the numbers in use again, nothing would start.
forget_if_stale() {
  local file=$1 name=$2 pid
  [ -f "$file" ] || return 0
  pid=$(cat "$file" 2>/dev/null || true)
  if [ -z "$pid" ] || ! alive "$pid" "$name"; then
    as_root rm -f "$file"
  fi
}

# The two backends keep separate rule sets; an engine must use the one that this kernel offers.
choose_iptables() {
  iptables -w -t nat -L -n >/dev/null 2>&1 && return
  local backend
  for backend in iptables-nft iptables-legacy; do
    if "$backend" -w -t nat -L -n >/dev/null 2>&1; then
      as_root update-alternatives --set iptables "/usr/sbin/$backend" >/dev/null
      as_root update-alternatives --set ip6tables "/usr/sbin/${backend/ip/ip6}" >/dev/null
      return
    fi
  done
  warn "no iptables backend works here; published ports may not"
}

mount_cgroups() {
  mountpoint -q /sys/fs/cgroup && return
  if grep -q cgroup2 /proc/filesystems; then
    as_root mount -t cgroup2 none /sys/fs/cgroup
  else
    as_root mount -t tmpfs cgroup /sys/fs/cgroup
    local controller
    for controller in cpu cpuacct cpuset memory devices freezer blkio pids; do
      as_root mkdir -p "/sys/fs/cgroup/$controller"
      as_root mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller" || as_root rmdir "/sys/fs/cgroup/$controller"
    done
  fi
}

start() {
  local -a driver=()
  # overlay2 is chosen by itself on ext4 and xfs; saying so keeps an engine from falling back to copying whole layers
  if grep -qw overlay /proc/filesystems && ! grep -qs storage-driver /etc/docker/daemon.json; then
    driver=(--storage-driver overlay2)
  fi
  # published ports go through the kernel's address translation: a proxy process would copy every byte that users and the API
  # server exchange, for a quarter of the processor time under load
  # the engine outlives this script: what the caller has open (a lock, a pipe) must not stay open with it
  as_root bash -c 'for fd in /proc/self/fd/*; do fd=${fd##*/}; [ "$fd" -le 2 ] || eval "exec $fd>&-"; done 2>/dev/null
    exec setsid dockerd --host unix:///var/run/docker.sock --pidfile /var/run/docker.pid "$@" >>'"$log"' 2>&1 </dev/null &' \
    dockerd --userland-proxy=false "${driver[@]}"
}

has dockerd || die "no Docker engine is installed; run make prerequisites"
step "starting the Docker engine (log: $log)"
choose_iptables
mount_cgroups
forget_if_stale "$run/docker.pid" dockerd
forget_if_stale "$run/docker/containerd/containerd.pid" containerd
if ! running dockerd; then
  as_root rm -f "$run/docker.sock"
  # the last of these belongs to a containerd of the system's own; where its socket exists, the engine waits for it
  running containerd || as_root rm -f "$run/docker/containerd/containerd.sock" "$run/docker/containerd/containerd.sock.ttrpc" \
    "$run/containerd/containerd.sock"
  start
fi
retry 60 answers || {
  tail -n 30 "$log" >&2
  die "the engine does not answer"
}
say "Docker engine $(answers) is up"
