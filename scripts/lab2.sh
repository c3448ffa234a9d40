#!/usr/bin/env bash
# Lab 2: packets as they are on the wire. Run it by scripts/lab.sh, which makes the network it needs.
set -euo pipefail

# shellcheck source=scripts/lib/common.sh
. "$LIB/common.sh"
# shellcheck source=scripts/lib/report.sh
. "$LIB/report.sh"
require_lab_net 2

LAB_NAME="lab 2"
LAB_SECONDS_LEFT=35
RAW=$REPORT/lab2
FIELDS_TSHARK=(frame.number frame.len eth.src eth.dst eth.type arp.opcode ip.src ip.dst ip.ttl ipv6.src ipv6.dst ipv6.hlim
  tcp.srcport tcp.dstport tcp.flags udp.srcport udp.dstport udp.length icmp.type icmp.code icmpv6.type icmpv6.code)
COLUMNS_SHOWN=(frame length "eth src" "eth dst" "eth type" "arp operation" "ip src" "ip dst" ttl "src port" "dst port" "tcp flags"
  "udp length" "icmp type" "icmp code")

far() {
  ip netns exec far "$@"
}

# Traffic of every kind that the lab's sniffer must know.
make_traffic() {
  ip neigh flush dev near0
  ip -6 neigh flush dev near0
  if have ping; then
    ping -c 3 -i 0.2 8.8.8.8
    ping -6 -c 3 -i 0.2 2001:4860:4860::8888
  else
    "$BIN/rawping" -c 3 -i 0.2 8.8.8.8
    "$BIN/rawping" -6 -c 3 -i 0.2 2001:4860:4860::8888
  fi
  if have curl; then
    curl -sS -o /dev/null http://10.99.0.2:8080/
    curl -sS -o /dev/null 'http://[fd99::2]:8080/'
  else
    "$BIN/epollecho" load 10.99.0.2:8080 --protocol http -c 1 -n 1
  fi
  # A connection that is opened and closed, one that is refused, and a datagram that nobody waits for.
  true 3<>/dev/tcp/10.99.0.2/8080
  (true 3<>/dev/tcp/10.99.0.2/9) 2>/dev/null || true
  echo "a datagram" >/dev/udp/10.99.0.2/9
  sleep 0.3
}

capture() {
  local server tcpdump="" pktsniff users
  far "$BIN/epollecho" serve -p 8080 --protocol http --json >"$RAW/server.json" &
  server=$!
  await 10 grep -q '"listening"' "$RAW/server.json"
  # A new interface announces its multicast groups for a second or two; both captures begin after that.
  sleep 2.5
  read -r _ _ users </proc/self/uid_map
  if [ "$users" -eq 1 ]; then
    echo "  (tcpdump insists on becoming another user, which only root has: going on without it)" >&3
  elif have tcpdump; then
    tcpdump -i near0 -n -U -w "$RAW/tcpdump.pcap" 2>"$RAW/tcpdump.txt" &
    tcpdump=$!
    await 10 grep -q 'listening on' "$RAW/tcpdump.txt"
  fi
  "$BIN/pktsniff" -Z root -i near0 --json -w "$RAW/pktsniff.pcap" >"$RAW/pktsniff.jsonl" 2>"$RAW/pktsniff.txt" &
  pktsniff=$!
  await 10 test -s "$RAW/pktsniff.pcap"
  sleep 0.5
  make_traffic >"$RAW/traffic.txt"
  # A frame lies in the ring until its block is handed over.
  sleep 1.5
  stop "$pktsniff"
  [ -z "$tcpdump" ] || stop "$tcpdump"
  stop "$server"
  awk -f "$LIB/json.awk" "$RAW/pktsniff.jsonl" | awk -f "$LIB/frames-pktsniff.awk" >"$RAW/pktsniff.tsv"
}

# What kinds of frames there were, by pktsniff's own reading.
kinds() {
  printf 'kind\tframes\n'
  awk -F '\t' '
    { kind = "other" }
    $5 == 2054 { kind = $6 == 1 ? "ARP request" : "ARP reply" }
    $5 == 2048 && $14 != "" { kind = "ICMP type " $14 " code " $15 }
    $5 == 34525 && $14 != "" { kind = "ICMPv6 type " $14 " code " $15 }
    $12 != "" { kind = ($5 == 2048 ? "IPv4" : "IPv6") " TCP" }
    $13 != "" { kind = ($5 == 2048 ? "IPv4" : "IPv6") " UDP" }
    { count[kind]++ }
    END { for (kind in count) print "!" kind "\t" count[kind] }' "$RAW/pktsniff.tsv" | sort
}

