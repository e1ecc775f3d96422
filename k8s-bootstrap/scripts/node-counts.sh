# What a node holds at the moment; sourced by the scripts that look whether something is left behind.
# shellcheck shell=bash disable=SC2154

# What runs on the node: one line for each thing that is counted, name and number. The daemon is found by its class, and only
# among Java processes, because this very script has the name in its own command line.
# shellcheck disable=SC2016 # expanded on the node
counting='
  for process in /proc/[0-9]*; do
    [ "$(cat "$process/comm" 2>/dev/null)" = java ] || continue
    if tr "\0" " " <"$process/cmdline" | grep -q NodeDaemonApplication; then daemon=$process; fi
  done
  engine=/proc/$(cat /var/run/docker.pid)
  count() { wc -l | tr -d " "; }
  threads() { sed -n "s/^Threads:[^0-9]*//p" "$1/status"; }
  echo "containers $(docker ps -aq | count)"
  echo "networks of the engine $(docker network ls -q | count)"
  echo "network namespaces $(ls /var/run/docker/netns | count)"
  echo "interfaces $(ls /sys/class/net | count)"
  echo "routes $(ip route | count)"
  echo "mounts $(count </proc/self/mountinfo)"
  echo "directories of pods $(ls /var/lib/kubelet/pods 2>/dev/null | count)"
  echo "control groups of pods $(find /sys/fs/cgroup -type d -path "*/pod*" 2>/dev/null | count)"
  echo "iptables chains $(iptables-save 2>/dev/null | grep -c "^:")"
  echo "iptables rules $(iptables-save 2>/dev/null | grep -c "^-A")"
  echo "processes $(ls -d /proc/[0-9]* | count)"
  echo "threads of the daemon $(threads "$daemon")"
  echo "open files of the daemon $(ls "$daemon/fd" | count)"
  echo "memory of the daemon, MiB $(($(sed -n "s/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p" "$daemon/status") / 1024))"
  echo "threads of the engine $(threads "$engine")"
  echo "open files of the engine $(ls "$engine/fd" | count)"
  echo "memory of the engine, MiB $(($(sed -n "s/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p" "$engine/status") / 1024))"
'

# running_nodes: name and container id of each
running_nodes() {
  docker ps --filter "label=com.docker.compose.project=$project" --format '{{.Label "com.docker.compose.service"}} {{.ID}}' \
    | grep '^node-[0-9]' | sort -V
}

# counts_of CONTAINER
counts_of() { docker exec "$1" sh -c "$counting"; }

# left_of CONTAINER NAMESPACE: what the node still holds of the pods whose ids are read, in that namespace; nothing, if all is well
left_of() {
  # shellcheck disable=SC2016 # expanded on the node
  docker exec -i -e namespace="$2" "$1" sh -c '
    cat >/tmp/ids
    { docker ps -a --filter "label=io.kybern.pod.namespace=$namespace" --format "container {{.Names}}"
      ls /var/lib/kubelet/pods | grep -F -f /tmp/ids
      cat /proc/self/mountinfo | grep -F -f /tmp/ids
      find /sys/fs/cgroup -type d | grep -F -f /tmp/ids
      iptables-save | grep -F "$namespace/"
    } 2>/dev/null
    rm /tmp/ids'
}

# starts_of_nodes: changes when a node is made or started anew
starts_of_nodes() { running_nodes | while read -r _ id; do docker inspect --format '{{.Id}} {{.State.StartedAt}}' "$id"; done; }

# counts: what all nodes hold, each line with its node
counts() { running_nodes | while read -r node id; do counts_of "$id" | sed "s/^/$node: /"; done; }

# compared BEFORE AFTER: a table of two files of counts
compared() {
  printf '| what is counted | before | after |\n|---|---|---|\n'
  paste -d ' ' "$1" "$2" \
    | awk '{ half = NF / 2; what = ""; for (i = 1; i < half; i++) what = what (i > 1 ? " " : "") $i; printf "| %s | %s | %s |\n", what, $half, $NF }'
}
