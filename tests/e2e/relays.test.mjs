/* relays – TURN credentials: a real coturn takes ours, for as long as they say and no longer.
 *
 * Whoever has good ones sends whatever he likes through the operator's relay, at the operator's
 * expense; so only people of this service get them, each his own, and nobody finds them in a log. */

import assert from 'node:assert/strict';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { Coturn, credentials } from './lib/coturn.mjs';
import { makeTurnSecret, withTurnSecret } from './lib/keys.mjs';
import { freePort } from './lib/ports.mjs';
import { launch, makeFolder, Service } from './lib/service.mjs';
import { suite } from './lib/suite.mjs';
import { damage, forge, now } from './lib/tokens.mjs';
import { until } from './lib/waiting.mjs';

const SECRET = 'a-secret-that-coturn-shares-with-us';
const OTHER = 'the-secret-of-after-the-rotation';
const STUN = 'stun:127.0.0.1:3478';
const Origin = 'https://app.example';
const ODD = 'auth0|a:b "c" \\ %d ä union';

const coturn = await Coturn.start(SECRET);
after(() => coturn.stop());

const env = { STUN_URLS: STUN, TURN_URLS: `${coturn.url}, turns:turn.example:443?transport=tcp`,
  TURN_SECONDS: '600', ALLOWED_ORIGINS: Origin, LOG_LEVEL: 'debug' };
const { service, rule } = await suite(env, withTurnSecret(env, `${SECRET}\n`));
const { secret } = service.key;
const given = []; // credentials, to be looked for in logs

/* The TURN servers of a list, which has to be as configured. */
function relaysOf(iceServers) {
  assert.deepEqual(iceServers.map(({ urls }) => urls),
    [[STUN], [coturn.url, 'turns:turn.example:443?transport=tcp']]);
  assert.deepEqual(Object.keys(iceServers[0]), ['urls']);
  given.push(iceServers[1].credential);
  return iceServers[1];
}

const ask = (claims, options) =>
  service.get(`/turn?token=${forge({ secret, claims })}`, options);

rule('each-has-credentials-of-its-own-that-coturn-takes', async room => {
  const before = now();
  const ann = await service.join({ room, sub: 'ann' });
  const odd = await service.join({ room, token: forge({ secret, claims: { sub: ODD } }) });
  const [mine, its] = [ann, odd].map(({ first }) => relaysOf(first.iceServers));
  assert.match(mine.username, /^\d+:ann$/);
  assert.match(its.username, /^\d+:auth0\|a:b%20%22c%22%20%5C%20%25d%20%C3%A4%20union$/);
  const left = parseInt(mine.username, 10) - before;
  assert.ok(left >= 600 && left < 660, `${left} s`);
  assert.deepEqual(mine.credential, credentials(SECRET, mine.username).credential);
  const came = await Promise.all([mine, its].map(one => coturn.relays(one)));
  assert.deepEqual(came, [true, true], coturn.log.slice(-2000));
});

rule('one-that-waits-and-is-let-in-has-them-as-well', async room => {
  const ann = await service.join({ room, sub: 'ann' });
  await ann.ask('set_lobby', { enabled: true });
  const wes = await service.join({ room, sub: 'wes' });
  assert.match(relaysOf(wes.first.iceServers).username, /:wes$/);
  await ann.ask('accept_waiting', { clientId: 'wes' });
  const { payload } = await wes.next('room_state', ({ role }) => role === 'participant');
  assert.match(relaysOf(payload.iceServers).username, /:wes$/);
});

rule('expired-and-altered-ones-are-refused-by-coturn', async () => {
  const { iceServers } = (await ask({ sub: 'ann' })).json;
  const mine = relaysOf(iceServers);
  const bad = [
    credentials(SECRET, `${now() - 10}:ann`),
    { ...mine, username: mine.username.replace('ann', 'amy') },
    { ...mine, username: mine.username.replace(/^\d/, '9') },
    credentials('a-guess-of-somebody', `${now() + 600}:eve`),
  ];
  const came = await Promise.all(bad.map(one => coturn.relays(one)));
  assert.deepEqual(came, bad.map(() => false));
  for (const one of bad)
    assert.ok(coturn.refused(one), `no 401 for ${one.username}: ${coturn.log.slice(-2000)}`);
});

rule('turn-answers-whoever-may-enter-some-room', async () => {
  for (const claims of [{ sub: 'ann' }, { sub: 'ann', room: 'r1' }, { sub: 'ann', rooms: ['a*'] }]) {
    const answer = await ask(claims, { headers: { Origin } });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.ttl, 600);
    assert.match(relaysOf(answer.json.iceServers).username, /^\d+:ann$/);
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.equal(answer.headers['access-control-allow-origin'], Origin);
    assert.match(answer.headers['content-type'], /^application\/json\b/);
  }
  const Authorization = `Bearer ${forge({ secret })}`;
  assert.equal((await service.get('/turn', { headers: { Authorization } })).status, 200);
});

