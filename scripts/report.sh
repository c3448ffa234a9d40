#!/usr/bin/env bash
# Puts the labs' sections together: report.md and index.html, one page that needs nothing else. Called by scripts/lab.sh.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPORT=${REPORT:-${1:?usage: report.sh lab-report}}

machine() {
  printf 'kernel\t%s\n' "$(uname -sr)"
  printf 'processor\t%s\n' "$(awk -F ': ' '/^model name/ { print $2; exit }' /proc/cpuinfo) ($(nproc) in use)"
  printf 'memory\t%s MiB\n' "$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)"
  printf 'congestion control\t%s (the labs ask for cubic)\n' "$(cat /proc/sys/net/ipv4/tcp_congestion_control)"
  printf 'descriptor limit\t%s\n' "$(ulimit -Hn)"
  printf 'date\t%s\n' "$(date -u '+%Y-%m-%d %H:%M UTC')"
}

# The module's skills: each with the lab of this report that showed it, or the file that is there when it did, and a command that
# shows it.
checklist() {
  printf 'skill\tshown here\tcommand\n'
  awk -F '\t' -v labs="$(cd "$REPORT" && echo lab?/steps.log lab?/options.txt)" '
    { print $1 "\t" ($2 == "" ? "no, try it" : index(labs, $2) ? "yes, Lab " substr($2, 4, 1) : "Lab " substr($2, 4, 1) ($2 ~ /\// ? " was not run in full" : " was not run")) "\t" $3 }' \
    "$here/lib/checklist.tsv"
}

escape() {
  sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g'
}

notes() {
  if [ -s "$REPORT/missing.txt" ]; then
    printf 'Not installed here, so left out: %s.\n' "$(paste -sd, "$REPORT/missing.txt" | sed 's/,/, /g')"
  fi
  if [ -s "$REPORT/failed.txt" ]; then
    printf 'Steps that failed: %s.\n' "$(paste -sd';' "$REPORT/failed.txt" | sed 's/;/; /g')"
  fi
}

markdown() {
  printf '# Socket programming: the three labs, measured on this machine\n\n'
  machine | awk -F '\t' 'BEGIN { print "| | |\n| --- | --- |" } { print "| " $1 " | " $2 " |" } END { print "" }'
  notes | sed 's/^/> /; s/$/\n/'
  cat "$REPORT"/lab?/section.md
  printf '## Checklist\n\n'
  checklist | awk -F '\t' '{ print "| " $1 " | " $2 " | `" $3 "` |" } NR == 1 { print "| --- | --- | --- |" }' | sed '1s/`//g'
}

page() {
  cat <<'HTML'
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The three labs, measured on this machine</title>
<style>
:root { color-scheme: light dark; --text: #1b1f24; --soft: #57606a; --page: #ffffff; --card: #f5f7f9; --line: #d5dae0; --accent: #0b63a5; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e3e8ee; --soft: #9aa5b1; --page: #14181d; --card: #1d232a; --line: #343c46; --accent: #6cb6f0; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 54rem; padding: 1.5rem 1rem 4rem; background: var(--page); color: var(--text);
  font: 1rem/1.6 system-ui, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.35rem; margin: 3rem 0 0; padding-top: 1rem; border-top: 2px solid var(--accent); }
h3 { font-size: 1.1rem; margin: 2.2rem 0 .3rem; }
a { color: var(--accent); }
nav a { margin-right: 1.2rem; }
.question { margin: 0 0 .8rem; color: var(--soft); font-style: italic; }
.meaning { border-left: 3px solid var(--accent); padding-left: .9rem; }
.next { color: var(--soft); }
.note { border: 1px solid var(--line); border-left: 3px solid var(--soft); padding: .5rem .9rem; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .7rem .9rem; overflow-x: auto;
  font: .85rem/1.5 ui-monospace, monospace; }
pre.command { white-space: pre-wrap; overflow-wrap: anywhere; }
code { font: .9em ui-monospace, monospace; background: var(--card); border-radius: 3px; padding: .05em .25em; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .8rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th { color: var(--soft); font-weight: 600; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
tr.ours td { font-weight: 600; }
table.machine { margin: 1rem 0; }
table.checklist td { text-align: left; white-space: normal; }
table.machine td { text-align: left; white-space: normal; vertical-align: top; }
table.machine td:first-child { color: var(--soft); white-space: nowrap; }
figure { margin: 1.2rem 0; }
figure svg { width: 100%; height: auto; max-width: 45rem; }
figcaption { color: var(--soft); font-size: .9rem; }
@media (max-width: 40rem) {
  figure { overflow-x: auto; }
  figure svg { min-width: 34rem; }
  th, td { padding: .35rem .5rem; }
}
@media print {
  :root { --text: #000; --soft: #444; --page: #fff; --card: #f5f7f9; --line: #ccc; }
  .scroll { overflow: visible; }
  th, td { white-space: normal; padding: .2rem .4rem; }
  pre { white-space: pre-wrap; }
  h3, .question { break-after: avoid; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav { display: none; }
  h2 { break-before: page; }
  figure, table, pre { break-inside: avoid; }
}
</style>
</head>
<body>
<h1>Socket programming: the three labs, measured on this machine</h1>
HTML
  printf '<nav>'
  local lab
  for lab in "$REPORT"/lab?; do
    printf '<a href="#%s">Lab %s</a>' "${lab##*/}" "${lab##*lab}"
  done
  printf '<a href="#checklist">Checklist</a></nav>\n<table class="machine"><tbody>\n'
  machine | escape | awk -F '\t' '{ print "<tr><td>" $1 "</td><td>" $2 "</td></tr>" }'
  printf '</tbody></table>\n'
  notes | escape | sed 's/.*/<p class="note">&<\/p>/'
  printf '<p>Rows in bold are this project'"'"'s tools, the others their peers. Each figure can be measured again with the command above it; the raw results lie in the folders <code>lab1</code> to <code>lab3</code> beside this page.</p>\n'
  cat "$REPORT"/lab?/section.html
  printf '<section id="checklist">\n<h2>Checklist</h2>\n<div class="scroll"><table class="checklist"><tbody>\n'
  checklist | escape | awk -F '\t' 'NR > 1 { print "<tr><td>" $1 "</td><td>" $2 "</td><td><code>" $3 "</code></td></tr>" }'
  printf '</tbody></table></div>\n</section>\n'
  printf '</body>\n</html>\n'
}

markdown >"$REPORT/report.md"
page >"$REPORT/index.html"
