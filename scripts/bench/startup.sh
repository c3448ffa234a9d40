#!/usr/bin/env bash
# startup.sh [ROUNDS]: time from spawn to exit of `TOOL --version` beside peers, the sizes of the binaries, and servers at rest.
# The commands take turns in a new random order each round; a ratio is the median of the rounds' own ratios.
set -euo pipefail
cd "$(dirname "$0")/../.."
PATH=$PATH:/usr/sbin:/sbin
bin=${NETTOOLS_BIN:-artifacts/linux-x64}
rounds=${1:-300}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
readarray -t tools <scripts/lib/tools
gcc -O2 -Wall -o "$work/spawn" scripts/bench/spawn.c

commands=()
for peer in 'tcpdump --version' 'ping -V' 'iperf3 --version' 'ab -V'; do
  program=$(command -v "${peer%% *}") && commands+=("$program ${peer#* }")
done
for tool in "${tools[@]}"; do
  [[ ! -x $bin/$tool ]] || commands+=("$bin/$tool --version")
done

"$work/spawn" "$rounds" "${commands[@]}"
echo "wanted: each tool at most 1.5 times the first line"

printf '\n%-12s %10s\n' binary bytes
for tool in "${tools[@]}"; do
  [[ ! -x $bin/$tool ]] || printf '%-12s %10d\n' "$tool" "$(stat -c %s "$bin/$tool")"
done
echo "wanted: each below 5000000, pktsniff below 6000000"

# idle TITLE COMMAND...: resident memory of a server that waits.
idle() {
  "${@:2}" >/dev/null &
  sleep 1
  printf '%-40s %6d KiB\n' "$1" "$(awk '/^VmRSS/ { print $2 }' "/proc/$!/status")"
  kill $!
  wait $!
}

printf '\nresident, idle\n'
idle 'epollecho serve' "$bin/epollecho" serve -p 9350
idle 'epollecho serve --protocol http' "$bin/epollecho" serve -p 9351 --protocol http
idle 'epollecho serve --model fork' "$bin/epollecho" serve -p 9352 --model fork
idle 'epollecho serve --udp' "$bin/epollecho" serve -p 9353 --udp
idle 'optbench server' "$bin/optbench" server -p 9354
echo "wanted: each below 4096"
