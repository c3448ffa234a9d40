#!/usr/bin/env bash
# The labs over the path to another host; run it as scripts/lab.sh --far HOST.
# shellcheck disable=SC2317 # the steps are called by their names
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LIB=$here/lib
# shellcheck source=scripts/lib/common.sh
. "$LIB/common.sh"
# shellcheck source=scripts/lib/report.sh
. "$LIB/report.sh"
# shellcheck source=scripts/lib/optbench.sh
. "$LIB/optbench.sh"
# shellcheck source=scripts/lib/ssh.sh
. "$LIB/ssh.sh"
# shellcheck source=scripts/lib/far.sh
. "$LIB/far.sh"
# shellcheck source=scripts/lib/far-facts.sh
. "$LIB/far-facts.sh"

readonly usage="usage: ${NETTOOLS_COMMAND:-lab.sh} --far [USER@]HOST [--yes] [--address ADDR] [--port N] [1|2|3|all]"

refuse() {
  echo "lab: $1" >&2
  exit 2
}

HOST="" yes=no address="" PORT=0 labs=()
while [ $# -gt 0 ]; do
  case "$1" in
    --far | --address | --port)
      [ -n "${2-}" ] || refuse "$1 needs a value: $usage"
      case "$1" in
        --far) HOST=$2 ;;
        --address) address=$2 ;;
        *) PORT=$2 ;;
      esac
      shift
      ;;
    --far=?*) HOST=${1#*=} ;;
    --address=?*) address=${1#*=} ;;
    --port=?*) PORT=${1#*=} ;;
    --yes) yes=yes ;;
    1 | 2 | 3) labs+=("$1") ;;
    all) labs=(1 2 3) ;;
    *) refuse "'$1' is not a lab: $usage" ;;
  esac
  shift
done
[ ${#labs[@]} -gt 0 ] || labs=(1 2 3)
[[ $HOST =~ ^[A-Za-z0-9_][][A-Za-z0-9_.:%@-]*$ ]] || refuse "'$HOST' is not a host: $usage"
[[ $address =~ ^([0-9A-Fa-f.:]+(%[A-Za-z0-9_.-]+)?)?$ ]] || refuse "--address '$address' is not an IPv4 or IPv6 address"
[[ $PORT =~ ^[0-9]{1,5}$ ]] || refuse "--port '$PORT' is not 0 to 65535"
[ "$PORT" -le 65535 ] || refuse "--port '$PORT' is not 0 to 65535"
command -v "${ssh[0]}" >/dev/null || refuse "${ssh[0]} is not installed here"
command -v ip >/dev/null || refuse "ip is missing: apt-get install iproute2"
BIN=$(find_binaries "$here")

# What is sent; the limits of the labs below.
CLIENTS=1000
ECHOES=$(quick 40000 4000) ECHO_RATE=2000
HTTP_REQUESTS=$(quick 2000 200) HTTP_RATE=200
PINGS=$(quick 20 5)
ARM_BYTES=$(quick 100000000 50000000) ARM_SECONDS=$(quick 5 1) MESSAGE_SECONDS=$(quick 5 1)
PEER_SECONDS=$(quick 5 2)

plan() {
  local lab
  echo "lab: this sends traffic to $HOST and to no other host:"
  echo "  over ssh      two tools (about 10 MB) into a private folder there, which goes at the end"
  for lab in "${labs[@]}"; do
    case "$lab" in
      1)
        echo "  lab 1         $CLIENTS TCP connections with $ECHOES echoes of 64 bytes, $ECHO_RATE a second;"
        echo "                $HTTP_REQUESTS HTTP requests on a connection each, $HTTP_RATE a second"
        ;;
      2) echo "  lab 2         $PINGS echo requests (ICMP), five a second, and as many by ping" ;;
      3)
        echo "  lab 3         single messages for $((MESSAGE_SECONDS * 6)) s; then 7 downloads and 8 uploads, as fast as the path"
        echo "                takes them, each at most $((ARM_BYTES / 1000000)) MB or $ARM_SECONDS s; iperf3 each way for" \
          "$PEER_SECONDS s, where both have it"
        ;;
    esac
  done
  echo "  the path      six echo requests, and packets that find its MTU"
}

