#!/usr/bin/env bash
# Collects the licences of what is linked into the tools, and components.tsv: name, version, licence, where it comes from. Part of
# the build, by the user who builds: an installation by root finds everything beside the binaries.
#   components.sh x64|arm64 FOLDER
set -euo pipefail
arch=${1:?usage: components.sh x64|arm64 FOLDER}
to=${2:?usage: components.sh x64|arm64 FOLDER}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
props=$here/../../Directory.Packages.props
packages=${NUGET_PACKAGES:-$HOME/.nuget/packages}

fail() {
  echo "components: $1" >&2
  exit 1
}

new=$to.new
rm -rf "$new"
mkdir -p "$new"

# component NAME VERSION LICENCE SOURCE FILE...: the first FILE that is there is its licence text.
component() {
  local name=$1 version=$2 licence=$3 source=$4 file
  shift 4
  for file in "$@"; do
    if [ -s "$file" ]; then
      install -m 644 "$file" "$new/$name"
      printf '%s\t%s\t%s\t%s\n' "$name" "${version:-unknown}" "$licence" "$source" >>"$new/components.tsv"
      return
    fi
  done
  fail "no licence text found for $name: is it installed here?"
}

# whole PACKAGE VERSION FOLDER: the licence text of a package that has no file of it: MIT with the holder its manifest names, or
# CC0, into which its authors released HdrHistogram. The manifest itself is not a licence.
whole() {
  local holder
  holder=$(sed -n 's:.*<copyright>\(.*\)</copyright>.*:\1:p' "$3"/*.nuspec | head -n 1)
  case "$1:$(expression "$3")" in
    *:MIT) sed "s/@COPYRIGHT@/Copyright (c) ${holder:?$1 names no copyright holder}/" "$here/../dist/MIT.txt" ;;
    HdrHistogram:*)
      printf 'HdrHistogram %s by Gil Tene and Lee Campbell is in the public domain, as CC0 1.0 explains:\n\n' "$2"
      cat /usr/share/common-licenses/CC0-1.0
      ;;
  esac
}

# What a package's nuspec names as its licence.
expression() {
  local found
  found=$(sed -n 's:.*<license type="expression">\(.*\)</license>.*:\1:p' "$1"/*.nuspec 2>/dev/null | head -n 1)
  case "${found:-$1}" in
    */hdrhistogram/*) echo CC0-1.0 ;;
    */commandlineparser/*) echo MIT ;;
    "$1") echo "see the text" ;;
    *) echo "$found" ;;
  esac
}

# The packages of the tools, as Directory.Packages.props pins them.
while read -r name version; do
  folder=$packages/${name,,}/$version
  if [ "$name" = Microsoft.DotNet.ILCompiler ]; then
    runtime=$packages/microsoft.netcore.app.runtime.nativeaot.linux-$arch/$version
    component dotnet-runtime "$version" MIT "pkg:nuget/Microsoft.NETCore.App.Runtime.NativeAOT.linux-$arch@$version" \
      "$runtime/LICENSE.TXT"
    install -m 644 "$runtime/THIRD-PARTY-NOTICES.TXT" "$new/dotnet-third-party"
  else
    whole "$name" "$version" "$folder" >"$new.text"
    component "$name" "$version" "$(expression "$folder")" "pkg:nuget/$name@$version" "$folder"/[Ll][Ii][Cc][Ee][Nn][SsCc][Ee]* \
      "$new.text"
  fi
done < <(awk '/<ItemGroup Label="tools">/ { on = 1 } /<\/ItemGroup>/ { on = 0 }
  on && /<PackageVersion / { split($0, w, "\""); print w[2], w[4] }' "$props")

of_package() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null || true; }
if [ "$arch" = arm64 ]; then
  libc=$(of_package libc6-dev-arm64-cross) libpcap=$(cat "$here/../../artifacts/arm64/libpcap.version" 2>/dev/null ||
    of_package libpcap0.8-dev)
else
  libc=$(of_package libc6-dev) libpcap=$(of_package libpcap0.8-dev)
fi
component glibc "$libc" LGPL-2.1-or-later "pkg:deb/debian/glibc@$libc" /usr/share/doc/libc6/copyright \
  /usr/share/doc/libc6-dev/copyright
component libpcap "$libpcap" BSD-3-Clause "pkg:deb/debian/libpcap@$libpcap" /usr/share/doc/libpcap0.8-dev/copyright \
  /usr/share/doc/libpcap-dev/copyright /usr/share/doc/libpcap0.8/copyright
gcc=$(of_package "libgcc-12-dev$([ "$arch" = x64 ] || echo -arm64-cross)")
component libgcc "$gcc" "GPL-3.0-or-later WITH GCC-exception-3.1" "pkg:deb/debian/gcc-12@$gcc" \
  /usr/share/doc/gcc-12-base/copyright /usr/share/doc/libgcc-12-dev/copyright
install -m 644 /usr/share/common-licenses/LGPL-2.1 "$new/LGPL-2.1"
install -m 644 /usr/share/common-licenses/GPL-3 "$new/GPL-3"
cat >"$new/glibc-source" <<OFFER
The tools are linked statically with the GNU C Library (Debian's glibc $libc), under the GNU Lesser
General Public License 2.1, whose text is in the file LGPL-2.1 beside this one.

Its source: Debian keeps that of every version at https://snapshot.debian.org/package/glibc/$libc/.
For at least three years from the day you got these binaries, the one who gave them to you also hands
out that source, for no more than the cost of the copy.

To link the tools with a glibc that you have changed (section 6): their whole source is published under
the MIT licence, at the commit that --version names. Put your libc.a in place of the system's, then run
make clean and make.
OFFER
"$here/sbom.sh" <"$new/components.tsv" >"$new/sbom.cdx.json"
rm -rf "$to" "$new.text"
mv "$new" "$to"
