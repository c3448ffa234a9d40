# One line for each arm of each experiment that optbench --json measured:
#   experiment, pattern, unit, arm, requested, effective, median, low, high, samples, kind
# Low and high are the interval; the range, where the blocks are too few for one: then kind is "range", else "interval"; "none"
# where there is but one block.
# Input: what json.awk prints: line number, path, value.
BEGIN { FS = OFS = "\t" }
{ v[$2] = $3 }
END {
    for (e = 0; (p = "experiments." e ".") && (p "name") in v; e++)
        for (a = 0; (q = p "arms." a ".") && (q "name") in v; a++) {
            kind = (q "ci95.0") in v ? "interval" : v[q "range.0"] == v[q "range.1"] ? "none" : "range"
            ends = q (kind == "interval" ? "ci95." : "range.")
            print v[p "name"], v[p "pattern"], v[p "unit"], v[q "name"], v[q "requested"], v[q "effective"], v[q "median"], \
                v[ends "0"], v[ends "1"], v[q "samples"], kind
        }
}
