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

# the result is told however the run ends, and only from reports of this run
reports() { find . -path '*-reports/TEST-*.xml' -not -path './build/*' "$@"; }
count() { reports -exec grep -ho '<testsuite [^>]*' {} + | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' | awk '{ n += $1 } END { print n + 0 }'; }
finish() {
  local status=$? tests failed skipped
  set +e
  tests=$(count tests) failed=$(($(count failures) + $(count errors))) skipped=$(count skipped)
  [ -n "$was_up" ] || "$scripts/down.sh"
  [ "$status" -ne 0 ] || { [ "$failed" -eq 0 ] && [ "$tests" -gt 0 ]; } || status=1
  echo "$((tests - failed - skipped)) passed, $failed failed, $skipped skipped"
  if [ "$status" -eq 0 ]; then echo "make test: passed"; else echo "make test: FAILED"; fi
  exit "$status"
}
reports -delete

"$scripts/prerequisites.sh" --tests
was_up=$(docker ps -q --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.service=apiserver | head -n 1)
trap finish EXIT
trap 'exit 143' TERM
"$scripts/build.sh" --verify
"$scripts/images.sh"
[ -n "$was_up" ] || "$scripts/plain-compose.sh"
"$scripts/up.sh"
"$scripts/test-images.sh"
step "testing the running cluster"
KUBECONFIG=$("$scripts/kubeconfig.sh")
export KUBECONFIG
mvn -B -q -Dstyle.color=never verify -pl system-tests -am
