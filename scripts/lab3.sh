#!/usr/bin/env bash
# Lab 3: what socket options and waiting cost. Run it by scripts/lab.sh, which makes the network it needs.
set -euo pipefail

# shellcheck source=scripts/lib/common.sh
. "$LIB/common.sh"
# shellcheck source=scripts/lib/report.sh
. "$LIB/report.sh"
require_lab_net 3

LAB_NAME="lab 3"
LAB_SECONDS_LEFT=$(quick 295 55)
RAW=$REPORT/lab3
WINDOWS=(4096 65536 262144 1048576 4194304)
ARM_SECONDS=$(quick 5 1)
IPERF_SECONDS=$(quick 5 1)
SWEEP=$(quick 10,30,100,300,1000,3000,9000 10,100,1000,4000)

# arm FILE PATTERN ARM COLUMN: a cell of what arms.awk prints.
arm() {
  awk -F '\t' -v pattern="$2" -v arm="$3" -v column="$4" '$2 == pattern && $4 == arm { print $column }' "$1"
}

# Draws the latencies of one pattern, an arm a line.
latency_plot() {
  local pattern=$1 arm curves=() number=0
  while read -r arm; do
    number=$((number + 1))
    awk -v pattern="$pattern" -v arm="$arm" -f "$LIB/histogram.awk" "$RAW/nodelay.csv" >"$RAW/histogram-$pattern-$number.csv"
    curves+=("'$RAW/histogram-$pattern-$number.csv' using 1:2 with histeps linetype $number title '$arm'")
  done < <(awk -F '\t' -v pattern="$pattern" '$2 == pattern { print $4 }' "$RAW/nodelay.tsv")
  {
    echo 'set logscale x; set xlabel "microseconds for one exchange (logarithmic)"; set ylabel "share of the samples, %"'
    local IFS=,
    echo "plot ${curves[*]}"
  } | plot "nodelay-$pattern" "Latency, $pattern: how often each time was seen"
}

# The ends of a peer stay on the CPUs on which optbench's do: the client on the first, the server on the last.
PIN_CLIENT=() PIN_SERVER=()
if have taskset; then
  PIN_CLIENT=(taskset -c 0) PIN_SERVER=(taskset -c "$(($(nproc) - 1))")
fi

# sockperf_row: the median of its own ping-pong, the ends on the same CPUs as ours; its least message is 14 bytes.
sockperf_row() {
  local server
  have sockperf || return 0
  "${PIN_SERVER[@]}" sockperf server --tcp -i 127.0.0.1 -p 5401 >"$RAW/sockperf-server.txt" 2>&1 &
  server=$!
  sleep 0.5
  "${PIN_CLIENT[@]}" sockperf ping-pong --tcp -i 127.0.0.1 -p 5401 -m 14 -t "$(quick 3 1)" --full-rtt >"$RAW/sockperf.txt" 2>&1 || true
  stop "$server"
  awk '
    match($0, /Total [0-9]+ observations/) { split(substr($0, RSTART, RLENGTH), total, " "); samples = total[2] }
    /percentile 50\.000/ { median = $NF }
    END { if (median != "") printf "ping-pong\tsockperf, 14 bytes, nodelay=on\t%.1f\tnot given\t%d\n", median, samples }' "$RAW/sockperf.txt"
}

nodelay() {
  "$BIN/optbench" nodelay --time "$ARM_SECONDS" --json --csv "$RAW/nodelay.csv" >"$RAW/nodelay.json"
  awk -f "$LIB/json.awk" "$RAW/nodelay.json" | awk -f "$LIB/arms.awk" >"$RAW/nodelay.tsv"
  heading "TCP_NODELAY, in the two patterns that matter"
  question "Does switching Nagle's algorithm off make a request and its answer faster?"
  repeat_with "optbench nodelay --csv nodelay.csv"
  {
    printf 'pattern\tsocket option\tmedian us\t95 %% interval\tsamples\n'
    awk -F '\t' '{ printf "!%s\t%s\t%.1f\t%.1f to %.1f\t%d\n", $2, $4, $7, $8, $9, $10 }' "$RAW/nodelay.tsv"
    sockperf_row
  } | table
  latency_plot ping-pong
  latency_plot write-write-read
  local off on slow quick_
  off=$(arm "$RAW/nodelay.tsv" ping-pong nodelay=off 7)
  on=$(arm "$RAW/nodelay.tsv" ping-pong nodelay=on 7)
  slow=$(arm "$RAW/nodelay.tsv" write-write-read nodelay=off 7)
  quick_=$(arm "$RAW/nodelay.tsv" write-write-read nodelay=on 7)
  meaning "In a strict ping-pong of one byte the option changes next to nothing: $(round "$off" 1) us without it, $(round "$on" 1) us with it. When \
the next byte is sent, nothing is unacknowledged, and Nagle's rule holds data back only while something is. Write two pieces and then wait \
for the answer, and the second piece waits for the acknowledgement of the first, which the peer delays in the hope of sending it with data: \
$(round "$(calc "$slow / 1000")" 1) ms against $(round "$quick_" 1) us, $(round "$(calc "$slow / $quick_")") times as long. The often-quoted 40 ms are Nagle \
meeting delayed ACK, not Nagle alone."
  try_next "\`optbench nodelay\` with a request written by one call instead of two, by writev or a buffer: the cure that needs no option."
}

