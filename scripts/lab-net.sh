#!/usr/bin/env bash
# Runs a command in a small network of its own: two namespaces, `near` and `far`, joined by a veth pair.
#
#   lab-net.sh COMMAND [ARG...]     the command runs in `near`; reach the other end with: ip netns exec far ...
#   lab-net.sh                      the same with a shell
#
#   near  near0 10.99.0.1/24 fd99::1/64     far  far0 10.99.0.2/24 fd99::2/64, and 8.8.8.8 2001:4860:4860::8888
#
# The tools are on PATH there. Nothing leads out. Everything lives in mount and process namespaces of its own, so the kernel
# removes it all when the command ends, also after an error, Ctrl-C or kill -9. Works as root, and as an ordinary user where the
# kernel lets users make namespaces. Exit code: the command's; 2 when the network cannot be made, and one line says why.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly prefix4=10.99.0 prefix6=fd99:

refuse() {
  echo "lab-net: $1" >&2
  exit 2
}

# Why this user may not make namespaces, as far as the kernel's settings tell.
why_not() {
  setting() { cat "/proc/sys/$1" 2>/dev/null || echo "${2:-1}"; }
  if [ "$1" != "Operation not permitted" ] && [ "$1" != "No space left on device" ]; then
    echo "namespaces cannot be made here: $1"
  elif [ "$(id -u)" -eq 0 ]; then
    echo "root here may not make namespaces: CAP_SYS_ADMIN is missing, as in most containers (docker run --privileged)"
  elif [ "$(setting user/max_user_namespaces)" = 0 ]; then
    echo "user.max_user_namespaces is 0 here: run it as root"
  elif [ "$(setting kernel/unprivileged_userns_clone)" = 0 ]; then
    echo "this user may not make namespaces: run it as root, or once as root: sysctl kernel.unprivileged_userns_clone=1"
  elif [ "$(setting kernel/apparmor_restrict_unprivileged_userns 0)" = 1 ]; then
    echo "AppArmor keeps users from making namespaces: run it as root, or once as root:" \
      "sysctl kernel.apparmor_restrict_unprivileged_userns=0"
  else
    echo "this user may not make namespaces ($1): run it as root"
  fi
}

enter() {
  local user=() error program
  for program in unshare mount; do
    command -v "$program" >/dev/null || refuse "$program is missing: apt-get install util-linux mount"
  done
  command -v ip >/dev/null || refuse "ip is missing: apt-get install iproute2"
  if [ "$(id -u)" -ne 0 ]; then
    user=(--user --map-root-user)
  fi
  if ! error=$(LC_ALL=C unshare "${user[@]}" --mount --net --pid --fork --mount-proc true 2>&1); then
    refuse "$(why_not "${error##*: }")"
  fi
  exec unshare "${user[@]}" --mount --net --pid --fork --kill-child --mount-proc bash "${BASH_SOURCE[0]}" --inside "$@"
}

build() {
  # `ip netns` keeps its names under /run: one of our own, so that the names vanish with us.
  mount -t tmpfs lab-net /run
  mkdir /run/netns
  ip netns add near
  ip netns add far
  # Addresses are usable at once, and no router is looked for: there is none, and the captures stay quiet.
  local name
  for name in near far; do
    ip netns exec "$name" bash -c 'echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad
      echo 0 >/proc/sys/net/ipv6/conf/default/router_solicitations'
  done
  ip -n near link add near0 type veth peer name far0 netns far
  local end
  for end in near far; do
    local host=1
    [ "$end" = near ] || host=2
    ip -n "$end" link set lo up
    ip -n "$end" address add "$prefix4.$host/24" dev "${end}0"
    ip -n "$end" address add "$prefix6:$host/64" dev "${end}0" nodad
    ip -n "$end" link set "${end}0" up
  done
  ip -n far address add 8.8.8.8/32 dev lo
  ip -n far address add 2001:4860:4860::8888/128 dev lo nodad
  ip -n near route add default via "$prefix4.2"
  ip -n near route add default via "$prefix6:2"
}

case "${1-}" in
  -h | --help)
    # shellcheck source=scripts/lib/common.sh
    . "$here/lib/common.sh"
    help_of "${BASH_SOURCE[0]}"
    exit 0
    ;;
  --inside) shift ;;
  *) enter "$@" ;;
esac

messages=$(mktemp)
# A trap, not a condition, which would switch errexit off inside build.
trap 'echo "lab-net: the network could not be made: $(tail -n 1 "$messages")" >&4; rm -f "$messages"; exit 2' EXIT
exec 4>&2 2>"$messages"
build
exec 2>&4 4>&-
trap - EXIT
rm -f "$messages"
# shellcheck source=scripts/lib/common.sh
. "$here/lib/common.sh"
if tools=$(find_binaries "$here" 2>/dev/null); then
  PATH=$tools:$PATH
fi
export PATH
[ $# -gt 0 ] || set -- "${SHELL:-/bin/bash}"
exec ip netns exec near "$@"
