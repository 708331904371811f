# For scripts to source.

# Debian's archive, wherever the machine's own apt gets it from, so that no
# server is named here; or where the user says.
# shellcheck disable=SC2016
mirrors() {
  if [[ -n ${SLICELOCK_DEBIAN_MIRROR:-} ]]; then
    echo "$SLICELOCK_DEBIAN_MIRROR"
  else
    apt-get indextargets --no-release-info --format '$(RELEASE) $(REPO_URI)' \
      'Created-By: Packages' | awk '$1 !~ /security/ { print $2 }' | sort -u
  fi
}
