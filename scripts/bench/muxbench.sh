#!/usr/bin/env bash
# muxbench.sh [ROUNDS]: every mechanism beside its C twin at 10, 1,000 and 9,000 descriptors, calls that wait (timeout -1)
# and calls that only look (timeout 0), the last descriptor readable where it makes a difference, then the relay beside the C twin
# and beside libevent's own bench, built from Debian's source package where that can be had.
# The arms take turns; a ratio is the median of the rounds' own ratios.
set -euo pipefail
cd "$(dirname "$0")/../.."
tool=${NETTOOLS_BIN:-artifacts/linux-x64}/muxbench
rounds=${1:-7}
blocks=5
libevent=artifacts/bench/libevent
ulimit -n "$(ulimit -Hn)"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gcc -O2 -Wall -Wextra -o "$work/twin" scripts/bench/muxbench.c

# ours MECHANISM METRIC FDS [TIMEOUT POSITION]: the median in nanoseconds.
ours() {
  "$tool" --mechanisms "$1" --measure "$2" --fds "$3" --blocks "$blocks" ${4:+--timeout "$4" --position "$5"} --json | \
    sed -E 's/.*"median_ns":([0-9.]+).*/\1/'
}
twin() { "$work/twin" "$1" "$2" "$3" "$blocks" ${4:+"$4" "$5"}; }

# libevent_bench MECHANISM relay FDS: nanoseconds a step; libevent prints microseconds for 100 writes and the first, 25 times.
libevent_bench() {
  "$libevent/bench" -n "$3" -a 1 -w 100 -m "$1" 2>"$work/bench.log" | sort -n | sed -n 13p | awk '{ print $1 * 1000 / 101 }'
}

# compare TITLE OTHER MECHANISM METRIC FDS: prints both medians and the median ratio.
compare() {
  local title=$1 other=$2
  shift 2
  for ((round = 0; round < rounds; round++)); do
    if ((round % 2)); then
      second=$("$other" "$@") first=$(ours "$@")
    else
      first=$(ours "$@") second=$("$other" "$@")
    fi
    echo "$first $second"
  done | awk -v title="$title" -v fds="$3" '
    function median(v, n,   i, j, t) {
      for (i = 2; i <= n; i++) { t = v[i]; for (j = i - 1; j > 0 && v[j] > t; j--) v[j + 1] = v[j]; v[j + 1] = t }
      return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
    }
    { n++; a[n] = $1; b[n] = $2; r[n] = $1 / $2 }
    END { printf "%-28s %6d  %12.1f ns  %12.1f ns  %6.3f\n", title, fds, median(a, n), median(b, n), median(r, n) }'
}

# build_libevent: leaves libevent's bench in $libevent/bench, or says why not and returns 1.
build_libevent() {
  [[ ! -x $libevent/bench ]] || return 0
  local uri
  uri=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/*.sources 2>/dev/null | head -1)
  [[ -n $uri ]] || uri=$(sed -nE 's/^deb +(\[[^]]*\] +)?([^ ]+).*/\2/p' /etc/apt/sources.list 2>/dev/null | head -1)
  [[ -n $uri ]] || { echo "no Debian mirror is configured"; return 1; }
  (
    mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial" "$work/src"
    cd "$work/src"
    # shellcheck source=/dev/null
    . /etc/os-release
    printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
      "$uri" "$VERSION_CODENAME" >"$work/src.sources"
    options=(-q -o Dir::Etc::sourcelist="$work/src.sources" -o Dir::Etc::sourceparts=-
      -o Dir::State::lists="$work/apt/lists" -o Dir::Cache="$work/apt" -o APT::Sandbox::User=root)
    timeout 120 apt-get "${options[@]}" update
    timeout 120 apt-get "${options[@]}" source --download-only libevent
    tar xf libevent_*.orig.tar.gz --strip-components=1
    ./configure --disable-openssl --disable-shared --disable-samples --disable-libevent-regress CFLAGS=-O2
    make include/event2/event-config.h
    make libevent_core.la
    gcc -O2 -w -I. -Iinclude -o bench test/bench.c .libs/libevent_core.a
  ) >"$work/libevent.log" 2>&1 || { tail -2 "$work/libevent.log"; return 1; }
  install -D "$work/src/bench" "$libevent/bench"
}

for timeout in -1 0; do
  printf '%-28s %6s  %15s  %15s  %6s\n' "one call, timeout $timeout" fds muxbench "C twin" ratio
  for mechanism in select poll ppoll epoll epoll-et epoll-oneshot epoll-pwait2 uring; do
    for fds in 10 1000 9000; do
      compare "$mechanism" twin "$mechanism" call "$fds" "$timeout" last
    done
  done
done
echo "wanted: each ratio at most 1.03"

printf '\n%-28s %6s  %15s  %15s  %6s\n' "a step of a relay" fds muxbench "C twin" ratio
for mechanism in select poll epoll epoll-et uring; do
  for fds in 100 1000; do
    compare "$mechanism" twin "$mechanism" relay "$fds"
  done
done

printf '\n%-28s %6s  %15s  %15s  %6s\n' "a step of a relay" fds muxbench "libevent bench" ratio
if why=$(build_libevent); then
  for mechanism in select poll epoll; do
    for fds in 100 1000; do
      compare "$mechanism" libevent_bench "$mechanism" relay "$fds"
    done
  done
  echo "libevent keeps its own table of events besides: its step has more to do, above all with select"
else
  echo "left out, its source package could not be built: $why"
fi
