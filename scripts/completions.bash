# Completion for epollecho, rawping, pktsniff, optbench and muxbench: the options are asked of the tool itself, so that they are
# always those of the version that is installed.
_nettools() {
  local tool=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} verb="" words
  case "${COMP_WORDS[1]-}" in
    serve | load | send | inject | server | link) [ "$COMP_CWORD" -le 1 ] || verb=${COMP_WORDS[1]} ;;
  esac
  case "$word" in
    -*) words=$("$tool" $verb --help 2>/dev/null | grep -oE '(^|[ ,])--?[A-Za-z0-9][A-Za-z0-9-]*' | tr -d ' ,') ;;
    *)
      case "${tool##*/}$COMP_CWORD" in
        epollecho1) words="serve load send" ;;
        pktsniff1) words="inject" ;;
        optbench1) words="server link list" ;;
        *) words="" ;;
      esac
      case "${COMP_WORDS[COMP_CWORD - 1]}" in
        -i | -I | --interface) words=$(ls /sys/class/net) ;;
      esac
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _nettools epollecho rawping pktsniff optbench muxbench
