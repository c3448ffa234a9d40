#!/usr/bin/env bash
# Builds a commit again in a folder of its own and compares the binaries, byte for byte.
#   reproduce.sh [BINARIES [TOOL...]]    BINARIES: a folder of binaries (artifacts/linux-x64), or an archive of a release
#
# The commit is the one that the binaries' --version names; it must be in this repository. Compilers and libraries must be of the
# versions that share/doc/nettools/licences/components.tsv lists. Exit code: 0 the same, 1 different, 2 could not build.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/common.sh
. "$here/lib/common.sh"
case "${1-}" in -h | --help) help_of "$0" && exit 0 ;; esac

stop() {
  echo "reproduce: $1" >&2
  exit 2
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
theirs=${1:-$here/../artifacts/linux-x64}
if [ -f "$theirs" ]; then
  mkdir "$work/archive"
  tar -xzf "$theirs" -C "$work/archive" --strip-components=1 || stop "$theirs is not an archive of a release"
  theirs=$work/archive/bin
fi
readarray -t tools <"$here/lib/tools"
[ $# -lt 2 ] || tools=("${@:2}")
[ -x "$theirs/${tools[0]}" ] || stop "$theirs has no ${tools[0]}"
arch=$(architecture_of "$(machine_of "$theirs/${tools[0]}")")
commit=$(strings -n 12 "$theirs/${tools[0]}" -el | sed -n 's/.*[0-9]+\([0-9a-f]\{12\}\).*/\1/p' | head -n 1)
[ -n "$commit" ] || commit=$("$theirs/${tools[0]}" --version 2>/dev/null | sed -n 's/.*(\([0-9a-f]*\)).*/\1/p')
[ -n "$commit" ] || stop "the binaries name no commit"
git -C "$here/.." archive "$commit" 2>/dev/null | tar -x -C "$work" || stop "commit $commit is not in this repository"
[ -n "$(ls "$work/tools" 2>/dev/null)" ] || stop "commit $commit is not in this repository"
[ ! -d "$here/../artifacts/arm64" ] || { mkdir -p "$work/artifacts" && cp -r "$here/../artifacts/arm64" "$work/artifacts/"; }
make -C "$work" --no-print-directory ARCH="$arch" "${tools[@]}" >"$work/build.log" 2>&1 || {
  tail -n 5 "$work/build.log" >&2
  stop "commit $commit does not build here"
}
code=0
for tool in "${tools[@]}"; do
  if cmp -s "$theirs/$tool" "$work/artifacts/linux-$arch/$tool"; then
    echo "$tool: the same, built from $commit"
  else
    echo "$tool: different"
    code=1
  fi
done
exit "$code"
