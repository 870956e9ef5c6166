# ask – questions to a service, and what check-deb says about the answers.
#
# Sourced by check-deb. A question is a command that succeeds or not.
# shellcheck shell=bash disable=SC2034,SC2154,SC2016 # what stands in single quotes is for the shell in there

say() { printf 'check-deb: %s\n' "$*"; }

fails() { # WHAT
  say "FAILED: $1"
  failed=1
}

expect() { # WHAT COMMAND…
  if "${@:2}" >"$work/out" 2>&1; then say "ok: $1"; else
    fails "$1"
    tail -n 20 "$work/out"
  fi
}

patiently() { # COMMAND…: until it succeeds, for a while
  local end=$((SECONDS + 30))
  until "$@"; do
    ((SECONDS < end)) || return 1
    sleep 0.1
  done
}

status_of() { # PATH [HEADER…]
  inside bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" || exit
    printf "GET %s HTTP/1.1\r\nHost: localhost\r\n" "$2" >&3; printf "%s\r\n" "${@:3}" "" >&3
    read -t 5 -r _ status _ <&3; echo "$status"' - "${port:-8080}" "$@"
}

answers() { # STATUS PATH [HEADER…]
  local status
  status=$(status_of "${@:2}")
  [[ $status == "$1" ]] || { echo "expected $1, got $status"; return 1; }
}

serves() { answers 401 /ws/zoom/r1; }

upgrades() {
  local token
  token=$(inside beckonctl token --sub ann) || return
  answers 101 "/ws/zoom/r1?token=$token" 'Connection: Upgrade' 'Upgrade: websocket' \
    'Sec-WebSocket-Version: 13' 'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg=='
}

has_mode() { # PATH "MODE OWNER GROUP"
  [[ $(inside stat -c '%a %U %G' "$1") == "$2" ]] || { inside stat -c '%a %U %G %n' "$1"; return 1; }
}

# Of a configuration that was changed both here and there, apt would ask which one it shall be.
installs() { # PACKAGE…
  inside apt-get install -q -y --no-install-recommends -o Dpkg::Options::=--force-confold "$@" </dev/null
}

inside_as() { # USER COMMAND…
  inside setpriv --reuid "$1" --regid "$1" --clear-groups -- "${@:2}"
}

refused_to() { ! inside_as "$@"; }

left() {
  inside find / -xdev \( -path /proc -o -path /srv -o -path /var/cache/apt -o -path /tmp \
    -o -path /var/tmp \) -prune -o -name '*beckon*' -print
  inside find /run -name '*beckon*' -print
}

is_gone() { [[ -z $(left) ]] || { left; return 1; }; }

nothing_runs() { ! inside pgrep -u beckon,beckon-gateway,beckon-edge; }

# --- somebody who stays connected ---------------------------------------------

talk() { # opens a connection and says what it hears
  local token
  token=$(inside beckonctl token --sub bob) || return
  become bash -c 'exec 3<>/dev/tcp/127.0.0.1/8080 || exit
    printf "GET /ws/chat/r1?token=%s HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n" "$1" >&3
    cat <&3' - "$token" >"$work/talk" &
  talker=$!
}

still_talks() { jobs -pr | grep -qx "$talker"; }

said() { # to the talker: WORDS
  inside beckonctl rooms && grep -aq "$1" "$work/talk"
}

room_is_there() { inside beckonctl rooms | grep -q r1; }
