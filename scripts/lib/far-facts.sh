# shellcheck shell=sh
# facts ADDRESS: what a host is and how it reaches an address, a line each: name, tab, value. Runs at both ends of lab.sh --far:
# POSIX shell, and no command that busybox lacks. What cannot be read is "unknown".
facts() {
  fact kernel "$(uname -sr)"
  fact machine "$(uname -m)"
  fact processors "$(nproc 2>/dev/null)"
  fact "memory, MB" "$(awk '/^MemTotal/ { print int($2 * 1024 / 1000000) }' /proc/meminfo 2>/dev/null)"
  fact "congestion control" "$(cat /proc/sys/net/ipv4/tcp_congestion_control 2>/dev/null)"
  route=$(ip route get "$1" 2>/dev/null | head -n 1 | sed 's/ *uid [0-9]*//; s/ *cache.*//')
  fact "route to the other" "$route"
  interface=$(printf '%s\n' "$route" | sed -n 's/.* dev \([^ ]*\).*/\1/p')
  fact "MTU of the interface" "$(cat "/sys/class/net/$interface/mtu" 2>/dev/null)"
  fact "speed of the interface, Mbit/s" "$(cat "/sys/class/net/$interface/speed" 2>/dev/null)"
  fact offloads "$(ethtool -k "$interface" 2>/dev/null | sed -n -E \
    's/^(tcp-segmentation-offload|generic-segmentation-offload|generic-receive-offload|large-receive-offload): on.*/\1/p' |
    tr '\n' ' ')"
}

fact() {
  printf '%s\t%s\n' "$1" "${2:-unknown}"
}
