# Counts samples in bins of equal width on a logarithmic axis: twenty to a factor of ten.
#   awk -v pattern=ping-pong -v arm=nodelay=on -f histogram.awk SAMPLES.csv
# Input: experiment,pattern,arm,index,value,unit. Output: middle of the bin,share of the samples in percent.
BEGIN { FS = "," }
$2 == pattern && $3 == arm && $5 > 0 { bin = int(log($5) / log(10) * 20 + 1000); count[bin]++; total++ }
function share(bin) { return bin in count ? 100 * count[bin] / total : 0 }
END {
    # An empty bin at either side brings the line down to the axis.
    for (bin = 0; bin < 2000; bin++)
        if (share(bin) + share(bin - 1) + share(bin + 1) > 0)
            printf "%.6g,%.4f\n", 10 ^ ((bin - 999.5) / 20), share(bin)
}
