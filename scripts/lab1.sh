#!/usr/bin/env bash
# Lab 1: many connections at once. Run it by scripts/lab.sh, which makes the network it needs.
set -euo pipefail

# shellcheck source=scripts/lib/common.sh
. "$LIB/common.sh"
# shellcheck source=scripts/lib/report.sh
. "$LIB/report.sh"
require_lab_net 1

LAB_NAME="lab 1"
LAB_SECONDS_LEFT=$(quick 135 60)
RAW=$REPORT/lab1
PORT=8080
# What the module asks for. Against a process for each connection, and by the second client, QUICK=1 takes fewer requests.
REQUESTS=100000
CLIENTS=1000
SHARED_REQUESTS=40000
FEWER_REQUESTS=$(quick 100000 10000)

# serve NAME OPTION...: starts a server in the background as $SERVER; its JSON goes to RAW/NAME.json.
serve() {
  local name=$1
  shift
  "$BIN/epollecho" serve -p "$PORT" --json "$@" >"$RAW/$name.json" &
  SERVER=$!
  await 10 grep -q '"listening"' "$RAW/$name.json"
}

# Connected TCP sockets in this namespace, both ends counted.
sockets_in_use() {
  awk '/^TCP6?:/ { sum += $3 } END { print sum + 0 }' /proc/net/sockstat /proc/net/sockstat6
}

connected() {
  [ "$(sockets_in_use)" -ge "$1" ]
}

# KiB of memory that a process and its children have written to: not shared with other processes of the same binary.
private_kib() {
  local pid total=0
  for pid in "$1" $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
    total=$((total + $(awk '/^Private_Dirty/ { sum += $2 } END { print sum + 0 }' "/proc/$pid/smaps_rollup" 2>/dev/null || \
      echo 0)))
  done
  echo "$total"
}

# KiB of kernel memory: slabs, page tables, kernel stacks.
kernel_kib() {
  awk '/^(Slab|PageTables|KernelStack):/ { sum += $2 } END { print sum }' /proc/meminfo
}

# hold NAME CONNECTIONS MODEL: opens that many verified connections at once, holds them, and weighs them meanwhile.
hold() {
  local name=$1 connections=$2 model=$3 user_before kernel_before user_after kernel_after load
  serve "$name-server" --model "$model"
  sleep 0.5
  user_before=$(private_kib "$SERVER")
  kernel_before=$(kernel_kib)
  "$BIN/epollecho" load "127.0.0.1:$PORT" -c "$connections" -n "$((connections * 5))" --size 64 --hold 4 \
    --json >"$RAW/$name-load.json" &
  load=$!
  await 60 connected $((2 * connections))
  sleep 1
  user_after=$(private_kib "$SERVER")
  kernel_after=$(kernel_kib)
  wait "$load"
  stop "$SERVER"
  printf '%s\t%s\t%s\n' "$connections" \
    "$(calc "($user_after - $user_before) * 1024 / $connections")" \
    "$(calc "($kernel_after - $kernel_before) * 1024 / $connections")" >"$RAW/$name-memory.tsv"
}

hold_row() {
  local name=$1
  printf '!%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$(json "$RAW/$name-load.json" connections)" \
    "$(json "$RAW/$name-load.json" peak_connections)" "$(json "$RAW/$name-load.json" requests)" \
    "$(json "$RAW/$name-load.json" bytes_verified)" "$(json "$RAW/$name-load.json" mismatches)" \
    "$(figure "$(calc "$(json "$RAW/$name-load.json" latency_us.p50) / 1000")" 1)" \
    "$(figure "$(calc "$(json "$RAW/$name-load.json" latency_us.p99) / 1000")" 1)"
}

# load_percentiles FILE: an ECDF by its marked percentiles: milliseconds, percent of the answers that had come.
load_percentiles() {
  local percent key
  while read -r percent key; do
    printf '%s,%s\n' "$(calc "$(json "$1" "latency_us.$key") / 1000")" "$percent"
  done <<<$'0 min\n50 p50\n90 p90\n99 p99\n99.9 p99_9\n100 max'
}

