#!/usr/bin/env bash
# Lab 3: what socket options and waiting cost. Run it by scripts/lab.sh, which makes the network it needs.
set -euo pipefail

# shellcheck source=scripts/lib/common.sh
. "$LIB/common.sh"
# shellcheck source=scripts/lib/report.sh
. "$LIB/report.sh"
# shellcheck source=scripts/lib/optbench.sh
. "$LIB/optbench.sh"
require_lab_net 3

LAB_NAME="lab 3"
LAB_SECONDS_LEFT=$(quick 330 85)
RAW=$REPORT/lab3
WINDOWS=(4096 65536 262144 1048576 4194304)
ARM_SECONDS=$(quick 5 1)
IPERF_SECONDS=$(quick 5 1)
SWEEP=$(quick 10,30,100,300,1000,3000,9000 10,100,1000,4000)

# samples PATTERN ARM: every latency of an arm, the shortest first.
samples() {
  awk -F, -v pattern="$1" -v arm="$2" '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    $column["pattern"] == pattern && $column["arm"] == arm { print $column["value"] }' "$RAW/nodelay.csv" | sort -g
}

# percentiles PATTERN ARM: what optbench says of an arm: value, percent.
percentiles() {
  awk -f "$LIB/json.awk" "$RAW/nodelay.json" | awk -F '\t' -v pattern="$1" -v arm="$2" '
    { v[$2] = $3 }
    END {
      for (e = 0; (p = "experiments." e ".") && (p "name") in v; e++)
        for (a = 0; (q = p "arms." a ".") && (q "name") in v; a++)
          if (v[p "pattern"] == pattern && v[q "name"] == arm) {
            q = q "percentiles."
            print v[q "p50"] ",50\n" v[q "p95"] ",95\n" v[q "p99"] ",99"
          }
    }'
}

# Draws the latencies of one pattern as ECDFs, an arm a line, the 50, 95 and 99 % points marked.
latency_plot() {
  local pattern=$1 arm curves=() number=0
  while read -r arm; do
    number=$((number + 1))
    samples "$pattern" "$arm" | awk -f "$LIB/ecdf.awk" >"$RAW/ecdf-$pattern-$number.csv"
    percentiles "$pattern" "$arm" >"$RAW/marks-$pattern-$number.csv"
    curves+=("'$RAW/ecdf-$pattern-$number.csv' using 1:2 with steps linetype $number title '$arm'"
      "'$RAW/marks-$pattern-$number.csv' using 1:2 with points linetype $number notitle")
  done < <(awk -F '\t' -v pattern="$pattern" '$2 == pattern { print $4 }' "$RAW/nodelay.tsv")
  {
    echo 'set logscale x; set yrange [0:104]; set ytics ("0 %%" 0, "50 %%" 50, "95 %%" 95)'
    echo 'set xlabel "microseconds for one exchange (logarithmic)"; set ylabel "of the exchanges took no longer"'
    local IFS=,
    echo "plot ${curves[*]}"
  } | plot "nodelay-$pattern" "Latency, $pattern: the share of the exchanges that took no longer; 50, 95 and 99 % marked"
}

# interval LOW HIGH DIGITS: a cell for an interval; few blocks carry none.
interval() {
  if [ -z "$1" ] || [ "$1" = null ]; then echo "none"; else printf '%s to %s\n' "$(figure "$1" "$3")" "$(figure "$2" "$3")"; fi
}

# verdict FILE PATTERN A B: what optbench says of the difference between two arms.
verdict() {
  awk -f "$LIB/json.awk" "$1" | awk -F '\t' -v pattern="$2" -v a="$3" -v b="$4" '
    { v[$2] = $3 }
    END {
      for (e = 0; (p = "experiments." e ".") && (p "name") in v; e++)
        for (d = 0; (q = p "differences." d ".") && (q "a") in v; d++)
          if (v[p "pattern"] == pattern && v[q "a"] == a && v[q "b"] == b) print v[q "verdict"]
    }'
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
  "${PIN_CLIENT[@]}" sockperf ping-pong --tcp -i 127.0.0.1 -p 5401 -m 14 -t "$(quick 3 1)" --full-rtt >"$RAW/sockperf.txt" 2>&1 \
    || true
  stop "$server"
  awk '
    match($0, /Total [0-9]+ observations/) { split(substr($0, RSTART, RLENGTH), total, " "); samples = total[2] }
    /percentile 50\.000/ { median = $NF }
    END {
      if (median != "") printf "ping-pong\tsockperf, 14 bytes, CPUs may idle\t%.1f\tnot given\t%d\n", median, samples
    }' "$RAW/sockperf.txt"
}

