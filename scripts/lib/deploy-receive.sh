# shellcheck shell=sh
# The part of deploy.sh that runs on the host: POSIX shell, and no command that busybox lacks; lib/capabilities.sh comes
# before it.
# Takes an archive from standard input into a folder beside the target, checks it, moves it into place, or leaves all as it was.
# $to is the target folder, empty for the default; $setcap is yes or no; $group may run rawping and pktsniff, empty for
# everybody; $tools are their names.
# shellcheck disable=SC2088,SC2154
set -eu
umask 022
PATH=$PATH:/usr/sbin:/sbin
fail() { echo "deploy: $1" >&2; exit 1; }
case "$to" in
  '') if [ "$(id -u)" -eq 0 ]; then to=/usr/local/bin; else to=$HOME/bin; fi ;;
  '~') to=$HOME ;;
  '~/'*) to=$HOME/${to#??} ;;
  '~'*) fail "$to: only ~ and ~/ are read there: write the folder in full" ;;
esac
mkdir -p -- "$to" || fail "cannot make $to"
to=$(cd -P -- "$to" && pwd -P) || fail "cannot enter $to"
[ -w "$to" ] || fail "$to is not writable for $(id -un 2>/dev/null || id -u)"
[ -z "$(find "$to/." -prune -perm -0002)" ] || fail "$to is writable by everybody: refused"
for tool in $tools; do [ ! -d "$to/$tool" ] || fail "$to/$tool is a folder: refused"; done
if [ "$setcap" = yes ]; then
  reason=$(why_not_capable "$to" "$group")
  [ -z "$reason" ] || fail "--setcap: $reason; nothing was installed"
fi

new=$to/.nettools.$$
placed=
clean_up() {
  # What was half way: the files that were there before come back.
  for tool in $placed; do
    if [ -e "$new/old/$tool" ]; then mv -f "$new/old/$tool" "$to/$tool"; else rm -f "$to/$tool"; fi
  done
  rm -rf "$new"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM PIPE
(umask 077; mkdir "$new" "$new/old") || fail "cannot make $new"
tar -xf - -C "$new" || fail "the copy did not arrive whole; nothing was installed"
if command -v sha256sum >/dev/null; then
  sums=$(cd "$new" && sha256sum -c SHA256SUMS 2>&1) ||
    fail "the copy is damaged; nothing was installed: $(echo "$sums" | grep -v ': OK$' | head -n 1)"
else
  echo "  no sha256sum here: the sums are not checked"
fi
for tool in $tools; do
  chmod 0755 "$new/$tool"
  version=$("$new/$tool" --version 2>&1) || fail "$tool does not run on this $(uname -m) in $to: $(echo "$version" | head -n 1)"
done
was=$("$to/epollecho" --version 2>/dev/null) || was=
# From here on a signal is too late, and five renames are soon done; one that fails brings back what was there.
trap '' HUP INT TERM PIPE
for tool in $tools; do
  if [ -e "$to/$tool" ]; then
    ln "$to/$tool" "$new/old/$tool" 2>/dev/null || cp -p "$to/$tool" "$new/old/$tool" ||
      fail "cannot keep $to/$tool; nothing was installed"
  fi
done
for tool in $tools; do
  placed="$placed $tool"
  case "$setcap$tool" in
    yesrawping | yespktsniff)
      put_capable "$new/$tool" "$to/$tool" "$group" || fail "setcap of $to/$tool failed; nothing was installed"
      ;;
    *) mv -f "$new/$tool" "$to/$tool" || fail "cannot put $to/$tool in place; nothing was installed" ;;
  esac
done
placed=

version=${version#* }
was=${was#* }
echo "  $version in $to${was:+ (before: $was)}"
hash -r 2>/dev/null || true
first=$(command -v epollecho) || first=
case "$first" in
  "$to/epollecho") ;;
  '') echo "  $to is not on PATH there: PATH=\$PATH:$to" ;;
  *) echo "  PATH there finds another one first: $first, $("$first" --version 2>&1 | sed -n '1s/^[^ ]* //p')" ;;
esac
if [ "$setcap" = yes ]; then
  echo "  rawping, pktsniff: ${group:+members of }${group:-everybody} may run them (CAP_NET_RAW)"
else
  echo "  rawping, pktsniff: need root, or deploy.sh --setcap as root (rawping also runs where net.ipv4.ping_group_range allows \
it)"
fi
echo "  epollecho, muxbench, optbench: every user may run them; optbench link needs root"