# percentile_plot NAME CAPTION TITLE FILE...: the share of answers received by each time,
# a curve for each title and file of points.
percentile_plot() {
  local name=$1 caption=$2 curves=() number=0
  shift 2
  while (($# > 1)); do
    number=$((number + 1))
    curves+=("'$2' using 1:2 with linespoints linetype $number title '$1'")
    shift 2
  done
  {
    echo 'set logscale x; set yrange [0:104]; set ytics ("0 %%" 0, "50 %%" 50, "90 %%" 90, "99 %%" 99)'
    echo 'set xlabel "milliseconds (logarithmic)"; set ylabel "of the answers had come"'
    local IFS=,
    echo "plot ${curves[*]}"
  } | plot "$name" "$caption"
}

# verified NAME: what came back, in a sentence.
verified() {
  local requests mismatches
  requests=$(json "$RAW/$1-load.json" requests)
  mismatches=$(json "$RAW/$1-load.json" mismatches)
  if [ "$mismatches" = 0 ]; then
    echo "Every byte of $(figure "$requests") echoes came back as it was sent."
  else
    echo "Of $(figure "$requests") echoes $(figure "$mismatches") came back changed."
  fi
}

# Little's law with the learner's own numbers: answers per second times the mean time is the number under way.
little() {
  local name rate mean connections p50 line=() before="" after=""
  for name in echo-1000 echo-10000; do
    rate=$(json "$RAW/$name-load.json" requests_per_s)
    mean=$(json "$RAW/$name-load.json" latency_us.mean)
    p50=$(json "$RAW/$name-load.json" latency_us.p50)
    connections=$(json "$RAW/$name-load.json" connections)
    line+=("$(figure "$connections") connections: $(figure "$rate") answers a second x $(figure "$(calc "$mean / 1000")" 1) ms = \
$(figure "$(calc "$rate * $mean / 1000000")") requests under way on average")
    before=${before:-$p50}
    after=$p50
  done
  if times "$after" "$before" 1.2; then
    paragraph "Why p50 grows from $(figure "$(calc "$before / 1000")" 1) to $(figure "$(calc "$after / 1000")" 1) ms with the \
number of connections: each connection has one request under way, and the server answers no faster for having more of them, so \
each waits behind the others. Little's law puts it in numbers. ${line[0]}; ${line[1]}. The number under way stays below the \
number of connections, because the connections are opened one after another and some have finished before the last begins."
  else
    paragraph "p50 went from $(figure "$(calc "$before / 1000")" 1) to $(figure "$(calc "$after / 1000")" 1) ms with ten times \
the connections: here it did not grow clearly. Little's law, answers a second times mean time, gives the requests under way. \
${line[0]}; ${line[1]}."
  fi
}

# server_memory NAME: the server's own figure for a connection.
server_memory() {
  bytes_each "$(json "$RAW/$1-server.json" user_bytes_per_connection)"
}

# What epoll reports when a peer stops sending, and when it breaks off: read off the system calls of the server itself.
connection_events() {
  local trace=$RAW/events.txt server closed reset
  have strace || return 0
  strace -f -qq -e trace=epoll_wait,epoll_pwait,epoll_pwait2,accept4,recvfrom,read,close -o "$trace" "$BIN/epollecho" serve \
    -p "$PORT" --json >"$RAW/events-server.json" &
  server=$!
  await 15 grep -q '"listening"' "$RAW/events-server.json"
  # One says a line, reads the echo and closes: FIN. One closes with the echo unread: the kernel sends RST instead.
  bash -c "exec 3<>/dev/tcp/127.0.0.1/$PORT; echo bye >&3; read -r -u 3 line; exec 3>&-"
  sleep 0.3
  bash -c "exec 3<>/dev/tcp/127.0.0.1/$PORT; echo bye >&3; sleep 0.3; exec 3>&-"
  sleep 0.3
  kill -TERM "$(json "$RAW/events-server.json" pid)" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  closed=$(grep -o 'events=[A-Z|]*' "$trace" | sed 's/events=//' | grep EPOLLRDHUP | grep -v EPOLLERR | head -1)
  reset=$(grep -o 'events=[A-Z|]*' "$trace" | sed 's/events=//' | grep EPOLLERR | head -1)
  closed=${closed:-none} reset=${reset:-none}
  heading "The state of a connection, and what epoll says of it"
  question "What must a server keep for each connection, and how does it learn that a peer has gone?"
  repeat_with "strace -e trace=epoll_wait,recvfrom,close epollecho serve -p 8080"
  {
    printf 'the peer\tevents reported\n'
    printf '!says a line\t%s\n' "$(grep -o 'events=EPOLLIN[,}]' "$trace" | head -1 | sed 's/events=//; s/[,}]//')"
    printf '!closes: FIN\t%s\n' "${closed//|/ + }"
    printf '!closes with data unread: RST\t%s\n' "${reset//|/ + }"
  } | table
  meaning "For each connection the server keeps the descriptor, how far the request was read, and the bytes that are not sent \
yet; $(figure 10000) held connections took $(server_memory echo-10000) bytes of user memory each, by the server's own account. \
$(seen_events "$closed" "$reset")"
  try_next "\`epollecho serve --trigger level\` under the same strace: EPOLLIN is reported again as long as something is left to \
read."
}

# seen_events CLOSED RESET: what the events mean, of those that were seen.
seen_events() {
  case "$1" in
    *EPOLLRDHUP*) echo "EPOLLRDHUP came with the FIN: the peer sends no more, but still reads, so what is owed to it can be sent \
first." ;;
    *) echo "No EPOLLRDHUP was seen in this run." ;;
  esac
  case "$2" in
    *EPOLLERR*EPOLLHUP* | *EPOLLHUP*EPOLLERR*) echo "After RST came EPOLLERR (the socket has an error: ECONNRESET) and EPOLLHUP \
(neither direction is left); both are reported without being asked for." ;;
    *EPOLLERR*) echo "After RST came EPOLLERR: the socket has an error, ECONNRESET. It is reported without being asked for." ;;
    *) echo "No EPOLLERR was seen in this run." ;;
  esac
}

