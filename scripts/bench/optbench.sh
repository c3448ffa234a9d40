#!/usr/bin/env bash
# optbench.sh [ROUNDS [SECONDS]]: throughput beside iperf3, ping-pong beside sockperf, the two facts every stock kernel should
# show, windows against links, and the link itself, beside netem where the kernel has that. Ours and the peer take turns, the one
# that goes first changing from round to round; a ratio is the median of the rounds' own ratios.
# SECONDS bounds an arm; without it the parts that have no peer take optbench's own default.
set -euo pipefail
cd "$(dirname "$0")/../.."
tool=${NETTOOLS_BIN:-artifacts/linux-x64}/optbench
rounds=${1:-5}
seconds=${2:-2}
alone=(${2:+--time "$2"})
code=0
port=5471
cpus=$(nproc)
far=$((cpus - 1))

work=$(mktemp -d)
pids=()
# shellcheck disable=SC2317 # the trap calls it
cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for name in "${near-}" "${distant-}"; do [[ -z $name ]] || ip netns del "$name" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT

have() { command -v "$1" >/dev/null || { echo "optbench.sh: no $1: scripts/setup.sh installs it"; return 1; }; }
median() { sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
quartiles() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 3) / 4)] " to " v[int((3 * NR + 1) / 4)] }'; }
divide() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f\n", a / b }'; }

# in_turn: ours and theirs, the order changing with $round.
in_turn() {
  if ((round % 2 == 0)); then
    ours
    theirs
  else
    theirs
    ours
  fi
}

# arm FILE PATTERN ARM: its median.
arm() {
  jq -r --arg p "$2" --arg a "$3" '.experiments[] | select(.pattern == $p) | .arms[] | select(.name == $a) | .median' "$1"
}

have jq || exit 2

if have iperf3; then
  taskset -c "$far" iperf3 -s -p "$port" >"$work/iperf3-server.txt" 2>&1 &
  pids+=("$!")
  sleep 0.5
  # Each writes its MB/s of this round: with a window of 256 KB, and with the kernel's.
  ours() {
    "$tool" rcvbuf --time "$seconds" --json >"$work/rcvbuf.json"
    arm "$work/rcvbuf.json" bulk rcvbuf=262144 >"$work/ours-256K"
    arm "$work/rcvbuf.json" bulk rcvbuf=auto >"$work/ours-auto"
  }
  # The server sends, as optbench's does.
  iperf3_rate() {
    taskset -c 0 iperf3 -c 127.0.0.1 -p "$port" -R -t "$seconds" -O 0.4 -C cubic -J "$@" | \
      jq '.end.sum_received.bits_per_second / 8e6'
  }
  theirs() {
    iperf3_rate -w 256K >"$work/theirs-256K"
    iperf3_rate >"$work/theirs-auto"
  }
  for ((round = 0; round < 3 * rounds; round++)); do
    in_turn
    divide "$(<"$work/ours-256K")" "$(<"$work/theirs-256K")" >>"$work/256K"
    divide "$(<"$work/ours-auto")" "$(<"$work/theirs-auto")" >>"$work/auto"
  done
  echo "throughput / iperf3's, SO_RCVBUF 256 KB: $(median <"$work/256K")  (wanted: at least 1)"
  echo "throughput / iperf3's, autotuned:        $(median <"$work/auto")  (wanted: at least 1)"
fi

# awake: keeps the CPUs of both ends from going idle, by loops that give way to anything else; for waking one takes longer than an
# exchange, and not always as long.
awake() {
  local cpu
  for cpu in 0 "$far"; do
    taskset -c "$cpu" chrt -i 0 bash -c 'while :; do :; done' &
    spinning+=("$!")
    pids+=("$!")
  done
}

if have sockperf && have chrt; then
  taskset -c "$far" sockperf server --tcp -i 127.0.0.1 -p $((port + 1)) >"$work/sockperf-server.txt" 2>&1 &
  pids+=("$!")
  congestion=$(</proc/sys/net/ipv4/tcp_congestion_control) # sockperf cannot choose
  spinning=()
  awake
  sleep 0.5
  # Each writes its median of this round, microseconds.
  ours() {
    "$tool" nodelay --size 14 --let-idle --congestion "$congestion" --time 1 --json >"$work/nodelay.json"
    arm "$work/nodelay.json" ping-pong nodelay=on >"$work/ours"
  }
  theirs() {
    taskset -c 0 sockperf ping-pong --tcp -i 127.0.0.1 -p $((port + 1)) -m 14 -t 1 --full-rtt >"$work/sockperf.txt" 2>&1
    sed -nE 's/.*percentile 50\.000 = +([0-9.]+).*/\1/p' "$work/sockperf.txt" >"$work/theirs"
  }
  for ((round = 0; round < 6 * rounds; round++)); do # short and many: from second to second both change by a tenth
    in_turn
    divide "$(<"$work/ours")" "$(<"$work/theirs")" >>"$work/pingpong"
  done
  kill "${spinning[@]}"
  echo "ping-pong median / sockperf's:           $(median <"$work/pingpong"), quartiles $(quartiles <"$work/pingpong")  (wanted: \
at most 1; 14 bytes each, sockperf's least)"
fi

