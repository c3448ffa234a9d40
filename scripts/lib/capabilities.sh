# shellcheck shell=sh
# Who may change a file, and capabilities on it. setcap.sh runs this here, deploy.sh sends it to hosts: POSIX shell, and no
# command that busybox lacks.

# unsafe_path PATH: prints why somebody other than root could replace PATH, by itself or by a folder above it; nothing when nobody
# could. PATH must be absolute and hold no symbolic link.
unsafe_path() {
  unsafe_at=$1
  while :; do
    # mode, links, user, group: of a list, because POSIX has no stat(1). A + after the mode means an access list, whose mask
    # stands in the place of the group's bits.
    # shellcheck disable=SC2012,SC2046
    set -- "$1" $(ls -ldn "$unsafe_at" | head -n 1)
    if [ "${4-}" != 0 ]; then
      echo "$unsafe_at belongs to user ${4:-unknown}, not to root"
      return
    fi
    case "$2" in
      d????????t*) ;; # the sticky bit of /tmp protects what is in it
      l*) echo "$unsafe_at is a symbolic link"; return ;;
      ????????w*) echo "$unsafe_at is writable by everybody"; return ;;
      ?????w????+*) echo "$unsafe_at is writable by those on its access list (getfacl)"; return ;;
      ?????w*)
        if [ "$5" != 0 ]; then
          echo "$unsafe_at is writable by group $5"
          return
        fi
        ;;
    esac
    [ "$unsafe_at" != / ] || break
    unsafe_at=${unsafe_at%/*}
    unsafe_at=${unsafe_at:-/}
  done
}

# mounted_nosuid FOLDER: true where the kernel would ignore capabilities of files in FOLDER.
mounted_nosuid() {
  mount_point=$(df -P "$1" 2>/dev/null | awk 'NR == 2 { for (i = 6; i <= NF; i++) printf "%s%s", (i > 6 ? " " : ""), $i }')
  awk -v at="$mount_point" '$2 == at { options = $4 } END { exit "," options "," !~ /,nosuid,/ }' /proc/mounts 2>/dev/null
}

# why_not_capable FOLDER [GROUP]: prints why no file with capabilities may be put into FOLDER here; nothing when it may.
why_not_capable() {
  if [ "$(id -u)" -ne 0 ]; then
    echo "only root may set capabilities"
  elif ! command -v setcap >/dev/null; then
    echo "setcap is missing (Debian: libcap2-bin)"
  elif [ -n "${2-}" ] && ! grep -q "^$2:" /etc/group && ! getent group "$2" >/dev/null 2>&1; then
    echo "there is no group $2"
  elif mounted_nosuid "$1"; then
    echo "$1 is on a file system mounted nosuid, where capabilities do not work"
  else
    unsafe_path "$1"
  fi
}

# put_capable FILE TARGET [GROUP]: makes TARGET a copy of FILE that belongs to root and has CAP_NET_RAW: for everybody, or for
# GROUP alone. TARGET appears all at once.
put_capable() {
  put_new=$2.new.$$
  rm -f "$put_new"
  (umask 077 && cp "$1" "$put_new") &&
    chown "0:${3:-0}" "$put_new" &&
    chmod "$([ -n "${3-}" ] && echo 0750 || echo 0755)" "$put_new" &&
    setcap cap_net_raw+ep "$put_new" &&
    mv -f "$put_new" "$2" && return
  rm -f "$put_new"
  return 1
}