# nodelay_rows FILE WORDS [ARM [PATTERN]]: our arms, and what must be said of them.
nodelay_rows() {
  awk -F '\t' -v words="$2" -v only="${3-}" -v pattern="${4-}" "$(cat "$LIB/interval.awk")"'
    (only == "" || $4 == only) && (pattern == "" || $2 == pattern) {
      printf "!%s\t%s%s\t%.1f\t%s\t%d\n", $2, $4, words, $7, interval(1), $10
    }' "$1"
}

nodelay() {
  "$BIN/optbench" nodelay --time "$ARM_SECONDS" --json --csv "$RAW/nodelay.csv" >"$RAW/nodelay.json"
  # sockperf lets the CPUs go idle between messages; for its row to stand on equal footing, ours does so too, once.
  if have sockperf && "$BIN/optbench" nodelay --let-idle --time 1 --json >"$RAW/idle.json" 2>>"$RAW/steps.log"; then
    arms "$RAW/idle.json"
  fi
  arms "$RAW/nodelay.json"
  heading "TCP_NODELAY, in the two patterns that matter"
  question "Does switching Nagle's algorithm off make a request and its answer faster?"
  repeat_with "optbench nodelay --csv nodelay.csv"
  {
    printf 'pattern\tsocket option\tmedian us\t95 %% interval\tsamples\n'
    nodelay_rows "$RAW/nodelay.tsv" ""
    [ ! -s "$RAW/idle.tsv" ] || nodelay_rows "$RAW/idle.tsv" ", CPUs may idle" nodelay=on ping-pong
    sockperf_row
  } | table
  ranges_explained "$RAW/nodelay.tsv"
  latency_plot ping-pong
  latency_plot write-write-read
  local off on slow quick_
  off=$(arm "$RAW/nodelay.tsv" ping-pong nodelay=off 7)
  on=$(arm "$RAW/nodelay.tsv" ping-pong nodelay=on 7)
  slow=$(arm "$RAW/nodelay.tsv" write-write-read nodelay=off 7)
  quick_=$(arm "$RAW/nodelay.tsv" write-write-read nodelay=on 7)
  if [ "$(verdict "$RAW/nodelay.json" ping-pong nodelay=off nodelay=on)" = effect ]; then
    meaning "In a strict ping-pong of one byte: $(figure "$off" 1) us without the option, $(figure "$on" 1) us with it, an \
effect by this run. Theory expects none: when the next byte is sent, nothing is unacknowledged, and Nagle's rule holds data back \
only while something is."
  else
    meaning "In a strict ping-pong of one byte the option shows no effect: $(figure "$off" 1) us without it, $(figure "$on" 1) \
us with it. When the next byte is sent, nothing is unacknowledged, and Nagle's rule holds data back only while something is."
  fi
  if times "$slow" "$quick_" 10; then
    paragraph "Write two pieces and then wait for the answer, and the second piece waits for the acknowledgement of the first, \
which the peer delays in the hope of sending it with data: $(figure "$(calc "$slow / 1000")" 1) ms against $(figure "$quick_" 1) \
us, $(figure "$(calc "$slow / $quick_")") times as long. The often-quoted 40 ms are Nagle meeting delayed ACK, not Nagle alone."
  else
    paragraph "With two pieces written before the answer is read: $(figure "$slow" 1) us without the option, \
$(figure "$quick_" 1) us with it. This run does not show Nagle meeting delayed ACK."
  fi
  try_next "\`optbench nodelay\` with a request written by one call instead of two, by writev or a buffer: the cure that needs \
no option."
}

