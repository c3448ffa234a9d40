#!/usr/bin/env bash
# pktsniff.sh [ROUNDS [FRAMES [RATE]]]: CPU seconds per million 60-byte frames of pktsniff and of tcpdump capturing the same
# number of frames on a veth pair: to /dev/null, with one ring and with two, to a file in memory, as text; and of pktsniff --json
# and tshark -T ek reading a file; what sending takes beside trafgen and tcpreplay; and the time to the first frame. The two take
# turns, the one that goes first changing from round to round; a ratio is the median of the rounds' own. Memory is the most that a
# round took.
set -euo pipefail
cd "$(dirname "$0")/../.."
PATH=$PATH:/usr/sbin:/sbin
rounds=${1:-3}
frames=${2:-600000}
rate=${3:-400000}
bin=$(realpath "${NETTOOLS_BIN:-artifacts/linux-x64}")

near=nettools-bench-near-$$
far=nettools-bench-far-$$
work=$(mktemp -d /dev/shm/nettools-bench.XXXXXX)
cleanup() {
  ip netns delete "$near" 2>/dev/null || true
  ip netns delete "$far" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

gcc -O2 -Wall -o "$work/blast" scripts/bench/blast.c
gcc -O2 -Wall -o "$work/cost" scripts/bench/cost.c
ip netns add "$near"
ip netns add "$far"
ip -n "$near" link add bench0 type veth peer name bench1 netns "$far"
for name in "$near" "$far"; do
  # No address of its own: nothing but the frames sent here is on the wire.
  ip netns exec "$name" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
    echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6'
done
ip -n "$near" link set bench0 up
ip -n "$far" link set bench1 up

# live NAME STDOUT COMMAND...: captures the frames; prints CPU seconds per million, frames dropped, MiB of memory.
live() {
  local name=$1 stdout=$2 pid dropped
  shift 2
  ip netns exec "$far" "$work/cost" "$work/$name.cost" "$@" >"$stdout" 2>"$work/$name.err" &
  pid=$!
  for _ in {1..200}; do
    ! grep -qs listening "$work/$name.err" || break
    sleep 0.05
  done
  sleep 0.2
  ip netns exec "$near" "$work/blast" bench0 "$frames" "$rate"
  sleep 1.3 # tcpdump leaves behind what has waited less than its second in the ring
  kill -TERM "$pid" # a background process of a script ignores SIGINT
  wait "$pid" || true
  dropped=$(sed -n 's/ \(packets\|frames\) dropped by kernel//p' "$work/$name.err")
  awk -v n="$frames" -v dropped="$dropped" '{ printf "%.4f %d %.1f\n", $1 * 1e6 / (n - dropped), dropped, $2 / 1024 }' \
    "$work/$name.cost"
}

# offline NAME STDOUT COMMAND...: the same for a command that reads the file of frames.
offline() {
  local name=$1 stdout=$2
  shift 2
  "$work/cost" "$work/$name.cost" "$@" >"$stdout" 2>/dev/null
  awk -v n="$offline_frames" '{ printf "%.4f 0 %.1f\n", $1 * 1e6 / n, $2 / 1024 }' "$work/$name.cost"
}

# sending NAME STDOUT COMMAND...: seconds per million frames of a command that sends them.
sending() {
  local stdout=$2 start=$EPOCHREALTIME
  shift 2
  ip netns exec "$near" "$@" >"$stdout" 2>&1
  awk -v n="$frames" -v start="$start" -v end="$EPOCHREALTIME" 'BEGIN { printf "%.4f 0 0\n", (end - start) * 1e6 / n }'
}

# versus TITLE KIND OUR-STDOUT OURS PEER-STDOUT PEER: rounds of both, then one line of medians.
versus() {
  local title=$1 kind=$2 round
  local -a ours peer
  IFS=' ' read -ra ours <<<"$4"
  IFS=' ' read -ra peer <<<"$6"
  : >"$work/rounds"
  for ((round = 0; round < rounds; round++)); do
    if ((round % 2 == 0)); then
      "$kind" ours "$3" "${ours[@]}" >"$work/a"
      "$kind" peer "$5" "${peer[@]}" >"$work/b"
    else
      "$kind" peer "$5" "${peer[@]}" >"$work/b"
      "$kind" ours "$3" "${ours[@]}" >"$work/a"
    fi
    paste -d ' ' "$work/a" "$work/b" >>"$work/rounds"
  done
  awk -v title="$title" -v peer="${peer[0]##*/}" '
    { a[NR] = $1; b[NR] = $4; r[NR] = $1 / $4; drops += $2; peer_drops += $5
      if ($3 > memory) memory = $3
      if ($6 > peer_memory) peer_memory = $6 }
    function median(x,   i, j, t) {
      for (i = 1; i <= NR; i++) for (j = i + 1; j <= NR; j++) if (x[j] < x[i]) { t = x[i]; x[i] = x[j]; x[j] = t }
      return NR % 2 ? x[(NR + 1) / 2] : (x[NR / 2] + x[NR / 2 + 1]) / 2
    }
    END {
      printf "%-22s %9.3f %9.3f %-8s %7.2f %9d %9d %7.1f %7.1f\n", title, median(a), median(b), peer, median(r),
        drops, peer_drops, memory, peer_memory
    }' "$work/rounds"
  rm -f "$work/a.txt" "$work/b.txt" "$work/b.pcap"
}

printf '%-22s %9s %9s %-8s %7s %9s %9s %7s %7s\n' 'CPU s per million' pktsniff peer '' ratio dropped 'by peer' MiB 'by peer'
versus 'to /dev/null' live /dev/null "$bin/pktsniff -i bench1 -w /dev/null" /dev/null 'tcpdump -i bench1 -w /dev/null'
versus 'the same, two rings' live /dev/null "$bin/pktsniff -i bench1 -B 2048 --readers 2 -w /dev/null" /dev/null \
  'tcpdump -i bench1 -w /dev/null'
versus 'to a file' live /dev/null "$bin/pktsniff -i bench1 -w $work/a.pcap" /dev/null "tcpdump -Z root -i bench1 -w $work/b.pcap"
versus 'text to a file' live "$work/a.txt" "$bin/pktsniff -i bench1" "$work/b.txt" 'tcpdump -n -i bench1'
offline_frames=$frames
versus 'a file as text' offline /dev/null "$bin/pktsniff -r $work/a.pcap" /dev/null "tcpdump -n -r $work/a.pcap"
"$bin/pktsniff" -r "$work/a.pcap" -c 1 -w "$work/one.pcap"
if command -v trafgen >/dev/null; then
  # trafgen's own language: the same frame as numbers.
  { printf '{'; od -An -v -tu1 -j40 "$work/one.pcap" | tr -s ' \n' ',,' | sed 's/^,//; s/,$//'; printf '}\n'; } >"$work/one.cfg"
  versus 'inject, s, one frame' sending /dev/null "$bin/pktsniff inject -i bench0 $work/one.pcap --topspeed --loop $frames" \
    /dev/null "trafgen -o bench0 -c $work/one.cfg -n $frames -P 1 -q"
fi
if command -v tcpreplay >/dev/null; then
  # Both keep the file in memory; a thousand frames make the end of a round of it cheap for both.
  "$bin/pktsniff" -r "$work/a.pcap" -c 1000 -w "$work/thousand.pcap"
  versus 'inject, s, a file' sending /dev/null "$bin/pktsniff inject -i bench0 $work/thousand.pcap --topspeed \
--loop $((frames / 1000))" \
    /dev/null "tcpreplay -q --topspeed --preload-pcap -i bench0 --loop $((frames / 1000)) $work/thousand.pcap"
fi
if command -v tshark >/dev/null; then
  offline_frames=$((frames / 20)) # tshark is slow
  "$bin/pktsniff" -r "$work/a.pcap" -c "$offline_frames" -w "$work/short.pcap"
  versus 'a file as JSON' offline /dev/null "$bin/pktsniff -r $work/short.pcap --json" /dev/null \
    "tshark -n -T ek -r $work/short.pcap"
fi
echo 'wanted: at most 0.75 to /dev/null, 1.00 to a file, 0.33 as text while capturing, 0.17 a file as text (6 times as fast),'
echo '        0.20 as JSON, 1.00 injecting;'
echo '        nothing dropped where the peer drops nothing;'
echo '        memory while capturing at most 13.5 MiB, which is the rings (4 MiB) and 10 MB'

gcc -O2 -Wall -o "$work/spawn" scripts/bench/spawn.c
printf '\nthe first frame of a file, from spawn to exit\n'
"$work/spawn" "$((rounds * 50))" "$(command -v tcpdump) -n -c 1 -r $work/one.pcap" "$bin/pktsniff -c 1 -r $work/one.pcap"
echo 'wanted: at most 1.30'
printf '\n%s bytes\n' "$(stat -c %s "$bin/pktsniff")"
echo 'wanted: at most 6000000'
