/* validate – GET /validate/… answers as the upgrade would (protocol §1).
 *
 * A page cannot read a failed upgrade. If the two answers differed, it would tell people the wrong
 * reason, or send them in a loop; and if a foreign page could read the answer, it could try tokens
 * and names of rooms. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { suite } from './lib/suite.mjs';
import { damage, forge, HOUR, now } from './lib/tokens.mjs';
import { until } from './lib/waiting.mjs';

const { service, rule } = await suite({
  ALLOWED_ORIGINS: 'https://app.example, http://localhost:3000',
  MEMBERS_SCREENSHARE: '1', CONNECTIONS_PER_SUB: '2', LOG_LEVEL: 'debug',
});
const { secret } = service.key;
const Origin = 'https://app.example';
const FOREIGN = ['https://evil.example', 'https://app.example.evil.org', 'https://x.app.example',
  'http://app.example', 'https://app.example:8443', 'null', 'https://app.example/'];

const token = claims => forge({ secret, claims });
const validate = (place, options) => service.get(`/validate/${place}`, options);
const preflight = (place, headers) => validate(place, { method: 'OPTIONS', headers: {
  'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'authorization',
  ...headers,
} });

const corsHeaders = ({ headers }) =>
  Object.keys(headers).filter(name => name.startsWith('access-control-'));

/* Asked of a page that may read it, which must make no difference to the words. */
async function refusedAlike(place, status, word, headers = {}) {
  const upgrade = await service.get(`/ws/${place}`, { upgrade: true, headers });
  assert.deepEqual([upgrade.status, upgrade.json?.error], [status, word], `upgrade ${place}`);
  for (const origin of [{}, { Origin }]) {
    const answer = await validate(place, { headers: { ...origin, ...headers } });
    assert.deepEqual([answer.status, answer.json], [status, upgrade.json], place);
    for (const name of ['content-type', 'www-authenticate', 'retry-after', 'cache-control'])
      assert.equal(answer.headers[name], upgrade.headers[name], `${place}: ${name}`);
    assert.equal(answer.headers.upgrade, undefined);
  }
}

