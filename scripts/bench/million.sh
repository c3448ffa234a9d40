#!/usr/bin/env bash
# million.sh: a million TCP connections on one machine, each verified by an echo. It makes a network namespace of its own,
# sets limits and sysctls, refuses with the arithmetic where memory, descriptors or watches will not do, and prints a report.
#
#   make bench-million                          a million
#   make bench-million CONNECTIONS=2000000      two
#
# Exit code: 0 when every connection was verified, 1 when not, 2 when it cannot be tried here.
set -euo pipefail
cd "$(dirname "$0")/../.."
PATH=$PATH:/usr/sbin:/sbin
tool=${NETTOOLS_BIN:-artifacts/linux-x64}/epollecho
connections=${CONNECTIONS:-1000000}
port=9000

refuse() { echo "million: $*" >&2; exit 2; }

[[ $connections =~ ^[1-9][0-9]*$ ]] || refuse "CONNECTIONS=$connections is not a number"
[[ -x $tool ]] || refuse "there is no $tool: run make epollecho"
((EUID == 0)) || refuse "needs root, for a network namespace and sysctls: sudo make bench-million"
if [[ ${1-} != --inside ]]; then
  exec unshare -n "$0" --inside
fi
ip link set lo up

# Descriptors of a process. Instances get connections by a hash, not evenly: a tenth is kept free.
ulimit -n "$(ulimit -Hn)"
limit=$(ulimit -n)
[[ $limit != unlimited ]] || limit=1000000
((limit <= 1000000)) || limit=1000000
each=$((limit * 9 / 10 - 50))
((each > 0)) || refuse "a process may have $limit descriptors only: ulimit -n"
processes=$(((connections + each - 1) / each))
((processes <= 1000)) || refuse "$connections connections / $each per process = $processes processes at each end; 1000 are the \
most: ulimit -n"

# Memory: both ends of a connection take 9 KB, nearly all of it the kernel's, a process 6 MB; an eighth is kept free.
needed=$((connections * 90 / 10240 + processes * 2 * 6))
available=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
for group in /sys/fs/cgroup/memory.max:memory.current /sys/fs/cgroup/memory/memory.limit_in_bytes:memory.usage_in_bytes; do
  if read -r most <"${group%:*}" && [[ $most != max ]] && ((most < 1 << 50)) && \
    read -r used <"$(dirname "$group")/${group#*:}"; then
    left=$(((most - used) / 1048576)) # of a container
    ((left >= available)) || available=$left
  fi 2>/dev/null
done
((needed <= available * 7 / 8)) || refuse "memory: $connections x 9 KB + $((2 * processes)) processes x 6 MB = $needed MB, and \
$available MB are available, of which an eighth is kept free"

