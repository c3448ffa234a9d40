# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # lib/ssh.sh and the labs have the other ends of these
# Our end of lab.sh --far: the host's shell behind one ssh connection (lib/far-agent.sh), asked line by line. lib/ssh.sh comes
# before it.
FAR_SSH="" # its process; the shell forgets AGENT_PID when it ends

# open_far HOST SCRIPTS: connects, makes the folder there and puts the tools into it. Sets $FAR_FOLDER, and $FAR_ADDRESS to the
# address at which we reached it.
open_far() {
  local answer archive words
  machine=""
  machine_at "$1" || refuse "$1 cannot be reached, or has no POSIX shell"
  archive=$(pack_tools "$2" "$machine" epollecho optbench 2>"${work:?}/why") || refuse "$1: $(cat "$work/why")"
  coproc AGENT { exec "${ssh[@]}" "$1" "exec sh -c $(quoted "$(cat "$2/lib/far-facts.sh" "$2/lib/far-agent.sh")")"; }
  # A coprocess is ours alone; the steps of a lab are subshells.
  FAR_SSH=$AGENT_PID
  exec 8<&"${AGENT[0]}" 9>&"${AGENT[1]}"
  IFS= read -r -t 30 answer <&8 || refuse "$1 does not answer"
  read -ra words <<<"$answer"
  [ "${words[0]}" = folder ] || refuse "$1: ${answer#no: }"
  FAR_FOLDER=${words[1]} FAR_ADDRESS=${words[4]-}
  # So that the host learns of an end that no packet tells it; it ends with this shell, also after kill -9.
  (
    exec </dev/null >/dev/null 8<&-
    while kill -0 "$$" && echo "beat $SECONDS" >&9; do sleep 5; done
  ) 2>/dev/null &
  BEAT_PID=$!
  exec 4<"$archive"
  over_ssh "$1" "exec sh -c $(quoted "cd $(quoted "$FAR_FOLDER") && tar -xf - && chmod 700 epollecho optbench &&
{ ! command -v sha256sum >/dev/null || sha256sum -c SHA256SUMS >/dev/null; } && ./epollecho --version >/dev/null")" ||
    refuse "$1: the tools did not arrive whole in $FAR_FOLDER, or do not run there"
}

# far WORD...: a line to the host, and its answer; fails where that is "no: WHY", which goes to standard error.
far() {
  local answer
  echo "$*" >&9
  IFS= read -r -t 60 answer <&8 || {
    echo "the connection to the host is lost" >&2
    return 1
  }
  case "$answer" in
    'no: '*)
      echo "at the host: ${answer#no: }" >&2
      return 1
      ;;
  esac
  printf '%s\n' "$answer"
}

# far_lines WORD...: the same where the answer has several lines, a dot the last.
far_lines() {
  local line
  echo "$*" >&9
  while IFS= read -r -t 60 line <&8 && [ "$line" != . ]; do
    printf '%s\n' "$line"
  done
}

# close_far: ends what runs there; the folder goes.
close_far() {
  local line=""
  end_ssh
  [ -n "$FAR_SSH" ] || return 0
  kill "${BEAT_PID-}" 2>/dev/null || true
  { echo end >&9; } 2>/dev/null || true
  while IFS= read -r -t 5 line <&8 && [ "$line" != gone ]; do :; done
  exec 8<&- 9>&-
  kill "$FAR_SSH" 2>/dev/null || true
  [ "$line" = gone ] || echo "lab: the connection ended before the host had tidied up: it does so by itself within a minute" >&2
}
