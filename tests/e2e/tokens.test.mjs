/* tokens – what becomes of a connection when its token ends, and how it gets a new one
 * (protocol §1, §5). */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { does, everythingCame, fails, heard, state } from './lib/asking.mjs';
import { suite } from './lib/suite.mjs';
import { damage, forge, now } from './lib/tokens.mjs';
import { SLOWER } from './lib/waiting.mjs';

const { service, rule } = await suite({ LOG_LEVEL: 'debug' });
const { secret } = service.key;
const used = []; // all tokens of all rules

/* A token that is good for so many seconds, and up to one more as its end is a whole second. */
function mint(sub, seconds, claims = {}) {
  const exp = Math.ceil(Date.now() / 1000 + seconds);
  const token = forge({ secret, claims: { sub, exp, ...claims } });
  used.push(token);
  return token;
}

/* Long enough to join and to ask for something, also under sanitizers. */
const SHORT = 1.5 * SLOWER;

function expiry(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).exp * 1000;
}

/* Bye 4104, at the second that the token says and not before. */
async function expires(client, token) {
  const { payload } = await client.next('bye', undefined, SHORT * 1000 + 5000);
  assert.deepEqual(payload,
    { code: 4104, reason: 'expired', reconnect: true, retryAfterMs: 0 });
  const late = Date.now() - expiry(token);
  assert.ok(late >= 0 && late < 1500 * SLOWER, `${late} ms after its end`);
  assert.equal(client.received.at(-1).event, 'bye');
}

rule('a-minute-before-the-end-the-client-is-warned-then-it-is-sent-away', async room => {
  const [ann] = await service.people(room, 'ann');
  const token = mint('bob', SHORT);
  const bob = await service.join({ room, token });
  assert.equal(bob.first.expires, expiry(token));
  assert.deepEqual((await bob.next('token_expiring')).payload, { expires: expiry(token) });
  await does(bob, 'add_chat', { chatContent: 'still here' });
  await expires(bob, token);
  assert.deepEqual((await ann.next('disconnect')).payload,
    { clientId: 'bob', displayName: 'bob', reason: 'expired' });
  await everythingCame(ann);
  assert.equal(ann.of('token_expiring').length, 0, 'each is told of his own');
  assert.equal(bob.of('token_expiring').length, 1);
});

rule('who-comes-back-with-a-new-token-has-his-place-again', async room => {
  const token = mint('ann', SHORT);
  const ann = await service.join({ room, token });
  const [bob] = await service.people(room, 'bob');
  await does(ann, 'set_lobby', { enabled: true });
  await expires(ann, token);
  await bob.next('disconnect');
  const refused = await service.get(`/ws/zoom/${room}?token=${token}`);
  assert.deepEqual([refused.status, refused.json.error], [401, 'token_expired']);
  const again = await service.join({ room, sub: 'ann' });
  assert.equal(again.first.role, 'host');
});

rule('a-refreshed-token-counts-from-then-on', async room => {
  const token = mint('bob', SHORT);
  const later = mint('bob', 1000);
  const [ann] = await service.people(room, 'ann');
  const bob = await service.join({ room, token });
  const tab = await service.join({ room, token });
  await bob.next('token_expiring');
  assert.deepEqual(await does(bob, 'refresh_token', { token: later }),
    { expires: expiry(later) });
  await does(ann, 'raise_hand');
  await state(bob, s => s.expires === expiry(later) && s.handsRaised.length === 1);
  await expires(tab, token); // one connection's token is not another's
  await does(bob, 'add_chat', { chatContent: 'still here' });
  await everythingCame(ann, bob);
  assert.equal(ann.of('disconnect').length, 0, 'he is present until the last is gone');
  assert.equal(bob.of('bye').length, 0);
});

rule('a-refreshed-token-that-is-short-as-well-is-warned-of-and-ends', async room => {
  const token = mint('bob', SHORT);
  const next = mint('bob', SHORT + 1);
  const bob = await service.join({ room, token });
  await bob.next('token_expiring');
  await does(bob, 'refresh_token', { token: next });
  assert.deepEqual((await bob.next('token_expiring')).payload, { expires: expiry(next) });
  await expires(bob, next);
});