# iperf3_rate SERVER WINDOW NAMESPACE-COMMAND...: MB/s received by iperf3 with that window.
iperf3_rate() {
  local server=$1 window=$2 name=$3 listener
  shift 3
  "$@" "${PIN_SERVER[@]}" iperf3 -s -1 -p 5201 >"$RAW/iperf3-server.txt" 2>&1 &
  listener=$!
  sleep 0.4
  "${PIN_CLIENT[@]}" iperf3 -c "$server" -p 5201 -w "$window" -C cubic -t "$IPERF_SECONDS" -J | \
    tr -d '\n' >"$RAW/$name-$window.json" || true
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
  awk -F '\t' -v rtt="${2-}" "$(cat "$LIB/interval.awk" "$LIB/iperf3.awk")"'
    FILENAME == ARGV[1] { theirs[$1] = $2; next }
    {
      window = $4; sub(/^rcvbuf(-late)?=/, "", window)
      peer = ($4 ~ /^rcvbuf=/ && (window in theirs)) ? rate_cell(theirs[window]) : "-"
      printf "!%s\t%s\t%.2f\t%s\t%s", $4, $6, $7, interval(2), peer
      if (rtt) printf "\t%s", window == "auto" ? "-" : sprintf("%.2f", window / rtt / 1000)
      print ""
    }' "$RAW/$1-iperf3.tsv" "$RAW/$1.tsv"
}

rcvbuf() {
  "$BIN/optbench" rcvbuf --time "$ARM_SECONDS" --json >"$RAW/rcvbuf.json"
  arms "$RAW/rcvbuf.json"
  iperf3_rates rcvbuf 127.0.0.1
  heading "SO_RCVBUF on loopback"
  question "How much does the receive buffer decide how fast data flows?"
  repeat_with "optbench rcvbuf" "iperf3 -s -1 & sleep 1; iperf3 -c 127.0.0.1 -w 4096 -C cubic"
  {
    printf 'receive buffer\teffective bytes\tMB/s\t95 %% interval\tiperf3 -w MB/s\n'
    rcvbuf_rows rcvbuf
  } | table
  ranges_explained "$RAW/rcvbuf.tsv"
  local small large
  small=$(arm "$RAW/rcvbuf.tsv" bulk rcvbuf=4096 7)
  large=$(arm "$RAW/rcvbuf.tsv" bulk rcvbuf=4194304 7)
  if times "$large" "$small" 1.2; then
    meaning "A sender may have no more on its way than the receiver has room for. With 4 KiB that is little even on loopback: \
$(figure "$small") MB/s against $(figure "$large") MB/s with 4 MiB."
  else
    meaning "With 4 KiB the rate was $(figure "$small") MB/s, with 4 MiB $(figure "$large") MB/s: this run does not show the \
buffer as the limit."
  fi
  paragraph "Setting the option also switches the kernel's own tuning off; the row \`auto\` is what it does by itself. Beyond \
the bandwidth-delay product a larger buffer has nothing to gain."
  try_next "\`optbench rcvbuf\` with another program running: the intervals widen; trust those, not single numbers."
}