# Byte for byte, by the one program that reads both files and is not ours.
compare_bytes() {
  tcpdump -nn -xx -t -r "$RAW/tcpdump.pcap" 2>/dev/null >"$RAW/tcpdump.hex"
  tcpdump -nn -xx -t -r "$RAW/pktsniff.pcap" 2>/dev/null >"$RAW/pktsniff.hex"
  diff "$RAW/tcpdump.hex" "$RAW/pktsniff.hex" >"$RAW/bytes.diff" || true
}

# Field for field: tshark's reading of tcpdump's file against pktsniff's own reading of what it captured itself.
compare_fields() {
  local options=() field
  for field in "${FIELDS_TSHARK[@]}"; do
    options+=(-e "$field")
  done
  tshark -n -r "$RAW/tcpdump.pcap" -T fields -E occurrence=f "${options[@]}" 2>/dev/null |
    awk -f "$LIB/frames-tshark.awk" >"$RAW/tshark.tsv"
  local IFS=$'\t'
  awk -F '\t' -v names="${COLUMNS_SHOWN[*]}" '
    BEGIN { split(names, name, "\t") }
    NR == FNR { theirs[FNR] = $0; total = FNR; next }
    {
      n = split(theirs[FNR], their, "\t")
      for (i = 1; i <= 15; i++) if ($i != their[i]) print FNR "\t" name[i] "\t" their[i] "\t" $i
    }
    END { for (i = FNR + 1; i <= total; i++) print i "\tframe\tpresent\tmissing" }' "$RAW/tshark.tsv" "$RAW/pktsniff.tsv" \
      >"$RAW/fields.diff"
}

# Five frames as the module asks for them: time, MACs, EtherType, addresses, TTL, ICMP type and code, and tcpdump's
# lines for the same frames.
five_frames() {
  "$BIN/pktsniff" -r "$RAW/pktsniff.pcap" --json -c 5 icmp >"$RAW/five.jsonl" 2>>"$RAW/steps.log"
  subheading "Five frames, decoded"
  repeat_with "pktsniff -r lab-report/lab2/pktsniff.pcap -e -c 5 icmp" "tcpdump -r lab-report/lab2/pktsniff.pcap -e -nn -v -c 5 \
icmp"
  awk -f "$LIB/json.awk" "$RAW/five.jsonl" | awk -F '\t' '
    function flush() {
      if (f["icmp.type"] != "")
        printf "!%s\t%s\t%s\t0x%04x\t%s\t%s\t%s\t%s\t%s\n", clock(f["time_ns"]), f["eth.src"], f["eth.dst"], f["eth.type"],
          f["ip.src"], f["ip.dst"], f["ip.ttl"], f["icmp.type"], f["icmp.code"]
    }
    function clock(ns,   s) {
      s = substr(ns, 1, length(ns) - 9) % 86400
      return sprintf("%02d:%02d:%02d.%s", int(s / 3600), int(s % 3600 / 60), s % 60, substr(ns, length(ns) - 8, 6))
    }
    BEGIN { print "time, UTC\tfrom MAC\tto MAC\tEtherType\tsource\tdestination\tTTL\ttype\tcode" }
    $1 != line { flush(); split("", f); line = $1 }
    { f[$2] = $3 }
    END { flush() }' | table
  if [ -s "$RAW/tcpdump.pcap" ]; then
    paragraph "tcpdump's reading of the same frames:"
    TZ=UTC tcpdump -r "$RAW/pktsniff.pcap" -e -nn -v -c 5 icmp 2>/dev/null | sed 's/^[[:space:]]*/ /; s/^ \([0-9][0-9]:\)/\1/' | \
      output_of
  fi
}

