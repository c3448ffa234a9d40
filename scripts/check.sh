#!/usr/bin/env bash
# Runs a program that you wrote and examines it: which trials it passed, what was seen, what usually causes it.
#
#   check.sh echo [OPTION...] COMMAND [ARG...]     a TCP echo server in any language
#   check.sh ping [OPTION...] COMMAND [ARG...]     a ping: five requests, then min/avg/max
#   check.sh sniffer [OPTION...] COMMAND [ARG...]  a sniffer, which runs until SIGINT
#
#   --port N           echo: the port it listens on (8080); it is also in the variable PORT
#   --profile NAME     basic: what every such program must do; full (default): more, and what is noted but not judged
#   --only TRIALS      these trials only, separated by commas (epollecho check --help, rawping ..., pktsniff ... list them)
#   --json             one JSON object instead of a table
#   --html FILE        also a page to hand back; --junit FILE, --gradescope FILE: also JUnit XML, Gradescope's results.json
#   --points FILE      points for Gradescope, lines of a trial and a number; lib/points-*.txt beside this script are to copy
#
# COMMAND runs in a network and a process space of its own, without capabilities (ping and sniffer: CAP_NET_RAW), on a read-only
# view of this machine's files but for $TMPDIR. Run by root it becomes nobody, and cgroups limit it to 2,000 processes, 1 GiB of
# memory and two CPUs; run by an ordinary user, where the kernel lets users make namespaces, it stays that user and has no cgroup.
# Files end at 64 MiB, everything after ten minutes. What an echo server prints goes to standard error.
# Exit code: 0 all required trials passed, 1 not all, 2 it could not be examined; one line says why.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
readonly seconds=600 most_processes=2000 most_bytes=1073741824

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/common.sh
. "$here/lib/common.sh"
readonly usage="usage: ${NETTOOLS_COMMAND:-check.sh} echo|ping|sniffer [--profile basic|full] [OPTION...] COMMAND [ARG...]"

refuse() {
  echo "check: $1" >&2
  exit 2
}

# Everything below the root becomes read-only but for a scratch folder; what other programs share is out of sight.
seal() {
  local mount options
  mount -t tmpfs -o size=256m,mode=1777 check /run
  for mount in /dev/shm /sys/fs/cgroup; do
    [ ! -d "$mount" ] || mount -t tmpfs -o size=16m,mode=1777 check "$mount" 2>/dev/null || true
  done
  while read -r _ mount _ options _; do
    mount=$(printf '%b' "$mount")
    case "$mount" in
      /run | /run/* | /proc | /proc/* | /dev | /dev/* | /sys/fs/cgroup | /sys/fs/cgroup/*) ;;
      *) mount -o remount,bind,ro "$mount" 2>/dev/null || sealed="$sealed $mount" ;;
    esac
  done </proc/self/mounts
}

# Root's program becomes nobody; in a user's own namespace there is no second user.
become() {
  privilege=()
  if [ "$(awk 'NR == 1 { print $3 }' /proc/self/uid_map)" -gt 1 ]; then
    privilege=(--reuid 65534 --regid 65534 --clear-groups)
  fi
}

# The program itself, started by the examiner: its cgroup, its limits, its privileges. It inherits none of our descriptors.
program() {
  local kind=$1 descriptor privilege
  shift
  for descriptor in ${CHECK_CGROUPS-}; do
    echo 0 1>&"$descriptor" || echo "check: no cgroup for the program" >&2
  done
  # Without a redirection around it: bash keeps the old standard error as a descriptor that the loop would close.
  for descriptor in /proc/self/fd/*; do
    descriptor=${descriptor##*/}
    [ "$descriptor" -lt 3 ] || [ "$descriptor" -eq 255 ] || eval "exec $descriptor>&-"
  done
  unset CHECK_CGROUPS
  ulimit -Su "$most_processes" 2>/dev/null || true
  ulimit -f 65536
  ulimit -c 0
  privilege=(--inh-caps=-all --bounding-set=-all)
  if [ "$kind" != echo ]; then
    become
    privilege+=(--inh-caps=+net_raw --ambient-caps=+net_raw --bounding-set=+net_raw)
  else
    privilege=()
  fi
  # The parent may ignore SIGPIPE; a program started from a shell does not.
  exec env --default-signal=PIPE setpriv "${privilege[@]}" --no-new-privs "$@"
}

# In the cage: the examiner, which starts COMMAND. An echo server's has its user, or it could not look into its process.
inside() {
  local kind=$1 port=$2 tools=$3 sealed="" privilege=() options=() first
  shift 3
  while [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  shift
  ip link set lo up
  seal
  [ -z "$sealed" ] || echo "check: these stay writable for the program:$sealed" >&2
  export PORT=$port TMPDIR=/run HOME=/run
  become
  first=$(type -P "$1")
  setpriv "${privilege[@]}" test -x "$first" ||
    refuse "$first: user nobody may not run it: chmod a+rx the file and its folders, or put it elsewhere"
  local command=(bash "${BASH_SOURCE[0]}" --program "$kind" "$@")
  case "$kind" in
    echo)
      exec setpriv "${privilege[@]}" --no-new-privs --inh-caps=-all --bounding-set=-all \
        "$tools/epollecho" check "127.0.0.1:$port" "${options[@]}" -- "${command[@]}"
      ;;
    ping) exec "$tools/rawping" check "${options[@]}" -- "${command[@]}" ;;
    sniffer) exec "$tools/pktsniff" check "${options[@]}" -- "${command[@]}" ;;
  esac
}

