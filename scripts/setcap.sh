#!/usr/bin/env bash
# Lets ordinary users run rawping and pktsniff without sudo, shows who may, and undoes it.
#
#   setcap.sh [--group GROUP] [FOLDER]    gives both CAP_NET_RAW, and nothing more
#   setcap.sh --show [FOLDER]             shows owner, mode and capabilities
#   setcap.sh --undo [FOLDER]             takes the capability away
#
# Where a build or an unpacked archive is found, root-owned copies go to FOLDER (/usr/local/bin). Installed tools get the
# capability where they are. FOLDER and everything above it must belong to root and be writable by nobody else.
#
#   --group GROUP   only members of GROUP may run the two (root:GROUP, mode 0750). Members may also craft packets, inject
#                   frames and flood; without a group everybody may run the two, within the limits of ping.
#
# Exit code: 0 done, 2 refused; the reason is printed.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/common.sh
. "$here/lib/common.sh"
# shellcheck source=scripts/lib/capabilities.sh
. "$here/lib/capabilities.sh"
readonly capable=(rawping pktsniff)
readonly usage="usage: ${NETTOOLS_COMMAND:-setcap.sh} [--group GROUP | --show | --undo] [FOLDER]"

refuse() {
  echo "setcap: $1" >&2
  exit 2
}

action=set group="" folder=""
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help)
      help_of "$0"
      exit 0
      ;;
    --show | --undo)
      [ "$action" = set ] || refuse "$usage"
      action=${1#--}
      ;;
    --group)
      [ -n "${2-}" ] || refuse "--group needs a name: $usage"
      group=$2
      shift
      ;;
    --group=?*) group=${1#--group=} ;;
    -*) refuse "$1 is not an option: $usage" ;;
    '') refuse "an empty word names no folder: $usage" ;;
    *)
      [ -z "$folder" ] || refuse "one folder at a time, and $1 is a second: $usage"
      folder=$1
      ;;
  esac
  shift
done
[ -z "$group" ] || [ "$action" = set ] || refuse "--group goes with neither --show nor --undo: $usage"
case "$group" in
  '' | [!-]*) ;;
  *) refuse "$group is not a group" ;;
esac

# A build and an unpacked archive are copied to /usr/local/bin; what make install or the package put in place stays there.
if [ -z "$folder" ]; then
  folder=/usr/local/bin
  installed=$(installed_folder "$here")
  [ -z "$installed" ] || folder=$installed
fi
[ -d "$folder" ] || refuse "$folder is not a folder"
folder=$(cd -P "$folder" && pwd -P)

# The file to take: the one in FOLDER, else the build's.
source_of() {
  if [ -e "$folder/$1" ] || [ -L "$folder/$1" ]; then
    echo "$folder/$1"
  elif [ -e "$built/$1" ]; then
    echo "$built/$1"
  fi
}

show() {
  local tool=$1 file=$folder/$1 capabilities
  if [ ! -e "$file" ]; then
    echo "$tool: not in $folder"
    return
  fi
  capabilities=$(getcap "$file")
  capabilities=${capabilities#"$file"}
  capabilities=${capabilities# }
  echo "$tool: $file, $(stat -c '%U:%G %a' "$file"), ${capabilities:-no capabilities}"
}

case "$action" in
  show)
    command -v getcap >/dev/null || refuse "getcap is missing: apt-get install libcap2-bin"
    for tool in "${capable[@]}"; do
      show "$tool"
    done
    ;;
  undo)
    [ "$(id -u)" -eq 0 ] || refuse "only root may take capabilities away: run it with sudo"
    command -v setcap >/dev/null || refuse "setcap is missing: apt-get install libcap2-bin"
    for tool in "${capable[@]}"; do
      file=$folder/$tool
      if [ -f "$file" ] && [ ! -L "$file" ] && [ -n "$(getcap "$file")" ]; then
        setcap -r "$file"
        # What --group closed is open again: without the capability there is nothing to guard.
        [ "$(stat -c %a "$file")" != 750 ] || { chown 0:0 "$file" && chmod 0755 "$file"; }
      fi
      show "$tool"
    done
    ;;
  set)
    reason=$(why_not_capable "$folder" "$group")
    [ -z "$reason" ] || refuse "$reason$([ "$(id -u)" -eq 0 ] || echo ": run it with sudo")"
    built=$(find_binaries "$here" 2>/dev/null || true)
    # Check both before touching either.
    for tool in "${capable[@]}"; do
      file=$(source_of "$tool")
      [ -n "$file" ] || refuse "$tool is neither in $folder nor built: run make first"
      if [ -L "$file" ] || [ ! -f "$file" ]; then
        refuse "$file is not a plain file"
      fi
      [ -z "$(find "$file" -perm -0002)" ] || refuse "$file is writable by everybody"
      [ "$(machine_of "$file")" = "$(uname -m)" ] || refuse "$file is for $(machine_of "$file"), this machine is $(uname -m)"
      case "$file" in
        "$folder"/*)
          reason=$(unsafe_path "$file")
          [ -z "$reason" ] || refuse "$reason: a user who can change it decides what runs with the capability"
          ;;
      esac
    done
    for tool in "${capable[@]}"; do
      put_capable "$(source_of "$tool")" "$folder/$tool" "$group" || refuse "could not put $folder/$tool in place"
      echo "$tool: $folder/$tool, CAP_NET_RAW for ${group:+members of }${group:-everybody}, dropped as soon as its socket is open"
    done
    ;;
esac
