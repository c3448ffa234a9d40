#!/usr/bin/env bash
# Sends load from several hosts at once: epollecho goes to each over ssh, all open their connections, say so, and begin together.
#
#   fleet.sh [OPTION...] HOST... -- load TARGET [ARGUMENT...]
#
# HOST is what ssh takes: a name or USER@NAME. It needs sshd, a POSIX shell and tar; busybox has the latter two. ARGUMENTS are
# those of epollecho load, for each host: eight hosts with -c 100 make 800 connections, and a --rate is that of one host. TARGET
# is looked up on each host. What is copied there is in a private folder and vanishes at the end, also after Ctrl-C and where the
# connection is lost. A host that cannot be reached, is not ready in time or is lost in the middle is a row of the result.
#
#   --out FOLDER       the log of each host (epollecho merge reads them), GNU parallel's job log and the plot (fleet-report)
#   --wait SECONDS     how long hosts may take to be ready (60); the others begin without them
#   --timeout SECONDS  when a host is given up, from its first connection (never)
#   --json             one JSON object instead of tables
#   -h, --help         this text
#
# Needs GNU parallel and ssh here; gnuplot draws the plot.
# Environment: SSH="ssh -p 2222" is the command to use. NETTOOLS_BIN=FOLDER holds the binaries.
# Exit code: 0 all hosts did everything, 1 a host was lost or something failed, 2 no host could begin.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/common.sh
. "$here/lib/common.sh"
# A host that is silent for 15 s is lost.
: "${SSH:=ssh -o BatchMode=yes -o ConnectTimeout=15 -o ServerAliveInterval=5 -o ServerAliveCountMax=3}"
# shellcheck source=scripts/lib/ssh.sh
. "$here/lib/ssh.sh"
readonly usage="usage: ${NETTOOLS_COMMAND:-fleet.sh} [OPTION...] HOST... -- load TARGET [ARGUMENT...]"

refuse() {
  echo "fleet: $1" >&2
  exit 2
}

# member NUMBER: one host, from the copy to its last line; run by parallel. $FLEET has a folder for each host; what is known of
# it are files there: ready, over, messages.
member() {
  local folder=$FLEET/$1 host log line archive beat="" run state=not_reached code="" machine=""
  host=$(cat "$folder/host")
  log=$(cat "$FLEET/out")/$host.hlog
  run=$(cat "$FLEET/run")
  # shellcheck disable=SC2064 # as it is now
  trap "touch $(quoted "$folder/over")" EXIT
  work=$folder
  if ! machine_at "$host" 2>"$folder/messages"; then
    echo "cannot be reached, or has no POSIX shell" >>"$folder/messages"
  elif archive=$(pack_tools "$here" "$machine" epollecho 2>"$folder/messages"); then
    mkfifo "$folder/to" "$folder/from"
    "${ssh[@]}" "$host" "$(guest_command "$(stat -c %s "$archive")" "$run")" \
      <"$folder/to" >"$folder/from" 2>"$folder/messages" &
    job=$!
    echo "$job" >"$folder/ssh"
    exec 5>"$folder/to" 7<"$folder/from"
    cat "$archive" >&5 2>/dev/null || true
    while IFS= read -r line <&7; do
      case "$line" in
        '#guest arrived')
          state=not_ready
          (while sleep 5; do echo here; done) >&5 2>/dev/null 7<&- &
          beat=$!
          ;;
        '#guest ended '*) code=${line##* } ;;
        '') state=lost && touch "$folder/ready" ;;
        *) printf '%s\n' "$line" >>"$log" ;;
      esac
    done
    [ -z "$beat" ] || kill "$beat" 2>/dev/null || true
    wait "$job" 2>/dev/null || true
  fi
  if [ -z "$code" ] || { [ "$state" = not_ready ] && state=refused; }; then
    [ ! -e "$folder/late" ] || state=not_ready
    echo "#[epollecho ended=$state]" >>"$log"
  fi
  [ "$code" = 0 ] || return 1
}

