# root – a Debian 12 of its own: made by debootstrap, entered as a system of its own, thrown away.
#
# Sourced by check-deb. `inside COMMAND…` is in the one entered last. Whoever is root in there has
# its processes, its network and its file system, and nothing of this machine's; the folder of the
# sources is /srv/tree, read-only and without what was built.
# shellcheck shell=bash disable=SC2154 # work, cache and package are the caller's

RELEASE=bookworm
CLEAN=(env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive)

inside() { "${into[@]}" "${CLEAN[@]}" "$@"; }

# The same for what goes on behind: so it is the process itself that `$!` tells of.
become() { exec "${into[@]}" "${CLEAN[@]}" "$@"; }

# --- before: what needs the network -------------------------------------------

# The bare system is kept, as it is the same each time. What apt fetches is kept as well.
make_base() {
  base=$cache/$RELEASE.tar
  [[ ! -e $base ]] || return 0
  mkdir -p "$cache/archives"
  debootstrap --variant=minbase "$RELEASE" "$work/base" >"$work/log" 2>&1 || return
  tar -C "$work/base" -cf "$base.new" . && mv "$base.new" "$base"
  rm -rf --one-file-system "$work/base"
}

apt() { chroot "$1" "${CLEAN[@]}" apt-get -q -o APT::Keep-Downloaded-Packages=true "${@:2}" >>"$work/log" 2>&1; }

# A new system, with everything on its disk that is going to be installed, and nothing installed.
make_root() { # FOLDER PACKAGE…
  mkdir "$1" && tar -C "$1" -xf "$base"
  cp /etc/resolv.conf "$1/etc/"
  printf '127.0.0.1 localhost\n::1 localhost\n' >"$1/etc/hosts"
  # A mirror or proxy that this machine has to use is that one's as well.
  grep -lE '^ *Acquire' /etc/apt/apt.conf.d/* 2>/dev/null | xargs -r cp -t "$1/etc/apt/apt.conf.d"
  sed -i '/Keep-Downloaded-Packages/d' "$1"/etc/apt/apt.conf.d/*
  cp "$package" "$1/srv/beckon.deb"
  [[ -z ${previous-} ]] || cp "$previous" "$1/srv/previous.deb"
  cp "$cache"/archives/*.deb "$1/var/cache/apt/archives/" 2>/dev/null
  apt "$1" update
  apt "$1" install -y "${recommends:---no-install-recommends}" --download-only /srv/beckon.deb "${@:2}" || return
  cp -u "$1"/var/cache/apt/archives/*.deb "$cache/archives/"
}

# --- entering -----------------------------------------------------------------

# Makes the folder the root of everything, with what a system has to find there.
pivot() { # FOLDER
  local device
  mount --bind "$1" "$1"
  cd "$1" || exit
  mkdir -p srv/tree
  mount --bind "$tree" srv/tree && mount -o remount,bind,ro srv/tree
  mount -t tmpfs tmpfs srv/tree/build
  touch usr/local/bin/node && mount --bind "$(realpath "$(command -v node)")" usr/local/bin/node
  mount -t proc proc proc && mount -t sysfs sysfs sys
  mount -t tmpfs tmpfs run && mount -t tmpfs tmpfs dev
  mkdir dev/pts dev/shm old-root
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
  ln -s pts/ptmx dev/ptmx && ln -s /proc/self/fd dev/fd
  for device in null:3 zero:5 full:7 random:8 urandom:9; do
    mknod -m 666 "dev/${device%:*}" c 1 "${device#*:}"
  done
  pivot_root . old-root
  umount -l /old-root
}

# Runs in the new namespaces, as their first process: one that waits, or systemd.
become_first() { # FOLDER
  pivot "$1"
  exec "${CLEAN[@]}" sleep infinity
}

become_init() { # FOLDER
  pivot "$1"
  rmdir /old-root
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --log-level=err systemd.unified_cgroup_hierarchy=1 </dev/null
}

find_first() {
  first=
  read -r first <"/proc/$holder/task/$holder/children"
  [[ -n $first ]] && has_pivoted
} 2>/dev/null

has_pivoted() { [[ $(cat "/proc/$first/comm") == s* && ! -e /proc/$first/root/old-root/proc ]]; }

# Enters a system in which nothing runs.
enter() { # FOLDER
  unshare --mount bash -eu "$0" --first "$1" >"$work/first" 2>&1 &
  holder=$! first=$!
  patiently has_pivoted || { cat "$work/first"; return 1; }
  into=(nsenter -t "$first" -m --) # which is then itself what runs: it can be killed
}

# Boots it, where that is possible.
boot() { # FOLDER
  group=$work/cgroup/${work##*/}.${1##*/}
  mkdir -p "$work/cgroup"
  mountpoint -q "$work/cgroup" || mount -t cgroup2 cgroup2 "$work/cgroup" 2>/dev/null || return
  mkdir "$group" 2>/dev/null || return
  { echo "$BASHPID" >"$group/cgroup.procs" &&
    exec unshare --mount --pid --ipc --uts --cgroup --fork --kill-child bash -eu "$0" --init "$1"; } \
    >"$work/first" 2>&1 &
  holder=$!
  patiently find_first || return
  into=(nsenter -t "$first" -m -p -i -u -C --)
  patiently has_booted 2>/dev/null >&2
}

has_booted() { inside systemctl is-system-running | grep -qx 'running\|degraded'; }

# What was in it may take a moment to end.
remove_group() {
  find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
  [[ ! -e $group ]]
}

# The end of it, and of whatever runs in it.
leave() {
  kill -KILL "$first" 2>/dev/null
  wait "$holder" 2>/dev/null
  into=(false)
  [[ -z ${group-} ]] || patiently remove_group
  group=
}
