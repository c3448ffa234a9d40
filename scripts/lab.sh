#!/usr/bin/env bash
# Runs the labs and writes lab-report/: report.md, index.html, and every raw result behind them.
#
#   scripts/lab.sh [1|2|3|all]
#
# QUICK=1 takes smaller loads (under two minutes in all). LAB_REPORT=DIR writes elsewhere. NETTOOLS_BIN=DIR names the
# binaries; otherwise they are looked for in the build, in ../bin and beside the scripts.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LIB=$here/lib
# shellcheck source=scripts/lib/common.sh
. "$LIB/common.sh"

case "${1-all}" in
  all) labs=(1 2 3) ;;
  1 | 2 | 3) labs=("$1") ;;
  *)
    echo "usage: lab.sh [1|2|3|all]" >&2
    exit 2
    ;;
esac

BIN=$(find_binaries "$here")
REPORT=${LAB_REPORT:-$PWD/lab-report}
mkdir -p "$REPORT"
rm -f "$REPORT/failed.txt" "$REPORT/missing.txt"
export BIN REPORT LIB
# 10,000 connections need as many descriptors.
ulimit -n "$(ulimit -Hn)"

for lab in "${labs[@]}"; do
  rm -rf "$REPORT/lab$lab"
  "$here/lab-net.sh" bash "$here/lab$lab.sh" || echo "lab $lab did not finish" >>"$REPORT/failed.txt"
done

bash "$here/report.sh"
echo "The report: $REPORT/index.html (and report.md)"
if [ -s "$REPORT/failed.txt" ]; then
  echo "Steps that failed:" >&2
  sed 's/^/  /' "$REPORT/failed.txt" >&2
  exit 1
fi