many_connections() {
  hold echo-1000 1000 epoll
  hold echo-10000 10000 epoll

  heading "A thousand connections at once, then ten thousand"
  question "Can one thread, without a thread or a process per client, hold thousands of conversations and lose nothing?"
  repeat_with "$READY_FIFO" "epollecho serve -p 8080 $READY" "epollecho load 127.0.0.1:8080 -c 10000 -n 50000 --size 64 --hold \
4" \
    'kill $!'
  {
    printf 'connections\topen at once\techoes\tbytes verified\tmismatches\tp50 ms\tp99 ms\n'
    hold_row echo-1000
    hold_row echo-10000
  } | table
  load_percentiles "$RAW/echo-1000-load.json" >"$RAW/echo-1000.csv"
  load_percentiles "$RAW/echo-10000-load.json" >"$RAW/echo-10000.csv"
  percentile_plot echoes "How long the echoes took while all connections were open" "1,000 connections" "$RAW/echo-1000.csv" \
    "10,000 connections" "$RAW/echo-10000.csv"
  meaning "One process held $(figure "$(json "$RAW/echo-10000-load.json" peak_connections)") connections at the same moment. \
$(verified echo-10000) The server registers each connection once, edge-triggered: the kernel then reports a connection only when \
its state changes, so the server must read until EAGAIN, or it would wait for a report that never comes. Level-triggered epoll \
repeats the report while data is left: easier to write, more wake-ups. Either way epoll_wait costs by what is ready, not by how \
many connections are open."
  little
  try_next "Start the server with \`--trigger level\` and compare the p99; or stop a client in the middle with Ctrl-Z and see \
that the others do not notice."
}

# load_http MODEL: ab and our own load generator against one model, one connection per request.
load_http() {
  local model=$1 requests=$2
  serve "http-$model-server" --protocol http --model "$model"
  if have ab; then
    ab -q -n "$requests" -c "$CLIENTS" "http://127.0.0.1:$PORT/" >"$RAW/ab-$model.txt"
  fi
  "$BIN/epollecho" load "127.0.0.1:$PORT" --protocol http --reconnect -c "$CLIENTS" -n "$FEWER_REQUESTS" \
    --json >"$RAW/load-$model.json"
  stop "$SERVER"
}

ab_value() {
  awk -v key="$2" 'index($0, key) == 1 { sub(/^[^:]*:[ ]*/, ""); print $1 }' "$RAW/ab-$1.txt"
}

ab_percentile() {
  awk -v key="$2%" '$1 == key { print $2 }' "$RAW/ab-$1.txt"
}

# ab prints whole milliseconds, and no 99.9 %; below one there is nothing to draw on a logarithmic axis.
ab_percentiles() {
  awk '$1 ~ /^(50|90|99|100)%$/ { sub(/%/, "", $1); printf "%s,%s\n", ($2 > 0 ? $2 : 0.5), $1 }' "$RAW/ab-$1.txt"
}

