#!/usr/bin/env bash
# pictures.sh: makes the README's pictures in .github/pictures from real runs: the first screen of the lab report (Chromium), a
# capture in colour and a live trace (a terminal recorded to SVG). Needs the binaries, and lab-report from `make lab`.
set -euo pipefail
cd "$(dirname "$0")/.."
pictures=$PWD/.github/pictures

refuse() {
  echo "pictures: $1" >&2
  exit 2
}

# A path of three routers beside the lab's network: near, r1, r2, r3 and the end, which has 192.0.2.9.
routers() {
  local nodes=(near r1 r2 r3 end) i j
  for i in 1 2 3 4; do
    ip netns add "${nodes[i]}"
    ip -n "${nodes[i]}" link set lo up
    ip netns exec "${nodes[i]}" sysctl -qw net.ipv4.ip_forward=1
  done
  for i in 0 1 2 3; do
    ip -n "${nodes[i]}" link add "a$i" type veth peer name "b$i" netns "${nodes[i + 1]}"
    ip -n "${nodes[i]}" addr add "198.51.100.$((4 * i + 1))/30" dev "a$i"
    ip -n "${nodes[i + 1]}" addr add "198.51.100.$((4 * i + 2))/30" dev "b$i"
    ip -n "${nodes[i]}" link set "a$i" up
    ip -n "${nodes[i + 1]}" link set "b$i" up
    ip -n "${nodes[i]}" route add 192.0.2.9/32 via "198.51.100.$((4 * i + 2))"
    for ((j = 0; j < i; j++)); do
      ip -n "${nodes[i + 1]}" route add "198.51.100.$((4 * j))/30" via "198.51.100.$((4 * i + 1))"
    done
  done
  ip -n end addr add 192.0.2.9/32 dev lo
}

# svg NAME COMMAND [SECONDS]: the terminal's bytes from standard input; SECONDS for each screen.
svg() {
  awk -v command="$2" -v seconds="${3-}" -f scripts/lib/terminal-svg.awk >"$pictures/$1.svg.new"
  mv "$pictures/$1.svg.new" "$pictures/$1.svg"
}

record() {
  local sniffer
  work=$(mktemp -d)
  trap 'rm -rf "${work:?}"' EXIT
  mkfifo "$work/ready"
  timeout 20 pktsniff -i near0 -c 14 -q -t --color=always --ready-fd 3 3>"$work/ready" >"$work/capture" 2>/dev/null &
  sniffer=$!
  read -r <"$work/ready"
  rawping -q -c 1 8.8.8.8 >/dev/null
  ip netns exec far epollecho serve -p 8080 --protocol http --ready-fd 3 3>"$work/ready" >/dev/null &
  read -r <"$work/ready"
  epollecho load 10.99.0.2:8080 --protocol http -c 1 -n 1 >/dev/null
  wait "$sniffer" || true
  kill %2
  svg capture 'pktsniff -i near0 -q -t' <"$work/capture"

  routers
  timeout 30 script -qec "stty cols 100 rows 24; rawping --trace -c 5 -i 0.2 192.0.2.9" "$work/trace" </dev/null >/dev/null
  svg trace 'rawping --trace 192.0.2.9' <"$work/trace"
}

if [[ ${1-} == --inside ]]; then
  record
  exit
fi

page=${LAB_REPORT:-$PWD/lab-report}/index.html
[ -s "$page" ] || refuse "$page is missing: run make lab"
for program in chromium script; do
  command -v "$program" >/dev/null || refuse "$program is missing: scripts/setup.sh installs it"
done
mkdir -p "$pictures"
scripts/lab-net.sh bash "$PWD/scripts/pictures.sh" --inside
for scheme in dark light; do
  colours=$([ "$scheme" = dark ] && echo 0 || echo 1)
  timeout 60 chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --window-size=900,900 \
    --virtual-time-budget=2000 --blink-settings="preferredColorScheme=$colours" \
    --screenshot="$pictures/report-$scheme.png" "file://$page" >/dev/null 2>&1 ||
    refuse "chromium could not draw the report"
done
echo "pictures: $(cd "$pictures" && echo *)"
