#!/usr/bin/env bash
# Makes system calls of the tools fail, one at a time, by strace's injection: calls that a mode makes after the start of Main,
# each with EAGAIN, EINTR, ENOMEM, ENOSPC, EIO, EMFILE and ENOBUFS. A tool goes on, or ends with exit code 1 or 2 and a line that
# says why; a server goes on and serves the next client. It must not hang, print a stack trace, die of a signal, or leave a
# broken file.
#   faults.sh [WORDS]         a fixed part, in less than a minute
#   faults.sh --all [WORDS]   every call by its first numbers and more widely after, every error: takes long
#   faults.sh --every N [WORDS]   one in N of all those
#   faults.sh --list [WORDS]  what --all would break: MODE, CALL, ERROR, NUMBER
#   faults.sh --one MODE CALL ERROR NUMBER    one of these again, with what the tool says
#
# The modes are in scripts/lib/faults.txt; WORDS: only those that contain them. Needs strace and jq, and root or a user namespace.
# Each fault has a network and process ids of its own. Exit code: 0 all borne, 1 some not, 2 could not run.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/common.sh
. "$here/lib/common.sh"
readonly ERRORS=(EAGAIN EINTR ENOMEM ENOSPC EIO EMFILE ENOBUFS)
# What cannot fail, or not this way: brk(2) answers with the old break, and the C library and the runtime stop where locks and
# signal masks fail, which no kernel does.
readonly NEVER=" execve brk exit exit_group rt_sigreturn restart_syscall futex rt_sigprocmask rt_sigaction sigaltstack \
sched_yield set_robust_list set_tid_address rseq arch_prctl getpid gettid getppid getuid geteuid getgid getegid vfork "
# Longer than any mode takes on a slow machine: a hang.
readonly LONGEST=${FAULTS_LONGEST:-20}

stop_with() {
  echo "faults: $1" >&2
  exit 2
}

# modes: the table, numbered.
modes() { grep -v '^#' "$here/lib/faults.txt" | cat -n | sed 's/^ *//'; }

# apart COMMAND...: in a network and with process ids of its own; what is left ends with it.
apart() { unshare --net --pid --fork --kill-child --mount-proc "$@"; }

# beside PEER: starts what a mode needs, and waits until it is ready.
beside() {
  local command
  case "$1" in
    echo) command=(epollecho serve -p 7070 --user root) ;;
    http) command=(epollecho serve -p 7070 --user root --protocol http) ;;
    udp) command=(epollecho serve -p 7070 --user root --udp) ;;
    opt) command=(optbench server -p 7070 --user root) ;;
    ping) "$BIN/rawping" -c 0 -i 0.02 -q 127.0.0.1 >/dev/null 2>&1 & return ;;
    *) return 0 ;;
  esac
  mkfifo ready
  "$BIN/${command[0]}" "${command[@]:1}" --ready-fd 3 3>ready >/dev/null 2>&1 &
  read -r <ready || true
  rm ready
}

# client KIND: one client of a server.
client() {
  case "$1" in
    echo) timeout 6 "$BIN/epollecho" load 127.0.0.1:7070 -n 20 -c 2 --timeout 5 ;;
    http) timeout 6 "$BIN/epollecho" load http://127.0.0.1:7070/ -n 20 -c 2 --timeout 5 ;;
    udp) timeout 6 "$BIN/epollecho" load 127.0.0.1:7070 --udp -n 20 -c 2 --timeout 1 ;;
    opt) timeout 10 "$BIN/optbench" nodelay --blocks 3 --time 0.1 --server 127.0.0.1:7070 ;;
  esac >/dev/null 2>&1
}

# traced STRACE-OPTION... -- KIND PEER COMMAND...: runs a mode in this folder; its output in out and err, strace's in log, how it
# ended in code; a server's clients whether the last of them was, in served.
traced() {
  local options=() kind peer pid child code=0 n
  while [ "$1" != -- ]; do options+=("$1") && shift; done
  kind=$2 peer=$3
  shift 3
  ip link set lo up
  if [ "$kind" = run ]; then
    beside "$peer"
    timeout -k 1 "$LONGEST" strace -f -qq -o log "${options[@]}" "$BIN/$1" "${@:2}" >out 2>err </dev/null || code=$?
  else
    timeout -k 1 "$((LONGEST + 30))" strace -f -qq -o log "${options[@]}" "$BIN/$1" "${@:2}" >out 2>err </dev/null &
    pid=$!
    await 30 ended_or_listens "$pid" || true
    # The first ones may meet the fault.
    for n in 1 2 3 4 5; do
      kill -0 "$pid" 2>/dev/null || break
      if client "$peer"; then
        [ "$n" -lt 3 ] || { : >served && break; }
      elif each_process_fails; then
        break
      fi
    done
    child=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null || true)
    child=$(cat "/proc/${child// /}/task/${child// /}/children" 2>/dev/null || true)
    if [ -n "$child" ] && kill -0 "${child%% *}" 2>/dev/null; then
      : >lived
      kill -TERM "${child%% *}" 2>/dev/null || true
    fi
    wait "$pid" || code=$?
  fi
  echo "$code" >code
}

