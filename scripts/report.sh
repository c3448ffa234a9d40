#!/usr/bin/env bash
# Puts the labs' sections together: report.md and index.html, one page that needs nothing else. Called by scripts/lab.sh.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/report.sh
. "$here/lib/report.sh"
# How a reader opens the labs' network: from the package, or from a clone or an archive.
SHELL_COMMAND=scripts/lab-net.sh
[ -z "${NETTOOLS_COMMAND-}" ] || SHELL_COMMAND=nettools-lab-net
REPORT=${REPORT:-${1:?usage: report.sh lab-report}}

TITLE="Socket programming: the three labs, measured on this machine"
SHELL_TEXT="The commands are for the shell of \`$SHELL_COMMAND\`, opened in the folder where \`lab-report\` lies."
PAGE_TEXT="Each figure can be measured again with the command above it, in the shell of <code>$SHELL_COMMAND</code> opened in \
the folder where <code>lab-report</code> lies; the raw results are in the folders <code>lab1</code> to <code>lab3</code> beside \
this page."
FAR=""
if [ -s "$REPORT/path.tsv" ]; then
  FAR=yes
  TITLE="Socket programming: the labs, measured over the path between two hosts"
  SHELL_TEXT="Commands marked \`there\` are for a shell on the other host, the others for one here."
  PAGE_TEXT="Each figure can be measured again with the commands above it; those marked <code>there</code> are for the other \
host. Times are of this machine's clock alone: two hosts' clocks are never compared. The raw results are beside this page."
fi

# Both machines, a column each, and the path between them.
hosts() {
  cat "$REPORT/path.tsv"
  awk -F '\t' 'NR > 1 { print $1 "\t" "here: " $2 "; there: " $3 }' "$REPORT/machines.tsv"
}

machine() {
  [ -z "$FAR" ] || { hosts; return; }
  printf 'kernel\t%s\n' "$(uname -sr)"
  printf 'processor\t%s\n' "$(awk -F ': ' '/^model name/ { print $2; exit }' /proc/cpuinfo) ($(nproc) in use)"
  printf 'memory\t%s MB\n' "$(figure "$(awk '/^MemTotal/ { print int($2 * 1024 / 1000000) }' /proc/meminfo)")"
  printf 'congestion control\t%s (the labs ask for cubic)\n' "$(cat /proc/sys/net/ipv4/tcp_congestion_control)"
  printf 'descriptor limit\t%s\n' "$(figure "$(ulimit -Hn)")"
  printf 'date\t%s\n' "$(date -u '+%Y-%m-%d %H:%M UTC')"
}