# open_cgroups: a cgroup of each kind for the program alone; its cgroup.procs stay open for --program. Both versions of cgroups.
open_cgroups() {
  local root=/sys/fs/cgroup name=nettools-check.$$ controller folder descriptor
  [ "$(id -u)" -eq 0 ] || return 0
  if [ -e "$root/cgroup.controllers" ]; then
    mkdir "$root/$name" 2>/dev/null || return 0
    cgroups=("$root/$name")
    limit "$root/$name/pids.max" "$most_processes"
    limit "$root/$name/memory.max" "$most_bytes"
    limit "$root/$name/cpu.max" "200000 100000"
  else
    for controller in pids memory cpu; do
      folder=$root/$controller/$name
      mkdir "$folder" 2>/dev/null || continue
      cgroups+=("$folder")
      case "$controller" in
        pids) limit "$folder/pids.max" "$most_processes" ;;
        memory) limit "$folder/memory.limit_in_bytes" "$most_bytes" ;;
        cpu) limit "$folder/cpu.cfs_quota_us" 200000 ;;
      esac
    done
  fi
  for folder in "${cgroups[@]}"; do
    exec {descriptor}>"$folder/cgroup.procs"
    CHECK_CGROUPS="${CHECK_CGROUPS-} $descriptor"
  done
  export CHECK_CGROUPS
}

limit() {
  echo "$2" 2>/dev/null >"$1" || echo "check: this cgroup cannot be limited: $1" >&2
}

# shellcheck disable=SC2317 # the trap calls it
close_cgroups() {
  local folder
  for folder in "${cgroups[@]}"; do
    ! grep -qs '^oom_kill [1-9]' "$folder/memory.events" "$folder/memory.oom_control" ||
      echo "check: the program wanted more than its $((most_bytes >> 20)) MiB of memory and was killed" >&2
    ! grep -qs '^max [1-9]' "$folder/pids.events" ||
      echo "check: the program wanted more than its $most_processes processes" >&2
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      rmdir "$folder" 2>/dev/null && break
      sleep 0.05
    done
  done
}

case "${1-}" in
  --inside)
    shift
    inside "$@"
    ;;
  --program)
    shift
    program "$@"
    ;;
  -h | --help)
    help_of "$0"
    exit 0
    ;;
  echo | ping | sniffer) kind=$1 ;;
  '') refuse "$usage" ;;
  *) refuse "'$1' cannot be examined: $usage" ;;
esac
shift
port=8080 options=() name="" files=()
while [ $# -gt 0 ]; do
  case "$1" in
    --port=* | --only=* | --profile=* | --points=* | --html=* | --junit=* | --gradescope=* | --name=*)
      set -- "${1%%=*}" "${1#*=}" "${@:2}"
      continue
      ;;
    --port | --only | --profile | --points | --html | --junit | --gradescope | --name)
      [ -n "${2-}" ] || refuse "$1 needs a value: $usage"
      case "$1" in
        --port) port=$2 ;;
        --name) name=$2 ;;
        --html | --junit | --gradescope) files+=("$1" "$2") ;;
        *) options+=("$1" "$2") ;;
      esac
      shift
      ;;
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
type -P "$1" >/dev/null || refuse "there is no program $1"
tools=$(NETTOOLS_COMMAND=check find_binaries "$here")
# Words that the tool refuses are to be known before a cage is made.
for program in unshare setpriv timeout ip; do
  command -v "$program" >/dev/null || refuse "$program is missing: apt-get install util-linux coreutils iproute2"
done
user=()
[ "$(id -u)" -eq 0 ] || user=(--user --map-root-user)
unshare "${user[@]}" --mount --net --pid --fork --mount-proc true 2>/dev/null ||
  refuse "namespaces cannot be made here: run it as root"
# Files are made with the caller's rights, outside of the cage.
while [ ${#files[@]} -gt 0 ]; do
  exec {made}>"${files[1]}" || refuse "cannot write ${files[1]}"
  options+=("${files[0]}" "/dev/fd/$made")
  files=("${files[@]:2}")
done
options+=(--name "${name:-$*}")
cgroups=()
trap close_cgroups EXIT
open_cgroups
ulimit -n "$(ulimit -Hn)"
code=0
timeout --foreground -k 2 "$seconds" unshare "${user[@]}" --mount --net --pid --fork --kill-child --mount-proc \
  bash "${BASH_SOURCE[0]}" --inside "$kind" "$port" "$tools" "${options[@]}" -- "$@" || code=$?
[ "$code" -ne 124 ] || refuse "the trials were not over after $seconds s"
exit "$code"
