# shellcheck shell=bash
# What the labs read of optbench's JSON. lib/report.sh comes before it.

# arms FILE.json: what arms.awk prints of it, in FILE.tsv.
arms() {
  awk -f "$LIB/json.awk" "$1" | awk -f "$LIB/arms.awk" >"${1%.json}.tsv"
}

# arm FILE.tsv PATTERN ARM COLUMN: a cell of what arms.awk prints.
arm() {
  awk -F '\t' -v pattern="$2" -v arm="$3" -v column="$4" '$2 == pattern && $4 == arm { print $column }' "$1"
}

# ranges_explained FILE.tsv: said under a table in which some arm has too few blocks for an interval.
ranges_explained() {
  if cut -f11 "$1" | grep -q range; then
    paragraph "In brackets: the range of all blocks, where there are fewer than six, too few for an interval."
  fi
}

# spoiled_by FILE.json: what disturbed the machine meanwhile, in a line; of muxbench, too.
spoiled_by() {
  awk -f "$LIB/json.awk" "$1" | awk -F '\t' '$2 ~ /^spoiled_by\./ { printf "%s%s", n++ ? ", " : "", $3 }'
}
