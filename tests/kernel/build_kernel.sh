#!/usr/bin/env bash
#
# Builds a Linux kernel for guests from Debian's source package:
#
#   build_kernel.sh OUT NAME.config... [PART...]
#
# writes the bootable image to OUT; what the kernel has beyond allnoconfig is in
# the NAME.configs. With PARTs it only has the source ("source") or compiles
# those folders of it, and leaves OUT empty; so Bazel can show how far the build
# is. A build that was interrupted goes on where it was.
#
# Source and images are in the user's cache folder: one build serves every
# checkout with this script and these NAME.configs, comments aside. The four
# images used last are kept, and the source until no build is under way. The
# system's own apt configuration is read, never changed.

set -euo pipefail

readonly PACKAGE=linux-source-7.3
readonly SUITE=trixie-backports
readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../system/mirrors.sh"

# Nothing of the user's environment belongs in the image.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C

die() {
  echo "build_kernel.sh: $*" >&2
  exit 1
}

# A command whose output is of interest only if it fails.
logged() { "$@" >>log 2>&1; }

die_with_log() {
  echo "build_kernel.sh: $*; the end of $PWD/log:" >&2
  tail -n 20 log >&2
  exit 1
}

check_host() {
  local file package missing=()
  [[ -x /usr/bin/apt-get ]] || die "needs apt-get, to get Linux's source from" \
    "Debian's archive, and this machine has none."
  while read -r file package; do
    [[ -e $file ]] || missing+=("$package")
  done <<LIST
/usr/bin/bc bc
/usr/bin/bison bison
/usr/bin/flex flex
/usr/bin/gcc gcc
/usr/bin/make make
/usr/bin/xz xz-utils
/usr/include/gelf.h libelf-dev
$KEYRING debian-archive-keyring
LIST
  ((${#missing[@]} == 0)) ||
    die "packages are missing: sudo apt-get install ${missing[*]}"
}

# An apt that knows one suite of one mirror, and no folder but ./apt.
configure_apt() {
  rm -rf apt
  mkdir -p apt/lists/partial apt/cache/archives/partial
  echo "deb [signed-by=$KEYRING] $1 $SUITE main" >apt/sources.list
  cat >apt/apt.conf <<CONF
#clear APT::Update;
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Check-Date "false";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::Cache "$PWD/apt/cache";
Dir::Etc::preferences "-";
Dir::Etc::preferencesparts "-";
Dir::Etc::sourcelist "$PWD/apt/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$PWD/apt/lists";
Dir::State::status "/dev/null";
CONF
}

download() {
  local mirror tried=()
  for mirror in $(mirrors); do
    tried+=("$mirror")
    configure_apt "$mirror"
    logged apt-get -c apt/apt.conf -q update || continue
    logged apt-get -c apt/apt.conf -q download "$PACKAGE" || die_with_log \
      "cannot download $PACKAGE from $SUITE at $mirror (if a newer Linux has" \
      "replaced it, name that at the top of tests/kernel/build_kernel.sh)"
    return
  done
  die "cannot read $SUITE from any Debian mirror that apt knows" \
    "(${tried[*]:-none}); when the network is there, try again, or name a" \
    "mirror once: SLICELOCK_DEBIAN_MIRROR=URL tests/kernel/build_kernel.sh" \
    "/dev/null tests/kernel/kernel.config"
}

fetch() {
  [[ ! -d $SOURCE ]] || return 0
  rm -rf unpacked ./*.deb
  download
  mkdir unpacked
  dpkg-deb --fsys-tarfile ./*.deb | tar -xO "./usr/src/$PACKAGE.tar.xz" |
    tar -xJ -C unpacked --strip-components=1 2>>log ||
    die_with_log "cannot unpack $PACKAGE"
  rm -rf apt ./*.deb
  mv unpacked "$SOURCE"
}

announce() {
  echo "Linux $(make -s -C "$SOURCE" kernelversion) (${CONFIGS[*]##*/}) is" \
    "built once for this user, which takes two CPUs about eight minutes" \
    "(log: $WORK/log)."
}

# Nobody reads the warnings, and macros are half of the work: without both it
# takes a twelfth less time.
kernel_make() {
  logged env -i PATH="$PATH" LC_ALL=C KBUILD_BUILD_USER=slicelock \
    KBUILD_BUILD_HOST=slicelock KBUILD_BUILD_TIMESTAMP=1970-01-01 \
    KCONFIG_ALLCONFIG="$WORK/config" KCFLAGS="-w -ftrack-macro-expansion=0" \
    make -C "$SOURCE" O="$WORK/objects" "$@"
}

configure() {
  local line
  [[ ! -f configured ]] || return 0
  mkdir -p objects
  cat "${CONFIGS[@]}" >config
  kernel_make allnoconfig || die_with_log "cannot configure the kernel"
  while read -r line; do
    [[ $line != CONFIG_* ]] || grep -qx "$line" objects/.config ||
      die "this kernel cannot have $line (${CONFIGS[*]##*/}): the option is" \
        "gone, or needs another one."
  done <config
  touch configured
}

compile() {
  kernel_make -j"$(nproc)" "$@" || die_with_log "the kernel does not compile"
}

# Unless another image is being made of it.
drop_source() {
  [[ -n $(find "$1" -maxdepth 1 -name 'kernel-*') ]] || rm -rf "$SOURCE"
}

# Other checkouts may still use the ones before.
drop_old_images() {
  find "$1" -maxdepth 1 -name 'bzImage-*' -printf '%T@ %p\0' | sort -zrn |
    sed -z '1,4d;s/^[^ ]* //' | xargs -0r rm -f
}

# As far as the PARTs say, in the folder $WORK.
build() {
  cd "$WORK"
  fetch
  if [[ ${1-} == source ]]; then
    announce
    return
  fi
  configure
  compile "${@:-bzImage}"
  (($# > 0)) || mv objects/arch/x86/boot/bzImage "$IMAGE"
}

main() {
  [[ ${2-} == *.config ]] ||
    die "usage: build_kernel.sh OUT NAME.config... [PART...]"
  local out=$1 script home cache key lock
  shift
  CONFIGS=()
  while [[ ${1-} == *.config ]]; do
    CONFIGS+=("$(realpath "$1")")
    shift
  done
  script=$(realpath "${BASH_SOURCE[0]}")
  home=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}
  cache=${XDG_CACHE_HOME:-$home/.cache}/slicelock
  key=$(sed '/^ *#/d;/^$/d' "$script" "${CONFIGS[@]}" | sha256sum | cut -c 1-16)
  SOURCE=$cache/$PACKAGE
  IMAGE=$cache/bzImage-$key
  WORK=$cache/kernel-$key

  if [[ ! -f $IMAGE ]]; then
    check_host
    mkdir -p "$WORK" || die "cannot write to $cache"
    touch -c "$WORK" "$SOURCE"
    # One build at a time, and no leftovers of builds that nobody has gone on
    # with for two days.
    exec {lock}<"$cache"
    flock "$lock"
    find "$cache" -maxdepth 1 \( -name 'kernel-*' -o -name 'linux-source-*' \) \
      -mtime +1 -exec rm -rf {} +
    [[ -f $IMAGE ]] || (build "$@")
    if [[ -f $IMAGE ]]; then
      rm -rf "$WORK"
      drop_source "$cache"
      drop_old_images "$cache"
    fi
  fi
  # Each use makes it younger.
  touch -c "$IMAGE" 2>/dev/null || true
  if (($# == 0)); then cp "$IMAGE" "$out"; else : >"$out"; fi
}

main "$@"
