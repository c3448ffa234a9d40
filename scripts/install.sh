#!/usr/bin/env bash
# Lays the built tools out as they are installed: bin, manuals, completion, licences, and the lab scripts.
#
#   install.sh BINARIES PREFIX [SCRIPTS]     SCRIPTS: the folder under PREFIX for the scripts (lib/nettools/scripts)
#
# In the layout with lib/nettools/scripts, bin also has nettools-lab, nettools-lab-net, nettools-check, nettools-deploy,
# nettools-fleet and nettools-setcap.
#
# Exit code: 0 installed, 2 refused; the reason is printed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/common.sh
. "$here/lib/common.sh"
case "${1-}" in -h | --help) help_of "$0" && exit 0 ;; esac
if (($# < 2 || $# > 3)) || [[ $1 == -* || -z $1 || -z $2 ]]; then
  echo "install: usage: install.sh BINARIES PREFIX [SCRIPTS]" >&2
  exit 2
fi
binaries=$1
to=$2
scripts=${3:-lib/nettools/scripts}
readarray -t tools <"$here/lib/tools"

# Nothing is copied before everything is there.
for file in "${tools[@]/#/$binaries/}" "$binaries/licences/components.tsv"; do
  if [ ! -e "$file" ]; then
    echo "install: $file is missing: run make first" >&2
    exit 2
  fi
done

for tool in "${tools[@]}"; do
  install -D -m 755 "$binaries/$tool" "$to/bin/$tool"
  install -D -m 644 "$here/../tools/$tool/$tool.1" "$to/share/man/man1/$tool.1"
  install -D -m 644 "$here/completions.bash" "$to/share/bash-completion/completions/$tool"
done
install -D -m 644 "$here/dist/nettools.7" "$to/share/man/man7/nettools.7"

for script in lab.sh lab1.sh lab2.sh lab3.sh lab-far.sh lab-net.sh report.sh setcap.sh deploy.sh check.sh fleet.sh; do
  install -D -m 755 "$here/$script" "$to/$scripts/$script"
done
for part in "$here"/lib/*; do
  case "${part##*/}" in
    commit.sh | components.sh | sbom.sh) ;; # of the build alone
    *) install -D -m 644 "$part" "$to/$scripts/lib/${part##*/}" ;;
  esac
done
if [ "$scripts" = lib/nettools/scripts ]; then
  for script in lab lab-net check deploy fleet setcap; do
    cat >"$to/bin/nettools-$script" <<COMMAND
#!/bin/sh
NETTOOLS_COMMAND=nettools-$script exec bash "\$(dirname "\$(readlink -f "\$0")")/../$scripts/$script.sh" "\$@"
COMMAND
    chmod 755 "$to/bin/nettools-$script"
  done
fi

[ ! -e "$here/../LICENSE" ] || install -D -m 644 "$here/../LICENSE" "$to/share/doc/nettools/LICENSE"
# Whose code is linked into the binaries, each with its own terms.
for file in "$binaries"/licences/*; do
  install -D -m 644 "$file" "$to/share/doc/nettools/licences/${file##*/}"
done
