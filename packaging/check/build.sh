# build – the packages that are compared with the one under test, or come before it.
#
# Sourced by check-deb.
# shellcheck shell=bash disable=SC2154

build_tree() { # FOLDER
  (cd "$1" && DEB_BUILD_OPTIONS=nocheck dpkg-buildpackage -us -uc -b >"$work/log" 2>&1)
}

# The same sources, elsewhere, make the same bytes.
build_again() {
  say 'building it a second time'
  mkdir -p "$work/again/some/where"
  cp -r "${package%/*}/"*/ "$work/again/some/where/else"
  build_tree "$work/again/some/where/else" || { tail "$work/log"; fails 'it builds a second time'; return; }
  for deb in "${package%/*}"/*.deb; do
    expect "the same bytes: ${deb##*/}" cmp "$deb" "$work/again/some/where/${deb##*/}"
  done
}

# A package of the version before: of that commit, where this is a repository that has it, and else
# the same again.
make_previous() { # COMMIT
  local from=$cache/previous-$1.deb
  previous=$work/previous.deb
  if [[ ! -e $from ]] && git -C "$tree" cat-file -e "$1^{commit}" 2>/dev/null; then
    say "building what it was at $1"
    mkdir -p "$work/previous/tree"
    git -C "$tree" archive "$1" | tar -C "$work/previous/tree" -x
    cp -r "$work/previous/tree/packaging/debian" "$work/previous/tree/"
    if build_tree "$work/previous/tree"; then cp "$work"/previous/beckon_*.deb "$from"; else tail "$work/log"; fi
  fi
  [[ -e $from ]] || { from=$package && say "$1 is not here: it upgrades from itself"; }
  dpkg-deb -R "$from" "$work/previous.files"
  sed -i 's/^Version: .*/&~previous/' "$work/previous.files/DEBIAN/control"
  dpkg-deb -b "$work/previous.files" "$previous" >>"$work/log"
}
