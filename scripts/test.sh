#!/usr/bin/env bash
# test.sh: runs all tests once and prints the totals; the binaries must have been built (`make test` does both).
# An ordinary user gets a user namespace of his own, in which he is root over new network namespaces.
#
#   scripts/test.sh [ARGUMENTS OF dotnet test]      for example: --filter FullyQualifiedName~Packets
#
# Exit code: 0 when all passed; where CI=true a skipped test is a failure too.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

if [[ ${1-} == --inside ]]; then
  # In the namespaces: `ip netns` wants a /run of its own, the test runner a loopback interface.
  shift
  mount -t tmpfs tmpfs /run
  mkdir /run/netns
  ip link set lo up
  # NuGet's own choice has the name of root in it here, and belongs to the root outside where that one has built something.
  export NUGET_SCRATCH=$PWD/artifacts/nuget-scratch
else
  dotnet build tests --nologo --verbosity quiet
  if ((EUID != 0)); then
    if unshare -Urnm true 2>/dev/null; then
      exec unshare -Urnm "$0" --inside "$@"
    fi
    echo "test: not root, and user namespaces are closed to this user: tests that need root are skipped"
  fi
fi

results=artifacts/test-results
rm -rf "$results"
code=0
dotnet test tests --no-build --nologo --results-directory "$results" --logger 'trx;LogFileName=tests.trx' \
  --blame-hang-timeout 5m --blame-hang-dump-type none "$@" || code=$?

counters=$(grep -o '<Counters [^>]*>' "$results/tests.trx" 2>/dev/null || true)
count() {
  local found
  found=$(grep -o " $1=\"[0-9]*\"" <<<"$counters" | grep -o '[0-9]*') || true
  echo "${found:-0}"
}
passed=$(count passed)
failed=$(count failed)
skipped=$(($(count total) - $(count executed)))
if ((code != 0 && failed == 0)); then
  echo "test: the run broke off"
  failed=1
fi
if ((passed + failed == 0)); then
  echo "test: no test was run"
  failed=1
fi
echo "$passed passed, $failed failed, $skipped skipped" >"$results/totals"
echo "test: $((passed + failed + skipped)) tests: passed $passed, failed $failed, skipped $skipped"
((failed == 0)) || exit 1
if [[ ${CI-} == true ]] && ((skipped > 0)); then
  echo "test: nothing may be skipped where CI=true"
  exit 1
fi