# iperf3_rate SERVER WINDOW NAMESPACE-COMMAND...: MB/s received by iperf3 with that window.
iperf3_rate() {
  local server=$1 window=$2 name=$3 listener
  shift 3
  "$@" "${PIN_SERVER[@]}" iperf3 -s -1 -p 5201 >"$RAW/iperf3-server.txt" 2>&1 &
  listener=$!
  sleep 0.4
  "${PIN_CLIENT[@]}" iperf3 -c "$server" -p 5201 -w "$window" -C cubic -t "$IPERF_SECONDS" -J | tr -d '\n' >"$RAW/$name-$window.json" || true
  stop "$listener"
  calc "$(json "$RAW/$name-$window.json" end.sum_received.bits_per_second) / 8000000"
}

# iperf3_rates NAME SERVER NAMESPACE-COMMAND...: each window and iperf3's rate with it, into NAME-iperf3.tsv.
iperf3_rates() {
  local name=$1 server=$2 window
  shift 2
  : >"$RAW/$name-iperf3.tsv"
  have iperf3 || return 0
  for window in "${WINDOWS[@]}"; do
    printf '%s\t%s\n' "$window" "$(iperf3_rate "$server" "$window" "$name-iperf3" "$@")" >>"$RAW/$name-iperf3.tsv"
  done
}

# rcvbuf_rows NAME: our arms from NAME.tsv, beside iperf3's from NAME-iperf3.tsv.
rcvbuf_rows() {
  awk -F '\t' -v rtt="${2-}" '
    FILENAME == ARGV[1] { theirs[$1] = $2; next }
    {
      window = $4; sub(/^rcvbuf(-late)?=/, "", window)
      peer = ($4 ~ /^rcvbuf=/ && (window in theirs)) ? sprintf("%.2f", theirs[window]) : "-"
      printf "!%s\t%s\t%.2f\t%.2f to %.2f\t%s", $4, $6, $7, $8, $9, peer
      if (rtt) printf "\t%s", window == "auto" ? "-" : sprintf("%.2f", window / rtt / 1000)
      print ""
    }' "$RAW/$1-iperf3.tsv" "$RAW/$1.tsv"
}

rcvbuf() {
  "$BIN/optbench" rcvbuf --time "$ARM_SECONDS" --json >"$RAW/rcvbuf.json"
  awk -f "$LIB/json.awk" "$RAW/rcvbuf.json" | awk -f "$LIB/arms.awk" >"$RAW/rcvbuf.tsv"
  iperf3_rates rcvbuf 127.0.0.1
  heading "SO_RCVBUF on loopback"
  question "How much does the receive buffer decide how fast data flows?"
  repeat_with "optbench rcvbuf" "iperf3 -s & iperf3 -c 127.0.0.1 -w 4096 -C cubic"
  {
    printf 'receive buffer\teffective bytes\tMB/s\t95 %% interval\tiperf3 -w MB/s\n'
    rcvbuf_rows rcvbuf
  } | table
  local small large
  small=$(awk -F '\t' '$4 == "rcvbuf=4096" { print $7 }' "$RAW/rcvbuf.tsv")
  large=$(awk -F '\t' '$4 == "rcvbuf=4194304" { print $7 }' "$RAW/rcvbuf.tsv")
  meaning "A sender may have no more on its way than the receiver has room for. With 4 KB that is little even on loopback: $(round "$small") MB/s against \
$(round "$large") MB/s with 4 MB. Beyond the bandwidth-delay product a larger buffer gains nothing: a round trip here takes about 20 us, so \
a few hundred kilobytes keep the link full. Setting the option also switches the kernel's own tuning off; the row \`auto\` is what it does by itself."
  try_next "\`optbench rcvbuf\` with another program running: the intervals widen; trust those, not single numbers."
}

