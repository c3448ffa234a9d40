# The decoded fields of each frame, as pktsniff --json gives them, in the columns that frames-tshark.awk also prints.
# Input: what json.awk prints of the stream: line number, path, value.
BEGIN { FS = OFS = "\t" }
function flush() {
    if (f["frame"] == "") return
    print f["frame"], f["length"], f["eth.src"], f["eth.dst"], f["eth.type"], f["arp.operation"], f["ip.src"], f["ip.dst"], \
        f["ip.ttl"], f["tcp.src_port"] f["udp.src_port"], f["tcp.dst_port"] f["udp.dst_port"], f["tcp.flags"], f["udp.length"], \
        f["icmp.type"], f["icmp.code"]
}
$1 != line { flush(); split("", f); line = $1 }
{ f[$2] = $3 }
END { flush() }
