#!/usr/bin/env bash
# Writes the administrator's kubeconfig to build/admin.conf, readable by its owner only, and prints its path.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

file=$build/admin.conf
id=$(container bootstrap-pki)
if [ -n "$id" ]; then
  mkdir -p "$build"
  # out of the volume through the finished bootstrap container: no container has to be started for it
  (umask 077 && docker cp "$id:/etc/kybern/admin/admin.conf" - | tar -xO > "$file.part")
  [ -s "$file.part" ] || die "the cluster has no administrator's kubeconfig yet"
  if [ -n "${KYBERN_API_PORT:-}" ]; then
    sed -i "s|server: https://127.0.0.1:[0-9]*|server: https://127.0.0.1:$KYBERN_API_PORT|" "$file.part"
  fi
  chmod 600 "$file.part"
  mv "$file.part" "$file"
fi
[ -f "$file" ] || die "there is no cluster; start one with make up"
printf '%s\n' "$file"
