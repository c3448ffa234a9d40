# rate_cell(RATE): iperf3's rate as a cell; 0 is a run that carried nothing. A function, because behind a bare print or printf
# awk takes RATE > 0 for writing to a file.
function rate_cell(rate) {
    return rate > 0 ? sprintf("%.2f", rate) : "none"
}
