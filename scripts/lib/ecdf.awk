# ecdf.awk: sorted samples as the steps of their distribution: value, percent of the samples up to it. At most 400
# steps, and the last.
#   sort -g | awk -f ecdf.awk
{ value[NR] = $1 }
END {
    step = NR > 400 ? NR / 400 : 1
    for (i = 1; i <= NR; i++) if (i >= due || i == NR) { print value[i] "," 100 * i / NR; due = i + step }
}
