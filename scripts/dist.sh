#!/usr/bin/env bash
# Packs one architecture's binaries: artifacts/dist/nettools-VERSION-linux-ARCH.tar.gz and a Debian package, and SHA256SUMS.
# The same source gives the same bytes: names sorted, times those of the last commit, owners root.
#   dist.sh x64|arm64       build the binaries first (`make dist` does)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/.."
arch=${1:?usage: dist.sh x64|arm64}
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' tools/Directory.Build.props)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH
umask 022

# sums FOLDER: writes its SHA256SUMS.
sums() {
  rm -f "$1/SHA256SUMS"
  (cd "$1" && find . -type f -printf '%P\0' | sort -z | xargs -0 sha256sum) >"$stage/SHA256SUMS"
  mv "$stage/SHA256SUMS" "$1/SHA256SUMS"
}

out=$PWD/artifacts/dist
name=nettools-$version-linux-$arch
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir -p "$out"

"$here/install.sh" "artifacts/linux-$arch" "$stage/$name" scripts
install -m 644 "$here/dist/README.md" "$stage/$name/README.md"
sums "$stage/$name"
tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -C "$stage" -c "$name" |
  gzip -9n >"$out/$name.tar.gz"

deb=$stage/deb
"$here/install.sh" "artifacts/linux-$arch" "$deb/usr"
gzip -9n "$deb"/usr/share/man/man1/*.1 "$deb"/usr/share/man/man7/*.7
maintainer=$(git log -1 --format='%an <%ae>' 2>/dev/null || echo 'NetTools <nettools@localhost>')
mkdir -p "$deb/DEBIAN" "$deb/usr/share/doc/nettools-labs" "$deb/usr/share/lintian/overrides"
# The package's README: the same needs, the commands as they are on PATH.
cat >"$deb/usr/share/doc/nettools-labs/README" <<'README'
The tools: epollecho, rawping, pktsniff, optbench, muxbench; each has a manual, as has nettools(7).

    sudo nettools-lab all                     the three labs, about six minutes; the report is lab-report/index.html
    sudo nettools-lab-net                     a shell in the labs' network
    nettools-check echo ./my-server           examines an echo server that you wrote
    nettools-deploy HOST...                   copies the five to hosts over ssh
    nettools-fleet HOST... -- load TARGET     load from several hosts at once, added up
    sudo nettools-setcap --group GROUP        lets members of GROUP run rawping and pktsniff without sudo

The labs need bash, awk, iproute2 and util-linux, and root or a user who may make namespaces. The programs the tools are compared
with (tcpdump, tshark, ping, ab, iperf3, gnuplot and others) are optional.
README
cat >"$deb/usr/share/doc/nettools-labs/copyright" <<COPYRIGHT
epollecho, rawping, pktsniff, optbench and muxbench: Copyright 2026 the authors of NetTools, $maintainer.
Their licence is /usr/share/doc/nettools/LICENSE. What is linked into them, the .NET runtime, glibc, libpcap and .NET libraries,
has its licences in /usr/share/doc/nettools/licences.
COPYRIGHT
gzip -9n >"$deb/usr/share/doc/nettools-labs/changelog.gz" <<CHANGELOG
nettools-labs ($version) unstable; urgency=medium

  * Built from source as of the date below; the history is in the repository.

 -- $maintainer  $(date -uRd "@$SOURCE_DATE_EPOCH")
CHANGELOG
cat >"$deb/usr/share/lintian/overrides/nettools-labs" <<'OVERRIDES'
# One file that runs on bare hosts: libpcap is linked in, and static-PIE programs with a name for their version script look like
# libraries.
nettools-labs: embedded-library libpcap *
nettools-labs: shared-library-is-executable *
nettools-labs: shared-library-lacks-prerequisites *
OVERRIDES
# What is linked in and comes from Debian, by source and version; the cross compilers' packages name another.
built_using=$(awk -F '\t' '$4 ~ /^pkg:deb\/debian\// && $2 !~ /cross|unknown/ {
  split($4, part, /[\/@]/); printf "%s%s (= %s)", n++ ? ", " : "", part[3], $2 }' "artifacts/linux-$arch/licences/components.tsv")
cat >"$deb/DEBIAN/control" <<CONTROL
Package: nettools-labs
Version: $version
Architecture: ${arch/x64/amd64}
Maintainer: $maintainer
Section: net
Priority: optional
Recommends: iproute2, gawk | mawk
Suggests: openssh-client, parallel, tcpdump, tshark, iputils-ping, apache2-utils, iperf3, gnuplot-nox, libcap2-bin
Description: small network tools that show how sockets really behave
 epollecho, rawping, pktsniff, optbench and muxbench: an echo and HTTP server
 with its load generator, a ping, a sniffer, and two benchmarks of socket
 options and of select, poll and epoll. Each is one static binary.
CONTROL
[ -z "$built_using" ] || sed -i "/^Description:/i Static-Built-Using: $built_using" "$deb/DEBIAN/control"
(cd "$deb" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
find "$deb" -exec touch -hd "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group --build "$deb" "$out/nettools-labs_${version}_${arch/x64/amd64}.deb" >/dev/null

sums "$out"
ls -l "$out"
