# option-arms.awk: the arms of one experiment of optbench --json, as a table for report.sh. Input: path, tab, value. What no arm
# sets and reads back has no column.
{ v[$1] = $2 }
END {
    if (!("arms.0.name" in v)) exit
    for (a = 0; ("arms." a ".name") in v; a++) if (given(v["arms." a ".requested"]) != "not set") option = 1
    unit = v["unit"] == "" ? "" : " " v["unit"]
    print "arm" (option ? "\trequested\teffective" : "") "\tmedian" unit "\t95 % interval"
    for (a = 0; ("arms." a ".name") in v; a++) {
        p = "arms." a "."
        interval = (p "ci95.0") in v ? number(v[p "ci95.0"]) " to " number(v[p "ci95.1"]) : "none"
        printf "!%s\t%s%s\t%s\n", v[p "name"], \
            option ? given(v[p "requested"]) "\t" given(v[p "effective"]) "\t" : "", number(v[p "median"]), interval
    }
}
function given(value) { return value == "" || value == "null" ? "not set" : value }
function number(value) { return value >= 1000 || value <= -1000 ? sprintf("%.0f", value) : sprintf("%.4g", value) }
