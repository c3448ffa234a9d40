# shellcheck shell=sh
# The part of scripts/deploy.sh that runs on the host, in its POSIX shell: takes the archive from standard input into a fresh
# folder, checks it, moves it into place. The folder to install into comes in $to, empty for the default.
set -eu
umask 022
if [ "$(id -u)" -eq 0 ]; then to=${to:-/usr/local/bin}; else to=${to:-$HOME/bin}; fi
mkdir -p "$to"
if [ -n "$(find "$to" -maxdepth 0 -perm -0002)" ]; then echo "deploy: $to is writable by everybody: refused" >&2; exit 1; fi
new=$(mktemp -d "$to/.nettools.XXXXXX")
trap "rm -rf \"\$new\"" EXIT
tar -x -C "$new"
if command -v sha256sum >/dev/null; then (cd "$new" && sha256sum -c --quiet SHA256SUMS); else echo "  sha256sum is missing: the sums are not checked"; fi
"$new/epollecho" --version >/dev/null || { echo "deploy: the binaries do not run on this $(uname -m)" >&2; exit 1; }
rm "$new/SHA256SUMS"
for file in "$new"/*; do mv "$file" "$to/"; done
echo "  in $to"
grant=no
if [ "$(id -u)" -eq 0 ] && command -v setcap >/dev/null; then
  case ",$(findmnt -nro OPTIONS --target "$to" 2>/dev/null)," in *,nosuid,*) ;; *) grant=yes ;; esac
fi
for tool in rawping pktsniff; do
  if [ $grant = yes ] && setcap cap_net_raw+ep "$to/$tool"; then
    echo "  $tool: every user may run it (CAP_NET_RAW set)"
  else
    echo "  $tool: needs root, or once as root: setcap cap_net_raw+ep $to/$tool"
  fi
done
echo "  epollecho, muxbench: every user may run them"
echo "  optbench: every user may run it; its link command needs root"