ended_or_listens() { ! kill -0 "$1" 2>/dev/null || grep -q listening out; }

# strace counts in each process: where each connection has its own, none is served.
each_process_fails() { [ "$(grep INJECTED log | cut -d " " -f 1 | sort -u | wc -l)" -gt 1 ]; }

# Prints what is wrong with a run, or nothing.
judge() {
  local kind=$1 call=$2 code file
  code=$(cat code)
  shift 2
  if grep -q '^   at \|Unhandled exception\|^Process terminated\|internal error' err; then
    echo "stack trace: $(grep -m 1 '^   at \|Unhandled exception\|^Process terminated\|internal error' err)"
  elif [ "$code" = 124 ] || [ "$code" = 137 ]; then
    echo "hangs"
  elif [ "$code" -gt 2 ]; then
    echo "exit code $code: $(tail -n 1 err)"
  elif [ "$code" -ne 0 ] && ! [ -s err ] && { [ "$code" -eq 2 ] || ! [ -s out ]; } && [ "$call" != write ]; then
    echo "exit code $code without a word"
  elif [ "$code" -eq 0 ] && ! [ -s err ] && ! [ -s out ] && [ "$kind" = run ] && [[ " $* " != *" -w "* ]]; then
    echo "exit code 0, nothing printed and nothing said"
  elif [[ " $* " == *" --json"* ]] && [ "$kind" = run ] && ! jq -e . <out >/dev/null 2>&1 && [ -s out ]; then
    echo "half a record: $(tail -c 60 out)"
  elif [ "$kind" = serve ] && [ -e lived ] && ! [ -e served ] && ! each_process_fails; then
    echo "lives and serves nobody"
  elif [ "$kind" = serve ] && ! [ -e lived ] && grep -q listening out && ! grep -q "giving up" err; then
    echo "a server ended: exit code $code: $(tail -n 1 err)"
  elif [ "$kind" = serve ] && [ -e lived ] && [ "$code" -ne 0 ] && ! [ -s err ]; then
    echo "exit code $code without a word"
  fi
  for file in out*.pcap*; do
    if [ -s "$file" ] && ! "$BIN/pktsniff" -r "$file" >/dev/null 2>reading; then
      echo "broken file $file: $(tail -n 1 reading)"
    fi
  done
}