plan >&2
if [ "$yes" = no ]; then
  [ -t 0 ] || refuse "say --yes, or answer at a terminal: nothing was sent"
  read -r -p "Go on? [y/N] " answer
  case "$answer" in [yY]*) ;; *) refuse "nothing was sent" ;; esac
fi

open_report "${LAB_REPORT:-$PWD/lab-report-far}"
export BIN LIB
ulimit -n "$(ulimit -Hn)"

work=$(mktemp -d)
clean_up() {
  trap '' INT TERM HUP
  close_far
  end_jobs # a step under way
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

echo "[$HOST] the tools go there" >&2
open_far "$HOST" "$here"
# Where the ssh server sees itself by another address than we do, behind a NAT, --address says which.
ADDRESS=${address:-$FAR_ADDRESS}
[ -n "$ADDRESS" ] || refuse "$HOST does not say its address: name it by --address"
TARGET=$ADDRESS
case "$ADDRESS" in *:*) TARGET=[$ADDRESS] ;; esac
LISTEN=()
[ -n "$address" ] || LISTEN=(--address "$ADDRESS")
TOKEN=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
far token "$TOKEN" >/dev/null
export OPTBENCH_TOKEN=$TOKEN

# far_serve NAME TOOL ARGUMENT...: a server of ours there, as $SERVER_PORT.
far_serve() {
  local name=$1
  shift
  far start "$name" "$@" -p "$PORT" --json "${LISTEN[@]}" >/dev/null
  far first "$name" >"$RAW/$name.listening"
  SERVER_PORT=$(json "$RAW/$name.listening" address)
  SERVER_PORT=${SERVER_PORT##*:}
}

# ms VALUE [DIGITS]: microseconds as milliseconds.
ms() { figure "$(calc "$1 / 1000")" "${2-2}"; }

# The path: its round trip, its MTU, how both ends reach each other.
RAW=$REPORT/path
measure_path() {
  "$BIN/rawping" -c 6 -i 0.2 --json "$ADDRESS" >"$RAW/rtt.json" || true
  "$BIN/rawping" --pmtu --json "$ADDRESS" >"$RAW/pmtu.json" || true
  far_lines facts "${OUR_ADDRESS:-0.0.0.0}" >"$RAW/there.tsv"
  facts "$ADDRESS" >"$RAW/here.tsv"
}

describe_path() {
  local rtt=unknown pmtu reason=""
  [ -z "$RTT" ] || rtt="$(figure "$RTT" 3) ms"
  pmtu=$(json "$RAW/pmtu.json" path_mtu_bytes)
  [ -n "$RTT" ] || reason="; $(tail -n 1 "$RAW/path.txt" 2>/dev/null)"
  {
    awk -F '\t' -v OFS='\t' '
      FNR == NR { there[$1] = $2; next }
      FNR == 1 { print "", "this machine", "the other host" }
      { print $1, $2, $1 in there ? there[$1] : "unknown" }' "$RAW/there.tsv" "$RAW/here.tsv"
  } >"$REPORT/machines.tsv"
  {
    printf 'the other host\t%s, %s\n' "$HOST" "$ADDRESS"
    printf 'round trip of an echo request\t%s\n' "$rtt${reason}"
    printf 'MTU of the path\t%s\n' "$(figure "${pmtu:-unknown}")"
    printf 'date\t%s\n' "$(date -u '+%Y-%m-%d %H:%M UTC')"
  } >"$REPORT/path.tsv"
}

rm -rf "$RAW"
mkdir -p "$RAW"
OUR_ADDRESS=$(ip route get "$ADDRESS" 2>/dev/null | sed -n 's/.* src \([^ ]*\).*/\1/p')
measure_path 2>"$RAW/path.txt"
RTT=$(json "$RAW/rtt.json" rtt_ms.p50)
[ "$RTT" != null ] || RTT=""
describe_path

# round_trips MICROSECONDS: how many round trips of the path that is.
round_trips() {
  [ -n "$RTT" ] || return 0
  echo ", $(figure "$(calc "$1 / 1000 / $RTT")" 2) round trips of the path"
}

# counted_alike SUMMARY LOAD: what the server counted beside what was sent.
counted_alike() {
  local theirs ours
  theirs=$(json "$1" requests) ours=$(json "$2" requests)
  [ "${3-}" != echo ] || theirs=$(calc "$(json "$1" bytes_received) / 64")
  if [ "$theirs" = "$ours" ]; then
    echo "The server there counted the same $(figure "$ours")."
  else
    echo "The server there counted $(figure "$theirs"), we $(figure "$ours")."
  fi
}

echoes() {
  far_serve echo_server epollecho serve
  "$BIN/epollecho" load "$TARGET:$SERVER_PORT" -c "$CLIENTS" -n "$ECHOES" --rate "$ECHO_RATE" --size 64 --json \
    >"$RAW/echo-load.json" || true
  far stop echo_server >"$RAW/echo-server.json"
  local load=$RAW/echo-load.json
  heading "A thousand connections over the path"
  question "What does a network between client and server change?"
  repeat_with "epollecho serve -p 8080                # there" \
    "epollecho load $TARGET:8080 -c $CLIENTS -n $ECHOES --rate $ECHO_RATE --size 64"
  {
    printf 'connections\topen at once\techoes\tbytes verified\tmismatches\tfailed\tp50 ms\tp99 ms\n'
    printf '!%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$(json "$load" connections)" "$(json "$load" peak_connections)" \
      "$(json "$load" requests)" "$(json "$load" bytes_verified)" "$(json "$load" mismatches)" "$(json "$load" failed)" \
      "$(ms "$(json "$load" latency_us.p50)")" "$(ms "$(json "$load" latency_us.p99)")"
  } | table
  meaning "Half the echoes took no longer than $(ms "$(json "$load" latency_us.p50)") \
ms$(round_trips "$(json "$load" latency_us.p50)"); what is beyond one is the two programs, and queues. \
$(counted_alike "$RAW/echo-server.json" "$load" echo)"
  try_next "The same with \`--rate\` doubled, until p99 leaves p50 behind: the queue on the way, or the server."
  [ "$(json "$load" failed)" = 0 ] && [ "$(json "$load" mismatches)" = 0 ]
}

new_connections() {
  far_serve http_server epollecho serve --protocol http
  "$BIN/epollecho" load "$TARGET:$SERVER_PORT" --protocol http --reconnect -c 50 -n "$HTTP_REQUESTS" --rate "$HTTP_RATE" --json \
    >"$RAW/http-load.json" || true
  far stop http_server >"$RAW/http-server.json"
  local load=$RAW/http-load.json connect answer
  connect=$(json "$load" connect_us.p50) answer=$(json "$load" first_byte_us.p50)
  heading "A connection for each request"
  question "What does a new connection cost when the other end is far?"
  repeat_with "epollecho serve -p 8080 --protocol http                # there" \
    "epollecho load http://$TARGET:8080/ --reconnect -c 50 -n $HTTP_REQUESTS --rate $HTTP_RATE"
  {
    printf 'part of a request\tp50 ms\tp99 ms\n'
    printf '!the connection: SYN, SYN-ACK\t%s\t%s\n' "$(ms "$connect")" "$(ms "$(json "$load" connect_us.p99)")"
    printf '!from the request to the first byte\t%s\t%s\n' "$(ms "$answer")" "$(ms "$(json "$load" first_byte_us.p99)")"
  } | table
  meaning "The connection took $(ms "$connect") ms$(round_trips "$connect"), the request $(ms "$answer") \
ms$(round_trips "$answer"): a connection kept open saves the first. $(figure "$(json "$load" failed)") of \
$(figure "$HTTP_REQUESTS") requests failed. $(counted_alike "$RAW/http-server.json" "$load")"
  try_next "The same without \`--reconnect\`."
  [ "$(json "$load" failed)" = 0 ]
}

lab_1() {
  LAB_SECONDS_LEFT=$(quick 40 6)
  step "$(quick 25 4)" "a thousand connections" echoes
  step "$(quick 15 2)" "a connection for each request" new_connections
  note "Ten thousand connections, and epoll beside a process for each, compare servers, not networks: \`scripts/lab.sh 1\` has \
them, in namespaces of this machine."
  examine echo "./my-server"
}

# Our interface towards the host.
interface_there() {
  ip route get "$ADDRESS" | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1
}

ping_row() {
  awk -v name="$1" '/packets transmitted/ { sent = $1; received = $4 }
    /^(rtt|round-trip)/ { split($4, t, "/"); printf "%s\t%s\t%s\t%s\t%s\t%s\n", name, sent, received, t[1], t[2], t[3] }' "$2"
}

pings() {
  local sniffer="" seen="" device file=$RAW/rawping.json icmp=icmp ttl
  case "$ADDRESS" in *:*) icmp=icmp6 ;; esac
  device=$(interface_there)
  if "$BIN/pktsniff" --version >/dev/null && [ "$(id -u)" -eq 0 ]; then
    "$BIN/pktsniff" -Z root -i "$device" --json -w "$RAW/pktsniff.pcap" "$icmp and host ${ADDRESS%%%*}" \
      >"$RAW/pktsniff.jsonl" 2>"$RAW/pktsniff.txt" &
    sniffer=$!
    await 10 test -s "$RAW/pktsniff.pcap"
  fi
  "$BIN/rawping" -c "$PINGS" -i 0.2 --json "$ADDRESS" >"$file" || true
  if [ -n "$sniffer" ]; then
    sleep 1.5
    stop "$sniffer"
    seen=$(grep -c '"frame"' "$RAW/pktsniff.jsonl" || true)
  fi
  if have ping; then
    ping -n -c "$PINGS" -i 0.2 "$ADDRESS" >"$RAW/ping.txt" || true
  fi
  ttl=$(json "$file" replies.0.ttl)
  heading "An echo request to the other host"
  question "How long is the path, and does it lose anything?"
  repeat_with "rawping -c $PINGS -i 0.2 $ADDRESS" "ping -c $PINGS -i 0.2 $ADDRESS" \
    "pktsniff -i $device '$icmp and host ${ADDRESS%%%*}'"
  {
    printf 'program\tsent\treceived\tmin ms\tavg ms\tmax ms\n'
    printf '!rawping\t%s\t%s\t%s\t%s\t%s\n' "$(json "$file" transmitted)" "$(json "$file" received)" \
      "$(figure "$(json "$file" rtt_ms.min)" 3)" "$(figure "$(json "$file" rtt_ms.avg)" 3)" \
      "$(figure "$(json "$file" rtt_ms.max)" 3)"
    [ ! -s "$RAW/ping.txt" ] || ping_row ping "$RAW/ping.txt"
  } | table
  meaning "$(figure "$(json "$file" lost_percent)" 1) % of rawping's requests were lost. The replies came with TTL \
${ttl:-unknown}: hosts begin at 64, 128 or 255, and every router on the way back takes one off.\
${seen:+ pktsniff saw $(figure "$seen") of these \
frames on $device: $(figure "$(json "$file" transmitted)") requests and $(figure "$(json "$file" received)") replies were due.}"
  [ -n "$sniffer" ] || note "Capturing on $device needs root: the sniffer did not run."
  try_next "\`rawping --trace $ADDRESS\`: the routers, one by one; it sends to the host, and the routers answer."
  [ "$(json "$file" received)" != 0 ] || return 1
  [ -z "$seen" ] || [ "$seen" -ge "$(($(json "$file" transmitted) + $(json "$file" received)))" ]
}

