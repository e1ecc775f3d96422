#!/usr/bin/env bash
# Installs what is missing on a Debian machine and starts the Docker engine. Quick when there is nothing to do.
#
#   prerequisites.sh --tests   also what only the system tests need: a browser, its driver and a font, and npm
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

missing=()
need() { has "$1" || missing+=("$2"); }

need dockerd docker.io
# a client or an engine elsewhere is as good as an engine here
if has docker && docker version >/dev/null 2>&1; then
  missing=()
fi
docker compose version >/dev/null 2>&1 || need docker-compose docker-compose
need iptables iptables
need mvn maven
need debootstrap debootstrap
need gcc gcc
need curl curl
need git git
need python3 python3-minimal
if [ "${1:-}" = --tests ]; then
  need chromium chromium
  need chromedriver chromium-driver
  need node nodejs
  need npm npm
  [ -d /usr/share/fonts/truetype ] || missing+=(fonts-dejavu-core)
fi
[ -f /usr/include/stdio.h ] || missing+=(libc6-dev)

if [ "${#missing[@]}" -gt 0 ]; then
  has apt-get || die "missing: ${missing[*]}; install them with this system's package tool"
  step "installing ${missing[*]}"
  as_root apt-get update -q >/dev/null || warn "the package lists could not be refreshed"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >&2
fi

if ! has kubectl; then
  step "installing kubectl"
  if as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends kubernetes-client >&2; then
    warn "Debian's kubectl ($(kubectl version --client --short 2>/dev/null || true)) is old; a newer one is at https://kubernetes.io/docs/tasks/tools/"
  else
    warn "kubectl is not installed: see https://kubernetes.io/docs/tasks/tools/"
  fi
fi

"$(dirname "$0")/jdk.sh" --install >/dev/null
"$(dirname "$0")/engine.sh"
