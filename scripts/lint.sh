#!/usr/bin/env bash
# lint.sh: source formatting, shell scripts, man pages. Prints what is wrong; exit code 1 when something is.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
code=0

dotnet format NetTools.sln --verify-no-changes || code=1

mapfile -t scripts < <(find scripts .ci -name '*.sh' -o -path .ci/run)
shellcheck "${scripts[@]}" || code=1

for page in tools/*/*.1; do
  [[ ! -e $page ]] || mandoc -T lint -W warning "$page" || code=1
done

((code != 0)) || echo "lint: clean"
exit "$code"
