# ecdf.awk: the share of the samples up to each value, in percent, of one pattern and arm of optbench's --csv; at most 400 steps.
# Prints value, percent, and 1 where a percentile that the plot marks (50, 90, 99) is reached.
#   awk -F, -v pattern=P -v arm=A -f ecdf.awk FILE
NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
$column["pattern"] == pattern && $column["arm"] == arm { value[++n] = $column["value"] + 0 }
function sift(i, end,   child, t) {
    while ((child = 2 * i) <= end) {
        if (child < end && value[child] < value[child + 1]) child++
        if (value[i] >= value[child]) return
        t = value[i]; value[i] = value[child]; value[child] = t
        i = child
    }
}
END {
    for (i = int(n / 2); i >= 1; i--) sift(i, n)
    for (end = n; end > 1; end--) {
        t = value[1]; value[1] = value[end]; value[end] = t
        sift(1, end - 1)
    }
    step = n > 400 ? n / 400 : 1
    mark[1] = 50; mark[2] = 90; mark[3] = 99
    m = 1
    for (i = 1; i <= n; i++) {
        percent = 100 * i / n
        marked = m <= 3 && percent >= mark[m]
        if (marked || i >= due || i == n) { print value[i] "," percent "," marked + 0; due = i + step }
        while (m <= 3 && percent >= mark[m]) m++
    }
}
