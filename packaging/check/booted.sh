# booted – what a package goes through in a system that systemd runs.
#
# Sourced by check-deb.
# shellcheck shell=bash disable=SC2154

broker_pid() { inside systemctl show -p MainPID --value beckon-broker; }

another_broker_has_r1() { # PID OF THE LAST ONE
  [[ $(broker_pid) != "$1" ]] && room_is_there
}

# Tests that are in there, and may install something.
package_test() { # NAME
  expect "$1.test.mjs" inside timeout 240 sh -c 'cd /srv/tree/tests && exec node --test --test-reporter=tap "package/$0.test.mjs"' "$1"
  grep -a '^ok ' "$work/out" | sed 's/^ok [0-9]* - /check-deb: ok: /'
  grep -a '^not ok ' -A 16 "$work/out"
}

# An nginx of somebody else's, with a site, which is none of our business.
has_site() { [[ $(port=8088 status_of /) == 204 && $(inside sh -c 'cat /etc/nginx/*.conf /etc/nginx/*-enabled/*' | sha256sum) == "$site" ]]; }

make_site() {
  inside sh -c 'echo "server { listen 127.0.0.1:8088; return 204; }" >/etc/nginx/sites-enabled/shop'
  inside systemctl reload nginx
  site=$(inside sh -c 'cat /etc/nginx/*.conf /etc/nginx/*-enabled/*' | sha256sum)
}

goes_by_itself() {
  local before
  expect 'all of it runs' patiently inside systemctl is-active \
    beckon.target beckon-broker beckon-authorizer beckon-websocketd@1 beckon-websocketd@2 beckon-edge
  expect '401' patiently serves
  expect '101' upgrades
  talk
  expect 'a handler is let in' patiently said room_state
  before=$(broker_pid)
  inside systemctl kill -s KILL beckon-broker
  expect 'another broker has who was connected' patiently another_broker_has_r1 "$before"
  expect 'nobody was dropped' still_talks
  expect 'it reloads' inside systemctl reload beckon-broker beckon-authorizer beckon-edge
  inside systemctl stop beckon.target
  expect 'a stop sends everybody away' patiently grep -aq '"bye".*draining' "$work/talk"
  expect 'and ends all' patiently nothing_runs
  inside systemctl start beckon.target
  expect 'and it starts again' patiently serves
}

# --- autopkgtest --------------------------------------------------------------

AUTOPKGTEST=(autopkgtest dpkg-dev fakeroot curl python3-websockets)

# The package's own test, by the tool that Debian runs it with. It installs what the test depends on
# from what was fetched before.
autopkgtest() {
  if ! installs "${AUTOPKGTEST[@]}" >"$work/out" 2>&1; then
    say 'not run: autopkgtest is not to be had'
    return
  fi
  expect 'autopkgtest' inside autopkgtest \
    --ignore-restrictions=isolation-container /srv/beckon.deb /srv/source -- null
}

# --- the README -----------------------------------------------------------------

# What it tells people to do, from where they have built the package.
follow_readme() {
  inside mkdir -p /root/build/deb
  inside cp /srv/beckon.deb /root/build/deb/beckon_0_all.deb
  expect 'the README, word for word' inside timeout 300 sh -c 'cd /root && exec /srv/tree/packaging/follow-readme /srv/tree/README.md'
}
