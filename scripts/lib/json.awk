# Reads JSON, one object per line, without jq: a bare lab host has none.
#   awk -v want=a.b.0.c -f json.awk FILE   the value at that path, from the last line that has it
#   awk -f json.awk FILE                   every value: line number, path, value, separated by tabs
function fail(what) { print "json.awk: line " NR ": " what > "/dev/stderr"; exit 1 }
function blanks() { while (substr(text, at, 1) ~ /[ \t\r]/) at++ }
function string(   start, out, c) {
    at++
    out = ""
    while ((c = substr(text, at, 1)) != "\"") {
        if (c == "") fail("a string does not end")
        if (c == "\\") { at++; c = substr(text, at, 1); if (c == "n") c = " "; else if (c == "t") c = " " }
        out = out c
        at++
    }
    at++
    return out
}
function join(path, key) { return path == "" ? key : path "." key }
function put(path, value) {
    if (want == "") print NR "\t" path "\t" value
    else if (path == want) { found = 1; answer = value }
}
function value(path,   c, key, n, start) {
    blanks()
    c = substr(text, at, 1)
    if (c == "{") {
        at++; blanks()
        if (substr(text, at, 1) == "}") { at++; return }
        do {
            blanks(); key = string(); blanks()
            if (substr(text, at, 1) != ":") fail("a key has no value")
            at++
            value(join(path, key)); blanks()
            c = substr(text, at, 1); at++
        } while (c == ",")
        if (c != "}") fail("an object does not end")
    } else if (c == "[") {
        at++; blanks(); n = 0
        if (substr(text, at, 1) == "]") { at++; return }
        do {
            value(join(path, n++)); blanks()
            c = substr(text, at, 1); at++
        } while (c == ",")
        if (c != "]") fail("an array does not end")
    } else if (c == "\"") {
        put(path, string())
    } else {
        start = at
        while (substr(text, at, 1) ~ /[-+.0-9A-Za-z]/) at++
        if (at == start) fail("no value at column " at)
        put(path, substr(text, start, at - start))
    }
}
/[^ \t\r]/ { text = $0; at = 1; value("") }
END { if (want != "" && found) print answer }