rule('a-token-that-is-not-acceptable-changes-nothing', async room => {
  const [ann] = await service.people(room, 'ann');
  const token = mint('bob', 3600);
  const bob = await service.join({ room, token });
  await ann.next('connect');
  const since = ann.received.length;
  const good = mint('bob', 7200);
  const bad = {
    'another sub': mint('cyd', 7200),
    'another room': mint('bob', 7200, { room: 'elsewhere' }),
    'no room': mint('bob', 7200, { video: { roomJoin: false } }),
    'a sub of another spelling': mint('Bob', 7200),
    'over already': mint('bob', -10),
    'not yet good': mint('bob', 7200, { nbf: now() + 600 }),
    'no end': mint('bob', 0, { exp: undefined }),
    'another secret': forge({ secret: 'x'.repeat(64), claims: { sub: 'bob' } }),
    'no signature': `${good.split('.').slice(0, 2).join('.')}.`,
    'no algorithm': forge({ secret, header: { alg: 'none' }, claims: { sub: 'bob' } }),
    damaged: damage(good),
    garbage: 'garbage',
    'not ASCII': 'ü'.repeat(100),
  };
  for (const [what, other] of Object.entries(bad)) {
    const { event } = await fails('forbidden', bob, 'refresh_token', { token: other });
    assert.equal(event, 'refresh_token', what);
  }
  await fails('bad_payload', bob, 'refresh_token', { token: '' });
  await fails('bad_payload', bob, 'refresh_token', {});
  await does(ann, 'set_role', { clientId: 'bob', role: 'host' });
  assert.equal((await state(bob, ({ role }) => role === 'host')).expires, expiry(token));
  await everythingCame(ann, bob);
  assert.deepEqual(heard(ann, since).map(({ event }) => event), ['role_changed']);
  used.push(...Object.values(bad).filter(text => text.startsWith('ey')));
});

rule('a-refused-refresh-does-not-keep-an-old-token-alive', async room => {
  const token = mint('bob', SHORT);
  const bob = await service.join({ room, token });
  await fails('forbidden', bob, 'refresh_token', { token: mint('cyd', 7200) });
  await expires(bob, token);
});

rule('a-refreshed-token-brings-its-own-grants', async room => {
  const bob = await service.join({ room, token: mint('bob', 3600) });
  await does(bob, 'toggle_video', { enabled: true });
  await does(bob, 'toggle_video', { enabled: false });
  await does(bob, 'refresh_token', { token: mint('bob', 3600, { video: { canPublish: false } }) });
  await fails('forbidden', bob, 'toggle_video', { enabled: true });
  await does(bob, 'refresh_token', { token: mint('bob', 3600, { rooms: [`${room}*`] }) });
  await does(bob, 'toggle_video', { enabled: true });
});

rule('who-waits-may-refresh-and-expires-like-others', async room => {
  const [ann] = await service.people(room, 'ann');
  await does(ann, 'set_lobby', { enabled: true });
  const first = mint('wil', 3600), next = mint('wil', SHORT);
  const wil = await service.join({ room, token: first });
  assert.deepEqual(await does(wil, 'refresh_token', { token: next }), { expires: expiry(next) });
  assert.deepEqual((await wil.next('token_expiring')).payload, { expires: expiry(next) });
  await expires(wil, next);
  await state(ann, ({ waitingUsers }) => waitingUsers.length === 0);
});

rule('several-refreshes-in-one-breath-are-answered-and-the-last-one-holds', async room => {
  const bob = await service.join({ room, token: mint('bob', 3600) });
  const tokens = [1, 2, 3, 4].map(i => mint('bob', 3600 + i));
  for (const [i, token] of tokens.entries())
    bob.send('refresh_token', { token }, i);
  for (const i of tokens.keys())
    await bob.next('*', (_, { id }) => id === i);
  await does(bob, 'raise_hand');
  const seen = await state(bob, s => s.handsRaised.length === 1);
  assert.equal(seen.expires, expiry(tokens.at(-1)));
});

/* The last rule, as it looks at what all others left behind. */
rule('no-token-that-was-ever-sent-is-in-any-file', async () => {
  assert.ok(used.length > 20);
  const parts = used.flatMap(token => token.split('.').slice(1)).filter(part => part.length > 20);
  for (const file of service.files()) {
    const text = readFileSync(file, 'latin1');
    for (const part of parts)
      assert.ok(!text.includes(part), `a token in ${file}`);
  }
});
