# option-arms.awk: the arms of one experiment of optbench --json, as a table for report.sh. Input: path, tab, value.
{ v[$1] = $2 }
END {
    if (!("arms.0.name" in v)) exit
    unit = v["unit"] == "" ? "" : " " v["unit"]
    print "arm\trequested\teffective\tmedian" unit "\t95 % interval"
    for (a = 0; ("arms." a ".name") in v; a++) {
        p = "arms." a "."
        interval = (p "ci95.0") in v ? number(v[p "ci95.0"]) " to " number(v[p "ci95.1"]) : "none"
        printf "!%s\t%s\t%s\t%s\t%s\n", v[p "name"], given(v[p "requested"]), given(v[p "effective"]), \
            number(v[p "median"]), interval
    }
}
function given(value) { return value == "" || value == "null" ? "not set" : value }
function number(value) { return value >= 1000 || value <= -1000 ? sprintf("%.0f", value) : sprintf("%.4g", value) }
