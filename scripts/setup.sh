#!/usr/bin/env bash
# setup.sh: installs the Debian packages that the build, the tests and the labs use. Says what it installs, asks nothing,
# does nothing when nothing is missing. Where it may not install it names what is missing and how to get it.
#
#   scripts/setup.sh            everything
#   scripts/setup.sh --peers    only what the labs compare with: enough where the binaries are at hand
#   scripts/setup.sh --arm64    everything, and what `make ARCH=arm64` and its tests need
#   scripts/setup.sh --fuzz     everything, and what `scripts/fuzz.sh --guided` needs
#
# Exit code: 0 all that is needed is there (a missing peer is only named); 2 something needed to build is missing.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

# package=proof that it is there: a program, or a file. These lists are the only place that names packages.
build=(
  gcc=gcc
  lld=ld.lld
  binutils=objcopy
  make=make
  libc6-dev=/usr/include/stdio.h
  zlib1g-dev=/usr/include/zlib.h
  libpcap-dev=/usr/include/pcap.h
)
peers=(
  iproute2=ip
  iputils-ping=ping
  fping=fping
  hping3=hping3
  tcpdump=tcpdump
  tshark=tshark
  netsniff-ng=netsniff-ng
  tcpreplay=tcprewrite
  apache2-utils=ab
  wrk=wrk
  nginx-light=nginx
  iperf3=iperf3
  sockperf=sockperf
  curl=curl
  jq=jq
  gnuplot-nox=gnuplot
  chromium=chromium
  procps=ps
  strace=strace
  linux-perf=perf
  libcap2-bin=setcap
  busybox-static=busybox
  openssh-server=sshd
  openssh-client=ssh
  dropbear-bin=dropbear
  parallel=parallel
  socat=socat
  ncat=ncat
  python3=python3
  mandoc=mandoc
  shellcheck=shellcheck
)
arm64=(
  clang=clang
  gcc-aarch64-linux-gnu=aarch64-linux-gnu-gcc
  libc6-dev-arm64-cross=/usr/aarch64-linux-gnu/include/stdio.h
  qemu-user-static=qemu-aarch64-static
)
fuzz=(
  "afl++=afl-fuzz"
)

# For arm64 pktsniff links this package's libpcap.a, which is taken out of it: installing it would bring a second C library.
arm64_libpcap=libpcap0.8-dev
arm64_archive=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/artifacts/arm64/libpcap.a

say() { printf 'setup: %s\n' "$*"; }

# The packages of the given list whose proof is not there, one a line.
missing() {
  local entry proof
  for entry in "$@"; do
    proof=${entry#*=}
    if [[ $proof == /* ]]; then
      [[ -e $proof ]] || echo "${entry%%=*}"
    else
      command -v "$proof" >/dev/null || echo "${entry%%=*}"
    fi
  done
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi
}

# Prints why nothing can be installed here, or nothing.
obstacle() {
  if ! command -v apt-get >/dev/null; then
    echo "this is not Debian: there is no apt-get"
  elif ((EUID != 0)) && ! { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }; then
    echo "not root, and sudo would ask for a password"
  fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 "$@" </dev/null
}

# A server that comes with a package (nginx) must not start here and take a port.
policy=/usr/sbin/policy-rc.d
hold_services() {
  [[ ! -e $policy ]] || return 0
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod +x "$policy"
  trap 'as_root rm -f "$policy"' EXIT
}

install_packages() {
  local why log package
  why=$(obstacle)
  if [[ -n $why ]]; then
    say "cannot install: $why"
    return
  fi
  log=$(mktemp)
  say "installing: $*"
  if ! apt update >"$log" 2>&1; then
    tail -n 3 "$log"
    say "apt-get update failed: no network?"
  fi
  hold_services
  if ! apt install --no-install-recommends "$@" >"$log" 2>&1; then
    # One package that this release lacks must not keep out the others.
    for package in "$@"; do
      apt install --no-install-recommends "$package" >"$log" 2>&1 || { tail -n 2 "$log"; say "could not install $package"; }
    done
  fi
  rm -f "$log"
}

# Takes arm64's libpcap.a out of Debian's package, with lists of packages of its own: the machine's stay as they are.
fetch_arm64_libpcap() {
  local work
  work=$(mktemp -d)
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
  local options=(-o APT::Architecture=arm64 -o APT::Architectures=arm64 -o "Dir::State::lists=$work/lists" \
    -o "Dir::Cache=$work/cache"
    -o APT::Sandbox::User=root)
  say "fetching libpcap.a for arm64"
  if (cd "$work" && apt-get -q "${options[@]}" update && apt-get -q "${options[@]}" download "$arm64_libpcap") \
    >"$work/log" 2>&1; then
    dpkg-deb -x "$work"/*.deb "$work/package"
    install -D -m 644 "$work/package/usr/lib/aarch64-linux-gnu/libpcap.a" "$arm64_archive"
    dpkg-deb -f "$work"/*.deb Version >"${arm64_archive%.a}.version"
  else
    tail -n 3 "$work/log"
  fi
  rm -rf "$work"
}

has_sdk() { command -v dotnet >/dev/null && dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; }

needed=("${build[@]}")
case ${1-} in
  '') ;;
  --peers) needed=() ;;
  --arm64) needed+=("${arm64[@]}") ;;
  --fuzz) needed+=("${fuzz[@]}") ;;
  *)
    sed -n '2,10s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac

mapfile -t absent < <(missing "${needed[@]}" "${peers[@]}")
((${#absent[@]} == 0)) || install_packages "${absent[@]}"

code=0
if [[ ${1-} == --arm64 && ! -e $arm64_archive ]]; then
  fetch_arm64_libpcap
  if [[ ! -e $arm64_archive ]]; then
    say "needed to build, and missing: $arm64_archive, from Debian's $arm64_libpcap for arm64"
    code=2
  fi
fi
mapfile -t absent < <(missing "${needed[@]}")
if ((${#absent[@]} > 0)); then
  say "needed to build, and missing: ${absent[*]}"
  say "  get them, as root: apt-get update && apt-get install -y --no-install-recommends ${absent[*]}"
  code=2
fi
if ((${#needed[@]} > 0)) && ! has_sdk; then
  say "needed to build, and missing: the .NET 10 SDK (dotnet --list-sdks shows no 10.x)"
  say "  get it as a package, whose signature apt checks: https://learn.microsoft.com/dotnet/core/install/linux-debian"
  code=2
fi
mapfile -t absent < <(missing "${peers[@]}")
if ((${#absent[@]} > 0)); then
  say "peers that are missing (the labs go on without them, tests that need them are skipped): ${absent[*]}"
  say "  get them, as root: apt-get update && apt-get install -y --no-install-recommends ${absent[*]}"
fi
((code != 0)) || say "ready"
exit "$code"
