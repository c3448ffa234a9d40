#!/usr/bin/env bash
# Runs a command in a small network of its own: two namespaces, `near` and `far`, joined by a veth pair.
#
#   scripts/lab-net.sh COMMAND [ARG...]     the command runs in `near`; reach the other end with: ip netns exec far ...
#   scripts/lab-net.sh                      the same with a shell
#
#   near  near0 10.99.0.1/24 fd99::1/64     far  far0 10.99.0.2/24 fd99::2/64, and 8.8.8.8 2001:4860:4860::8888
#
# Nothing leads out. Everything lives in mount and process namespaces of its own, so the kernel removes it all when the
# command ends, whatever ends it: an error, Ctrl-C, kill -9. Works as root, and as an ordinary user where the kernel
# lets users make namespaces.
set -euo pipefail

readonly prefix4=10.99.0 prefix6=fd99:

enter() {
  local user=()
  if [ "$(id -u)" -ne 0 ]; then
    user=(--user --map-root-user)
  fi
  if ! unshare "${user[@]}" --mount true 2>/dev/null; then
    echo "lab-net: this user may not make namespaces: run it as root, or allow it: sysctl kernel.unprivileged_userns_clone=1" >&2
    exit 2
  fi
  exec unshare "${user[@]}" --mount --net --pid --fork --kill-child --mount-proc bash "$0" --inside "$@"
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

if [ "${1-}" = --inside ]; then
  shift
  build
  [ $# -gt 0 ] || set -- "${SHELL:-/bin/bash}"
  exec ip netns exec near "$@"
fi
enter "$@"