over_a_long_link() {
  local link server rtt
  "$BIN/optbench" link --namespace-a near --namespace-b far --delay 10 >"$RAW/link.txt" &
  link=$!
  await 10 "$BIN/rawping" -c 1 -W 1 -q 10.88.0.2
  "$BIN/rawping" -c 5 -i 0.2 --json 10.88.0.2 >"$RAW/link-rtt.json"
  rtt=$(json "$RAW/link-rtt.json" rtt_ms.avg)
  ip netns exec far "$BIN/optbench" server --open -p 5300 >"$RAW/server.txt" &
  server=$!
  sleep 0.5
  "$BIN/optbench" rcvbuf --server 10.88.0.2:5300 --blocks "$(quick 5 3)" --time "$(quick 10 2)" --json >"$RAW/link.json"
  stop "$server"
  awk -f "$LIB/json.awk" "$RAW/link.json" | awk -f "$LIB/arms.awk" >"$RAW/link.tsv"
  iperf3_rates link 10.88.0.2 ip netns exec far
  stop "$link"
  heading "The same over a long link"
  question "Why does the same buffer that is plenty on loopback throttle a connection across a country?"
  repeat_with "scripts/lab-net.sh    # then, inside:" "optbench link --namespace-a near --namespace-b far --delay 10 &" \
    "ip netns exec far optbench server --open -p 5300 &" "optbench rcvbuf --server 10.88.0.2:5300"
  {
    printf 'receive buffer\teffective bytes\tMB/s\t95 %% interval\tiperf3 -w MB/s\tbuffer / round trip, MB/s\n'
    rcvbuf_rows link "$rtt"
  } | table
  awk -F '\t' '$4 ~ /^rcvbuf=[0-9]/ { sub(/^rcvbuf=/, "", $4); print $4 "," $7 }' "$RAW/link.tsv" >"$RAW/link.csv"
  awk -F '\t' '{ print $1 "," $2 }' "$RAW/link-iperf3.tsv" >"$RAW/link-iperf3.csv"
  local drawn="x / $rtt / 1000 with lines linetype 3 title 'buffer / round trip', '$RAW/link.csv' using 1:2 with linespoints linetype 1 title 'optbench'"
  if [ -s "$RAW/link-iperf3.csv" ]; then
    drawn+=", '$RAW/link-iperf3.csv' using 1:2 with linespoints linetype 2 title 'iperf3'"
  fi
  {
    echo 'set logscale xy; set xrange [3000:6e6]; set xlabel "receive buffer, bytes (logarithmic)"; set ylabel "MB/s (logarithmic)"'
    echo "plot $drawn"
  } | plot long-link "Throughput over $(round "$rtt" 1) ms of round trip, by receive buffer"
  meaning "Ten milliseconds each way make a round trip of $(round "$rtt" 1) ms. What is on its way cannot exceed the receiver's window, so the rate \
cannot exceed window / round trip. The last column takes the size that was asked for; the kernel grants twice that and spends a part on \
bookkeeping, so a rate may lie above the column, but not above twice. To fill 1 Gbit/s at this distance takes 1 Gbit/s x $(round "$rtt" 1) ms = \
$(round "$(calc "$rtt * 125000 / 1048576")" 1) MB on its way, the bandwidth-delay product."
  try_next "\`optbench link ... --delay 40\`: the rates of the small buffers fall to a quarter, as the arithmetic says."
}

