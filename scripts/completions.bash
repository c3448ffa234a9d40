# Completion for epollecho, rawping, pktsniff, optbench and muxbench. Verbs, options and values are read from the tool's own
# --help, so they are always those of the version that is installed.

# _nettools_words KIND [OPTION]: from a page of help on standard input, one word a line:
# verbs; options; values OPTION (what its text lists); takes OPTION (a word when it needs a value); or names (a list after the
# options that belongs to no option: experiments).
_nettools_words() {
  awk -v kind="$1" -v wanted="$2" -v tool="$3" '
    # list TEXT: the words of "a, b (default), c or d"; nothing unless all of them are single words, but for "a number".
    function list(text,   n, i, w, found) {
      gsub(/ \([^)]*\)/, "", text)
      sub(/\..*$/, "", text)
      gsub(/,? (or|and) /, ", ", text)
      n = split(text, w, /, */)
      for (i = 1; i <= n; i++) {
        gsub(/^ +| +$/, "", w[i])
        if (w[i] == "a number") continue
        if (w[i] !~ /^[A-Za-z][A-Za-z0-9_-]*$/) return ""
        found = found tolower(w[i]) "\n"
      }
      return n > 1 ? found : ""
    }
    function finish(   text, i, n, o, v) {
      if (head == "") return
      n = split(head, o, /, /)
      v = ""
      for (i = 1; i <= n; i++) if (match(o[i], /[ =]([^ =]*\|)+[^ =]*$/)) {
        v = substr(o[i], RSTART + 1) "\n"
        gsub(/\|/, "\n", v)
      }
      text = body
      if (v == "" && match(text, /[Vv]alid values: /)) v = list(substr(text, RSTART + RLENGTH))
      while (v == "" && match(text, /: /)) {
        text = substr(text, RSTART + 2)
        v = list(text)
      }
      for (i = 1; i <= n; i++) {
        sub(/[ =].*/, "", o[i])
        if (kind == "takes" && o[i] == wanted && (head ~ /[ =]/ || v != "")) print "yes"
        if (kind == "options") print o[i]
        if (kind == "values" && o[i] == wanted) printf "%s", v
        known[o[i]] = 1
      }
      head = body = ""
    }
    /^Usage:/ { usage = 1 }
    usage && kind == "verbs" {
      for (i = 1; i < NF; i++) if ($i == tool) { if ($(i + 1) ~ /^[a-z]+$/ && !seen[$(i + 1)]++) print $(i + 1); break }
    }
    /^$/ { usage = 0; finish(); named = "" }
    /^  -/ {
      finish()
      head = substr($0, 3)
      body = ""
      if (match(head, /   *[^ ]/)) { body = substr(head, RSTART + RLENGTH - 1); head = substr(head, 1, RSTART - 1) }
      next
    }
    head != "" && /^   / { sub(/^ +/, ""); body = body " " $0; next }
    { finish() }
    /^[A-Z][a-z]+: [a-z]/ { named = tolower($1); sub(/:$/, "", named); lists[named] = ""; sub(/^[A-Za-z]+: /, "") }
    named != "" { lists[named] = lists[named] " " $0 }
    END {
      finish()
      for (name in lists) {
        v = list(lists[name])
        if (kind == "values" && wanted == "--" name && v != "") printf "%sall\n", v
        if (kind == "names" && !(("--" name) in known)) printf "%s", v
      }
    }'
}

_nettools() {
  local tool=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local verb="" words="" page prefix=""
  local name=${tool##*/}
  page=$("$tool" --help 2>/dev/null)
  if [ "$COMP_CWORD" -gt 1 ] && _nettools_words verbs "" "$name" <<<"$page" | grep -qxF -e "${COMP_WORDS[1]}"; then
    verb=${COMP_WORDS[1]}
    page=$("$tool" "$verb" --help 2>/dev/null)
  fi
  # bash makes three words of --option=value.
  if [ "$word" = = ]; then
    word=""
  elif [ "$previous" = = ]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case "$previous" in
    -i | -I | --interface)
      words=$(ls /sys/class/net)
      ;;
    -*) words=$(_nettools_words values "$previous" "$name" <<<"$page") ;;
  esac
  if [ -z "$words" ] && ! { [[ $previous == -* ]] && _nettools_words takes "$previous" "$name" <<<"$page" | grep -q .; }; then
    case "$word" in
      -*) words=$(_nettools_words options "" "$name" <<<"$page") ;;
      *)
        [ "$COMP_CWORD" -gt 1 ] || words=$(_nettools_words verbs "" "$name" <<<"$page")
        [ -n "$verb" ] || words="$words $(_nettools_words names "" "$name" <<<"$page")"
        ;;
    esac
  elif [[ $word == *,* ]]; then
    # The next of a list.
    prefix=${word%,*},
  fi
  mapfile -t COMPREPLY < <(compgen -P "$prefix" -W "$words" -- "${word#"$prefix"}")
}
complete -o default -F _nettools epollecho rawping pktsniff optbench muxbench
