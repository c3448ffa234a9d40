#!/usr/bin/env bash
# Lets ordinary users run the tools that need a raw socket, and undoes it.
#
#   scripts/setcap.sh [FOLDER]           gives rawping and pktsniff CAP_NET_RAW, and nothing more
#   scripts/setcap.sh --undo [FOLDER]    takes it away again
#
# FOLDER holds the binaries (the build's by default). What would be unsafe is refused, with the reason.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/common.sh
. "$here/lib/common.sh"
readonly capable=(rawping pktsniff)

refuse() {
  echo "setcap: $1" >&2
  exit 2
}

# The machine a binary is for, from its ELF header: e_machine, offset 18.
machine_of() {
  case "$(od -An -tx1 -j18 -N2 "$1" | tr -d ' ')" in
    3e00) echo x86_64 ;;
    b700) echo aarch64 ;;
    *) echo unknown ;;
  esac
}

# Whoever can replace the file, or a folder above it, could have his own program run with the capability.
check_writable() {
  local path=$1 mode
  while :; do
    mode=$(stat -c %a "$path")
    # The sticky bit of /tmp protects what is in it.
    if [ $((8#$mode & 8#0002)) -ne 0 ] && [ $((8#$mode & 8#1000)) -eq 0 ]; then
      refuse "$path is writable by everybody: chmod o-w $path"
    fi
    [ "$path" != / ] || break
    path=$(dirname "$path")
  done
}

check() {
  local binary=$1 options
  if [ ! -f "$binary" ] || [ -L "$binary" ]; then
    refuse "$binary is not a file: build it first with make"
  fi
  [ "$(machine_of "$binary")" = "$(uname -m)" ] || refuse "$binary is for $(machine_of "$binary"), this machine is $(uname -m)"
  check_writable "$binary"
  options=$(findmnt -nro OPTIONS --target "$binary" 2>/dev/null || true)
  case ",$options," in
    *,nosuid,*) refuse "$binary is on a file system mounted nosuid, where capabilities do not work: copy it to another" ;;
  esac
}

undo=
if [ "${1-}" = --undo ]; then
  undo=1
  shift
fi
case "${1-}" in
  -*) refuse "usage: setcap.sh [--undo] [FOLDER]" ;;
esac
folder=${1:-$(find_binaries "$here")}
command -v setcap >/dev/null || refuse "setcap is missing: apt-get install libcap2-bin"
[ "$(id -u)" -eq 0 ] || refuse "only root may set capabilities: run it with sudo"

for tool in "${capable[@]}"; do
  binary=$(realpath "$folder")/$tool
  if [ -n "$undo" ]; then
    if [ -n "$(getcap "$binary")" ]; then
      setcap -r "$binary"
    fi
    echo "$tool: no capabilities"
  else
    check "$binary"
    setcap cap_net_raw+ep "$binary"
    echo "$tool: CAP_NET_RAW, dropped as soon as its socket is open"
  fi
done