lab_2() {
  LAB_SECONDS_LEFT=$(quick 12 5)
  step "$(quick 12 5)" "rawping beside ping, and what the sniffer sees" pings
  note "Frames, headers and datagrams to a group made by hand do not go to networks of others: \`scripts/lab.sh 2\` sends them \
in namespaces of this machine."
  examine ping "./my-ping $ADDRESS"
}

# doubts FILE: what optbench itself says against its figures.
doubts() {
  local unsteady spoiled
  ranges_explained "${1%.json}.tsv"
  unsteady=$(awk -f "$LIB/json.awk" "$1" | awk -F '\t' '
    $2 ~ /arms\.[0-9]+\.name$/ { name = $3 }
    $2 ~ /arms\.[0-9]+\.steady$/ && $3 == "false" { printf "%s%s", n++ ? ", " : "", name }')
  spoiled=$(spoiled_by "$1")
  [ -z "$unsteady$spoiled" ] || note "${unsteady:+Not steady within the time, so the figures say little: $unsteady. \
}${spoiled:+This machine was disturbed meanwhile: $spoiled.}"
}

messages() {
  far_serve optbench_server optbench server
  "$BIN/optbench" nodelay --server "$TARGET:$SERVER_PORT" --blocks 6 --time "$MESSAGE_SECONDS" --json >"$RAW/nodelay.json"
  far stop optbench_server >/dev/null
  arms "$RAW/nodelay.json"
  heading "TCP_NODELAY over the path"
  question "What is Nagle's algorithm when the acknowledgement comes from far?"
  repeat_with "OPTBENCH_TOKEN=SECRET optbench server                # there" \
    "OPTBENCH_TOKEN=SECRET optbench nodelay --server $TARGET:5400"
  {
    printf 'pattern\tsocket option\tmedian ms\t95 %% interval\tsamples\n'
    awk -F '\t' "$(cat "$LIB/interval.awk")"'
      { $7 /= 1000; $8 /= 1000; $9 /= 1000; printf "!%s\t%s\t%.2f\t%s\t%d\n", $2, $4, $7, interval(2), $10 }' "$RAW/nodelay.tsv"
  } | table
  doubts "$RAW/nodelay.json"
  local off on
  off=$(arm "$RAW/nodelay.tsv" write-write-read nodelay=off 7)
  on=$(arm "$RAW/nodelay.tsv" write-write-read nodelay=on 7)
  if times "${off:-0}" "${on:-1}" 1.3; then
    meaning "With two writes before the read, Nagle's algorithm holds the second back until the first is acknowledged: \
$(ms "$off") ms$(round_trips "$off"), and without it $(ms "$on") ms$(round_trips "$on"). That acknowledgement is a round trip \
away, and later still where the peer delays it."
  else
    meaning "Two writes before the read took $(ms "${off:-0}") ms with Nagle's algorithm and $(ms "${on:-0}") ms without: this \
run does not show it holding the second back."
  fi
  try_next "One write instead of two: no option is needed then."
}

# peer_rate NAME OPTION...: MB/s by iperf3 with the largest window.
peer_rate() {
  local name=$1 port=$PORT
  shift
  [ "$port" != 0 ] || port=5201
  far start iperf3 iperf3 -s -1 -p "$port" >/dev/null
  sleep 0.5
  iperf3 -c "$ADDRESS" -p "$port" -w 4M -C cubic -t "$PEER_SECONDS" -J "$@" 2>&1 | tr -d '\n' >"$RAW/$name.json" || true
  far stop iperf3 >/dev/null
  calc "$(json "$RAW/$name.json" end.sum_received.bits_per_second) + 0" | awk '{ if ($1 > 0) print $1 / 8e6; else print "-" }'
}

# throughput EXPERIMENT DIRECTION: its table; the best rate goes to EXPERIMENT.rate.
throughput() {
  local name=$1 peer=$2
  far_serve optbench_server optbench server
  "$BIN/optbench" "$name" --server "$TARGET:$SERVER_PORT" --blocks "$(quick 5 3)" --time "$ARM_SECONDS" --bytes "$ARM_BYTES" \
    --json >"$RAW/$name.json"
  far stop optbench_server >/dev/null
  arms "$RAW/$name.json"
  {
    printf 'buffer\tMB/s\t95 %% interval\tbuffer / round trip, MB/s\n'
    awk -F '\t' -v rtt="$RTT" "$(cat "$LIB/interval.awk")"'
      {
        window = $4
        sub(/^[a-z-]*=/, "", window)
        printf "!%s\t%.2f\t%s\t%s\n", $4, $7, interval(2), window == "auto" || !rtt ? "-" : sprintf("%.2f", window / rtt / 1000)
      }' "$RAW/$name.tsv"
    [ "$peer" = - ] || printf 'iperf3 -w 4M\t%s\tnot given\t-\n' "$(figure "$peer" 2)"
  } | table
  doubts "$RAW/$name.json"
  awk -F '\t' '$7 > best { best = $7 } END { print best + 0 }' "$RAW/$name.tsv" >"$RAW/$name.rate"
}

# product RATE: what the path holds, in a sentence.
product() {
  [ -n "$RTT" ] || { echo "The round trip is not known, so neither is the product."; return; }
  echo "$(figure "$1" 1) MB/s x $(figure "$RTT" 1) ms = $(figure "$(calc "$1 * $RTT")") kB are on the way when the path is full: \
the bandwidth-delay product"
}

# peers: iperf3's rates of both directions, where both hosts have it; a dash where not.
peers() {
  down=- up=-
  if have iperf3 && [ "$(far have iperf3)" = yes ]; then
    down=$(peer_rate iperf3-down -R)
    up=$(peer_rate iperf3-up)
  else
    note "iperf3 is not on both hosts, so its rates are missing."
  fi
}

rates() {
  local rate up down
  heading "Throughput, there to here"
  question "How large must a receive buffer be to fill this path?"
  repeat_with "OPTBENCH_TOKEN=SECRET optbench server                # there" \
    "OPTBENCH_TOKEN=SECRET optbench rcvbuf --server $TARGET:5400" "iperf3 -c $ADDRESS -R -w 4M -C cubic    # iperf3 -s there"
  peers
  throughput rcvbuf "$down"
  rate=$(cat "$RAW/rcvbuf.rate")
  meaning "The best of these arms reached $(figure "$rate" 1) MB/s. $(product "$rate"). A buffer below it cannot fill the path: \
its rate is at most what its window allows in each round trip; the kernel's window may be up to twice the size asked for."
  try_next "\`optbench rcvbuf --time 20 --server ...\`: more blocks, and intervals."
  heading "Throughput, here to there"
  question "And in the other direction, by send buffer?"
  repeat_with "OPTBENCH_TOKEN=SECRET optbench sndbuf --server $TARGET:5400" \
    "iperf3 -c $ADDRESS -w 4M -C cubic       # iperf3 -s there"
  throughput sndbuf "$up"
  rate=$(cat "$RAW/sndbuf.rate")
  meaning "The best reached $(figure "$rate" 1) MB/s. $(product "$rate"). What is sent stays in the send buffer until it is \
acknowledged, a round trip later, so a small one throttles as a small window does."
  try_next "\`optbench congestion --server ...\`: what another congestion control makes of this path."
}

lab_3() {
  LAB_SECONDS_LEFT=$(quick 110 25)
  step "$(quick 35 7)" "TCP_NODELAY over the path" messages
  step "$(quick 75 18)" "throughput in both directions" rates
  note "A long link of known delay and rate is made of namespaces, and select, poll and epoll need no network: \
\`scripts/lab.sh 3\` has both, on this machine."
}

code=0
for lab in "${labs[@]}"; do
  RAW=$REPORT/lab$lab
  LAB_NAME="lab $lab, $HOST"
  rm -rf "$RAW"
  mkdir "$RAW"
  case "$lab" in
    1) begin_section lab1 "Lab 1: many connections over a network" && lab_1 ;;
    2) begin_section lab2 "Lab 2: packets on the way to the other host" && lab_2 ;;
    3) begin_section lab3 "Lab 3: options and windows over a network" && lab_3 ;;
  esac
  end_section
  [ ! -s "$RAW/failed.txt" ] || code=1
done
finish_report "$code" "${labs[@]}"
exit "$code"
