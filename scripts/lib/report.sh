# shellcheck shell=bash
# Writes a lab's section of the report, as Markdown and as HTML side by side, so that neither has to be parsed again.
# Text may hold `code` in backticks; everything else is taken as it is.

# begin_section ID TITLE
begin_section() {
  SECTION=$REPORT/$1
  mkdir -p "$SECTION"
  printf '## %s\n' "$2" >"$SECTION/section.md"
  printf '<section id="%s">\n<h2>%s</h2>\n' "$1" "$(html "$2")" >"$SECTION/section.html"
}

end_section() {
  printf '</section>\n' >>"$SECTION/section.html"
}

html() {
  sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g' <<<"$1"
}

inline() {
  html "$1" | sed -E "s/\`([^\`]+)\`/<code>\\1<\/code>/g"
}

emit() {
  printf '%s\n' "$1" >>"$SECTION/section.md"
  printf '%s\n' "$2" >>"$SECTION/section.html"
}

heading() {
  emit $'\n'"### $1"$'\n' "<h3>$(inline "$1")</h3>"
}

subheading() {
  emit $'\n'"#### $1"$'\n' "<h4>$(inline "$1")</h4>"
}

# The question that a measurement answers.
question() {
  emit "*$1*"$'\n' "<p class=\"question\">$(inline "$1")</p>"
}

paragraph() {
  emit "$1"$'\n' "<p>$(inline "$1")</p>"
}

# What the numbers mean.
meaning() {
  emit "**What it means.** $1"$'\n' "<p class=\"meaning\"><strong>What it means.</strong> $(inline "$1")</p>"
}

try_next() {
  emit "**Try next.** $1"$'\n' "<p class=\"next\"><strong>Try next.</strong> $(inline "$1")</p>"
}

# examine KIND COMMAND: how the reader has his own program examined.
examine() {
  local text="\`scripts/check.sh $1 $2\` (installed: \`nettools-check\`) says which trials it passes, and why not others."
  emit "**Examine your own.** $text"$'\n' "<p class=\"next\"><strong>Examine your own.</strong> $(inline "$text")</p>"
}

# Something the reader must know about this run: a missing peer, a failed step.
note() {
  emit "> Note: $1"$'\n' "<p class=\"note\"><strong>Note.</strong> $(inline "$1")</p>"
}

# repeat_with COMMAND...: the command lines that repeat the measurement.
repeat_with() {
  local line
  emit '```' '<pre class="command">'
  for line in "$@"; do
    emit "$line" "$(html "$line")"
  done
  emit '```'$'\n' '</pre>'
}

# figure VALUE [DIGITS]: a number as the report writes it: thousands apart, no sign on what rounds to nothing; "-" stays.
figure() {
  awk -v v="$1" -v d="${2:-0}" 'BEGIN {
    if (v == "" || v == "null") v = "-"
    if (v !~ /^-?[0-9.]+([eE][-+]?[0-9]+)?$/) { print v; exit }
    text = sprintf("%.*f", d, v)
    if (text ~ /^-0(\.0*)?$/) text = substr(text, 2)
    while (match(text, /[0-9][0-9][0-9][0-9]+([.]|$)/) && RSTART <= (index(text, ".") ? index(text, ".") : length(text))) {
      whole = text; fraction = ""
      if (dot = index(text, ".")) { whole = substr(text, 1, dot - 1); fraction = substr(text, dot) }
      if (!match(whole, /[0-9]+$/) || RLENGTH <= 3) break
      head = substr(whole, 1, length(whole) - RLENGTH); digits = substr(whole, RSTART); grouped = ""
      while (length(digits) > 3) {
        grouped = "," substr(digits, length(digits) - 2) grouped
        digits = substr(digits, 1, length(digits) - 3)
      }
      text = head digits grouped fraction
      break
    }
    print text
  }'
}

