#!/usr/bin/env bash
# Puts load on the running cluster and prints what it did; the report also goes to build/benchmarks/. Everything that it makes goes
# again. docs/performance.md explains it.
#
#   bench.sh [OPTION...]         --scenario get,list --runs 5 --http2 --nodes 1000 …; without any: everything, five times
#   bench.sh --jmh [OPTION...]   the micro-benchmarks instead; the options are JMH's
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

JAVA_HOME=$("$here/jdk.sh")
export JAVA_HOME
cd "$root"
step "building the benchmarks"
MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED ${MAVEN_OPTS:-}" \
  mvn -B -q -Dstyle.color=never package -Dfast -DskipTests -pl benchmarks -am
java=("$JAVA_HOME/bin/java" -XX:+UseSerialGC -Xmx768m --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
  -cp "benchmarks/target/classes:benchmarks/target/lib/*")
mkdir -p "$build/benchmarks"
if [ "${1:-}" = --jmh ]; then
  shift
  exec "${java[@]}" org.openjdk.jmh.Main -rf json -rff "$build/benchmarks/jmh.json" "$@"
fi
kubeconfig=$("$here/kubeconfig.sh")
exec "${java[@]}" io.kybern.benchmarks.LoadRun --kubeconfig "$kubeconfig" --out "$build/benchmarks" "$@"