# twins: select, poll and epoll at 1,000 descriptors by a C program that makes the same calls, where it can be compiled.
twins() {
  local source=${LIB%/*}/bench/muxbench.c mechanism
  [ -f "$source" ] && have gcc && gcc -O2 -o "$RAW/twin" "$source" || return 0
  for mechanism in select poll epoll; do
    printf '%s\t%s\n' "$mechanism" "$("$RAW/twin" "$mechanism" call 1000 5)"
  done
}

multiplexing() {
  twins >"$RAW/twins.tsv"
  "$BIN/muxbench" --fds 1000 --json >"$RAW/thousand.json"
  "$BIN/muxbench" --sweep "$SWEEP" --mechanisms select,poll,epoll --json --csv "$RAW/sweep.csv" >"$RAW/sweep.json"
  heading "select, poll and epoll"
  question "What does it cost to ask which of n descriptors is ready, when one of them is?"
  repeat_with "muxbench --fds 1000" "muxbench --sweep $SWEEP --csv sweep.csv"
  awk -f "$LIB/json.awk" "$RAW/thousand.json" | awk -F '\t' '
    FILENAME != "-" { twin[$1] = sprintf("%.0f", $2); next }
    { v[$2] = $3 }
    END {
      print "mechanism\tdescriptors\thighest\tns for one call\t95 % interval\tthe same in C, ns"
      for (i = 0; ("points." i ".mechanism") in v; i++) {
        p = "points." i "."
        m = v[p "mechanism"]
        printf "!%s\t%s\t%s\t%.0f\t%.0f to %.0f\t%s\n", m, v[p "fds"], v[p "max_fd"], v[p "median_ns"], v[p "ci95_ns.0"], v[p "ci95_ns.1"], m in twin ? twin[m] : "not built"
      }
    }' "$RAW/twins.tsv" - | table
  paragraph "The fitted cost: a fixed part, and a part for each descriptor that is watched."
  awk -f "$LIB/json.awk" "$RAW/sweep.json" | awk -F '\t' '
    { v[$2] = $3 }
    END {
      print "mechanism\tfixed ns\tns per descriptor\torder"
      for (i = 0; ("fits." i ".mechanism") in v; i++) {
        p = "fits." i "."
        printf "!%s\t%.0f\t%.2f\t%s\n", v[p "mechanism"], v[p "fixed_ns"], v[p "per_fd_ns"], v[p "order"]
      }
    }' | tee "$RAW/fits.tsv" | table
  local mechanism curves=() number=0
  for mechanism in select poll epoll; do
    number=$((number + 1))
    grep "^$mechanism," "$RAW/sweep.csv" >"$RAW/sweep-$mechanism.csv"
    curves+=("'$RAW/sweep-$mechanism.csv' using 2:5:6:7 with yerrorlines linetype $number title '$mechanism'")
  done
  {
    echo 'set logscale xy; set xlabel "descriptors watched"; set ylabel "nanoseconds for one call"'
    local IFS=,
    echo "plot ${curves[*]}"
  } | plot multiplexing "Time for one call with one descriptor ready, by how many are watched (both axes logarithmic)"
  local select epoll
  select=$(awk -F, '$2 == 1000 && $1 == "select" { print $5 }' "$RAW/sweep.csv")
  epoll=$(awk -F, '$2 == 1000 && $1 == "epoll" { print $5 }' "$RAW/sweep.csv")
  meaning "select and poll hand the kernel the whole list at every call and the kernel asks each descriptor: O(n), $(awk -F '\t' '$1 == "!select" { print $3 }' "$RAW/fits.tsv") ns \
for each with select, $(awk -F '\t' '$1 == "!poll" { print $3 }' "$RAW/fits.tsv") with poll. epoll is told once; a descriptor that becomes ready puts itself on a list, and the \
call returns that list: O(ready). At 1,000 descriptors a call takes $(round "$select") ns with select and $(round "$epoll") ns with epoll, \
$(round "$(calc "$select / $epoll")") times less. Portable select ends at descriptor 1023 (FD_SETSIZE); here the kernel is asked directly, with a larger bitmap."
  try_next "\`muxbench --fds 1000 --ready 1000\`: when all are ready, epoll has no list to save, and poll catches up."
}

# A first look at each, as optbench prints it. The checklist looks for its file.
more_options() {
  "$BIN/optbench" reuseaddr keepalive sndbuf cork tos timestamp --quick >"$RAW/options.txt"
  heading "Six more options"
  question "What do SO_REUSEADDR, SO_KEEPALIVE, SO_SNDBUF, TCP_CORK, IP_TOS and SO_TIMESTAMP change?"
  repeat_with "optbench reuseaddr keepalive sndbuf cork tos timestamp --quick"
  output_of <"$RAW/options.txt"
  try_next "\`optbench list\`: what every experiment shows; without \`--quick\` the intervals are narrower."
}

begin_section lab3 "Lab 3: what options and waiting cost"
step "$(quick 40 12)" "TCP_NODELAY in two patterns" nodelay
step "$(quick 60 13)" "SO_RCVBUF on loopback, beside iperf3" rcvbuf
step "$(quick 110 22)" "SO_RCVBUF over 20 ms of round trip" over_a_long_link
step "$(quick 25 8)" "select, poll and epoll" multiplexing
[ -n "${QUICK-}" ] || step 60 "Six more options" more_options
end_section
