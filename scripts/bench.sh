#!/usr/bin/env bash
# bench.sh: measures the published tools beside their peers; see scripts/bench/README.md.
#
#   scripts/bench.sh            start-up and size, then every tool
#   scripts/bench.sh NAME...    some of: startup epollecho chaos rawping pktsniff optbench optlinks muxbench
set -euo pipefail
cd "$(dirname "$0")/.."

names=("$@")
((${#names[@]} > 0)) || names=(startup epollecho chaos rawping pktsniff optbench optlinks muxbench)

code=0
for name in "${names[@]}"; do
  script=scripts/bench/$name.sh
  if [[ ! -e $script ]]; then
    echo "bench: there is no $script"
    code=2
    continue
  fi
  printf '\n== %s\n' "$name"
  "$script" || { echo "bench: $script failed"; code=1; }
done
exit "$code"
