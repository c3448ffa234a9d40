#!/usr/bin/env bash
# Checks a release before anything of it is run: who signed the sums, then the sums of all files.
#   verify.sh --signers FILE [FOLDER]    FILE as ssh-keygen(1) describes allowed signers: a name and a public key a line, from
#                                        somewhere else than the release itself
#   verify.sh --unsigned [FOLDER]        the sums alone: damage is found, a forgery is not
#
# FOLDER (the current one) has SHA256SUMS, SHA256SUMS.sig and the files. Exit code: 0 right, 1 wrong, 2 could not check.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/common.sh
. "$here/lib/common.sh"
readonly usage="usage: verify.sh --signers FILE | --unsigned [FOLDER]"

stop() {
  echo "verify: $2" >&2
  exit "$1"
}

signers=""
case "${1-}" in
  -h | --help)
    help_of "$0"
    exit 0
    ;;
  --signers)
    [ -f "${2-}" ] || stop 2 "--signers needs a file: $usage"
    signers=$(readlink -f "$2")
    shift 2
    ;;
  --unsigned) shift ;;
  *) stop 2 "$usage" ;;
esac
[ $# -le 1 ] || stop 2 "$usage"
cd "${1:-.}" 2>/dev/null || stop 2 "no folder ${1-}"
[ -f SHA256SUMS ] || stop 2 "$PWD has no SHA256SUMS"
if [ -n "$signers" ]; then
  command -v ssh-keygen >/dev/null || stop 2 "ssh-keygen is missing: apt-get install openssh-client"
  [ -f SHA256SUMS.sig ] || stop 1 "SHA256SUMS is not signed"
  who=$(ssh-keygen -Y find-principals -s SHA256SUMS.sig -f "$signers" 2>/dev/null | head -n 1) ||
    stop 1 "SHA256SUMS is signed by a key that is not in $signers"
  ssh-keygen -Y verify -n nettools -f "$signers" -I "$who" -s SHA256SUMS.sig <SHA256SUMS >/dev/null 2>&1 ||
    stop 1 "the signature does not fit SHA256SUMS"
  echo "signed by $who"
fi
# What the sums do not cover nobody vouches for.
for file in *; do
  case "$file" in
    SHA256SUMS | SHA256SUMS.sig) ;;
    *) awk -v file="$file" '$2 == file || $2 == "*" file { found = 1 } END { exit !found }' SHA256SUMS ||
      stop 1 "$file is not in SHA256SUMS" ;;
  esac
done
[ -s SHA256SUMS ] || stop 1 "SHA256SUMS is empty"
bad=$(grep -nvE '^[0-9a-f]{64} [ *].+$' SHA256SUMS | head -n 1) || true
[ -z "$bad" ] || stop 1 "SHA256SUMS, line ${bad%%:*}: not a sum and a name"
sha256sum -c --strict SHA256SUMS >/dev/null 2>&1 ||
  stop 1 "$(sha256sum -c --strict SHA256SUMS 2>/dev/null | grep -v ': OK$' | head -n 1)"
echo "$(awk 'END { print NR }' SHA256SUMS) files are as SHA256SUMS lists them"