# one MODE CALL ERROR NUMBER: a line: reached or not, how it ended, what is wrong.
one() {
  local words folder wrong how
  read -ra words < <(modes | sed -n "$1p" | cut -f 2)
  folder=$(mktemp -d "$WORK/run.XXXXXX")
  cd "$folder"
  touch out err log code
  apart bash "$here/faults.sh" --traced --seccomp-bpf -e "trace=$2" -e "inject=$2:error=$3:when=$4" -- "${words[@]}" || true
  wrong=$(judge "${words[0]}" "$2" "${words[@]:1}")
  how="code $(cat code)"
  grep -q INJECTED log || how="not reached"
  printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$how" "$2" "$3" "$4" "${words[*]}" "${wrong//[$'\t\n']/ }"
  if [ -n "${FAULTS_SHOW-}" ]; then
    tail -n 20 out err >&2
    grep INJECTED log >&2 || true
  fi
  cd "$WORK"
  rm -rf "$folder"
}

# calls MODE: the calls of a mode after the start of Main and their numbers: CALL NUMBER... The runtime counts too: a number that
# it has used up before Main would break it in another thread.
calls() {
  local words folder
  read -ra words < <(modes | sed -n "$1p" | cut -f 2)
  folder=$(mktemp -d "$WORK/calls.XXXXXX")
  cd "$folder"
  apart bash "$here/faults.sh" --traced -- "${words[@]}"
  [ "$(cat code)" -eq 0 ] || echo "faults: this fails without a fault: ${words[*]}: $(tail -n 1 err)" >&2
  awk -v never="$NEVER" '
    NR == 1 { main = $1 }
    $2 ~ /^[a-z_0-9]+\(/ {
      call = substr($2, 1, index($2, "(") - 1)
      number = ++count[$1, call]
      if ($1 == main && call == "fcntl" && $2 ~ /^fcntl\(0,/) begun = 1
      if (!begun) before[call] = number
      else if (number > before[call] && !index(never, " " call " ")) {
        if (!(call in last)) order[++n] = call
        if (number > last[call]) last[call] = number
      }
    }
    END {
      for (i = 1; i <= n; i++) {
        call = order[i]
        line = call
        for (number = before[call] + 1; number <= last[call]; number += step(number - before[call])) line = line " " number
        print line
      }
    }
    function step(gone) { return gone < 6 ? 1 : int(gone / 2) }' log
  cd "$WORK"
  rm -rf "$folder"
}

# plan ALL MODE: what there is to break in a mode, MODE CALL ERROR NUMBER a line; all of it, or with one error for the first
# number of one call in ten, which the names alone choose.
plan() {
  local all=$1 mode=$2 call numbers number error text
  text=$(modes | sed -n "${mode}p" | cut -f 2)
  calls "$mode" | while read -r call numbers; do
    if [ "$all" = yes ]; then
      for number in $numbers; do
        for error in "${ERRORS[@]}"; do echo "$mode $call $error $number"; done
      done
    else
      read -r number _ < <(cksum <<<"$text $call")
      [ $((number / 7 % 10)) -ne 0 ] || echo "$mode $call ${ERRORS[number % 7]} ${numbers%% *}"
    fi
  done >"$WORK/plan.$mode"
}

# The files that modes read, by the tools themselves.
inputs() {
  cd "$WORK"
  # shellcheck disable=SC2016 # the inner shell's
  apart bash -ec '
    ip link set lo up
    "$BIN/rawping" -c 0 -i 0.02 -q 127.0.0.1 >/dev/null & "$BIN/pktsniff" -i lo -Z root -q -w in.pcap -c 20 2>/dev/null
    "$BIN/optbench" nodelay --quick --time 0.1 --json >a.json; cp a.json b.json
    "$BIN/muxbench" --fds 10 --blocks 6 --json >mux.json
    mkfifo ready; "$BIN/epollecho" serve -p 7070 --user root --ready-fd 3 3>ready >/dev/null & read -r <ready; rm ready
    "$BIN/epollecho" load 127.0.0.1:7070 -n 10 --hlog load.hlog >/dev/null' || stop_with "the tools do not run here"
}

case "${1-}" in
  -h | --help) help_of "$0" && exit 0 ;;
  --traced) shift && traced "$@" && exit 0 ;;
  --worker) shift && one "$@" && exit 0 ;;
  --plan) shift && plan "$@" && exit 0 ;;
esac
for program in strace unshare jq ip; do
  command -v "$program" >/dev/null || stop_with "$program is missing"
done
if [ "${NETTOOLS_FAULTS-}" != inside ]; then
  BIN=$(find_binaries "$here")
  export BIN NETTOOLS_FAULTS=inside
  user=()
  [ "$(id -u)" -eq 0 ] || user=(--user --map-root-user)
  exec unshare "${user[@]}" --mount --net --pid --fork --kill-child --mount-proc bash "$here/faults.sh" "$@"
fi
# What a broken tool can harm is in memory and goes with this script: elsewhere nothing can be made, removed or renamed.
mount -t tmpfs none /run
for place in / /dev /tmp /home /var; do
  ! mountpoint -q "$place" || mount -o remount,bind,ro "$place" 2>/dev/null || true
done
export WORK=/run
inputs
all=no list=no every=1
while :; do
  case "${1-}" in
    --all) all=yes ;;
    --list) all=yes list=yes ;;
    --every)
      [[ ${2-} =~ ^[1-9][0-9]*$ ]] || stop_with "--every needs a number"
      all=yes every=$2
      shift
      ;;
    --one)
      [[ $# -eq 5 && $2 =~ ^[1-9][0-9]*$ && $2 -le $(modes | wc -l) ]] ||
        stop_with "--one needs MODE, the number of a line of scripts/lib/faults.txt, CALL ERROR NUMBER"
      FAULTS_SHOW=yes one "${@:2:4}"
      exit
      ;;
    -*) stop_with "unknown option $1" ;;
    *) break ;;
  esac
  shift
done
jobs=$(($(nproc) * 2))
modes | grep -F -- "$*" | cut -f 1 >wanted || stop_with "no such mode: $*"
xargs -P "$jobs" -L 1 bash "$here/faults.sh" --plan "$all" <wanted
while read -r mode; do cat "plan.$mode"; done <wanted | awk -v every="$every" "NR % every == 0" >planned
if [ "$list" = yes ]; then
  cat planned
  exit
fi
xargs -P "$jobs" -L 1 bash "$here/faults.sh" --worker <planned >results
awk -F '\t' '
  { how[$1]++ }
  $6 != "" { wrong++; printf "%s: %s %s, number %s: %s\n", $5, $2, $3, $4, $6 }
  END {
    printf "%d faults: %d borne, exit 0; %d exit 1 and %d exit 2 with the reason; %d not reached; %d wrong\n",
      NR, how["code 0"], how["code 1"], how["code 2"], how["not reached"], wrong
    exit wrong > 0
  }' results
