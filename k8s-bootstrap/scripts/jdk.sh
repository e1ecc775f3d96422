#!/usr/bin/env bash
# Prints the home of an installed JDK of the project's version; "jdk.sh --install" installs one where there is none.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

version=$(sed -n 's|.*<java.version>\([0-9]*\)</java.version>.*|\1|p' "$root/pom.xml" | head -1)

suits() {
  [ -x "$1/bin/javac" ] && [ -x "$1/bin/jlink" ] && grep -qs "^JAVA_VERSION=\"${version}[.\"]" "$1/release"
}

find_jdk() {
  local home
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/java/* /opt/jdk* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*; do
    if [ -n "$home" ] && suits "$home"; then
      printf '%s\n' "$home"
      return
    fi
  done
  return 1
}

install_jdk() {
  local package key=/usr/share/keyrings/adoptium.asc
  for package in "openjdk-$version-jdk-headless" "temurin-$version-jdk"; do
    if apt-cache show "$package" >/dev/null 2>&1; then
      as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package" >&2
      return
    fi
  done
  # Debian 12 has no JDK this new; Adoptium's package archive has
  has curl || as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends curl ca-certificates >&2
  curl -fsSL https://packages.adoptium.net/artifactory/api/gpg/key/public | as_root tee "$key" >/dev/null || return 1
  # shellcheck source=/dev/null
  echo "deb [signed-by=$key] https://packages.adoptium.net/artifactory/deb $(. /etc/os-release && echo "$VERSION_CODENAME") main" \
    | as_root tee /etc/apt/sources.list.d/adoptium.list >/dev/null
  as_root apt-get update -q >&2
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "temurin-$version-jdk" >&2
}

if find_jdk; then
  exit 0
fi
if [ "${1:-}" = --install ]; then
  step "installing JDK $version"
  install_jdk || true
  if find_jdk; then
    exit 0
  fi
fi
die "no JDK $version found; install one (for example Temurin) and set JAVA_HOME"
