#!/usr/bin/env bash
# epollecho.sh [ROUNDS] [SECONDS]: the event loop beside its C twin, the HTTP server beside nginx, the load generator beside
# wrk. Server and client each have a CPU of their own; the arms take turns, and a ratio is the median of the rounds' ratios.
set -euo pipefail
cd "$(dirname "$0")/../.."
PATH=$PATH:/usr/sbin:/sbin
tool=${NETTOOLS_BIN:-artifacts/linux-x64}/epollecho
rounds=${1:-7}
seconds=${2:-2}
server_cpu=0
client_cpu=$(($(nproc) > 1 ? 1 : 0))

work=$(mktemp -d)
servers=()
finish() {
  for server in "${servers[@]}"; do kill "$server" 2>/dev/null || true; done
  wait
  rm -rf "$work"
}
trap finish EXIT
gcc -O2 -Wall -o "$work/echo_twin" scripts/bench/echo_twin.c
gcc -O2 -Wall -o "$work/turns" scripts/bench/turns.c
gcc -O2 -Wall -o "$work/open_twin" scripts/bench/open_twin.c
gcc -O2 -Wall -o "$work/fair" scripts/bench/fair.c

# serve COMMAND...: starts a server on its CPU; $! is its number.
serve() {
  taskset -c "$server_cpu" "$@" >/dev/null 2>"$work/server.log" &
  servers+=($!)
}

# cpu PID: CPU seconds of a server and the processes it started, to the nanosecond.
cpu() {
  local pids=("$1") children pid
  read -r -a children <"/proc/$1/task/$1/children" || true
  pids+=("${children[@]}")
  for pid in "${pids[@]}"; do cat "/proc/$pid/schedstat"; done | awk '{ sum += $1 } END { printf "%.9f\n", sum / 1e9 }'
}

# number KEY FILE: a number of our own report.
number() { sed -E "s/.*\"$1\":([0-9.]+).*/\1/" "$2"; }

load() { taskset -c "$client_cpu" "$tool" load "$@" -d "$seconds" --json >"$work/out" && number requests_per_s "$work/out"; }
wrk_one() { taskset -c "$client_cpu" wrk -t1 -c100 -d"${seconds}s" "$1" | awk '/Requests\/sec/ { print $2 }'; }

# measure NAME PID COMMAND...: one run; adds "rate rate-per-CPU-second" of the server to the arm's file.
measure() {
  local name=$1 pid=$2 before after rate
  shift 2
  before=$(cpu "$pid")
  rate=$("$@")
  after=$(cpu "$pid")
  awk -v r="$rate" -v s="$seconds" -v c="$before" -v d="$after" \
    'BEGIN { printf "%s %.0f\n", r, (d > c ? r * s / (d - c) : 0) }' >>"$work/$name"
}

# compare TITLE A B: medians of both arms and the median of the rounds' ratios A/B, in rate and in rate per CPU second.
compare() {
  paste "$work/$2" "$work/$3" | awk -v title="$1" '
    function median(v, n,   i, j, t) {
      for (i = 2; i <= n; i++) { t = v[i]; for (j = i - 1; j > 0 && v[j] > t; j--) v[j + 1] = v[j]; v[j + 1] = t }
      return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
    }
    { n++; a[n] = $1; b[n] = $3; r[n] = $1 / $3; ca[n] = $2; cb[n] = $4; cr[n] = $4 ? $2 / $4 : 0 }
    END {
      printf "%-34s %10.0f /s against %10.0f, ratio %.2f; per CPU second %10.0f against %10.0f, ratio %.2f\n", title,
        median(a, n), median(b, n), median(r, n), median(ca, n), median(cb, n), median(cr, n)
    }'
}

# beside TITLE MODE CONNECTIONS BYTES PID PORT PID PORT: both servers by turns of 40 ms.
beside() {
  printf '%-34s ' "$1"
  taskset -c "$client_cpu" "$work/turns" "$2" "$3" "$4" $((rounds * 15)) 40 "${@:5}"
}

serve "$tool" serve -p 9301; ours=$!
serve "$work/echo_twin" 9302; twin=$!
sleep 0.5
beside "echo 100 x 64 B, C twin" tcp 100 64 "$ours" 9301 "$twin" 9302
beside "echo 1000 x 16384 B, C twin" tcp 1000 16384 "$ours" 9301 "$twin" 9302
echo "wanted: at least 1.0 of the C twin"

# opening: both servers and both clients by turns, 10,000 connections each time; the servers as above.
for ((round = 0; round < rounds; round++)); do
  taskset -c "$client_cpu" "$tool" load 127.0.0.1:9301 -c 10000 -n 10000 --json >"$work/out" || true
  echo "$(number connections_per_s "$work/out") 0" >>"$work/open-ours"
  echo "$(taskset -c "$client_cpu" "$work/open_twin" 9302 10000) 0" >>"$work/open-twin"
done
compare "opening 10,000, C twins" open-ours open-twin
echo "wanted: at least 0.95 of the C twins' rate"

