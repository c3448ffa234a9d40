#!/usr/bin/env bash
# optbench.sh [ROUNDS]: throughput beside iperf3, ping-pong beside sockperf, and the two facts every stock kernel should show.
# The arms take turns; a ratio is the median of the rounds' own ratios.
set -euo pipefail
cd "$(dirname "$0")/../.."
tool=${NETTOOLS_BIN:-artifacts/linux-x64}/optbench
rounds=${1:-5}
port=5471
cpus=$(nproc)
far=$((cpus - 1))

work=$(mktemp -d)
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT

have() { command -v "$1" >/dev/null || { echo "optbench.sh: no $1: scripts/setup.sh installs it"; return 1; }; }
median() { sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
divide() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f\n", a / b }'; }

# arm FILE PATTERN ARM: its median.
arm() {
  jq -r --arg p "$2" --arg a "$3" '.experiments[] | select(.pattern == $p) | .arms[] | select(.name == $a) | .median' "$1"
}

have jq || exit 2

if have iperf3; then
  taskset -c "$far" iperf3 -s -p "$port" >"$work/iperf3-server.txt" 2>&1 &
  pids+=("$!")
  sleep 0.5
  # iperf3_rate WINDOW-WORDS...: MB/s received, the server sending as optbench's does.
  iperf3_rate() {
    taskset -c 0 iperf3 -c 127.0.0.1 -p "$port" -R -t 2 -O 0.4 -C cubic -J "$@" | jq '.end.sum_received.bits_per_second / 8e6'
  }
  : >"$work/256K"
  : >"$work/auto"
  for ((round = 1; round <= rounds; round++)); do
    "$tool" rcvbuf --time 2 --blocks 5 --json >"$work/rcvbuf.json"
    divide "$(arm "$work/rcvbuf.json" bulk rcvbuf=262144)" "$(iperf3_rate -w 256K)" >>"$work/256K"
    divide "$(arm "$work/rcvbuf.json" bulk rcvbuf=auto)" "$(iperf3_rate)" >>"$work/auto"
  done
  echo "throughput / iperf3's, SO_RCVBUF 256 KB: $(median <"$work/256K")  (wanted: at least 1)"
  echo "throughput / iperf3's, autotuned:        $(median <"$work/auto")  (wanted: at least 1)"
fi

if have sockperf; then
  taskset -c "$far" sockperf server --tcp -i 127.0.0.1 -p $((port + 1)) >"$work/sockperf-server.txt" 2>&1 &
  pids+=("$!")
  sleep 0.5
  : >"$work/pingpong"
  for ((round = 1; round <= rounds; round++)); do
    taskset -c 0 sockperf ping-pong --tcp -i 127.0.0.1 -p $((port + 1)) -m 14 -t 2 --full-rtt >"$work/sockperf.txt" 2>&1
    theirs=$(sed -nE 's/.*percentile 50\.000 = +([0-9.]+).*/\1/p' "$work/sockperf.txt")
    "$tool" nodelay --time 1 --blocks 5 --json >"$work/nodelay.json"
    divide "$(arm "$work/nodelay.json" ping-pong nodelay=on)" "$theirs" >>"$work/pingpong"
  done
  echo "ping-pong median / sockperf's:           $(median <"$work/pingpong")  (wanted: at most 1; 1 byte against its least, 14)"
fi

"$tool" nodelay --json >"$work/nodelay.json"
jq -r '.experiments[] | select(.pattern == "ping-pong") | .differences[0]
  | "ping-pong, nodelay on - off:             \(.median) us, 95 % \(.ci95[0]) to \(.ci95[1]): \(.verdict)"' "$work/nodelay.json"
echo "write-write-read, off / on:              $(divide "$(arm "$work/nodelay.json" write-write-read nodelay=off)" \
  "$(arm "$work/nodelay.json" write-write-read nodelay=on)")  (wanted: at least 500)"

if ((EUID == 0)); then
  "$tool" bdp --json >"$work/bdp.json"
  jq -r '.experiments[] | .pattern as $p | .facts[] | "bdp, \($p), \(.arm): measured / expected  \(.ratio)"' "$work/bdp.json"
fi