# The module's skills: each with the lab of this report that showed it, or the file that is there when it did, and a command that
# shows it.
checklist() {
  printf 'skill\tshown here\tcommand\n'
  awk -F '\t' -v labs="$(cd "$REPORT" && echo lab?/steps.log lab?/options.txt)" '
    {
      lab = "Lab " substr($2, 4, 1)
      shown = $2 == "" ? "no, try it" : index(labs, $2) ? "yes, " lab : lab " was not run" ($2 ~ /\// ? " in full" : "")
      print $1 "\t" shown "\t" $3
    }' \
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
  printf '# %s\n\n' "$TITLE"
  machine | awk -F '\t' 'BEGIN { print "| | |\n| --- | --- |" } { print "| " $1 " | " $2 " |" } END { print "" }'
  notes | sed 's/^/> /; s/$/\n/'
  printf '%s\n\n' "$SHELL_TEXT"
  cat "$REPORT"/lab?/section.md
  [ -z "$FAR" ] || return 0
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
HTML
  printf '<title>%s</title>\n' "${TITLE/Socket programming: the/The}"
  cat <<'HTML'
<style>
:root {
  color-scheme: light dark;
  --text: #1b1f24; --soft: #57606a; --page: #ffffff; --card: #f5f7f9; --line: #d5dae0; --accent: #0b63a5;
}
@media (prefers-color-scheme: dark) {
  :root { --text: #e3e8ee; --soft: #9aa5b1; --page: #14181d; --card: #1d232a; --line: #343c46; --accent: #6cb6f0; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 54rem; padding: 1.5rem 1rem 4rem; background: var(--page); color: var(--text);
  font: 1rem/1.6 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.35rem; margin: 3rem 0 0; padding-top: 1rem; border-top: 2px solid var(--accent); }
h3 { font-size: 1.1rem; margin: 2.2rem 0 .3rem; }
h4 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
a { color: var(--accent); }
nav a { margin-right: 1.2rem; }
.question { margin: 0 0 .8rem; color: var(--soft); font-style: italic; }
.meaning { border-left: 3px solid var(--accent); padding-left: .9rem; }
.next { color: var(--soft); }
.note { border: 1px solid var(--line); border-left: 3px solid var(--soft); padding: .5rem .9rem; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .7rem .9rem;
  font: .85rem/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
code { font: .9em ui-monospace, monospace; background: var(--card); border-radius: 3px; padding: .05em .25em;
  overflow-wrap: anywhere; }
.scroll { margin: 1rem 0; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; max-width: 100%; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
th { color: var(--soft); font-weight: 600; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
td:last-child, th:last-child { padding-right: 0; }
tr.ours td:first-child { font-weight: 600; }
th.text, td.text { text-align: left; }
table.wide { font-size: .8rem; }
table.wide th, table.wide td { padding-left: .3rem; padding-right: .3rem; }
table.checklist td, table.checklist th { text-align: left; }
table.checklist td:nth-child(2) { white-space: nowrap; }
table.machine { margin: 1rem 0; }
table.machine td { text-align: left; }
table.machine td:first-child { color: var(--soft); }
figure { margin: 1.2rem 0; color: var(--soft); }
figure svg { width: 100%; height: auto; max-width: 40rem; display: block; }
figcaption { font-size: .9rem; }
@media screen and (max-width: 45rem) {
  table.cards, table.cards tbody, table.cards tr, table.cards td { display: block; width: 100%; }
  table.cards thead { display: none; }
  table.cards tr { border: 1px solid var(--line); border-radius: 6px; padding: .4rem .7rem; margin: 0 0 .6rem; }
  table.wide { font-size: .92rem; }
  table.cards td { border: 0; padding: .1rem 0; text-align: right; display: flex; justify-content: space-between; gap: 1rem; }
  table.cards td:first-child { border-bottom: 1px solid var(--line); }
  table.cards td::before { content: attr(data-label); color: var(--soft); font-weight: 400; text-align: left; }
  table.checklist td code { background: none; padding: 0; }
}
@page { margin: 12mm 13mm; }
@media print {
  :root { --text: #000; --soft: #444; --page: #fff; --card: #f5f7f9; --line: #ccc; }
  body { max-width: none; padding: 0; font-size: 8.5pt; line-height: 1.35; }
  nav { display: none; }
  h1 { font-size: 15pt; }
  h2 { font-size: 12.5pt; margin-top: 5mm; padding-top: 2mm; }
  h3 { font-size: 10.5pt; margin-top: 3mm; }
  h4 { font-size: 9pt; margin-top: 2mm; }
  h1, h2, h3, h4, .question, thead { break-after: avoid; }
  p, pre { orphans: 3; widows: 3; margin: 1.2mm 0; }
  tr, figure, pre.command, .meaning, .next { break-inside: avoid; }
  tbody tr:nth-child(-n+2) { break-after: avoid; }
  tbody tr:nth-last-child(-n+2) { break-before: avoid; }
  #checklist { break-before: page; }
  th, td { padding: .05rem .35rem; line-height: 1.25; }
  table { font-size: 8pt; }
  .scroll, figure { margin: 1.5mm 0; }
  figure svg { max-width: 76mm; }
  pre { font-size: 7pt; padding: .8mm 2mm; }
}
</style>
</head>
<body>
HTML
  printf '<h1>%s</h1>\n<nav>' "$TITLE"
  local lab
  for lab in "$REPORT"/lab?; do
    printf '<a href="#%s">Lab %s</a>' "${lab##*/}" "${lab##*lab}"
  done
  [ -n "$FAR" ] || printf '<a href="#checklist">Checklist</a>'
  printf '</nav>\n<table class="machine"><tbody>\n'
  machine | escape | awk -F '\t' '{ print "<tr><td>" $1 "</td><td>" $2 "</td></tr>" }'
  printf '</tbody></table>\n'
  notes | escape | sed 's/.*/<p class="note">&<\/p>/'
  printf '<p>%s</p>\n' "Where a table has rows of other programs too, ours are bold. $PAGE_TEXT"
  cat "$REPORT"/lab?/section.html
  if [ -n "$FAR" ]; then
    printf '</body>\n</html>\n'
    return
  fi
  printf '<section id="checklist">\n<h2>Checklist</h2>\n<div class="scroll"><table class="cards checklist"><thead><tr>'
  printf '<th>skill</th><th>shown here</th><th>command</th></tr></thead><tbody>\n'
  checklist | escape | awk -F '\t' '
    function cell(label, text) { return "<td data-label=\"" label "\">" text "</td>" }
    NR > 1 { print "<tr>" cell("skill", $1) cell("shown here", $2) cell("command", "<code>" $3 "</code>") "</tr>" }'
  printf '</tbody></table></div>\n</section>\n'
  printf '</body>\n</html>\n'
}

markdown >"$REPORT/report.md"
page >"$REPORT/index.html"