# The curves of both models, ab's where it is there.
http_plot() {
  local model curves=()
  for model in epoll fork; do
    load_percentiles "$RAW/load-$model.json" >"$RAW/load-$model.csv"
    curves+=("$model, epollecho load" "$RAW/load-$model.csv")
    if [ -s "$RAW/ab-$model.txt" ]; then
      ab_percentiles "$model" >"$RAW/ab-$model.csv"
      curves+=("$model, ab" "$RAW/ab-$model.csv")
    fi
  done
  percentile_plot models "How long a request took, its connection included" "${curves[@]}"
}

http_rows() {
  local model=$1 load=$RAW/load-$1.json
  if [ -s "$RAW/ab-$model.txt" ]; then
    # Without keep-alive each request is a connection of its own.
    printf '%s\tab\t%s\t%s\t%s\t%s\t%s\t%s\n' "$model" "$(figure "$(ab_value "$model" "Requests per second")")" \
      "$(figure "$(ab_value "$model" "Requests per second")")" "$(ab_percentile "$model" 50)" "$(ab_percentile "$model" 99)" \
      "$(ab_value "$model" "Failed requests")" "$(json "$RAW/http-$model-server.json" peak_connections)"
  fi
  printf '!%s\tepollecho load\t%s\t%s\t%s\t%s\t%s\t%s\n' "$model" "$(figure "$(json "$load" requests_per_s)")" \
    "$(figure "$(json "$load" connections_per_s)")" "$(figure "$(calc "$(json "$load" latency_us.p50) / 1000")" 1)" \
    "$(figure "$(calc "$(json "$load" latency_us.p99) / 1000")" 1)" "$(json "$load" failed)" "$(json "$load" peak_connections)"
}

memory_row() {
  local connections user kernel
  IFS=$'\t' read -r connections user kernel <"$RAW/$2-memory.tsv"
  printf '!%s\t%s\t%s\t%s\n' "$1" "$connections" "$(bytes_each "$user")" "$(bytes_each "$kernel")"
}