work=$(mktemp -d)
server='' client='' restore=()
finish() {
  [[ -z $client ]] || kill "$client" 2>/dev/null || true
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  wait
  ((${#restore[@]} == 0)) || sysctl -qw "${restore[@]}" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

# raise NAME VALUE: a sysctl of the whole machine, until the end.
raise() {
  restore+=("$1=$(sysctl -n "$1")")
  sysctl -qw "$1=$2" 2>/dev/null
}

# Files of the machine: two sockets for each connection.
read -r used _ most </proc/sys/fs/file-nr
((used + 2 * connections + 10000 <= most)) || raise fs.file-max $((used + 2 * connections + 100000)) ||
  refuse "files: $used in use + 2 x $connections sockets are more than fs.file-max, $most"

# Watches: an entry of epoll for each socket, of one user.
watches=$(cat /proc/sys/fs/epoll/max_user_watches)
((2 * connections + 10000 <= watches)) || raise fs.epoll.max_user_watches $((2 * connections + 100000)) ||
  refuse "watches: 2 x $connections sockets are more than fs.epoll.max_user_watches, $watches"

# Ports: 12,000 of each source address in 127.0.0.0/8 are used, of 62,500 addresses.
((connections <= 12000 * 62500)) || refuse "ports: $connections / 12,000 per address are more than 62,500 addresses"
sysctl -qw net.ipv4.ip_local_port_range='1024 65535' net.core.somaxconn=65535 net.ipv4.tcp_max_syn_backlog=65535

: >"$work/serve"
echo "million: $connections connections, $processes processes at each end; about $needed MB of $available MB"
"$tool" serve -p "$port" --instances "$processes" --backlog 65535 --json >"$work/serve" &
server=$!
for ((at = 0; at < 600; at++)); do
  (($(grep -c '"listening"' "$work/serve" || true) < processes)) || break
  sleep 0.1
done

sockets() { awk '/^TCP:/ { print $9 }' /proc/net/sockstat; } # allocated, of the whole machine
slab() { awk '/^Slab/ { print $2 }' /proc/meminfo; }

# private PID: kilobytes of memory that a process and its children share with nobody.
private() {
  local process
  for process in "$1" $(cat "/proc/$1/task/$1/children"); do
    cat "/proc/$process/smaps_rollup"
  done 2>/dev/null | awk '/^Private_Dirty/ { sum += $2 } END { print sum + 0 }'
}

slab_before=$(slab)
sockets_before=$(sockets)
"$tool" load "127.0.0.1:$port" -c "$connections" --processes "$processes" --hold 3 --json >"$work/load" &
client=$!

# Progress, with an estimate: on a terminal over and over, otherwise every ten seconds.
begun=$(date +%s%N)
line=0
while kill -0 "$client" 2>/dev/null; do
  open=$((($(sockets) - sockets_before) / 2))
  ((open < connections - connections / 500)) || break # other programs open and close sockets, too
  elapsed=$((($(date +%s%N) - begun) / 1000000))
  left=$((open > 0 ? (connections - open) * (elapsed / 100 + 1) / open / 10 : 0))
  text="opening: $open of $connections after $((elapsed / 1000)) s, about $left s left"
  if [[ -t 2 ]]; then
    printf '\r\033[K%s' "$text" >&2
  elif ((elapsed / 10000 > line)); then
    line=$((elapsed / 10000))
    echo "$text" >&2
  fi
  sleep 0.2
done
[[ ! -t 2 ]] || printf '\r\033[Kverifying and holding' >&2
sleep 0.5
slab_open=$(slab)
private_client=$(private "$client")
code=0
wait "$client" || code=1
client=''
[[ ! -t 2 ]] || printf '\r\033[K' >&2
kill -TERM "$server"
wait "$server" || true
server=''

number() { sed -E "s/.*\"$1\":([0-9.]+).*/\1/" "$work/load"; }
awk -v n="$connections" -v peak="$(number peak_connections)" -v verified="$(number bytes_verified)" -v failed="$(number failed)" \
  -v mismatches="$(number mismatches)" -v rate="$(number connections_per_s)" -v verifying="$(number duration_s)" \
  -v slab=$((slab_open - slab_before)) -v client="$private_client" -F'"user_bytes_per_connection":' '
    /summary/ { user += $2; instances++ }
    END {
      printf "opened %d of %d in %.1f s, %.0f/s\n", peak, n, peak / (rate ? rate : 1), rate
      printf "verified %d by an echo of 64 bytes in %.1f s: %d failed, %d mismatches\n",
        verified / 64, verifying, failed, mismatches
      server = instances ? user / instances : 0
      printf "memory for each: %.0f bytes in slabs of the kernel, both ends, as the whole machine grew; ", slab * 1024 / n
      printf "user memory: "
      printf "%.0f bytes in the server, beyond that of idle processes, %.0f in the client, processes and all\n", server,
        client * 1024 / n
    }' "$work/serve"
if ((code != 0)) || (($(number bytes_verified) != 64 * connections)); then
  echo "million: FAILED: $(sed -E 's/.*"errors":(\{[^}]*\}).*/errors \1/' "$work/load")"
  exit 1
fi
echo "million: every connection was open at once and verified"
