# shellcheck shell=sh
# The part of lab.sh --far that runs on the host: POSIX shell, and no command that busybox lacks; lib/far-facts.sh comes before
# it. Makes a private folder, does what the lines on standard input say, and answers each with a line; "no: WHY" where it cannot.
# When the connection ends, or nothing has been heard for a minute, what was started ends and the folder goes.
set -uf
umask 077
PATH=$PATH:/usr/sbin:/sbin
dir="" pids="" watchdog=""
say() { printf '%s\n' "$*"; }

clean_up() {
  trap '' HUP INT TERM PIPE
  trap - EXIT
  [ -z "$watchdog" ] || kill "$watchdog" 2>/dev/null
  # shellcheck disable=SC2086 # a list
  [ -z "$pids" ] || kill $pids 2>/dev/null
  [ -z "$dir" ] || rm -rf "$dir"
  say gone 2>/dev/null
  exit 0
}

for base in "${TMPDIR:-/tmp}" /var/tmp "${HOME:-/tmp}" /dev/shm; do
  mkdir "$base/.nettools-lab.$$" 2>/dev/null || continue
  dir=$base/.nettools-lab.$$
  # Where programs may not run the folder is of no use.
  if printf '#!/bin/sh\nexit 0\n' >"$dir/probe" && chmod 700 "$dir/probe" && "$dir/probe" 2>/dev/null; then break; fi
  rm -rf "$dir"
  dir=""
done
if [ -z "$dir" ]; then
  say "no: no folder there to run programs from: /tmp, /var/tmp, the home and /dev/shm were tried"
  exit 1
fi
trap clean_up EXIT
trap 'exit 1' HUP INT TERM PIPE
: >"$dir/beat"
: >"$dir/pids"

# A connection that is lost without a word ends nothing by itself: the other end says that it is there every few seconds.
# shellcheck disable=SC2046 # a list
(
  trap 'kill $nap 2>/dev/null; exit 0' TERM
  last=none
  while :; do
    sleep 30 &
    nap=$!
    wait "$nap"
    now=$(cat "$dir/beat" 2>/dev/null) || exit 0
    [ "$now" = "$last" ] || { last=$now; continue; }
    kill $(cat "$dir/pids") 2>/dev/null
    rm -rf "$dir"
    kill -KILL $$
    exit 0
  done
) </dev/null >/dev/null 2>&1 &
watchdog=$!

# The pid of what was started under a name.
pid_of() { eval "printf '%s' \"\${pid_$1-}\""; }

say "folder $dir ${SSH_CONNECTION-}"
while IFS= read -r line; do
  # shellcheck disable=SC2086 # words
  set -- $line
  case "${1-}" in
    beat) say "$2" >"$dir/beat" ;;
    token) OPTBENCH_TOKEN=$2 && export OPTBENCH_TOKEN && say ok ;;
    have) if command -v "$2" >/dev/null; then say yes; else say no; fi ;;
    facts)
      facts "$2"
      say .
      ;;
    # start NAME COMMAND...: a tool of ours in the background, or one of the host's.
    start)
      name=$2
      shift 2
      [ ! -x "$dir/$1" ] || { tool=$dir/$1; shift; set -- "$tool" "$@"; }
      "$@" </dev/null >"$dir/$name.out" 2>"$dir/$name.err" &
      eval "pid_$name=$!"
      pids="$pids $!"
      say "$!" >>"$dir/pids"
      say ok
      ;;
    # first NAME: the first line that it printed.
    first)
      tries=0
      while [ ! -s "$dir/$2.out" ] && [ "$tries" -lt 200 ] && kill -0 "$(pid_of "$2")" 2>/dev/null; do
        sleep 0.1 2>/dev/null || sleep 1
        tries=$((tries + 1))
      done
      if [ -s "$dir/$2.out" ]; then head -n 1 "$dir/$2.out"; else say "no: $(head -n 1 "$dir/$2.err")"; fi
      ;;
    # stop NAME: ends it; the last line that it printed.
    stop)
      kill "$(pid_of "$2")" 2>/dev/null
      wait "$(pid_of "$2")" 2>/dev/null
      if [ -s "$dir/$2.out" ]; then tail -n 1 "$dir/$2.out"; else say none; fi
      ;;
    end) exit 0 ;;
    *) say "no: '${1-}' is not known here" ;;
  esac
done
