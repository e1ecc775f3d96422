#!/usr/bin/env bash
# Everything that is tested: checks, unit and integration tests, then the system tests on a cluster that is made for them and
# removed afterwards. A cluster that runs already is used and left alone.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

scripts=$(cd "$(dirname "$0")" && pwd)
cd "$root"
JAVA_HOME=$("$scripts/jdk.sh")
export JAVA_HOME

"$scripts/prerequisites.sh"
"$scripts/build.sh" --verify

was_up=$(docker ps -q --filter name=kybern_apiserver | head -n 1)
cleanup() { [ -n "$was_up" ] || "$scripts/down.sh" || true; }
trap cleanup EXIT
"$scripts/up.sh"
"$scripts/load.sh" kybern/testbox:1
step "testing the running cluster"
KUBECONFIG=$("$scripts/kubeconfig.sh")
export KUBECONFIG
mvn -B -q -Dstyle.color=never verify -pl system-tests -am

files=$(find . -path '*-reports/TEST-*.xml' -not -path './build/*')
count() { grep -ho "<testsuite [^>]*" $files | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' | awk '{ n += $1 } END { print n + 0 }'; }
tests=$(count tests) failed=$(($(count failures) + $(count errors))) skipped=$(count skipped)
echo "$((tests - failed - skipped)) passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$tests" -gt 0 ]
