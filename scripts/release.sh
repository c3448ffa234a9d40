#!/usr/bin/env bash
# Puts a release together, ready to be signed and published: artifacts/release/nettools-VERSION/ with the archives and packages of
# both architectures, sbom.cdx.json (CycloneDX: what is linked in, with versions and licences), CHANGES.md, and SHA256SUMS.
#   release.sh       after scripts/dist.sh x64 and arm64 (`make release` does all of it)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/.."
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' tools/Directory.Build.props)
commit=$("$here/lib/commit.sh")
time=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
umask 022

fail() {
  echo "release: $1" >&2
  exit 1
}

case "$commit" in
  *-modified) fail "shared/ or tools/ have changes that are not committed" ;;
esac
wanted="${version}${commit:+ ($commit)}"
built=$(artifacts/linux-x64/epollecho --version 2>/dev/null || true)
[ "$built" = "epollecho $wanted" ] || fail "the binaries are '$built', not 'epollecho $wanted': make clean, then make release"

out=artifacts/release/nettools-$version
rm -rf "$out"
mkdir -p "$out"
for arch in x64 arm64; do
  for file in "nettools-$version-linux-$arch.tar.gz" "nettools-labs_${version}_${arch/x64/amd64}.deb"; do
    file=artifacts/dist/$file
    [ -e "$file" ] || fail "$file is missing: scripts/dist.sh $arch"
    cp "$file" "$out/"
  done
done

# A component that both architectures share stands once.
cat artifacts/linux-x64/licences/components.tsv artifacts/linux-arm64/licences/components.tsv | sort -u |
  SOURCE_DATE_EPOCH=$time "$here/lib/sbom.sh" >"$out/sbom.cdx.json"

# Since the last tagged version; everything is new in the first.
last=$(git describe --tags --abbrev=0 --match 'v*' HEAD^ 2>/dev/null || true)
{
  printf '# NetTools %s, %s\n\n' "$version" "$(date -u -d "@$time" +%Y-%m-%d)"
  [ -z "$commit" ] || printf 'Built from commit %s.\n\n' "$commit"
  if [ -n "$last" ]; then
    printf 'Since %s:\n\n' "$last"
    git log --no-merges --format='- %s' "$last..HEAD"
  else
    printf 'The first release: epollecho, rawping, pktsniff, optbench, muxbench, and the three labs.\n'
  fi
  # shellcheck disable=SC2016 # Markdown's backticks
  printf '\nCheck the files with `scripts/verify.sh --signers FILE`. What is linked in is in sbom.cdx.json.\n'
} >"$out/CHANGES.md"

(cd "$out" && sha256sum -- * >"$OLDPWD/artifacts/release/sums" && mv "$OLDPWD/artifacts/release/sums" SHA256SUMS)
if [ -n "${SIGNING_KEY-}" ]; then
  ssh-keygen -q -Y sign -f "$SIGNING_KEY" -n nettools "$out/SHA256SUMS" || fail "could not sign with $SIGNING_KEY"
else
  echo "Not signed. To sign: ssh-keygen -Y sign -f KEY -n nettools $out/SHA256SUMS (or SIGNING_KEY=KEY make release)"
fi
echo "$out:"
ls "$out"