# Where iperf3's rate with the same window differs by more than a tenth, it is said.
iperf3_agrees() {
  local differing
  [ -s "$RAW/link-iperf3.tsv" ] || return 0
  differing=$(awk -F '\t' "$(cat "$LIB/iperf3.awk")"'
    FILENAME == ARGV[1] { theirs[$1] = $2; next }
    $4 ~ /^rcvbuf=[0-9]/ {
      window = substr($4, 8)
      if (theirs[window] == "" || theirs[window] > 0 && $7 / theirs[window] <= 1.1 && $7 / theirs[window] >= 0.9) next
      printf "%s%s bytes %.2f against %s", n++ ? "; " : "", window, $7, rate_cell(theirs[window])
    }' "$RAW/link-iperf3.tsv" "$RAW/link.tsv")
  if [ -z "$differing" ]; then
    paragraph "iperf3 with the same window and congestion control is within a tenth in every row."
  else
    paragraph "iperf3 differs by more than a tenth here: $differing MB/s. Two things set them apart: iperf3 gives \
the send buffer the same size as the receive buffer, and its $IPERF_SECONDS s include slow start, while optbench leaves the send \
buffer to the kernel and times what follows once the rate is steady. On a busy machine each also had its own share of the CPUs."
  fi
}

over_a_long_link() {
  local link server rtt error
  heading "The same over a long link"
  question "Why does the same buffer that is plenty on loopback throttle a connection across a country?"
  if ! error=$( (: </dev/net/tun) 2>&1); then
    note "Left out: the link is made of two TUN devices, and this user may not open \
/dev/net/tun (${error##*: }). As root it runs."
    return
  fi
  "$BIN/optbench" link --namespace-a near --namespace-b far --delay 10 >"$RAW/link.txt" &
  link=$!
  await 10 "$BIN/rawping" -c 1 -W 1 -q 10.88.0.2
  "$BIN/rawping" -c 10 -i 0.1 --json 10.88.0.2 >"$RAW/link-rtt.json"
  # The least, which is the path's own: what a busy machine adds would make the limit lower than it is.
  rtt=$(json "$RAW/link-rtt.json" rtt_ms.min)
  ip netns exec far "$BIN/optbench" server --open -p 5300 >"$RAW/server.txt" &
  server=$!
  sleep 0.5
  "$BIN/optbench" rcvbuf --server 10.88.0.2:5300 --blocks "$(quick 5 3)" --time "$(quick 10 2)" --json >"$RAW/link.json"
  stop "$server"
  arms "$RAW/link.json"
  iperf3_rates link 10.88.0.2 ip netns exec far
  stop "$link"
  repeat_with "optbench link --namespace-a near --namespace-b far --delay 10 &" "$READY_FIFO" \
    "ip netns exec far optbench server --open -p 5300 $READY" "optbench rcvbuf --server 10.88.0.2:5300" "kill %1 %2"
  {
    printf 'receive buffer\teffective bytes\tMB/s\t95 %% interval\tiperf3 -w MB/s\tbuffer / round trip, MB/s\n'
    rcvbuf_rows link "$rtt"
  } | table
  ranges_explained "$RAW/link.tsv"
  awk -F '\t' '$4 ~ /^rcvbuf=[0-9]/ { sub(/^rcvbuf=/, "", $4); print $4 "," $7 }' "$RAW/link.tsv" >"$RAW/link.csv"
  awk -F '\t' '{ print $1 "," $2 }' "$RAW/link-iperf3.tsv" >"$RAW/link-iperf3.csv"
  local drawn="x / $rtt / 1000 with lines linetype 3 title 'buffer / round trip', '$RAW/link.csv' using 1:2 with linespoints \
linetype 1 title 'optbench'"
  if [ -s "$RAW/link-iperf3.csv" ]; then
    drawn+=", '$RAW/link-iperf3.csv' using 1:2 with linespoints linetype 2 title 'iperf3'"
  fi
  {
    echo 'set logscale xy; set xrange [3000:6e6]; set xlabel "receive buffer, bytes (logarithmic)"'
    echo 'set ylabel "MB/s (logarithmic)"'
    echo "plot $drawn"
  } | plot long-link "Throughput over a round trip of $(figure "$rtt" 1) ms, by receive buffer"
  meaning "The link delays by 10 ms each way; the shortest of ten round trips was $(figure "$rtt" 1) ms. What is on its way \
cannot exceed the receiver's window, so the rate cannot exceed window / round trip. The last column takes the size asked for; \
the kernel grants twice that and spends a part on bookkeeping, so a rate may lie above the column, but not above twice. To \
fill 1 Gbit/s at this distance takes 1 Gbit/s x $(figure "$rtt" 1) ms = $(figure "$(calc "$rtt / 8")" 1) MB on its way, the \
bandwidth-delay product."
  iperf3_agrees
  try_next "\`optbench link ... --delay 40\`: the rates of the small buffers fall to a quarter, as the arithmetic says."
}

# twins: select, poll and epoll at 1,000 descriptors by a C program that makes the same calls, where it can be compiled.
twins() {
  local source=${LIB%/*}/bench/muxbench.c mechanism timeout
  [ -f "$source" ] && have gcc && gcc -O2 -o "$RAW/twin" "$source" || return 0
  for mechanism in select poll epoll; do
    for timeout in -1 0; do
      printf '%s %s\t%s\n' "$mechanism" "$timeout" "$("$RAW/twin" "$mechanism" call 1000 5 "$timeout" last)"
    done
  done
}

# cost MECHANISM TIMEOUT: the median in nanoseconds at 1,000 descriptors.
cost() {
  awk -f "$LIB/json.awk" "$RAW/thousand.json" | awk -F '\t' -v mechanism="$1" -v timeout="$2" '
    { v[$2] = $3 }
    END {
      for (i = 0; (p = "points." i ".") && (p "mechanism") in v; i++)
        if (v[p "mechanism"] == mechanism && v[p "timeout_ms"] == timeout) print v[p "median_ns"]
    }'
}

# fit MECHANISM COLUMN: of the fits with a call that waits.
fit() {
  awk -F '\t' -v mechanism="!$1" -v column="$2" '$1 == mechanism { print $column }' "$RAW/fits.tsv"
}

multiplexing() {
  twins >"$RAW/twins.tsv"
  "$BIN/muxbench" --fds 1000 --timeout -1,0 --position last --json --csv "$RAW/thousand.csv" >"$RAW/thousand.json"
  "$BIN/muxbench" --sweep "$SWEEP" --mechanisms select,poll,epoll --position last --json --csv "$RAW/sweep.csv" >"$RAW/sweep.json"
  heading "select, poll and epoll"
  question "What does it cost to ask which of n descriptors is ready, when the last of them is?"
  repeat_with "muxbench --fds 1000 --timeout -1,0 --position last" "muxbench --sweep $SWEEP --position last --csv sweep.csv"
  awk -f "$LIB/json.awk" "$RAW/thousand.json" | awk -F '\t' '
    FILENAME != "-" { twin[$1] = sprintf("%.0f", $2); next }
    { v[$2] = $3 }
    END {
      print "mechanism\tdescriptors\ttimeout\tns for one call\t95 % interval\tthe same in C, ns"
      for (i = 0; ("points." i ".mechanism") in v; i++) {
        p = "points." i "."
        m = v[p "mechanism"]
        t = m " " v[p "timeout_ms"]
        printf "!%s\t%s\t%s\t%.0f\t%s\t%s\n", m, v[p "fds"], v[p "timeout_ms"], v[p "median_ns"],
          (p "ci95_ns.0") in v ? sprintf("%.0f to %.0f", v[p "ci95_ns.0"], v[p "ci95_ns.1"]) : "none",
          t in twin ? twin[t] : "not built"
      }
    }' "$RAW/twins.tsv" - | table
  local floor spoiled
  floor=$(json "$RAW/thousand.json" noise_floor_percent)
  spoiled=$(spoiled_by "$RAW/thousand.json")
  paragraph "Timeout -1 is a call that waits, as a server's does; something is readable, so it returns at once. Timeout 0 only \
looks. Two visits of the same arm differed by up to $(figure "$floor" 1) \
%.${spoiled:+ The machine was disturbed meanwhile: $spoiled.}"
  paragraph "The fitted cost of a call that waits: a fixed part, and a part for each descriptor that is watched."
  awk -f "$LIB/json.awk" "$RAW/sweep.json" | awk -F '\t' '
    { v[$2] = $3 }
    END {
      print "mechanism\tfixed ns\tns per descriptor\torder"
      for (i = 0; ("fits." i ".mechanism") in v; i++) {
        p = "fits." i "."
        slope = sprintf("%.2f", v[p "per_fd_ns"])
        if (slope == "-0.00") slope = "0.00"
        fixed = v[p "fixed_ns"] < 0.5 ? "below 1" : sprintf("%.0f", v[p "fixed_ns"]) # the fit leaves nothing for it
        printf "!%s\t%s\t%s\t%s\n", v[p "mechanism"], fixed, slope, v[p "order"]
      }
    }' | tee "$RAW/fits.tsv" | table
  local mechanism curves=() number=0 style
  for mechanism in select poll epoll; do
    number=$((number + 1))
    grep "^$mechanism," "$RAW/sweep.csv" >"$RAW/sweep-$mechanism.csv"
    # Where select and poll coincide, the open squares of one stand around the points of the other.
    style="linetype $number"
    [ "$mechanism" != poll ] || style="linetype 2 pt 4 ps 1.4 dt 2"
    curves+=("'$RAW/sweep-$mechanism.csv' using 2:5:6:7 with yerrorlines $style title '$mechanism'")
  done
  {
    echo 'set logscale xy; set xlabel "descriptors watched"; set ylabel "nanoseconds for one call"'
    local IFS=,
    echo "plot ${curves[*]}"
  } | plot multiplexing "Time for one call that waits, the last descriptor ready, by how many are watched (both axes \
logarithmic; bars: 95 % interval)"
  local select poll epoll looks
  select=$(cost select -1) poll=$(cost poll -1) epoll=$(cost epoll -1) looks=$(cost poll 0)
  if [ "$(fit poll 4)" = "O(n)" ] && [ "$(fit epoll 4)" != "O(n)" ] && times "$poll" "$epoll" 2; then
    meaning "select and poll hand the kernel the whole list at every call and the kernel asks each descriptor: O(n), \
$(fit select 3) ns for each with select, $(fit poll 3) with poll. epoll is told once; a descriptor that becomes ready puts \
itself on a list, and the call returns that list: O(ready). At 1,000 descriptors a call takes $(figure "$select") ns with select \
and $(figure "$epoll") ns with epoll, $(figure "$(calc "$select / $epoll")") times less."
  else
    meaning "At 1,000 descriptors a call took $(figure "$select") ns with select, $(figure "$poll") ns with poll and \
$(figure "$epoll") ns with epoll. The orders of growth found here are select $(fit select 4), poll $(fit poll 4), epoll \
$(fit epoll 4)."
  fi
  if times "$poll" "$looks" 1.2; then
    paragraph "poll costs $(figure "$poll") ns when it waits and $(figure "$looks") ns when it only looks: with a timeout the \
kernel queues the caller on every descriptor until it meets a readable one, here the last. Tables made with timeout 0, \
libevent's well-known one among them, show the cheaper call."
  fi
  paragraph "Portable select ends at descriptor 1023 (FD_SETSIZE); here the kernel is asked directly, with a larger bitmap."
  try_next "\`muxbench --fds 1000 --ready all\`: how much of epoll's lead is left when every descriptor is ready?"
}

# options_tables FILE: each experiment of an optbench run: what was done, its arms, its facts, and what optbench says of them.
options_tables() {
  local count experiment name
  awk -f "$LIB/json.awk" "$1" >"$RAW/options.values"
  count=$(awk -F '\t' '$2 ~ /^experiments\.[0-9]+\.name$/ { n++ } END { print n + 0 }' "$RAW/options.values")
  for ((experiment = 0; experiment < count; experiment++)); do
    awk -F '\t' -v prefix="experiments.$experiment." 'index($2, prefix) == 1 { print substr($2, length(prefix) + 1) "\t" $3 }' \
      "$RAW/options.values" >"$RAW/option.values"
    name=$(awk -F '\t' '$1 == "name" { print $2 }' "$RAW/option.values")
    local pattern
    pattern=$(awk -F '\t' '$1 == "pattern" { print $2 }' "$RAW/option.values")
    subheading "$name${pattern:+, $pattern}"
    paragraph "$(awk -F '\t' '$1 == "done" { print $2 }' "$RAW/option.values")"
    awk -F '\t' -f "$LIB/option-arms.awk" "$RAW/option.values" >"$RAW/option.table"
    [ ! -s "$RAW/option.table" ] || table <"$RAW/option.table"
    awk -F '\t' -f "$LIB/option-facts.awk" "$RAW/option.values" >"$RAW/option.table"
    [ ! -s "$RAW/option.table" ] || table <"$RAW/option.table"
    meaning "$(awk -F '\t' '$1 == "meaning" { print $2 }' "$RAW/option.values")"
  done
}

# Every option of the module that has no section of its own; one that fails leaves the others. The checklist looks for
# options.txt.
more_options() {
  local options=(reuseaddr keepalive sndbuf cork tos timestamp) option failed=()
  "$BIN/optbench" --version >"$RAW/options.txt"
  heading "Six more options"
  question "What do SO_REUSEADDR, SO_KEEPALIVE, SO_SNDBUF, TCP_CORK, IP_TOS and SO_TIMESTAMP change?"
  repeat_with "optbench ${options[*]}${QUICK:+ --quick --time 3}"
  [ -z "${QUICK-}" ] || paragraph "Reduced by QUICK=1: 0.6 seconds for each arm, and 8 blocks."
  for option in "${options[@]}"; do
    if "$BIN/optbench" "$option" ${QUICK:+--quick --time 3} --json >"$RAW/option-$option.json" 2>"$RAW/option-$option.txt"; then
      options_tables "$RAW/option-$option.json"
    else
      failed+=("$option")
      cat "$RAW/option-$option.txt" >&2
      note "$option failed: $(tail -n 1 "$RAW/option-$option.txt")"
    fi
  done
  try_next "\`optbench list\`: what every experiment shows."
  [ ${#failed[@]} -eq 0 ]
}

begin_section lab3 "Lab 3: what options and waiting cost"
step "$(quick 40 12)" "TCP_NODELAY in two patterns" nodelay
step "$(quick 60 13)" "SO_RCVBUF on loopback, beside iperf3" rcvbuf
step "$(quick 110 22)" "SO_RCVBUF over 20 ms of round trip" over_a_long_link
step "$(quick 25 8)" "select, poll and epoll" multiplexing
step "$(quick 100 25)" "Six more options" more_options
examine echo "./my-server 8080"
end_section