async function role(place, claims) {
  const answer = await validate(`${place}?token=${token(claims)}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json.role;
}

rule('a-good-token-is-told-who-it-is-here', async room => {
  const exp = now() + HOUR;
  const good = token({ sub: 'ann', name: 'Ann "A." Ä', exp });
  for (const endpoint of ['zoom', 'screenshare', 'chat']) {
    const answer = await validate(`${endpoint}/${room}?token=${good}`);
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.json,
      { clientId: 'ann', displayName: 'Ann "A." Ä', role: 'host', expires: exp * 1000 });
    assert.match(answer.headers['content-type'], /^application\/json\b/);
    assert.equal(answer.headers['cache-control'], 'no-store');
  }
  const bearer = await validate(`zoom/${room}`, { headers: { Authorization: `Bearer ${good}` } });
  assert.equal(bearer.json.clientId, 'ann');
  assert.equal((await validate(`zoom/${room}?token=${good}&caps=batch&x=%zz`)).status, 200);
  assert.equal(await service.ctl('rooms'), 'no rooms', 'asking opens none');
});

rule('the-role-is-the-one-that-a-join-then-gives', async room => {
  const place = `zoom/${room}`;
  const expectJoin = async (expected, claims) => {
    assert.equal(await role(place, claims), expected, JSON.stringify(claims));
    const client = await service.join({ room, token: token(claims) });
    assert.equal(client.first.role, expected, JSON.stringify(claims));
    return client;
  };
  const ann = await expectJoin('host', { sub: 'ann' });
  await expectJoin('participant', { sub: 'bob' });
  await expectJoin('host', { sub: 'hal', role: 'host' });
  await expectJoin('host', { sub: 'meg', context: { user: { moderator: true } } });
  await ann.ask('set_lobby', { enabled: true });
  await expectJoin('waiting', { sub: 'wes' });
  await expectJoin('host', { sub: 'hue', video: { roomAdmin: true } });
  await expectJoin('participant', { sub: 'bob' }); // is in already
  await ann.ask('accept_waiting', { clientId: 'wes' });
  assert.equal(await role(place, { sub: 'wes' }), 'participant');
});

rule('what-the-authorizer-refuses-it-refuses-alike', async room => {
  const good = token();
  await refusedAlike(`nope/${room}?token=${good}`, 404, 'not_found');
  await refusedAlike(`zoom/?token=${good}`, 404, 'not_found');
  await refusedAlike(`zoom/${room}/x?token=${good}`, 404, 'not_found');
  for (const bad of ['a%20b', '..%2f', '%2e%2e', 'a'.repeat(101), 'a%2'])
    await refusedAlike(`zoom/${bad}?token=${good}`, 400, 'bad_room');
  for (const none of ['', '?token=', '?tokens=x'])
    await refusedAlike(`zoom/${room}${none}`, 401, 'token_missing');
  for (const bad of ['x', damage(good), `${good}&token=${good}`, token({ sub: undefined }),
    token({ exp: undefined }), token({ nbf: now() + 60 }), forge({ secret: 'guess' }),
    forge({ secret, header: { alg: 'none' } }), forge({ secret, header: { kid: 'other' } })])
    await refusedAlike(`zoom/${room}?token=${bad}`, 401, 'token_invalid');
  await refusedAlike(`zoom/${room}?token=${token({ exp: 1 })}`, 401, 'token_expired');
  await refusedAlike(`zoom/${room}?token=${token({ room: 'elsewhere' })}`, 403, 'room_forbidden');
  await refusedAlike(`zoom/${room}?token=${'x'.repeat(16 * 1024)}`, 414, 'uri_too_long');
});

rule('what-the-room-refuses-it-refuses-alike', async room => {
  const ask = sub => `zoom/${room}?token=${token({ sub })}`;
  const [ann, , wes] = await service.people(room, 'ann', 'bob', 'wes');
  await ann.ask('ban', { clientId: 'bob' });
  await refusedAlike(ask('bob'), 403, 'banned');
  await wes.close();
  await ann.ask('set_lobby', { enabled: true });
  await service.join({ room, sub: 'eve' });
  await ann.ask('deny_waiting', { clientId: 'eve' });
  await refusedAlike(ask('eve'), 403, 'denied');
  await ann.ask('lock_room', { locked: true });
  await refusedAlike(ask('zoe'), 403, 'room_locked');
  await service.join({ room, sub: 'ann' });
  await refusedAlike(ask('ann'), 429, 'too_many');

  await service.join({ room, sub: 'max', endpoint: 'screenshare' });
  await refusedAlike(`screenshare/${room}?token=${token({ sub: 'zoe' })}`, 403, 'room_full');
});

/* Each defect by itself has its answer; of two, the earlier in this list has it. */
const DEFECTS = [
  { endpoint: 'nope', answer: [404, 'not_found'] },
  { room: 'a%20b', answer: [400, 'bad_room'] },
  { headers: { Origin: 'https://evil.example' }, answer: [403, 'origin_not_allowed'] },
  { query: '', answer: [401, 'token_missing'] },
  { claims: { exp: 1 }, answer: [401, 'token_expired'] },
  { claims: { room: 'elsewhere' }, answer: [403, 'room_forbidden'] },
];

rule('of-two-reasons-the-earlier-in-the-table-is-given', async () => {
  for (const [i, first] of DEFECTS.entries()) {
    for (const second of DEFECTS.slice(i)) {
      const { endpoint = 'zoom', room = 'r', headers = {}, query } = { ...second, ...first };
      const claims = { ...second.claims, ...first.claims };
      const answer = await validate(`${endpoint}/${room}?token=${query ?? token(claims)}`,
        { headers });
      assert.deepEqual([answer.status, answer.json?.error], first.answer,
        `${first.answer[1]} before ${second.answer[1]}`);
    }
  }
});

rule('it-has-no-other-paths', async () => {
  for (const path of ['/validate', '/validate/', '/validate/zoom', '/validate/ws/zoom/r',
    '//validate/zoom/r', '/x/../validate/zoom/r', '/validate/x/../zoom/r', '/validatex/zoom/r'])
    assert.equal((await service.get(`${path}?token=${token()}`)).status, 404, path);
});

rule('pages-of-allowed-origins-may-read-every-answer', async room => {
  const good = `zoom/${room}?token=${token()}`;
  const answers = [good, `zoom/${room}`, `nope/${room}`, 'zoom/a%20b',
    `zoom/${room}?token=${token({ room: 'elsewhere' })}`];
  for (const origin of [Origin, 'https://app.example:443', 'http://localhost:3000']) {
    for (const place of answers) {
      const answer = await validate(place, { headers: { Origin: origin } });
      assert.equal(answer.headers['access-control-allow-origin'], origin, place);
      assert.equal(answer.headers.vary, 'Origin');
      assert.equal(answer.headers['access-control-allow-credentials'], undefined);
    }
  }
  const fromNoPage = await validate(good);
  assert.deepEqual([fromNoPage.status, corsHeaders(fromNoPage)], [200, []]);
});

rule('pages-of-other-origins-are-told-so-and-may-not-read-even-that', async room => {
  for (const origin of [...FOREIGN, `http://127.0.0.1:${service.port}`]) {
    for (const place of [`zoom/${room}?token=${token()}`, `zoom/${room}?token=x`]) {
      const answer = await validate(place, { headers: { Origin: origin } });
      assert.deepEqual([answer.status, answer.json?.error], [403, 'origin_not_allowed'], origin);
      assert.deepEqual(corsHeaders(answer), [], origin);
    }
    const missing = await validate('nope/r', { headers: { Origin: origin } });
    assert.deepEqual([missing.status, corsHeaders(missing)], [404, []], origin);
  }
});

