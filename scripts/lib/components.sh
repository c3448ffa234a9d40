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

# What a package's nuspec names as its licence.
expression() {
  local found
  found=$(sed -n 's:.*<license type="expression">\(.*\)</license>.*:\1:p' "$1"/*.nuspec 2>/dev/null | head -n 1)
  echo "${found:-see the text}"
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
    component "$name" "$version" "$(expression "$folder")" "pkg:nuget/$name@$version" "$folder"/[Ll][Ii][Cc][Ee][Nn][SsCc][Ee]* \
      "$folder"/*.nuspec
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
rm -rf "$to"
mv "$new" "$to"