if [ "${1-}" = --member ]; then
  member "$2"
  exit
fi

hosts=() out=fleet-report patience=60 limit=0 json=()
while [ $# -gt 0 ]; do
  case "$1" in
    --out=* | --wait=* | --timeout=*)
      set -- "${1%%=*}" "${1#*=}" "${@:2}"
      continue
      ;;
    --out | --wait | --timeout)
      [ -n "${2-}" ] || refuse "$1 needs a value: $usage"
      case "$1" in
        --out) out=$2 ;;
        *) [[ $2 =~ ^[1-9][0-9]{0,5}$ ]] || refuse "$1 '$2' is not a number of seconds" ;;&
        --wait) patience=$2 ;;
        --timeout) limit=$2 ;;
      esac
      shift
      ;;
    --json) json=(--json) ;;
    -h | --help)
      help_of "$0"
      exit 0
      ;;
    --)
      shift
      break
      ;;
    '' | -*) refuse "'$1' is neither a host nor an option: $usage" ;;
    *)
      [[ $1 =~ ^[A-Za-z0-9_][A-Za-z0-9_.:%@+-]*$ ]] || refuse "'$1' is not a host"
      for host in "${hosts[@]}"; do [ "$host" != "$1" ] || refuse "$1 is there twice"; done
      hosts+=("$1")
      ;;
  esac
  shift
