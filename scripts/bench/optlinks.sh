#!/usr/bin/env bash
# optlinks.sh [SECONDS [ROUNDS [CELLS]]]: optbench beside iperf3 over links that optbench makes, as root: throughput with windows
# of 256 KB and 1 MB and the kernel's, at 0, 2 and 20 ms of round trip, unlimited and at 100 Mbit/s; the same with 1 % loss; UDP
# at 10 Mbit/s through bursts of loss. Ours and the peer take turns; SECONDS bounds an arm (default 10), CELLS is a
# pattern of the titles to run.
set -euo pipefail
cd "$(dirname "$0")/../.."
tool=${NETTOOLS_BIN:-artifacts/linux-x64}/optbench
seconds=${1:-10}
rounds=${2:-2}
cells=${3-}
port=5473

((EUID == 0)) || { echo "optlinks.sh: links need root"; exit 2; }
for peer in iperf3 jq; do
  command -v "$peer" >/dev/null || { echo "optlinks.sh: no $peer: scripts/setup.sh installs it"; exit 2; }
done

work=$(mktemp -d)
near=optlinks-near-$$ far=optlinks-far-$$
pids=()
down() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait "${pids[@]}" 2>/dev/null || true
  pids=()
  for name in "$near" "$far"; do ip netns del "$name" 2>/dev/null || true; done
}
trap 'down; rm -rf "$work"' EXIT

# up OPTION...: a link with these, an optbench server and an iperf3 server behind it.
up() {
  ip netns add "$near"
  ip netns add "$far"
  ip -n "$near" link set lo up
  "$tool" link --namespace-a "$near" --namespace-b "$far" "$@" --json >"$work/link.json" &
  pids+=("$!")
  until grep -q '"up"' "$work/link.json"; do sleep 0.1; done
  ip netns exec "$far" "$tool" server --open -p "$port" >"$work/server.txt" &
  pids+=("$!")
  ip netns exec "$far" iperf3 -s -p $((port + 1)) >"$work/iperf3.txt" &
  pids+=("$!")
  sleep 0.5
}

theirs() { # theirs WINDOW: MB/s from the far end
  local window=()
  [[ $1 == auto ]] || window=(-w "$1")
  ip netns exec "$near" iperf3 -c 10.88.0.2 -p $((port + 1)) -R "${window[@]}" -C cubic -t 5 -O 1 -J |
    jq '.end.sum_received.bits_per_second / 8e6'
}

ours() {
  ip netns exec "$near" "$tool" rcvbuf --server "10.88.0.2:$port" --time "$seconds" --json >"$work/ours.json"
  jq -r '.experiments[0].arms[] | [.name, .median,
    (.ci95 // .range | "\(.[0]) to \(.[1])"),
    (if .steady then .blocks | length | "\(.) blocks" else "not steady" end)] | @tsv' "$work/ours.json"
}

# cell TITLE OPTION...: both, in turns.
cell() {
  local title=$1 round window
  shift
  [[ $title =~ $cells ]] || return 0
  up "$@"
  rm -f "$work"/theirs.*
  for ((round = 0; round < rounds; round++)); do
    for window in 256K 1M auto; do theirs "$window" >>"$work/theirs.$window"; done
    ours >"$work/ours.$round"
    for window in 256K 1M auto; do theirs "$window" >>"$work/theirs.$window"; done
  done
  for window in 256K:262144 1M:1048576 auto:auto; do
    printf '%s, %s: iperf3 %s MB/s\n' "$title" "${window%:*}" \
      "$(sort -g "$work/theirs.${window%:*}" | awk 'NR == 1 { least = $1 } END { printf "%.1f to %.1f", least, $1 }')"
    awk -F'\t' -v arm="rcvbuf=${window#*:}" '$1 == arm { printf "  optbench %.1f MB/s (%s, %s)\n", $2, $3, $4 }' "$work"/ours.*
  done
  down
}

for delay in 0 1 10; do
  cell "$((2 * delay)) ms, unlimited" --delay "$delay"
  cell "$((2 * delay)) ms, 100 Mbit/s" --delay "$delay" --rate 100
done
cell "20 ms, 100 Mbit/s, 1 % loss" --delay 10 --rate 100 --loss 1
echo "  (wanted: within 10 % of iperf3 where steady; with loss the ranges overlap)"

[[ "udp, bursts of loss" =~ $cells ]] || exit 0
up --delay 5 --rate 100 --burst-loss 1,25
ip netns exec "$near" "$tool" udp --server "10.88.0.2:$port" --time "$seconds" --json |
  jq -r '.experiments[0].facts[] | select(.arm == "rate=10")
    | "udp, 10 Mbit/s, 1/26 lost in bursts: optbench \(.lost_percent) % of \(.sent) lost, jitter \(.jitter_us) us"'
ip netns exec "$near" iperf3 -c 10.88.0.2 -p $((port + 1)) -u -b 10M -l 1400 -t "$seconds" -J |
  jq -r '.end.sum | "  iperf3 \(.lost_percent * 100 | round / 100) % of \(.packets) lost, jitter \(.jitter_ms * 1000 | round) us"'
echo "  (wanted: both near 3.85 %)"
