# terminal-svg.awk: what a program wrote to a terminal, as an SVG picture that is readable on light and dark pages. Colours and
# bold are kept; a program that draws its screen again and again gives a picture that plays its screens. Input: the bytes, as
# script(1) or --color=always gives them.
#   awk -v command='rawping --trace 192.0.2.9' -v seconds=0.8 -f terminal-svg.awk FILE
BEGIN { row = 0; frame = 1; if (!seconds) seconds = 1; line[1, ++rows[1]] = "\033[2m$ \033[0m" command }
/^Script (started|done) on / { next }
{
    gsub(/\r/, "")
    # A new screen: home, with or without clearing what was there. The screen that is left at the end is the last.
    while (match($0, /\033\[H|\033\[\?1049l/)) {
        put(substr($0, 1, RSTART - 1))
        if (rows[frame] > 1) line[++frame, ++rows[frame]] = line[1, 1]
        $0 = substr($0, RSTART + RLENGTH)
    }
    put($0)
}
function put(text) {
    gsub(/\033\[\?[0-9]+[hl]|\033\[[KJ]/, "", text)
    sub(/[ \t]+$/, "", text)
    if (text == "" && rows[frame] <= 1) return
    line[frame, ++rows[frame]] = text
}
function escape(s) { gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s); gsub(/>/, "\\&gt;", s); return s }
# One line as <tspan>s, a class for each colour.
function spans(text,   out, code, class, part) {
    out = ""; class = ""
    while (text != "") {
        if (match(text, /\033\[[0-9;]*m/)) { part = substr(text, 1, RSTART - 1); code = substr(text, RSTART + 2, RLENGTH - 3) }
        else { part = text; RSTART = length(text) + 1; RLENGTH = 0 }
        if (part != "") out = out (class == "" ? escape(part) : "<tspan class=\"" class "\">" escape(part) "</tspan>")
        text = substr(text, RSTART + RLENGTH)
        class = code == "0" || code == "" ? "" : code == "2" ? "dim" : code ~ /36/ ? "address" : code ~ /31/ ? "wrong" : "name"
    }
    return out
}
function width(text) { gsub(/\033\[[0-9;]*m/, "", text); return length(text) }
END {
    while (frame > 1 && rows[frame] <= 1) frame--
    for (f = 1; f <= frame; f++) {
        while (rows[f] > 1 && line[f, rows[f]] == "") rows[f]--
        if (rows[f] > high) high = rows[f]
        for (i = 1; i <= rows[f]; i++) if (width(line[f, i]) > wide) wide = width(line[f, i])
    }
    w = int(wide * 7.85) + 32; h = high * 18 + 26
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n", w, h, w, h
    print "<style>"
    print "rect { fill: #f6f8fa; stroke: #d0d7de; } text { fill: #1f2328; font: 13px ui-monospace, monospace; white-space: pre; }"
    print ".dim { fill: #59636e; } .address { fill: #0b5394; }"
    print ".name { fill: #1a7f37; font-weight: 600; } .wrong { fill: #b3261e; }"
    print "@media (prefers-color-scheme: dark) {"
    print "  rect { fill: #151b23; stroke: #3d444d; } text { fill: #e6edf3; }"
    print "  .dim { fill: #9198a1; } .address { fill: #79c0ff; } .name { fill: #56d364; } .wrong { fill: #ff7b72; }"
    print "}"
    if (frame > 1) {
        for (f = 1; f <= frame; f++) {
            from = 100 * (f - 1) / (frame + 2); to = f == frame ? 100 : 100 * f / (frame + 2) # the last stays longer
            printf "@keyframes f%d { 0%% { opacity: %d; }", f, f == 1
            if (f > 1) printf " %.2f%% { opacity: 1; }", from
            printf "%s 100%% { opacity: %d; } }\n", f == frame ? "" : sprintf(" %.2f%% { opacity: 0; }", to), f == frame
            printf "#f%d { opacity: %d; animation: f%d %.1fs step-end infinite; }\n", f, f == frame, f, (frame + 2) * seconds
        }
    }
    print "</style>"
    printf "<title>%s</title>\n", escape(command)
    printf "<rect x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%d\" rx=\"8\"/>\n", w - 1, h - 1
    for (f = 1; f <= frame; f++) {
        printf "<g id=\"f%d\">\n", f
        for (i = 1; i <= rows[f]; i++)
            if (line[f, i] != "")
                printf "<text x=\"16\" y=\"%d\" xml:space=\"preserve\">%s</text>\n", 12 + i * 18, spans(line[f, i])
        print "</g>"
    }
    print "</svg>"
}