serve "$tool" serve -p 9307 --protocol http; http=$!
sleep 0.5
for protocol in echo http; do
  printf '%-34s ' "fairness, $protocol, C twin"
  pid=$ours port=9301
  [[ $protocol == echo ]] || pid=$http port=9307
  taskset -c "$client_cpu" "$work/fair" "$protocol" $((rounds * 2 + 1)) 150 "$pid" "$port" "$twin" 9302
done
echo "wanted: a ratio of at most 2"

serve "$tool" serve -p 9305 --udp; ours=$!
serve "$work/echo_twin" -u 9306; twin=$!
sleep 0.5
beside "UDP echo 10 x 16 x 64 B, C twin" udp 10 64 "$ours" 9305 "$twin" 9306
beside "UDP echo 1 x 16 x 64 B, C twin" udp 1 64 "$ours" 9305 "$twin" 9306
beside "UDP echo 10 x 16, joined by the client" joined 10 64 "$ours" 9305 "$twin" 9306
echo "wanted: of the single client at least the C twin's rate, on a quiet machine and on a busy one; of ten, 1.5 of its CPU time"

# sockets: TCP sockets of this machine. slab: KB of kernel memory.
sockets() { awk '/^TCP:/ { print $9 }' /proc/net/sockstat; }
slab() { awk '/^Slab/ { print $2 }' /proc/meminfo; }

# open_many CONNECTIONS PROCESSES INSTANCES PORT: opens that many at once and verifies each by an echo.
open_many() {
  local before slab_before slab_open loading at verdict='every one verified'
  "$tool" serve -p "$4" --instances "$3" --json >"$work/many" &
  servers+=($!)
  sleep 1
  slab_before=$(slab)
  before=$(sockets)
  "$tool" load "127.0.0.1:$4" -c "$1" --processes "$2" --hold 3 --timeout 60 --json >"$work/many-load" &
  loading=$!
  for ((at = 0; at < 600; at++)); do
    sleep 0.1
    (($(sockets) - before < 2 * $1)) || break
    kill -0 "$loading" 2>/dev/null || break
  done
  slab_open=$(slab)
  wait "$loading" || verdict='FAILED: some were not verified'
  (($(number bytes_verified "$work/many-load") == 64 * $1)) || verdict='FAILED: some were not verified'
  kill -TERM "${servers[-1]}"
  wait "${servers[-1]}"
  awk -v n="$1" -v rate="$(number connections_per_s "$work/many-load")" -v verifying="$(number duration_s "$work/many-load")" \
    -v slab=$((slab_open - slab_before)) -v verdict="$verdict" -F'"user_bytes_per_connection":' '
      /summary/ { user += $2; instances++ }
      END {
        printf "%d connections: open after %.1f s, %s after %.1f s more; each takes %.0f bytes of user memory in the server\n",
          n, n / rate, verdict, verifying, user / instances
        printf "  and %.1f KB of kernel memory for its two ends\n", slab / n
      }' "$work/many"
}
open_many 10000 1 1 9310
open_many 18000 1 1 9311
open_many 100000 6 8 9312
echo "wanted: at most 64 bytes of user memory each"

if command -v nginx >/dev/null && command -v wrk >/dev/null; then
  cat >"$work/nginx.conf" <<CONF
worker_processes 1;
daemon off;
pid $work/nginx.pid;
error_log $work/nginx.log;
events { worker_connections 10000; }
http {
  access_log off;
  keepalive_requests 1000000000;
  server { listen 9304; location / { return 200 "ok\n"; } }
}
CONF
  serve "$tool" serve -p 9303 --protocol http; http=$!
  serve nginx -p "$work" -c "$work/nginx.conf"; nginx=$!
  sleep 0.5
  read -r worker <"/proc/$nginx/task/$nginx/children" || [[ -n $worker ]] # the kernel ends the line with a blank
  beside "HTTP -c100, nginx" http 100 3 "$http" 9303 "$worker" 9304
  serve "$work/echo_twin" 9313; twin=$!
  sleep 0.5
  beside "HTTP -c100, a C echo, which parses nothing" http 100 3 "$http" 9303 "$twin" 9313
  beside "that C echo, nginx" http 100 3 "$twin" 9313 "$worker" 9304
  for ((round = 0; round < rounds; round++)); do
    measure http-ours "$http" wrk_one http://127.0.0.1:9303/
    measure http-nginx "$nginx" wrk_one http://127.0.0.1:9304/
    measure load-ours "$nginx" load 127.0.0.1:9304 --protocol http -c 100
    measure load-wrk "$nginx" wrk_one http://127.0.0.1:9304/
  done
  compare "HTTP under wrk -c100, nginx" http-ours http-nginx
  echo "wanted: at least 1.15 of nginx per CPU second, and 0.95 of the C echo, which is the limit of two calls for each request"
  compare "load on nginx -c100, wrk" load-ours load-wrk
  echo "wanted: at least 1.1 of the rate of wrk (the CPU seconds here are nginx's)"
else
  echo "nginx or wrk is not installed: their comparisons are left out"
fi
