#!/usr/bin/env bash
# Runs a program that you wrote and examines it: which trials it passed, what was seen, what usually causes it.
#
#   check.sh echo [OPTION...] COMMAND [ARG...]     a TCP echo server in any language
#
#   --port N       the port it listens on (8080); it is also in the variable PORT
#   --only TRIALS  these trials only, separated by commas (epollecho check --help lists them)
#   --json         one JSON object instead of text
#
# COMMAND runs in a network and a process space of its own, without capabilities, on a read-only view of this machine's files but
# for $TMPDIR, with 2,000 processes and two minutes at most. What it prints goes to standard error. Run by root it becomes nobody;
# run by an ordinary user, where the kernel lets users make namespaces, it stays that user.
# Exit code: 0 all trials passed, 1 not all, 2 it could not be examined; one line says why.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
readonly seconds=120

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/common.sh
. "$here/lib/common.sh"
readonly usage="usage: ${NETTOOLS_COMMAND:-check.sh} echo [--port N] [--only TRIALS] [--json] COMMAND [ARG...]"

refuse() {
  echo "check: $1" >&2
  exit 2
}

# listening PORT: whether a TCP socket listens on it in this network.
listening() {
  awk -v port="$(printf '%04X' "$1")" '$4 == "0A" && substr($2, length($2) - 3) == port { found = 1 } END { exit !found }' \
    /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# Everything below the root becomes read-only but for a scratch folder.
seal() {
  local mount options
  mount -t tmpfs -o size=256m,mode=1777 check /run
  while read -r _ mount _ options _; do
    mount=$(printf '%b' "$mount")
    case "$mount" in
      /run | /run/* | /proc | /proc/* | /dev | /dev/* | /sys | /sys/*) ;;
      *) mount -o remount,bind,ro "$mount" 2>/dev/null || sealed="$sealed $mount" ;;
    esac
  done </proc/self/mounts
}

# In the cage: starts COMMAND, waits until it listens, examines it.
inside() {
  local port=$1 tools=$2 code=0 sealed="" server waited=0 privilege=()
  shift 2
  local options=()
  while [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  shift
  ip link set lo up
  seal
  [ -z "$sealed" ] || echo "check: these stay writable for the program:$sealed" >&2
  export PORT=$port TMPDIR=/run HOME=/run
  # Root's program becomes nobody; in a user's own namespace there is no second user.
  if [ "$(awk 'NR == 1 { print $3 }' /proc/self/uid_map)" -gt 1 ]; then
    privilege=(--reuid 65534 --regid 65534 --clear-groups)
  fi
  # Only the program gets these limits: 2,000 processes, files of 64 MiB.
  (
    ulimit -Su 2000 2>/dev/null || true
    ulimit -f 65536
    ulimit -c 0
    # The parent may ignore SIGPIPE; a program started from a shell does not.
    exec env --default-signal=PIPE setpriv "${privilege[@]}" --no-new-privs --inh-caps=-all --bounding-set=-all "$@"
  ) >&2 </dev/null &
  server=$!
  until listening "$port"; do
    kill -0 "$server" 2>/dev/null || {
      wait "$server" || code=$?
      refuse "the program ended with $code before it listened on port $port"
    }
    waited=$((waited + 1))
    [ "$waited" -lt 200 ] || refuse "the program does not listen on port $port after 10 s"
    sleep 0.05
  done
  # As the same user, or its descriptors could not be counted.
  setpriv "${privilege[@]}" "$tools/epollecho" check "127.0.0.1:$port" --pid "$server" "${options[@]}" || code=$?
  exit "$code"
}

if [ "${1-}" = --inside ]; then
  shift
  inside "$@"
fi

case "${1-}" in
  -h | --help)
    help_of "$0"
    exit 0
    ;;
  echo) shift ;;
  '') refuse "$usage" ;;
  *) refuse "'$1' cannot be examined: $usage" ;;
esac
port=8080 options=()
while [ $# -gt 0 ]; do
  case "$1" in
    --port | --only)
      [ -n "${2-}" ] || refuse "$1 needs a value: $usage"
      if [ "$1" = --port ]; then port=$2; else options+=(--only "$2"); fi
      shift
      ;;
    --port=*) port=${1#*=} ;;
    --only=*) options+=("$1") ;;
    --json) options+=(--json) ;;
    --)
      shift
      break
      ;;
    -*) refuse "$1 is not an option: $usage" ;;
    *) break ;;
  esac
  shift
done
[ $# -gt 0 ] || refuse "no program to examine: $usage"
if ! [[ $port =~ ^[1-9][0-9]{0,4}$ ]] || [ "$port" -gt 65535 ]; then
  refuse "'$port' is not a port"
fi
command -v "$1" >/dev/null || refuse "there is no program $1"
tools=$(NETTOOLS_COMMAND=check find_binaries "$here")
# Words that the tool refuses are to be known before a cage is made.
for program in unshare setpriv timeout ip; do
  command -v "$program" >/dev/null || refuse "$program is missing: apt-get install util-linux coreutils iproute2"
done
user=()
[ "$(id -u)" -eq 0 ] || user=(--user --map-root-user)
unshare "${user[@]}" --mount --net --pid --fork --mount-proc true 2>/dev/null ||
  refuse "namespaces cannot be made here: run it as root"
code=0
timeout --foreground -k 2 "$seconds" unshare "${user[@]}" --mount --net --pid --fork --kill-child --mount-proc \
  bash "${BASH_SOURCE[0]}" --inside "$port" "$tools" "${options[@]}" -- "$@" || code=$?
[ "$code" -ne 124 ] || refuse "the trials were not over after $seconds s"
exit "$code"
