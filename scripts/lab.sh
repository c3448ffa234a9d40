#!/usr/bin/env bash
# Runs the labs and writes lab-report/: report.md, index.html, and every raw result behind them.
#
#   lab.sh [1|2|3|all]
#   lab.sh --far [USER@]HOST [--yes] [--address ADDR] [--port N] [1|2|3|all]
#
# The labs run in a network of their own on this machine (see lab-net.sh); nothing leaves it. Labs run one by one add to the same
# report. Needs bash, awk, iproute2 and util-linux; the programs the tools are compared with are optional.
#
# --far runs them over the path to another host, which needs sshd, a POSIX shell and tar: servers there, clients here. Two tools
# go into a private folder there, which is removed at the end, also after Ctrl-C or a lost connection. What is sent, and how much,
# is said first. The report, in lab-report-far/, describes both machines and the path; what needs namespaces is left to the local
# labs.
#
#   --yes              go on without asking at the terminal
#   --address ADDR     the host's address for the traffic, where ssh reaches it by another: through a NAT or a jump host
#   --port N           the port of the servers there; 0, the default, takes free ones
#
# Environment: QUICK=1 takes smaller loads (under three minutes in all). LAB_REPORT=FOLDER writes elsewhere. NETTOOLS_BIN=FOLDER
# holds the binaries; otherwise the build, the unpacked archive and the installation are looked at. SSH="ssh -p 2222" is the
# command for --far.
# Exit code: 0 every step worked, 1 a step failed, 2 the labs could not run; the report says which and why.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LIB=$here/lib
# shellcheck source=scripts/lib/common.sh
. "$LIB/common.sh"
# shellcheck source=scripts/lib/report.sh
. "$LIB/report.sh"

case " $* " in
  *" --help "* | *" -h "*)
    help_of "$0"
    exit 0
    ;;
  *" --far"*) exec bash "$here/lab-far.sh" "$@" ;;
esac
[ $# -le 1 ] || set -- usage
case "${1-all}" in
  all) labs=(1 2 3) ;;
  1 | 2 | 3) labs=("$1") ;;
  *)
    echo "usage: ${NETTOOLS_COMMAND:-lab.sh} [--far [USER@]HOST [OPTION...]] [1|2|3|all]" >&2
    exit 2
    ;;
esac

BIN=$(find_binaries "$here")
open_report "${LAB_REPORT:-$PWD/lab-report}"
export BIN LIB
rm -f "$REPORT/path.tsv" "$REPORT/machines.tsv" # of a report between two hosts
# 10,000 connections need as many descriptors.
ulimit -n "$(ulimit -Hn)"

# explain LAB TEXT: the section of a lab that has nothing else to show.
explain() {
  begin_section "lab$1" "Lab $1"
  note "$2"
  end_section
}

code=0
reason=$("$here/lab-net.sh" true 2>&1) || {
  reason=${reason##*$'\n'}
  reason=${reason#lab-net: }
  echo "lab: $reason" >&2
  code=2
}
for lab in "${labs[@]}"; do
  rm -rf "$REPORT/lab$lab"
  mkdir "$REPORT/lab$lab"
  if [ "$code" -eq 2 ]; then
    explain "$lab" "This lab could not run: $reason."
    echo "lab $lab could not run: $reason" >"$REPORT/lab$lab/failed.txt"
  else
    "$here/lab-net.sh" bash "$here/lab$lab.sh" || echo "lab $lab did not finish" >>"$REPORT/lab$lab/failed.txt"
    [ ! -s "$REPORT/lab$lab/failed.txt" ] || code=1
    [ -s "$REPORT/lab$lab/section.md" ] || explain "$lab" "This lab did not begin."
  fi
done

finish_report "$code" "${labs[@]}"
exit "$code"