# Why a server's peak is lower than the number of clients, for those of ab where it is.
peak_explained() {
  local model peak lower=()
  for model in epoll fork; do
    peak=$(json "$RAW/http-$model-server.json" peak_connections)
    ! times "$CLIENTS" "$peak" 1.1 || lower+=("$(figure "$peak") with $model")
  done
  if ((${#lower[@]} > 0)); then
    local list=${lower[0]}
    ((${#lower[@]} == 1)) || list+=" and ${lower[1]}"
    paragraph "Peak open: with $(figure "$CLIENTS") clients of ab at once the server never held more connections than $list. A \
connection counts from its accept to its close, and the server accepts one, answers it and closes it at once; the other clients \
are still connecting, waiting in the accept queue, or reading their answer."
  else
    paragraph "Peak open: with $(figure "$CLIENTS") clients of ab at once both servers held nearly all of them, counted from \
accept to close."
  fi
}

epoll_against_fork() {
  load_http epoll "$REQUESTS"
  load_http fork "$FEWER_REQUESTS"
  hold fork-held "$CLIENTS" fork

  local epoll fork
  epoll=$(json "$RAW/load-epoll.json" requests_per_s)
  fork=$(json "$RAW/load-fork.json" requests_per_s)
  heading "epoll against a process per connection"
  question "What does it cost to give every client a process of its own?"
  repeat_with "$READY_FIFO" "epollecho serve -p 8080 --protocol http --model epoll $READY    # then: --model fork" \
    "ab -n $REQUESTS -c $CLIENTS http://127.0.0.1:8080/" \
    "epollecho load 127.0.0.1:8080 --protocol http --reconnect -c $CLIENTS -n $FEWER_REQUESTS" 'kill $!'
  {
    printf 'server\tclient\trequests/s\tconnections/s\tp50 ms\tp99 ms\tfailed\tpeak open\n'
    http_rows epoll
    http_rows fork
  } | table
  http_plot
  paragraph "Memory for each connection while it is held open. User memory is what the server's processes have written to, above \
what they had with no connection; kernel memory is the growth of slabs, page tables and kernel stacks, both ends of the \
connection together, for on loopback both live here."
  {
    printf 'server\tconnections held\tuser bytes each\tkernel bytes each\n'
    memory_row epoll echo-10000
    memory_row fork fork-held
  } | table
  [ -z "${QUICK-}" ] || paragraph "Reduced by QUICK=1: ab against the forking server and epollecho load made \
$(figure "$FEWER_REQUESTS") requests instead of $(figure "$REQUESTS"). ab against epoll made all $(figure "$REQUESTS")."
  if times "$epoll" "$fork" 1.1; then
    meaning "With a connection for each request the epoll server answered $(figure "$epoll") requests a second, the forking one \
$(figure "$fork"): $(figure "$(calc "$epoll / $fork")" 1) times as many. A fork copies page tables and makes a task to schedule, \
and each switch between clients is a switch between processes; the event loop does the same work with a table entry."
  else
    meaning "With a connection for each request the epoll server answered $(figure "$epoll") requests a second, the forking one \
$(figure "$fork"): this run does not show the cost of a process for each connection."
  fi
  paragraph "In memory a held connection costs $(bytes_each "$(cut -f2 "$RAW/echo-10000-memory.tsv")") bytes of user memory with \
epoll and $(bytes_each "$(cut -f2 "$RAW/fork-held-memory.tsv")") with fork."
  peak_explained
  try_next "Add \`-k\` to ab, so that connections are kept: the gap closes, because a process made once then answers many \
requests."
}

# accepted_by_instance FILE: instance, process, accepted connections and requests, from the summaries.
accepted_by_instance() {
  grep '"summary"' "$1" | while read -r line; do
    printf '%s\t%s\t%s\t%s\n' "$(awk -v want=instance -f "$LIB/json.awk" <<<"$line")" \
      "$(awk -v want=pid -f "$LIB/json.awk" <<<"$line")" "$(awk -v want=accepted -f "$LIB/json.awk" <<<"$line")" \
      "$(awk -v want=requests -f "$LIB/json.awk" <<<"$line")"
  done | sort -n
}

four_on_one_port() {
  serve instances-server --protocol http --instances 4
  await 10 test "$(grep -c '"listening"' "$RAW/instances-server.json")" -ge 4
  if have ss; then
    ss -tlnp "sport = :$PORT" >"$RAW/ss.txt"
  fi
  local client=ab
  if have ab; then
    ab -q -n "$SHARED_REQUESTS" -c 100 "http://127.0.0.1:$PORT/" >"$RAW/ab-instances.txt"
  else
    client="epollecho load"
    "$BIN/epollecho" load "127.0.0.1:$PORT" --protocol http --reconnect -c 100 -n "$SHARED_REQUESTS" \
      --json >"$RAW/load-instances.json"
  fi
  stop "$SERVER"
  accepted_by_instance "$RAW/instances-server.json" >"$RAW/instances.tsv"

  heading "Four servers on one port"
  question "Does SO_REUSEPORT share the connections out evenly?"
  repeat_with "$READY_FIFO" "epollecho serve -p 8080 --protocol http --instances 4 $READY" "ss -tlnp | grep 8080" \
    "ab -n $SHARED_REQUESTS -c 100 http://127.0.0.1:8080/" 'kill $!'
  if [ -s "$RAW/ss.txt" ]; then
    output_of <"$RAW/ss.txt"
  fi
  {
    printf 'instance\tprocess\tconnections\trequests\n'
    sed 's/^/!/' "$RAW/instances.tsv"
  } | table
  meaning "$(wc -l <"$RAW/instances.tsv") processes listened on port $PORT, and $client's connections reached \
$(awk -F '\t' '$3 > 0' "$RAW/instances.tsv" | wc -l) of them. The kernel picks the listener by a hash of addresses and ports, \
not by who is idle."
  if "$BIN/optbench" reuseport --json >"$RAW/reuseport.json" 2>>"$RAW/steps.log"; then
    paragraph "How even such shares are is a question for statistics. \`optbench reuseport\`, with connections from ports of the \
kernel's choice: $(json "$RAW/reuseport.json" experiments.0.meaning)"
  fi
  try_next "Kill one of the four while ab runs: connections that wait in its accept queue are lost, which is why servers drain \
before they stop."
}

begin_section lab1 "Lab 1: many connections at once"
step "$(quick 25 20)" "1,000 and 10,000 connections held open, every byte verified" many_connections
step 10 "the state of a connection, and its events" connection_events
step "$(quick 85 28)" "$REQUESTS requests against epoll and against a process per connection" epoll_against_fork
step "$(quick 10 5)" "$SHARED_REQUESTS requests over four instances on one port" four_on_one_port
examine echo "./my-server 8080"
end_section