rule('a-preflight-is-answered-without-a-token', async room => {
  const answer = await preflight(`zoom/${room}`, { Origin });
  assert.deepEqual([answer.status, answer.text], [204, '']);
  assert.equal(answer.headers['access-control-allow-origin'], Origin);
  assert.match(answer.headers['access-control-allow-methods'], /\bGET\b/);
  assert.match(answer.headers['access-control-allow-headers'], /\bAuthorization\b/i);
  assert.equal(answer.headers['access-control-allow-credentials'], undefined);
  assert.equal(answer.headers.vary, 'Origin');
  for (const origin of FOREIGN) {
    const foreign = await preflight(`zoom/${room}`, { Origin: origin });
    assert.deepEqual([foreign.status, foreign.json?.error], [403, 'origin_not_allowed'], origin);
    assert.deepEqual(corsHeaders(foreign), [], origin);
  }
  const missing = await preflight(`nope/${room}`, { Origin });
  assert.deepEqual([missing.status, missing.json?.error], [404, 'not_found']);
});

/* The broker, then the authorizer too: the words are the same, and so is the time to return. */
rule('a-service-that-is-not-whole-says-503-and-when-to-return', async room => {
  const place = `zoom/${room}?token=${token()}`;
  const [broker] = service.running('beckon-broker');
  process.kill(broker, 'SIGSTOP');
  try {
    await refusedAlike(place, 503, 'unavailable');
    const early = await validate(`zoom/${room}?token=${token({ exp: 1 })}`);
    assert.equal(early.status, 401, 'what the authorizer knows by itself comes first');
  } finally {
    process.kill(broker, 'SIGCONT');
  }
  await until('the service to be back', async () => (await validate(place)).status === 200);
});

rule('no-token-in-any-log', async room => {
  const tokens = [token({ sub: 'somebody-with-a-long-name' }), token({ sub: 'late-comer', exp: 1 }),
    forge({ secret: 'wrong', claims: { sub: 'eve-with-a-long-name' } })];
  for (const text of tokens) {
    for (const place of [`zoom/${room}`, `nope/${room}`, 'zoom/a%20b', 'zoom/%zz', ''])
      await validate(`${place}?token=${text}`);
    await validate(`zoom/${room}?token=${text}${'x'.repeat(17_000)}`);
    await service.get(`/validate?token=${text}`);
    await validate(`zoom/${room}`, { headers: { Authorization: `Bearer ${text}` } });
  }
  const logs = service.files().filter(file => file.endsWith('.log'))
    .map(file => readFileSync(file, 'latin1'));
  assert.ok(logs.some(text => text.includes(`/validate/zoom/${room}`)), 'it was logged');
  for (const part of tokens.flatMap(text => text.split('.').slice(1)))
    assert.ok(!logs.some(text => text.includes(part)), 'a token in a log');
});