"$tool" nodelay "${alone[@]}" --json >"$work/nodelay.json"
jq -r '.experiments[] | select(.pattern == "ping-pong") | .differences[0]
  | "ping-pong, nodelay on - off:             \(.median) us, 95 % \(.ci95[0]) to \(.ci95[1]): \(.verdict)"' "$work/nodelay.json"
echo "write-write-read, off / on:              $(divide "$(arm "$work/nodelay.json" write-write-read nodelay=off)" \
  "$(arm "$work/nodelay.json" write-write-read nodelay=on)")  (wanted: at least 500)"

# Two hundred comparisons of an arm with itself: with verdicts at 95 % chance alone would call 10 of them an effect, and 17 or
# more in one run of a hundred.
effects=0
compared=0
for ((seed = 1; compared < 200; seed++)); do
  read -r found of < <("$tool" busypoll --aa --time 1 --seed "$seed" --json |
    jq -r '[.experiments[].differences[].verdict] | "\(map(select(. == "effect")) | length) \(length)"')
  effects=$((effects + found))
  compared=$((compared + of))
  ((of > 0)) || break # not allowed here
done
echo "A/A: $effects of $compared comparisons say \"effect\"  (wanted: 16 or fewer of 200)"
((effects < 17)) || code=1

if ((EUID == 0)); then
  "$tool" bdp "${alone[@]}" --json >"$work/bdp.json"
  jq -r '.experiments[] | .pattern as $p | .facts[] | "bdp, \($p), \(.arm): measured / expected  \(.ratio)"' "$work/bdp.json"
fi

# over TITLE ADDRESS RATE: a ping's median from $near and what iperf3 gets to $distant, each way 10 ms.
over() {
  local title=$1 address=$2 rate=$3 round_trip
  round_trip=$(ip netns exec "$near" ping -c 50 -i 0.02 "$address" | sed -nE 's/.*time=([0-9.]+) ms.*/\1/p' | median)
  ip netns exec "$distant" iperf3 -s -1 -p "$port" >"$work/iperf3-far.txt" 2>&1 &
  pids+=("$!")
  sleep 0.5
  ip netns exec "$near" iperf3 -c "$address" -p "$port" -C cubic -t 8 -O 3 -J >"$work/far.json"
  printf '%-40s ping %.2f ms at the median, TCP %.0f Mbit/s, %d segments sent again\n' "$title, 10 ms each way, $rate Mbit/s:" \
    "$round_trip" "$(jq '.end.sum_received.bits_per_second / 1e6' "$work/far.json")" \
      "$(jq .end.sum_sent.retransmits "$work/far.json")"
}

if ((EUID == 0)) && have iperf3 && have ping; then
  near=optbench-near-$$ distant=optbench-far-$$
  ip netns add "$near"
  ip netns add "$distant"
  "$tool" link --namespace-a "$near" --namespace-b "$distant" --delay 10 --rate 1000 --json >"$work/link.json" &
  link=$!
  pids+=("$link")
  until grep -q '"up"' "$work/link.json"; do sleep 0.1; done
  over "link" 10.88.0.2 1000
  kill -TERM "$link"
  wait "$link"
  jq -r 'select(.event == "summary") |
    "  of \(.a_to_b.packets + .b_to_a.packets) packets it dropped \(.a_to_b.dropped + .b_to_a.dropped + .refused)"' \
    "$work/link.json"
  echo "  (wanted: 20.0 to 20.3 ms, 1 Gbit/s less the headers' 4 %, none dropped)"
  ip link add obn0 netns "$near" type veth peer name obf0 netns "$distant"
  for end in "$near obn0 10.87.0.1" "$distant obf0 10.87.0.2"; do
    read -r name interface address <<<"$end"
    ip -n "$name" address add "$address/24" dev "$interface"
    ip -n "$name" link set "$interface" up
    netem=true
    tc -n "$name" qdisc add dev "$interface" root netem delay 10ms rate 1000mbit limit 20000 2>"$work/netem.txt" || netem=false
  done
  if $netem; then
    over "netem" 10.87.0.2 1000
  else
    echo "netem: not in this kernel, so nothing to compare the link with ($(head -1 "$work/netem.txt"))"
  fi
fi

exit "$code"
