#!/usr/bin/env bash
# Copies the five tools to hosts over ssh, checks that they arrived whole and run there, and says what each may do there.
#
#   deploy.sh [--to FOLDER] [--setcap[=GROUP]] HOST... [--setcap [GROUP]]
#
# A host needs sshd, a POSIX shell and tar; busybox has the latter two. HOST is what ssh takes: a name or USER@NAME. Either all
# five are put in place or nothing changes. What goes there is built for the host's architecture, as its `uname -m` says.
#
#   --to FOLDER        the folder there (/usr/local/bin for root, ~/bin for others); ~/ is the home there
#   --setcap[=GROUP]   lets everybody, or members of GROUP, run rawping and pktsniff there (CAP_NET_RAW); as root.
#                      After the last HOST the group may be a word of its own.
#   -h, --help         this text
#
# Environment: DEPLOY_TO=FOLDER is --to. SSH="ssh -p 2222" is the command to use. NETTOOLS_BIN=FOLDER holds the binaries.
# Exit code: 0 installed on every HOST, 1 not on every HOST, 2 could not start.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/common.sh
. "$here/lib/common.sh"
# shellcheck source=scripts/lib/ssh.sh
. "$here/lib/ssh.sh"
readarray -t tools <"$here/lib/tools"
readonly usage="usage: ${NETTOOLS_COMMAND:-deploy.sh} [--to FOLDER] [--setcap[=GROUP]] HOST..."

refuse() {
  echo "deploy: $1" >&2
  exit 2
}

hosts=() to=${DEPLOY_TO-} setcap=no group=""
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help)
      help_of "$0"
      exit 0
      ;;
    --to)
      [ -n "${2-}" ] || refuse "--to needs a folder: $usage"
      to=$2
      shift
      ;;
    --to=?*) to=${1#--to=} ;;
    --setcap=?*) setcap=yes group=${1#--setcap=} ;;
    --setcap)
      setcap=yes
      # Before the hosts the next word is one of them.
      if [ ${#hosts[@]} -gt 0 ] && [ $# -gt 1 ] && [ "${2#-}" = "$2" ]; then
        group=$2
        shift
      fi
      ;;
    '' | -*) refuse "'$1' is neither a host nor an option: $usage" ;;
    *) hosts+=("$1") ;;
  esac
  shift
done
[ ${#hosts[@]} -gt 0 ] || refuse "$usage"
[[ $group =~ ^[A-Za-z0-9_.-]*$ ]] || refuse "'$group' is not a group"
command -v "${ssh[0]}" >/dev/null || refuse "${ssh[0]} is not installed here"

work=$(mktemp -d)
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
  end_ssh
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

deploy() {
  local host=$1 machine="" archive
  if ! machine_at "$host"; then
    echo "deploy: $host cannot be reached, or has no POSIX shell" >&2
    return 1
  fi
  archive=$(pack_tools "$here" "$machine" "${tools[@]}" 2>"$work/why") || {
    echo "deploy: $host: $(cat "$work/why")" >&2
    return 1
  }
  exec 4<"$archive"
  # sh, because the user's login shell may be any other.
  over_ssh "$host" "exec sh -c $(quoted "to=$(quoted "$to") setcap=$setcap group=$(quoted "$group") tools=$(quoted "${tools[*]}")
$(cat "$here/lib/capabilities.sh" "$here/lib/deploy-receive.sh")")" || {
    echo "deploy: $host: failed" >&2
    return 1
  }
}

failed=0
for host in "${hosts[@]}"; do
  echo "$host:"
  deploy "$host" || failed=1
done
exit "$failed"
