# lives – what a package goes through in a system where no systemd runs.
#
# Sourced by check-deb.
# shellcheck shell=bash disable=SC2016,SC2154 # what stands in single quotes is for the shell in there

# --- installing ---------------------------------------------------------------

listen_on_8080() {
  become perl -MIO::Socket::INET -e \
    'my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1:8080", Listen => 1) or die; sleep 600' &
  stranger=$!
  patiently inside bash -c ': </dev/tcp/127.0.0.1/8080' 2>/dev/null
}

first_install() {
  listen_on_8080
  expect 'it installs where its port is taken' installs /srv/beckon.deb
  cp "$work/out" "$work/said"
  expect 'and says so' grep -q 'port 8080 is taken by another program' "$work/said"
  kill "$stranger"
  wait "$stranger" 2>/dev/null
  expect 'the folder of keys is root'"'"'s, and the service reads it' has_mode /etc/beckon/keys '750 root beckon'
  expect 'so is the secret it has made' has_mode /etc/beckon/keys/package.HS256.secret '640 root beckon'
  expect 'what it stores is its own' has_mode /var/lib/beckon '750 beckon beckon'
  expect 'nginx has what it had' inside nginx -t
}

# --- serving ------------------------------------------------------------------

# As the units have it, where each is somebody else; and what that is good for.
run_part() { # USER PART
  inside install -d -o "$1" -g "$1" "/run/beckon-$2"
  become env STATE="/run/beckon-$2" setpriv --reuid "$1" --regid "$1" --clear-groups --no-new-privs \
    beckon -c /etc/beckon/beckon.conf -x "$2" >"$work/$2" 2>&1 &
  parts[$2]=$!
}

serve_in_parts() {
  local -A parts
  local part file=/etc/beckon/keys/package.HS256.secret
  expect 'the folders of sockets' inside systemd-tmpfiles --create beckon.conf
  for part in broker authorizer websocketd1 websocketd2 nginx; do
    case $part in
    nginx) run_part beckon-edge nginx ;;
    websocketd*) run_part beckon-gateway "$part" ;;
    *) run_part beckon "$part" ;;
    esac
  done
  expect 'in parts: 401 without a token' patiently serves || cat "$work"/{broker,authorizer,websocketd1,nginx}
  expect 'in parts: 101 with one' upgrades
  talk
  expect 'in parts: a handler of another user is let in' patiently said room_state
  kill -KILL "${parts[broker]}"
  run_part beckon broker
  expect 'another broker has who was connected' patiently room_is_there
  expect 'and nobody was dropped' still_talks
  expect 'the edge reaches the authorizer' inside_as beckon-edge test -w /run/beckon/authorizer.sock
  expect 'the gateway does not' refused_to beckon-gateway test -w /run/beckon/authorizer.sock
  expect 'the gateway does not see the names of rooms' refused_to beckon-gateway ls /run/beckon/bus/rooms
  for part in "${!parts[@]}"; do kill "${parts[$part]}"; done
  wait "$talker" "${parts[@]}" 2>/dev/null
  expect 'the gateway reads no key' refused_to beckon-gateway cat $file
  expect 'nor does the edge' refused_to beckon-edge cat $file
  inside rm -rf /run/beckon /run/beckon-{broker,authorizer,websocketd1,websocketd2,nginx}
}

serve() {
  become beckon -c /etc/beckon/beckon.conf >"$work/service" 2>&1 &
  local service=$!
  expect 'it serves' patiently grep ^ready "$work/service" || cat "$work/service"
  expect 'not as root' grep -q 'everything runs as beckon' "$work/service"
  expect '401 without a token' answers 401 /ws/zoom/r1
  expect '101 with one of beckonctl' upgrades
  kill "$service"
  expect 'it stops when told to' wait "$service"
}

# --- the tests of the whole chain, on what was installed ------------------------

# What a test needs that is no part of a service: tools to look with.
TOOLS=(caddy coturn curl haproxy iproute2 jq libcmocka0 nng-utils openssl prometheus python3 strace)

# Programs that are there for tests alone are built beside, from the same sources.
e2e() {
  local began=$SECONDS
  expect 'the tools of the tests' installs "${TOOLS[@]}"
  (inside env BECKON_PROGRAMS=/usr/lib/beckon BECKON_LAUNCHER=/usr/bin/beckon \
    BECKON_TEST_PROGRAMS=/srv/programs BECKON_INSTALLED=1 \
    sh -c 'cd /srv/tree/tests && exec node --test --test-reporter=tap e2e/*.test.mjs') >"$work/e2e" 2>&1 ||
    { fails 'the tests of the whole chain'; grep -a '^not ok' -A 60 "$work/e2e" | head -n 300; }
  say "the tests of the whole chain, with what was installed: $(counted pass) passed, \
$(counted fail) failed, $(counted skipped) not run, in $((SECONDS - began)) s"
  grep -a '# SKIP' "$work/e2e" | sed 's/^ *ok [0-9]* - \(.*\) # SKIP/check-deb: not run: \1:/'
}

counted() { # WORD
  sed -n "s/^# $1 //p" "$work/e2e" | tail -n 1
}

secret() { inside sha256sum /etc/beckon/keys/package.HS256.secret; }

upgrade() {
  local before
  before=$(secret)
  inside sed -i 's/^#LOG_LEVEL=.*/LOG_LEVEL=debug/' /etc/beckon/beckon.conf
  expect 'it upgrades' installs /srv/beckon.deb
  expect 'the configuration is kept' inside grep -q ^LOG_LEVEL=debug /etc/beckon/beckon.conf
  expect "and the secret" [ -n "$before" -a "$before" = "$(secret)" ]
}

# --- the end ------------------------------------------------------------------

remove() {
  expect 'it is removed' inside apt-get remove -q -y beckon
  expect 'its programs are gone' inside sh -c '! test -e /usr/bin/beckon -o -e /usr/lib/beckon'
  expect 'configuration, keys and data are kept' inside ls -d /etc/beckon/beckon.conf \
    /etc/beckon/keys/package.HS256.secret /var/lib/beckon
  expect 'it is purged' inside apt-get purge -q -y beckon
  expect 'nothing of it is left' is_gone
  say "left, by policy: $(inside grep -o '^beckon[a-z-]*' /etc/passwd | paste -sd ' ' | sed 's/^/the users /')"
}
