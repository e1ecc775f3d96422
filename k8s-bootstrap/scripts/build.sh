#!/usr/bin/env bash
# Packages every service and collects the jars, unless the sources are those of the last time.
#
#   build.sh --verify   with all checks and tests but the system tests, whatever was built before
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

stamp=$build/stamps/java
mkdir -p "$build/stamps"
sources=$(cd "$root" && find . \( -name target -o -name build -o -name .git -o -name node_modules \) -prune -o \
  -type f \( -name pom.xml -o -path '*/src/main/*' -o -path './.mvn/*' \) -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-24)

JAVA_HOME=$("$(dirname "$0")/jdk.sh")
export JAVA_HOME
# Maven's own libraries would fill the screen with warnings of the JVM
export MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED ${MAVEN_OPTS:-}"
maven=(mvn -B -q -Dstyle.color=never)

cd "$root"
if [ "${1:-}" = --verify ]; then
  step "building and testing everything but the running cluster"
  "${maven[@]}" verify -pl '!system-tests'
elif [ "$(cat "$stamp" 2>/dev/null)" != "$sources" ] || [ ! -d "$dist/target/lib" ] || [ ! -d "$broker/target/lib" ] \
  || ! compgen -G 'examples/guestbook/target/*.jar' >/dev/null; then
  step "building the services (the first time downloads their libraries)"
  "${maven[@]}" package -Dfast -DskipTests -pl k8s-bootstrap/dist,k8s-bootstrap/broker,examples/guestbook -am
fi
echo "$sources" > "$stamp"
