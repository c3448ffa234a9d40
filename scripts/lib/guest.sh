# shellcheck shell=sh
# The part of fleet.sh that runs on a host: POSIX shell, and no command that busybox lacks. Takes $size bytes of an archive from
# standard input into a private folder, says so, and runs $run there. From then on its input is lines: "start" gives $run a line,
# any line says that the other end is there. When it ends, or says nothing for 30 s, $run is ended; the folder goes in any case.
# shellcheck disable=SC2154
set -eu
umask 077
PATH=$PATH:/usr/sbin:/sbin
fail() { echo "$1" >&2; exit 1; }
folder=$(mktemp -d "${TMPDIR:-/tmp}/nettools.XXXXXX") || fail "cannot make a folder in ${TMPDIR:-/tmp}"
job='' reader='' watcher=''
clean_up() {
  trap '' HUP INT TERM PIPE
  for process in $job $reader $watcher; do kill "$process" 2>/dev/null || :; done
  [ -z "$job" ] || wait "$job" 2>/dev/null || :
  rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM PIPE
head -c "$size" | tar -xf - -C "$folder" || fail "the copy did not arrive whole"
cd "$folder"
if command -v sha256sum >/dev/null; then
  sha256sum -c SHA256SUMS >/dev/null 2>&1 || fail "the copy is damaged"
fi
mkfifo start
exec 5<>start 6<&0
echo "#guest arrived"
(eval "exec $run") <start 6<&- &
job=$!
(
  while read -r line; do
    : >beat
    [ "$line" != start ] || echo >&5
  done
  kill -TERM $$
) <&6 >/dev/null 2>&1 &
reader=$!
(
  silent=0
  while sleep 2; do
    if [ -e beat ]; then rm -f beat; silent=0; else silent=$((silent + 1)); fi
    [ "$silent" -lt 15 ] || kill -TERM $$
  done
) </dev/null >/dev/null 2>&1 6<&- &
watcher=$!
code=0
wait "$job" || code=$?
job=''
echo "#guest ended $code"