# The checksum of RFC 1071 worked out word by word on the first echo request that was captured.
checksum_by_hand() {
  "$BIN/pktsniff" -r "$RAW/pktsniff.pcap" -x -c 1 'icmp[0] == 8' 2>>"$RAW/steps.log" | awk '
    function hex(text,   i, value) {
      for (i = 1; i <= length(text); i++) value = 16 * value + index("0123456789abcdef", substr(text, i, 1)) - 1
      return value
    }
    /^[ \t]*0x[0-9a-f]+:/ { for (i = 2; i <= NF; i++) bytes = bytes $i }
    END {
      start = hex(substr(bytes, 2, 1)) * 4
      end = hex(substr(bytes, 5, 4))
      if (start < 20 || end <= start) exit 1
      for (at = start; at < end; at += 2) {
        word = substr(bytes "00", 2 * at + 1, 4)
        words++
        if (at == start + 2) { carried = word; word = "0000" }
        sum += hex(word)
        line = line (line == "" ? "" : " + ") word
        if (words % 8 == 0) { print line; line = "" }
      }
      if (line != "") print line
      printf "sum of the %d words: 0x%x\n", words, sum
      while (sum > 65535) { sum = int(sum / 65536) + sum % 65536; printf "with the carry added at the low end: 0x%04x\n", sum }
      printf "complement, the checksum: 0x%04x\n", 65535 - sum
      printf "in the packet: 0x%s\n", carried
      exit hex(carried) != 65535 - sum
    }' >"$RAW/checksum.txt" && agrees=yes || agrees=no
  subheading "The ICMP checksum, word by word"
  repeat_with "pktsniff -r lab-report/lab2/pktsniff.pcap -x -c 1 'icmp[0] == 8'"
  output_of <"$RAW/checksum.txt"
  if [ "$agrees" = yes ]; then
    meaning "The first echo request of this capture, its checksum field (the second word) counted as 0: all 16-bit words are \
added, what overflows is added again at the low end, and the complement goes into the field. The receiver adds all words, the \
checksum too, and must get 0xffff."
  else
    meaning "The checksum worked out here is not the one in the packet: the last two lines differ."
  fi
}

sniffer_beside_tcpdump() {
  capture
  local frames dropped
  frames=$(awk 'END { print NR }' "$RAW/pktsniff.tsv")
  dropped=$(json "$RAW/pktsniff.jsonl" dropped)
  heading "A sniffer beside tcpdump"
  question "Does our reading of every frame agree with tcpdump's, bit by bit?"
  if [ -s "$RAW/tcpdump.pcap" ]; then
    repeat_with "$READY_FIFO" "tcpdump -i near0 -n -w tcpdump.pcap &" \
      "pktsniff -Z root -i near0 --json -w pktsniff.pcap >pktsniff.jsonl $READY" \
      "rawping -c 3 8.8.8.8" "kill %1 %2"
  else
    repeat_with "$READY_FIFO" "pktsniff -Z root -i near0 --json -w pktsniff.pcap >pktsniff.jsonl $READY" \
      "rawping -c 3 8.8.8.8" "kill %1"
    note "tcpdump did not run: it is not installed, or this user is root in a user \
namespace alone, where tcpdump cannot become another user. As root it runs."
  fi
  paragraph "pktsniff saw $(figure "$frames") frames on near0 and the kernel dropped $(figure "$dropped"):"
  kinds | table
  if [ -s "$RAW/tcpdump.pcap" ]; then
    local theirs differing=0
    compare_bytes
    theirs=$(tcpdump -nn -t -r "$RAW/tcpdump.pcap" 2>/dev/null | wc -l)
    differing=$(grep -c '^[<>]' "$RAW/bytes.diff" || true)
    {
      printf 'compared\ttcpdump\tpktsniff\tdifferences\n'
      printf '!frames, byte for byte\t%s\t%s\t%s lines of the hex dumps\n' "$theirs" "$frames" "$differing"
    } >"$RAW/compared.tsv"
    if have tshark; then
      compare_fields
      printf '!decoded fields, frame by frame\t%s\t%s\t%s\n' "$((theirs * 15))" "$((frames * 15))" \
        "$(awk 'END { print NR }' "$RAW/fields.diff")" >>"$RAW/compared.tsv"
    fi
    table <"$RAW/compared.tsv"
    if [ -s "$RAW/fields.diff" ]; then
      { printf 'frame\tfield\ttcpdump and tshark\tpktsniff\n' && head -20 "$RAW/fields.diff"; } | table
    fi
    if [ "$theirs" = "$frames" ] && [ "$differing" = 0 ] && ! [ -s "$RAW/fields.diff" ]; then
      meaning "Both programs hold the same $frames frames, byte for byte, and read the same fields in them. Each frame passed an \
AF_PACKET socket: the kernel copies it into a ring shared with the program, which then reads without a system call per packet."
    else
      meaning "The two differ; the rows above say where. A frame more at one end of one file only means that one program started \
or stopped a moment before the other."
      return 1
    fi
  fi
  five_frames
  checksum_by_hand
  try_next "Look at the ICMP error that the datagram to port 9 brought back: \`pktsniff -r lab-report/lab2/pktsniff.pcap -X \
icmp\`."
}

