# shellcheck shell=bash
# What the lab scripts share: where the tools are, which peers there are, steps and their progress, numbers out of JSON.

# What the learner is told, also from inside a step, whose own messages go to a file.
exec 3>&2

# machine_of FILE: the machine an ELF file is for, as `uname -m` names it: e_machine, at offset 18.
machine_of() {
  case "$(od -An -tx1 -j18 -N2 "$1" | tr -d ' ')" in
    3e00) echo x86_64 ;;
    b700) echo aarch64 ;;
    *) echo "another machine" ;;
  esac
}

# architecture_of MACHINE: what the build calls it.
architecture_of() {
  case "$1" in
    x86_64) echo x64 ;;
    aarch64 | arm64) echo arm64 ;;
    *) echo "$1" ;;
  esac
}

# installed_folder SCRIPTS: where `make install` or the package put the tools, or nothing when the scripts are not installed.
installed_folder() {
  case "$1" in
    */lib/nettools/scripts) (cd -P "$1/../../../bin" 2>/dev/null && pwd -P) || true ;;
  esac
}

# find_binaries SCRIPTS [MACHINE]: the folder of the five binaries for a machine (this one): NETTOOLS_BIN, the build, an unpacked
# archive, an installation, or the folder of the scripts itself.
find_binaries() {
  local here=$1 machine=${2:-$(uname -m)} folder other=""
  for folder in "${NETTOOLS_BIN-}" "$here/../artifacts/linux-$(architecture_of "$machine")" "$here/../bin" \
    "$(installed_folder "$here")" "$here/.." "$here" "$PWD"; do
    if [ -n "$folder" ] && [ -x "$folder/epollecho" ] && [ -x "$folder/muxbench" ]; then
      if [ "$(machine_of "$folder/epollecho")" != "${machine/arm64/aarch64}" ] &&
        [ "$(head -c 2 "$folder/epollecho")" != '#!' ]; then
        other=" (those in $folder are for $(machine_of "$folder/epollecho"))"
        continue
      fi
      (cd "$folder" && pwd)
      return
    fi
  done
  if [ -n "${2-}" ]; then
    echo "no binaries for $machine$other: build them (make ARCH=$(architecture_of "$machine")), or name their folder in \
NETTOOLS_BIN" >&2
  else
    echo "${NETTOOLS_COMMAND:-lab}: no binaries for $machine$other: run make first, or name their folder in NETTOOLS_BIN" >&2
  fi
  return 2
}

# help_of SCRIPT: the comment at its head, as text.
help_of() {
  sed -n -e '2,/^[^#]/{/^#/!d; s/^# \{0,1\}//p;}' "$1"
}

# have PEER: is the program there? The first time one is missing, it is said, and the report names it.
have() {
  command -v "$1" >/dev/null 2>&1 && return
  if ! grep -qsx "$1" "$RAW/missing.txt"; then
    echo "$1" >>"$RAW/missing.txt"
    echo "  ($1 is not installed: going on without it)" >&3
  fi
  return 1
}

# For the commands that the report shows: a server or sniffer in the background that says when it is ready, and a shell that
# waits.
# shellcheck disable=SC2034 # the labs use them
readonly READY_FIFO='[ -p ready ] || mkfifo ready' READY='--ready-fd 3 3>ready & read -r <ready'

# quick FULL QUICK: which of the two, by QUICK=1.
quick() {
  if [ -n "${QUICK-}" ]; then echo "$2"; else echo "$1"; fi
}

# step SECONDS TEXT COMMAND...: runs a step of a lab; says what runs and about how long the lab still takes. A failed step is
# noted, the lab goes on with the next one.
step() {
  local seconds=$1 text=$2 left
  shift 2
  left=$((${LAB_SECONDS_LEFT:-0}))
  if [ "$left" -gt 0 ]; then
    echo "[$LAB_NAME] $text (about $left s left)" >&2
  else
    echo "[$LAB_NAME] $text" >&2
  fi
  LAB_SECONDS_LEFT=$((left > seconds ? left - seconds : 0))
  echo "== $text" >>"$RAW/steps.log"
  # In the background, so that errexit stays in force inside the step; what a failed step leaves running is ended.
  (
    trap 'end_jobs' EXIT
    "$@"
  ) 2>>"$RAW/steps.log" &
  if ! wait $!; then
    echo "  FAILED: $text (see $RAW/steps.log)" >&2
    echo "$LAB_NAME: $text" >>"$RAW/failed.txt"
    note "This step failed: $text. Its messages are in steps.log beside the raw results."
  fi
}

end_jobs() {
  local job
  for job in $(jobs -p); do
    kill "$job" 2>/dev/null || true
  done
}

# json FILE KEY: one value, by its path: latency_us.p50, experiments.0.arms.1.median; the last object of a stream wins.
json() {
  awk -v want="$2" -f "$LIB/json.awk" "$1"
}

# json_line FILE N KEY: the same from the Nth object of a stream.
json_line() {
  sed -n "$2p" "$1" | awk -v want="$3" -f "$LIB/json.awk"
}

# round VALUE [DIGITS]: a number for people; "-" stays as it is.
round() {
  awk -v v="$1" -v d="${2:-0}" 'BEGIN { if (v == "" || v == "-" || v == "null") print "-"; else printf "%.*f\n", d, v }'
}

# calc EXPRESSION: arithmetic with fractions.
calc() {
  awk "BEGIN { print ($*) }"
}

# await SECONDS COMMAND...: until the command succeeds.
await() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -gt "$end" ]; then
      echo "timed out waiting for: $*" >&2
      return 1
    fi
    sleep 0.05
  done
}

# stop PID: ends a process of ours and waits for it. Not by SIGINT, which a shell makes its background jobs ignore.
stop() {
  kill -TERM "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

# Traffic is sent only from inside the lab's own network.
require_lab_net() {
  if [ "$(ip netns identify $$ 2>/dev/null)" != near ]; then
    echo "lab: not inside the lab network: start it as scripts/lab.sh $1" >&2
    exit 2
  fi
}
