# One line for each arm of each experiment that optbench --json measured:
#   experiment, pattern, unit, arm, requested, effective, median, low, high, samples
# Low and high are the interval, or the range where the blocks are too few for one.
# Input: what json.awk prints: line number, path, value.
BEGIN { FS = OFS = "\t" }
{ v[$2] = $3 }
END {
    for (e = 0; (p = "experiments." e ".") && (p "name") in v; e++)
        for (a = 0; (q = p "arms." a ".") && (q "name") in v; a++)
            print v[p "name"], v[p "pattern"], v[p "unit"], v[q "name"], v[q "requested"], v[q "effective"], v[q "median"], \
                (q "ci95.0") in v ? v[q "ci95.0"] : v[q "range.0"], \
                (q "ci95.1") in v ? v[q "ci95.1"] : v[q "range.1"], v[q "samples"]
}