# open_report FOLDER: makes it, as $REPORT.
open_report() {
  local error
  REPORT=$1
  if ! error=$(mkdir -p "$REPORT" 2>&1) || [ ! -w "$REPORT" ]; then
    echo "lab: cannot write to $REPORT${error:+: ${error##*: }}: name another folder in LAB_REPORT" >&2
    exit 2
  fi
  export REPORT
}

# finish_report CODE LAB...: makes the page, says where it is, and with code 1 which steps of these labs failed. Each lab keeps
# its own lists of what failed and what was missing; the page shows those of all labs that are in it.
finish_report() {
  local code=$1 list lab
  shift
  for list in failed missing; do
    cat "$REPORT"/lab?/$list.txt 2>/dev/null | sort -u >"$REPORT/$list.txt" || true
    [ -s "$REPORT/$list.txt" ] || rm -f "$REPORT/$list.txt"
  done
  bash "$LIB/../report.sh"
  echo "The report: $REPORT/index.html (and report.md)"
  [ "$code" -eq 1 ] || return 0
  echo "Steps that failed:" >&2
  for lab; do
    sed 's/^/  /' "$REPORT/lab$lab/failed.txt" >&2 2>/dev/null || true
  done
}

# bytes_each VALUE: bytes for each of many connections; what the measurement cannot tell from nothing is said to be below that,
# and memory that shrank meanwhile, by other programs, says nothing.
bytes_each() {
  if awk -v v="$1" 'BEGIN { exit !(v < 0) }'; then
    echo "not measurable"
    return
  fi
  if awk -v v="$1" 'BEGIN { exit !(v < 200) }'; then echo "below 200"; else figure "$1"; fi
}

# times LARGER SMALLER FACTOR: is the first at least FACTOR times the second?
times() {
  awk -v a="$1" -v b="$2" -v f="$3" 'BEGIN { exit !(b > 0 && a >= f * b) }'
}

# Text as a tool printed it, from standard input.
output_of() {
  local text
  text=$(cat)
  emit '```'$'\n'"$text"$'\n''```'$'\n' "<pre>$(html "$text")</pre>"
}

# A table from standard input: tab-separated, the first line the headings, `!` before a row marks it as ours; in bold where the
# table has rows of others, too. Columns of numbers stand to the right, others to the left. Numbers of four digits and more get
# their commas, but not in columns of numbers that are names: processes, ports, frames. On a narrow screen a table of more than
# three columns becomes a card for each row, each cell with its heading.
table() {
  awk -F '\t' -v md="$SECTION/section.md" -v page="$SECTION/section.html" '
    function escape(s) {
      gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s); gsub(/>/, "\\&gt;", s); gsub(/"/, "\\&quot;", s)
      return s
    }
    function grouped(digits,   out) {
      out = ""
      while (length(digits) > 3) {
        out = "," substr(digits, length(digits) - 2) out
        digits = substr(digits, 1, length(digits) - 3)
      }
      return digits out
    }
    # Whole parts of numbers that stand alone in a cell: 12345.6, 12345 to 67890, [12345 to 67890].
    function commas(cell,   out, before, run) {
      out = ""
      if (cell !~ /^\[?-?[0-9.]+( to -?[0-9.]+)?\]?( %)?$/) return cell
      while (match(cell, /[0-9]+/)) {
        before = substr(cell, RSTART - 1, 1)
        run = substr(cell, RSTART, RLENGTH)
        out = out substr(cell, 1, RSTART - 1) (RLENGTH > 3 && before != "." ? grouped(run) : run)
        cell = substr(cell, RSTART + RLENGTH)
      }
      return out cell
    }
    function open_cell(tag, i, heading,   kind) {
      kind = i > 1 && right[i] ? "" : " class=\"text\""
      return "<" tag kind (heading ? "" : " data-label=\"" escape(title[i]) "\"") ">"
    }
    BEGIN { number = "^\\[?[-+]?[0-9][0-9,.]*( to -?[0-9,.]+)?\\]?( %)?$" }
    NR == 1 { columns = NF; for (i = 1; i <= NF; i++) { title[i] = $i; right[i] = 1 }; next }
    {
      own[NR] = sub(/^!/, "")
      if (own[NR]) mine++; else theirs++
      for (i = 1; i <= columns; i++) {
        cell[NR, i] = title[i] ~ /^(process|port|frame)$/ ? $i : commas($i)
        if ($i !~ number && $i !~ /^(-|none|not (given|set|measurable|built)|below [0-9,]+)$/) right[i] = 0
      }
    }
    END {
      kind = columns > 7 ? "cards wide" : columns > 3 ? "cards" : ""
      print "<div class=\"scroll\"><table" (kind == "" ? "" : " class=\"" kind "\"") "><thead><tr>" >> page
      row = rule = "|"
      for (i = 1; i <= columns; i++) {
        row = row " " title[i] " |"
        rule = rule (i > 1 && right[i] ? " ---: |" : " --- |")
        print open_cell("th", i, 1) escape(title[i]) "</th>" >> page
      }
      print row "\n" rule >> md
      print "</tr></thead><tbody>" >> page
      for (r = 2; r <= NR; r++) {
        row = "|"
        print (own[r] && theirs ? "<tr class=\"ours\">" : "<tr>") >> page
        for (i = 1; i <= columns; i++) {
          row = row " " cell[r, i] " |"
          print open_cell("td", i, 0) escape(cell[r, i]) "</td>" >> page
        }
        print row >> md
        print "</tr>" >> page
      }
      print "" >> md
      print "</tbody></table></div>" >> page
    }'
}