# round_trip_plot FILE: each round trip, by the program's clock, by the kernel's, and by ping's.
round_trip_plot() {
  local curves kernel
  awk -f "$LIB/json.awk" "$1" | awk -F '\t' '
    { split($2, part, ".") }
    $2 ~ /^replies\.[0-9]+\.rtt_ms$/ { print part[2] + 1 "," $3 }' >"$RAW/rtt-user.csv"
  awk -f "$LIB/json.awk" "$1" | awk -F '\t' '
    { split($2, part, ".") }
    $2 ~ /^replies\.[0-9]+\.kernel_rtt_ms$/ && $3 != "null" { print part[2] + 1 "," $3 }' >"$RAW/rtt-kernel.csv"
  curves="'$RAW/rtt-user.csv' using 1:2 with linespoints linetype 1 title 'rawping'"
  if [ -s "$RAW/rtt-kernel.csv" ]; then
    curves+=", '$RAW/rtt-kernel.csv' using 1:2 with linespoints linetype 3 title 'rawping, by the kernel'"
  fi
  if [ -s "$RAW/ping.txt" ]; then
    sed -nE 's/.*icmp_seq=([0-9]+) .*time=([0-9.]+) ms.*/\1,\2/p' "$RAW/ping.txt" >"$RAW/rtt-ping.csv"
    curves+=", '$RAW/rtt-ping.csv' using 1:2 with linespoints linetype 2 title 'ping'"
  fi
  {
    echo 'set xrange [0.7:5.3]; set yrange [0:*]; set xtics 1; set xlabel "request"; set ylabel "round trip, milliseconds"'
    echo "plot $curves"
  } | plot round-trips "Five round trips to the other end of the veth pair"
}

ping_beside_ping() {
  # One first, so that neither waits for neighbour discovery.
  "$BIN/rawping" -c 1 -q 8.8.8.8 >/dev/null
  "$BIN/rawping" -c 5 -i 0.5 --json 8.8.8.8 >"$RAW/rawping.json"
  if have ping; then
    ping -c 5 -i 0.5 8.8.8.8 >"$RAW/ping.txt"
  fi
  local file=$RAW/rawping.json
  heading "An ICMP echo by hand"
  question "What is the round-trip time, and how much of it is our own program?"
  repeat_with "rawping -c 5 8.8.8.8" "ping -c 5 8.8.8.8"
  {
    printf 'program\tsent\treceived\tmin ms\tavg ms\tmax ms\tmdev ms\n'
    printf '!rawping\t%s\t%s\t%s\t%s\t%s\t%s\n' "$(json "$file" transmitted)" "$(json "$file" received)" \
      "$(figure "$(json "$file" rtt_ms.min)" 3)" "$(figure "$(json "$file" rtt_ms.avg)" 3)" \
      "$(figure "$(json "$file" rtt_ms.max)" 3)" "$(figure "$(json "$file" rtt_ms.mdev)" 3)"
    if [ -n "$(json "$file" kernel_rtt_ms.min)" ]; then
      printf '!rawping, by the kernel'"'"'s clock\t%s\t%s\t%s\t%s\t%s\t%s\n' "$(json "$file" transmitted)" \
        "$(json "$file" received)" \
        "$(figure "$(json "$file" kernel_rtt_ms.min)" 3)" "$(figure "$(json "$file" kernel_rtt_ms.avg)" 3)" \
        "$(figure "$(json "$file" kernel_rtt_ms.max)" 3)" "$(figure "$(json "$file" kernel_rtt_ms.mdev)" 3)"
    fi
    if [ -s "$RAW/ping.txt" ]; then
      awk '/packets transmitted/ { sent = $1; received = $4 }
        /^rtt/ { split($4, t, "/"); printf "ping\t%s\t%s\t%s\t%s\t%s\t%s\n", sent, received, t[1], t[2], t[3], t[4] }' \
          "$RAW/ping.txt"
    fi
  } | table
  round_trip_plot "$file"
  local user kernel
  user=$(json "$file" rtt_ms.avg)
  kernel=$(json "$file" kernel_rtt_ms.avg)
  if [ -n "$kernel" ]; then
    meaning "Five requests went out and $(json "$file" received) replies came back, $(figure "$user" 3) ms on average as the \
program sees it. The kernel's own stamps, taken as the packet leaves and as the reply arrives, say $(figure "$kernel" 3) ms: the \
other $(figure "$(calc "$user - $kernel")" 3) ms are system calls and waking up. 8.8.8.8 is here only an address of the other \
end, a veth pair away."
  else
    meaning "Five requests went out and $(json "$file" received) replies came back, $(figure "$user" 3) ms on average. 8.8.8.8 \
is here only an address of the other end, a veth pair away."
  fi
  try_next "\`rawping -s 1400 8.8.8.8\`, then \`-t 1\`; and watch both with \`pktsniff -i near0 icmp\`."
}

