#!/usr/bin/env bash
# Turns a list of components, NAME VERSION LICENCE PURL by tabs, into a bill of materials: CycloneDX 1.5, on standard output.
#   sbom.sh <components.tsv
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' tools/Directory.Build.props)
time=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
awk -F '\t' -v version="$version" -v commit="$("$here/commit.sh")" -v time="$(date -u -d "@$time" +%Y-%m-%dT%H:%M:%SZ)" '
  function text(s) { gsub(/\\/, "\\\\", s); gsub(/"/, "\\\"", s); return "\"" s "\"" }
  function licence(s) {
    if (s == "see the text") return "{\"license\": {\"name\": " text("see licences/" $1) "}}"
    return s ~ / / ? "{\"expression\": " text(s) "}" : "{\"license\": {\"id\": " text(s) "}}"
  }
  BEGIN {
    print "{"
    print "  \"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.5\", \"version\": 1,"
    print "  \"metadata\": {\"timestamp\": " text(time) ","
    print "    \"component\": {\"type\": \"application\", \"name\": \"nettools\", \"version\": " text(version) ","
    print "      \"properties\": [{\"name\": \"commit\", \"value\": " text(commit) "}]}},"
    print "  \"components\": ["
  }
  {
    printf "%s    {\"type\": \"library\", \"name\": %s, \"version\": %s, \"purl\": %s, \"licenses\": [%s]}",
      (NR > 1 ? ",\n" : ""), text($1), text($2), text($4), licence($3)
  }
  END { print "\n  ]\n}" }'