done
[ ${#hosts[@]} -gt 0 ] || refuse "no host: $usage"
[ "${1-}" = load ] || refuse "after -- comes load and its arguments: $usage"
shift
[ $# -gt 0 ] || refuse "load needs a TARGET: $usage"
for word; do
  case "$word" in
    --hlog* | --csv* | --log* | --hgrm* | --ready-fd* | --start-at* | --json | --histogram | --find-rate)
      refuse "${word%%=*} cannot be among the arguments: the hosts begin together, and their logs come back"
      ;;
  esac
done
for program in parallel "${ssh[0]}"; do
  command -v "$program" >/dev/null || refuse "$program is not installed here"
done
parallel --version 2>/dev/null </dev/null | grep -q '^GNU parallel' || refuse "the parallel installed here is not GNU parallel"
epollecho=$(NETTOOLS_COMMAND=fleet find_binaries "$here")/epollecho
mkdir -p "$out" || refuse "cannot make $out"
out=$(cd "$out" && pwd)

FLEET=$(mktemp -d)
export FLEET
over=no
# Ends the connections of all hosts; each host then removes what it had.
# shellcheck disable=SC2317 # the traps call it
hang_up() {
  local number process
  over=yes
  for number in "${!hosts[@]}"; do
    process=$(cat "$FLEET/$number/ssh" 2>/dev/null) || continue
    [ -e "$FLEET/$number/over" ] || kill "$process" 2>/dev/null || true
  done
}
# shellcheck disable=SC2317
clean_up() {
  hang_up
  [ -z "${crew-}" ] || wait "$crew" 2>/dev/null || true
  rm -rf "$FLEET"
}
trap clean_up EXIT
trap hang_up INT TERM HUP

echo "$out" >"$FLEET/out"
run=./epollecho\ load
for word; do run+=" $(quoted "$word")"; done
echo "$run --start-at - --ready-fd 3 --hlog /dev/fd/4 3>&1 4>&1 >/dev/null" >"$FLEET/run"
logs=()
for number in "${!hosts[@]}"; do
  mkdir "$FLEET/$number"
  echo "${hosts[number]}" >"$FLEET/$number/host"
  logs+=("$out/${hosts[number]}.hlog")
done
rm -f "${logs[@]}" "$out/latency.svg"
# Not in the terminal's process group: after Ctrl-C the members still write their rows.
setsid parallel --will-cite --jobs "${#hosts[@]}" --halt never --timeout "$limit" --joblog "$out/joblog.tsv" \
  bash "$here/fleet.sh" --member ::: "${!hosts[@]}" </dev/null >/dev/null 2>"$FLEET/parallel" &
crew=$!

# waiting: how many hosts are neither ready nor over.
waiting() {
  local number count=0
  for number in "${!hosts[@]}"; do
    [ -e "$FLEET/$number/ready" ] || [ -e "$FLEET/$number/over" ] || count=$((count + 1))
  done
  echo "$count"
}
give_up=$((SECONDS + patience))
while [ "$over" = no ] && [ "$(waiting)" -gt 0 ] && [ "$SECONDS" -lt "$give_up" ] && kill -0 "$crew" 2>/dev/null; do
  sleep 0.1
done
starts=()
for number in "${!hosts[@]}"; do
  if [ -e "$FLEET/$number/ready" ] && [ ! -e "$FLEET/$number/over" ] && [ "$over" = no ]; then
    exec {start}<>"$FLEET/$number/to"
    starts+=("$start")
  elif [ ! -e "$FLEET/$number/over" ]; then
    touch "$FLEET/$number/late"
    kill "$(cat "$FLEET/$number/ssh" 2>/dev/null || echo 0)" 2>/dev/null || true
  fi
done
for start in "${starts[@]}"; do echo start >&"$start"; done
for start in "${starts[@]}"; do exec {start}>&-; done
[ ${#starts[@]} -eq 0 ] || echo "fleet: ${#starts[@]} of ${#hosts[@]} hosts ready, started" >&2
while kill -0 "$crew" 2>/dev/null; do wait "$crew" || true; done
crew=""

code=0
for number in "${!hosts[@]}"; do
  # parallel gave it up, or never began it.
  grep -qs '^#\[epollecho .*ended=' "${logs[number]}" || echo "#[epollecho ended=lost]" >>"${logs[number]}"
  while IFS= read -r line; do
    echo "fleet: ${hosts[number]}: ${line#epollecho: }" >&2
  done < <(head -n 5 "$FLEET/$number/messages" 2>/dev/null | tr -d '\000-\010\013-\037\177')
done
"$epollecho" merge --together "${json[@]}" "${logs[@]}" || code=$?
[ "$code" -le 1 ] || exit "$code"

# plot: the latency of each host and of all, by percentile.
plot() {
  local log name curves=""
  for log in all "${logs[@]}"; do
    name=${log##*/}
    name=${name%.hlog}
    if [ "$log" = all ]; then set -- "${logs[@]}"; else set -- "$log"; fi
    "$epollecho" merge --hgrm "$FLEET/$name.hgrm" "$@" >/dev/null || true
    awk '$4 ~ /^[0-9.]+$/ && $1 ~ /^[0-9.]+$/ && $1 > 0 { print $4, $1 }' "$FLEET/$name.hgrm" >"$FLEET/$name.curve"
    [ -s "$FLEET/$name.curve" ] || continue
    curves+="${curves:+, }'$FLEET/$name.curve' with lines lw $([ "$log" = all ] && echo 3 || echo 1) title '$name' noenhanced"
  done
  [ -n "$curves" ] || return 0
  gnuplot 2>/dev/null <<GNUPLOT
set terminal svg size 640,440 dynamic background rgb "white"
set output '$out/latency.svg'
set logscale xy
set grid
set key left top
set xlabel 'percentile'
set xtics ('50 %%' 2, '90 %%' 10, '99 %%' 100, '99.9 %%' 1000, '99.99 %%' 10000)
set ylabel 'latency, us'
plot $curves
GNUPLOT
}
if command -v gnuplot >/dev/null; then
  plot || echo "fleet: the plot could not be drawn" >&2
else
  echo "fleet: gnuplot is not installed: no plot" >&2
fi
[ ${#starts[@]} -gt 0 ] || exit 2
exit "$code"
