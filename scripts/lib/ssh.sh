# shellcheck shell=bash
# What goes to other hosts shares: the ssh command, words quoted for the shell there, a session that ends with us, and the tools
# packed for a host's machine. lib/common.sh comes before it.
# $SSH is the command to use; $work a folder of the caller's, which removes it.

read -ra ssh <<<"${SSH:-ssh -o BatchMode=yes -o ConnectTimeout=15}"
job=""

# quoted WORD: WORD in single quotes, for the shell at the other end.
quoted() {
  printf "'%s'" "${1//\'/\'\\\'\'}"
}

# over_ssh HOST COMMAND: in the background, so that a signal is heard at once. Its standard input is descriptor 4.
over_ssh() {
  local code=0
  "${ssh[@]}" "$1" "$2" <&4 &
  job=$!
  wait "$job" || code=$?
  job=""
  return "$code"
}

# end_ssh: ends a session under way. The host sees the connection end and removes what it had.
end_ssh() {
  [ -z "$job" ] || kill "$job" 2>/dev/null || true
}

# machine_at HOST: what its `uname -m` says, in $machine. Not in a command substitution, which would keep a signal from the trap.
machine_at() {
  exec 4</dev/null
  over_ssh "$1" "uname -m" >"${work:?}/machine" || return 1
  machine=$(tail -n 1 "$work/machine" | tr -d '\r')
}

# pack_tools SCRIPTS MACHINE TOOL...: the tools for that machine in a tar archive with their SHA256SUMS; its name on standard
# output, or why not on standard error. One archive for each machine.
pack_tools() {
  local scripts=$1 machine=$2 folder stage tool
  shift 2
  folder=$(find_binaries "$scripts" "$machine") || return 1
  stage=$work/$(architecture_of "$machine")
  if [ ! -f "$stage.tar" ]; then
    mkdir "$stage"
    for tool in "$@"; do
      if [ ! -f "$folder/$tool" ] || [ "$(machine_of "$folder/$tool")" != "${machine/arm64/aarch64}" ]; then
        rm -rf "$stage"
        echo "$folder/$tool is not a binary for $machine" >&2
        return 1
      fi
      cp "$folder/$tool" "$stage/"
    done
    (cd "$stage" && sha256sum "$@" >SHA256SUMS && tar -cf "$stage.part" "$@" SHA256SUMS) && mv "$stage.part" "$stage.tar" ||
      return 1
  fi
  echo "$stage.tar"
}

# guest_command BYTES RUN: what to run on a host so that an archive of BYTES on its input is unpacked into a private folder, which
# vanishes with the connection, and RUN is run there (lib/guest.sh).
guest_command() {
  echo "exec sh -c $(quoted "size=$1 run=$(quoted "$2")
$(cat "${BASH_SOURCE[0]%/*}/guest.sh")")"
}