# seen FILTER...: how many frames of that kind the far end captured.
seen() {
  "$BIN/pktsniff" -q -r "$RAW/made.pcap" --json "$@" 2>>"$RAW/steps.log" | grep -c '"frame"' || true
}

made_by_hand() {
  local frame=ffffffffffff02000000000188b5 sniffer member
  frame+=$(printf '%092d' 0)
  far "$BIN/pktsniff" -Z root -i far0 -q -w "$RAW/made.pcap" 2>"$RAW/made.txt" &
  sniffer=$!
  far "$BIN/epollecho" serve --udp --group 239.1.2.3 --interface far0 -p 9000 --json >"$RAW/member.json" &
  member=$!
  await 10 test -s "$RAW/made.pcap"
  await 10 grep -q '"listening"' "$RAW/member.json"
  sleep 0.5
  "$BIN/rawping" -c 3 -i 0.1 --hdrincl --source 10.99.0.1 --json 8.8.8.8 >"$RAW/hdrincl.json"
  "$BIN/epollecho" send --group 239.1.2.3:9000 --interface near0 -n 3 hello >"$RAW/send.txt"
  "$BIN/pktsniff" inject -i near0 --hex "$frame" --count 3 >"$RAW/inject.txt"
  sleep 1.5
  stop "$sniffer"
  stop "$member"
  local requests datagrams frames
  requests=$(seen 'icmp[0] == 8' and src host 10.99.0.1)
  datagrams=$(seen udp and dst host 239.1.2.3)
  frames=$(seen ether proto 0x88b5)
  heading "Packets and frames made by hand"
  question "How much of a packet can a program write itself?"
  repeat_with "rawping --hdrincl --source 10.99.0.1 -c 3 8.8.8.8" \
    "$READY_FIFO" "ip netns exec far epollecho serve --udp --group 239.1.2.3 --interface far0 -p 9000 $READY" \
    "epollecho send --group 239.1.2.3:9000 --interface near0 -n 3 hello" \
    'kill $!' "pktsniff inject -i near0 --hex \$(printf '${frame:0:28}%092d' 0) --count 3"
  {
    printf 'made\tby\tsent\tarrived\n'
    printf '!an IPv4 header and an ICMP echo\traw socket, IP_HDRINCL\t3\t%s\n' "$requests"
    printf '!a datagram to a group\tUDP socket, IP_MULTICAST_IF\t3\t%s\n' "$datagrams"
    printf '!an Ethernet frame of an unknown type\tAF_PACKET socket\t3\t%s\n' "$frames"
  } | table
  meaning "Of 3 each the far end saw $requests echo requests, of which $(json "$RAW/hdrincl.json" received) were answered, \
$datagrams datagrams and $frames frames. With IP_HDRINCL the program writes the IP header, too, and may give any source address; \
the kernel still fills in the checksum and the total length. A datagram to a group goes out once, however many listen: the \
group's address becomes an Ethernet address (01:00:5e:01:02:03). Through AF_PACKET the frame goes out as it was written, and \
nobody answers a type nobody knows."
  try_next "\`rawping --hdrincl --source 10.99.0.77 -c 3 8.8.8.8\` beside \`pktsniff -i near0\`: the requests arrive, the \
replies go to the address that was claimed."
  [ "$requests" = 3 ] && [ "$datagrams" = 3 ] && [ "$frames" = 3 ]
}

begin_section lab2 "Lab 2: packets as they are on the wire"
step 12 "pktsniff beside tcpdump" sniffer_beside_tcpdump
step 8 "rawping beside ping" ping_beside_ping
step 8 "an IP header, a multicast datagram and a frame made by hand" made_by_hand
examine sniffer "./my-sniffer eth0"
examine ping "./my-ping 8.8.8.8"
end_section