rule('turn-answers-nobody-else', async () => {
  const refused = async (status, word, url, options) => {
    const { json, text, ...answer } = await service.get(url, options);
    assert.deepEqual([answer.status, json?.error], [status, word], text);
    assert.ok(!text.includes('credential'), text);
  };
  const token = claims => `/turn?token=${forge({ secret, claims })}`;
  await refused(401, 'token_missing', '/turn');
  await refused(401, 'token_invalid', `/turn?token=${damage(forge({ secret }))}`);
  await refused(401, 'token_expired', token({ exp: 1 }));
  await refused(403, 'room_forbidden', token({ rooms: [] }));
  await refused(403, 'origin_not_allowed', token(), { headers: { Origin: 'https://evil.example' } });
  for (const wrong of ['/turn/', '/turn/zoom/r1', '/turns'])
    await refused(404, 'not_found', `${wrong}?token=${forge({ secret })}`);
});

rule('a-page-may-send-its-token-in-a-header', async () => {
  const preflight = origin => service.get('/turn', { method: 'OPTIONS', headers: { Origin: origin,
    'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'authorization' } });
  const { status, headers } = await preflight(Origin);
  assert.deepEqual([status, headers['access-control-allow-origin'],
    headers['access-control-allow-headers']], [204, Origin, 'Authorization']);
  assert.equal((await preflight('https://evil.example')).status, 403);
});

/* HUP, and until all have read it: the broker, and each worker of the authorizer. */
async function reload() {
  const reloads = () => service.logs().split(/ (?:reloaded|not-reloaded|keys result)/).length;
  const before = reloads();
  process.kill(service.run.child.pid, 'SIGHUP');
  await until('a reload', () => reloads() >= before + 2);
}

const current = async room => {
  const ann = await service.join({ room, sub: 'ann' });
  const answer = await ask({ sub: 'ann' });
  return [ann.first, answer.json].map(({ iceServers }) => relaysOf(iceServers));
};

const madeWith = (key, all) =>
  all.every(one => one.credential === credentials(key, one.username).credential);

rule('another-secret-holds-after-a-reload-and-a-bad-one-does-not', async room => {
  writeFileSync(env.TURN_SECRET, OTHER);
  await reload();
  await until('the other one', async () => madeWith(OTHER, await current(room)), 20_000);
  writeFileSync(env.TURN_SECRET, SECRET);
  chmodSync(env.TURN_SECRET, 0o644);
  await reload();
  assert.match(service.logs(), /turn_refused why="TURN_SECRET: .*any user of this machine may/);
  assert.ok(madeWith(OTHER, await current(room)));
  chmodSync(env.TURN_SECRET, 0o600);
});

/* The last of this service's tests: all of the others have given some. */
rule('credentials-and-secret-are-in-no-log', () => {
  const looked = service.files().filter(file => file.endsWith('.log'));
  assert.ok(given.length > 10 && looked.length > 3);
  for (const text of [...looked.map(file => readFileSync(file, 'latin1')), service.run.output])
    for (const part of [SECRET, OTHER, ...given])
      assert.ok(!text.includes(part));
});

test('without-configuration-the-lists-are-empty', async () => {
  const plain = await Service.start();
  try {
    const ann = await plain.join({ room: 'r', sub: 'ann' });
    assert.deepEqual(ann.first.iceServers, []);
    const { status, json } = await plain.get(`/turn?token=${ann.token}`);
    assert.deepEqual([status, json], [200, { iceServers: [], ttl: 86400 }]);
  } finally {
    await plain.stop();
  }
});

test('a-service-does-not-begin-with-a-secret-that-is-none', async () => {
  const folder = makeFolder();
  after(() => rmSync(folder, { recursive: true }));
  const begin = async (more, secretFile = '') => {
    const state = path.join(folder, 's');
    const file = makeTurnSecret(state, secretFile);
    const run = launch({ state, port: await freePort(),
      env: { TURN_URLS: 'turn:a.example', ...secretFile && { TURN_SECRET: file }, ...more } });
    const { code } = await run.exited;
    return `${code} ${run.output}`;
  };
  assert.match(await begin({}, 'short'), /^1\d\d [^]*expected 16 to 256 bytes/);
  assert.match(await begin({}), /^1\d\d [^]*expected TURN_SECRET with it/);
  assert.match(await begin({ TURN_URLS: 'turn://a.example' }), /^1\d\d [^]*expected addresses like turn:/);
});
