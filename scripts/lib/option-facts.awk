# option-facts.awk: the facts of one experiment of optbench --json, as a table for report.sh: a row for each fact, a column for
# each of its members, in the order of the first. Input: path, tab, value.
$1 ~ /^facts\.[0-9]+\./ {
    split($1, part, ".")
    key = substr($1, length("facts." part[2] ".") + 1)
    if (!(key in seen)) { seen[key] = ++columns; name[columns] = key }
    v[part[2], key] = $2
    if (part[2] + 1 > rows) rows = part[2] + 1
}
END {
    if (columns == 0) exit
    line = ""
    for (c = 1; c <= columns; c++) { title = name[c]; gsub(/_/, " ", title); line = line (c == 1 ? "" : "\t") title }
    print line
    for (r = 0; r < rows; r++) {
        line = "!"
        for (c = 1; c <= columns; c++) {
            cell = (r, name[c]) in v ? v[r, name[c]] : ""
            line = line (c == 1 ? "" : "\t") (cell == "" || cell == "null" ? "none" : cell)
        }
        print line
    }
}
