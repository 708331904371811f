#!/usr/bin/env bash
#
# Fetches files of Debian testing's C library, a glibc of version 2.41 or later:
#
#   fetch_glibc.sh OUT...
#
# writes each OUT, from the file of that name in the package. The package is
# downloaded once and kept, unpacked, in the user's cache folder. Nothing is
# installed, and the system's own apt configuration is read, never changed.

set -euo pipefail

readonly PACKAGE=libc6
readonly SUITE=testing
readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../system/mirrors.sh"

die() {
  echo "fetch_glibc.sh: $*" >&2
  exit 1
}

check_host() {
  [[ -x /usr/bin/mmdebstrap && -e $KEYRING ]] || die "packages are missing:" \
    "sudo apt-get install mmdebstrap debian-archive-keyring"
}

# Into the folder $1. Errors are of interest only if no mirror has it.
download() {
  local mirror tried=() log
  log=$(mktemp)
  for mirror in $(mirrors); do
    tried+=("$mirror")
    mmdebstrap --mode=chrootless --skip=check/chrootless --variant=extract \
      --include="$PACKAGE" --keyring="$KEYRING" \
      --aptopt='APT::Sandbox::User "root"' \
      --aptopt='Acquire::Check-Date "false"' \
      --aptopt='Acquire::Check-Valid-Until "false"' \
      "$SUITE" "$1" "$mirror" </dev/null >>"$log" 2>&1 || continue
    rm "$log"
    return
  done
  grep '^E: ' "$log" >&2 || true
  rm "$log"
  die "cannot get $PACKAGE of Debian $SUITE from any mirror that apt knows" \
    "(${tried[*]:-none}); when the network is there, try again, or name a" \
    "mirror once: SLICELOCK_DEBIAN_MIRROR=URL" \
    "tests/coexistence/fetch_glibc.sh"
}

# Has the package in the folder $1.
fetch() {
  local new
  [[ ! -d $1 ]] || return 0
  check_host
  mkdir -p "$(dirname "$1")"
  new=$(mktemp -d "$1.XXXXXX")
  # shellcheck disable=SC2064
  trap "rm -rf '$new'" EXIT
  download "$new"
  # Another one may have been faster.
  mv -T "$new" "$1" 2>/dev/null || [[ -d $1 ]]
}

main() {
  local home package out
  home=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}
  package=${XDG_CACHE_HOME:-$home/.cache}/slicelock/$PACKAGE-$SUITE
  fetch "$package"
  for out in "$@"; do
    cp "$package"/usr/lib/*/"$(basename "$out")" "$out"
  done
}

main "$@"
