#!/usr/bin/env bash
# Lays the built tools out as they are installed: bin, manuals, bash completion, licences, and the lab scripts.
#   scripts/install.sh BINARIES PREFIX [SCRIPTS]     SCRIPTS: the folder under PREFIX for the scripts (lib/nettools/scripts)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
binaries=${1:?usage: install.sh BINARIES PREFIX [SCRIPTS]}
to=${2:?usage: install.sh BINARIES PREFIX [SCRIPTS]}
scripts=$to/${3:-lib/nettools/scripts}
packages=${NUGET_PACKAGES:-$HOME/.nuget/packages}

for tool in epollecho rawping pktsniff optbench muxbench; do
  install -D -m 755 "$binaries/$tool" "$to/bin/$tool"
  install -D -m 644 "$here/../tools/$tool/$tool.1" "$to/share/man/man1/$tool.1"
  install -D -m 644 "$here/completions.bash" "$to/share/bash-completion/completions/$tool"
done

for script in lab.sh lab1.sh lab2.sh lab3.sh lab-net.sh report.sh setcap.sh deploy.sh; do
  install -D -m 755 "$here/$script" "$scripts/$script"
done
for part in "$here"/lib/*; do
  install -D -m 644 "$part" "$scripts/lib/${part##*/}"
done

# Whose code is linked into the binaries, each with its own terms.
licences=$to/share/doc/nettools/licences
mkdir -p "$licences"
copy_licence() {
  local name=$1 file
  shift
  for file in "$@"; do
    if [ -s "$file" ]; then
      install -m 644 "$file" "$licences/$name"
      return
    fi
  done
  echo "install: no licence text found for $name" >&2
  exit 1
}
copy_licence CommandLineParser "$packages"/commandlineparser/*/License.md
copy_licence HdrHistogram "$packages"/hdrhistogram/*/hdrhistogram.nuspec
copy_licence Tmds.LibC "$packages"/tmds.libc/*/tmds.libc.nuspec
copy_licence dotnet-runtime "$packages"/microsoft.netcore.app.runtime.nativeaot.linux-*/*/LICENSE.TXT
copy_licence dotnet-third-party "$packages"/microsoft.netcore.app.runtime.nativeaot.linux-*/*/THIRD-PARTY-NOTICES.TXT
copy_licence glibc /usr/share/doc/libc6/copyright
copy_licence libpcap /usr/share/doc/libpcap0.8-dev/copyright /usr/share/doc/libpcap-dev/copyright