# plot NAME CAPTION: draws the gnuplot commands from standard input into NAME.svg and shows it.
plot() {
  local svg=$SECTION/$1.svg
  if ! have gnuplot; then
    cat >/dev/null
    note "gnuplot is not installed, so the plot \"$2\" is not drawn; its data stand beside the report."
    return
  fi
  {
    echo 'set terminal svg size 480,340 dynamic font "sans-serif,13"'
    echo "set output '$svg'"
    echo 'set border 3 lc rgb "#808080"; set tics nomirror textcolor rgb "#808080"; set grid lc rgb "#80808060"'
    echo 'set format x "%.10g"; set format y "%.10g"; set decimalsign "."; set key above maxcols 2 textcolor rgb "#808080"'
    echo 'set xlabel textcolor rgb "#808080"; set ylabel textcolor rgb "#808080"'
    echo 'set datafile separator ","'
    # Okabe and Ito: told apart also by people who do not see red and green apart.
    echo 'set linetype 1 lc rgb "#0072b2" lw 2 pt 7; set linetype 2 lc rgb "#e69f00" lw 2 pt 5'
    echo 'set linetype 3 lc rgb "#009e73" lw 2 pt 9; set linetype 4 lc rgb "#cc79a7" lw 2 pt 13'
    cat
  } >"$SECTION/$1.gnuplot"
  if ! gnuplot "$SECTION/$1.gnuplot" 2>>"$RAW/steps.log"; then
    note "The plot \"$2\" could not be drawn; its commands are in $1.gnuplot."
    return
  fi
  emit "![$2](${SECTION##*/}/$1.svg)"$'\n' "<figure role=\"img\" aria-label=\"$(html "$2")\">"
  # Grey is for viewers that know no colour scheme; in the page the text takes its colour.
  sed -e '/<?xml/d' -e '/<!DOCTYPE/,/>/d' -e 's/#808080/currentColor/g' -e 's/rgb( *128, *128, *128)/currentColor/g' \
    -e 's/ color="black"/ color="inherit"/g' -e 's/ color:black/ color:inherit/g' "$svg" >>"$SECTION/section.html"
  printf '<figcaption>%s</figcaption></figure>\n' "$(html "$2")" >>"$SECTION/section.html"
}
