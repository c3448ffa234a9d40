# The decoded fields of each frame, as tshark reads them, in the columns that frames-pktsniff.awk also prints.
# Input: the fields of FIELDS_TSHARK (scripts/lab2.sh), tab-separated. What an ICMP error quotes is not the frame's own.
BEGIN { FS = OFS = "\t" }
function hex(text,   i, n) {
    if (text == "") return ""
    n = 0
    text = tolower(text)
    sub(/^0x/, "", text)
    for (i = 1; i <= length(text); i++) n = n * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
    return n
}
{
    quotes = ($19 != "" && ($19 == 3 || $19 == 4 || $19 == 5 || $19 == 11 || $19 == 12)) || ($21 != "" && $21 < 128)
    if (quotes) for (i = 13; i <= 18; i++) $i = ""
    source = $7 != "" ? $7 : $10; destination = $8 != "" ? $8 : $11; ttl = $9 != "" ? $9 : $12
    print $1, $2, $3, $4, hex($5), $6, source, destination, ttl, $13 $16, $14 $17, hex($15), $18, $19 $21, $20 $22
}
