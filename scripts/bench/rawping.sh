#!/usr/bin/env bash
# rawping.sh [ROUNDS [COUNT]]: rawping beside ping (flood, round-trip times) and fping (sweep of a /16) over a veth pair.
# The arms take turns; each figure is a median over the rounds, each ratio the median of the rounds' own ratios.
set -euo pipefail
cd "$(dirname "$0")/../.."
PATH=$PATH:/usr/sbin:/sbin
rawping=$PWD/${NETTOOLS_BIN:-artifacts/linux-x64}/rawping
[[ ${NETTOOLS_BIN:-} != /* ]] || rawping=$NETTOOLS_BIN/rawping
rounds=${1:-5}
count=${2:-100000}
near=rpbench-near-$$
far=rpbench-far-$$

work=$(mktemp -d)
cleanup() {
  ip netns delete "$near" 2>/dev/null || true
  ip netns delete "$far" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

ip netns add "$near"
ip netns add "$far"
ip link add near0 netns "$near" type veth peer name far0 netns "$far"
ip -n "$near" address add 10.0.0.1/32 dev near0
ip -n "$far" address add 10.255.0.2/32 dev far0
ip -n "$near" link set near0 up
ip -n "$near" link set lo up
ip -n "$far" link set far0 up
ip -n "$far" link set lo up
ip -n "$near" route add 10.255.0.2 dev near0
ip -n "$far" route add 10.0.0.1 dev far0
# All of 10.1.0.0/16 answers: the far end takes it for its own.
ip -n "$near" route add 10.1.0.0/16 via 10.255.0.2
ip -n "$far" route add local 10.1.0.0/16 dev lo

# timed NAME COMMAND...: appends "elapsed cpu KiB" to the arm's file. time(1) knows hundredths of a second, the shell thousandths.
timed() {
  local name=$1
  shift
  # shellcheck disable=SC2016 # the inner shell's own
  ip netns exec "$near" bash -c 'TIMEFORMAT="%3R %3U %3S"; exec 3>"$1"; shift; { time "$@" >/dev/null 2>&1 || true; } 2>&3' \
    timed "$work/times" /usr/bin/env time -f '%M' -o "$work/memory" "$@"
  paste -d ' ' "$work/times" <(tail -n 1 "$work/memory") | awk 'NF == 4 { print $1, $2 + $3, $4 }' >>"$work/$name"
}

median() { sort -g | awk '{ v[NR] = $1 } END { print (NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2) }'; }
column() { awk -v c="$2" '{ print $c }' "$work/$1" | median; }
ratio() { paste -d ' ' "$work/$1" "$work/$2" | awk -v c="$3" '$(c + 3) > 0 { print $c / $(c + 3) }' | median; }

# rows TITLE OURS PEER PACKETS
rows() {
  printf '\n%-34s %12s %12s %8s\n' "$1" rawping "${3%%-*}" ratio
  printf '%-34s %12.0f %12.0f %8.2f\n' 'packets per second' \
    "$(column "$2" 1 | awk -v n="$4" '{ print n / $1 }')" "$(column "$3" 1 | awk -v n="$4" '{ print n / $1 }')" \
      "$(ratio "$3" "$2" 1)"
  printf '%-34s %12.2f %12.2f %8.2f\n' 'CPU microseconds per packet' \
    "$(column "$2" 2 | awk -v n="$4" '{ print $1 * 1e6 / n }')" "$(column "$3" 2 | awk -v n="$4" '{ print $1 * 1e6 / n }')" \
      "$(ratio "$2" "$3" 2)"
  printf '%-34s %12.0f %12.0f %8.2f\n' 'memory KiB' "$(column "$2" 3)" "$(column "$3" 3)" "$(ratio "$2" "$3" 3)"
}

have_fping=$(command -v fping || true)
for ((round = 0; round < rounds; round++)); do
  timed ours-flood "$rawping" -f -q -c "$count" 10.255.0.2
  timed ping-flood ping -f -q -c "$count" 10.255.0.2
  if [[ -n $have_fping ]]; then
    timed ours-sweep "$rawping" -q --interval-global 0 -W 0.5 -g 10.1.0.0/16
    timed fping-sweep fping -q -i 0 -r 0 -t 500 -g 10.1.0.0/16
  fi

  ip netns exec "$near" "$rawping" -q -c 100 -i 0.01 --json 10.255.0.2 >"$work/rtt.json"
  # p50 of user space, then of the kernel
  grep -o '"p50":[0-9.]*' "$work/rtt.json" | cut -d: -f2 | paste -d ' ' - - >>"$work/ours-rtt"
  ip netns exec "$near" "$rawping" -q -c 1000 -i 0.01 --json 10.255.0.2 | \
    sed -n 's/.*"send_lateness_ms":{"last":\([0-9.]*\).*/\1/p' >>"$work/lateness"
  ip netns exec "$near" ping -n -c 100 -i 0.01 10.255.0.2 | sed -n 's/.*time=\([0-9.]*\) ms/\1/p' | median >>"$work/ping-rtt"
done

rows "flood of $count" ours-flood ping-flood "$count"
if [[ -n $have_fping ]]; then
  rows 'sweep of 10.1.0.0/16' ours-sweep fping-sweep 65534
else
  echo "fping is missing: no sweep"
fi

printf '\n%-34s %12s\n' 'median round trip, 100 at 10 ms' ms
printf '%-34s %12.4f\n' 'rawping, as ping defines it' "$(column ours-rtt 1)" 'ping' "$(column ping-rtt 1)" \
  "rawping, kernel's own two stamps" "$(column ours-rtt 2)"

printf '%-34s %12.4f   (wanted: under 1)\n' 'lateness of the 1000th at 10 ms' "$(column lateness 1)"
