/* admin – the API for applications' back ends, used and attacked.
 *
 * Who has it is as mighty as a host in every room. So it opens to an application's token and to
 * nothing else, whoever else is signed by the same key; and what it does is what a host does. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { adminToken, api, AUDIENCE } from './lib/admin.mjs';
import { everythingCame, heard, knock } from './lib/asking.mjs';
import { connectRaw } from './lib/raw.mjs';
import { PROGRAMS, Service } from './lib/service.mjs';
import { suite } from './lib/suite.mjs';
import { damage, forge, now } from './lib/tokens.mjs';
import { SLOWER, until } from './lib/waiting.mjs';

const PEOPLE = 'https://calls.example';

const { service, rule } = await suite({
  ADMIN_AUDIENCE: AUDIENCE, JWT_AUDIENCE: PEOPLE, LOG_LEVEL: 'debug',
});
const { secret } = service.key;
const call = (...request) => api(service, ...request);

/* It is done, and there is nothing more to say. */
async function does(method, path, body) {
  const answer = await call(method, path, body);
  assert.deepEqual([answer.status, answer.text], [204, ''], `${method} ${path}: ${answer.text}`);
}

async function refused(status, error, ...request) {
  const answer = await call(...request);
  assert.deepEqual([answer.status, answer.json?.error], [status, error],
    `${request[0]} ${request[1].slice(0, 100)}: ${answer.text}`);
  assert.match(answer.headers['content-type'], /^application\/json\b/);
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.equal(typeof answer.json.message, 'string');
  assert.ok(!Object.keys(answer.headers).some(name => name.startsWith('access-control-')));
  return answer;
}

const bye = async client => (await client.next('bye')).payload;

/* --- what it does ------------------------------------------------------------------------------ */

rule('rooms-are-listed-with-how-many-are-in-them', async room => {
  const before = (await call('GET', 'rooms')).json.rooms;
  assert.deepEqual(before.filter(({ participantCount }) => participantCount > 0), []);
  const [ann] = await service.people(room, 'ann', 'bob');
  await ann.ask('set_lobby', { enabled: true });
  await service.join({ room, sub: 'wil' });
  await service.join({ room, sub: 'eve', endpoint: 'chat' });
  const { status, json } = await call('GET', 'rooms');
  assert.equal(status, 200);
  assert.deepEqual(json.rooms.filter(({ roomId }) => roomId === room), [
    { endpoint: 'zoom', roomId: room, participantCount: 2, waitingCount: 1 },
    { endpoint: 'chat', roomId: room, participantCount: 1, waitingCount: 0 },
  ]);
});

rule('a-room-tells-who-is-in-it-and-nothing-of-the-service-s-own', async room => {
  const begin = Date.now();
  const [ann] = await service.people(room, 'ann', 'bob');
  await ann.ask('toggle_audio', { enabled: true });
  await ann.ask('lock_room', { locked: true });
  const { status, json } = await call('GET', `rooms/zoom/${room}`);
  assert.equal(status, 200);
  for (const member of json.members) {
    assert.ok(member.since >= begin - 1000 && member.since <= Date.now() + 1000);
    delete member.since;
  }
  const member = { connections: 1, audio: false, video: false, screenshare: false,
    handRaised: false };
  assert.deepEqual(json, {
    endpoint: 'zoom', roomId: room, participantCount: 2, waitingCount: 0, locked: true,
    lobby: false, policy: { screenshare: 'open' },
    members: [
      { clientId: 'ann', displayName: 'ann', role: 'host', ...member, audio: true },
      { clientId: 'bob', displayName: 'bob', role: 'participant', ...member },
    ],
  });
  await refused(404, 'not_found', 'GET', `rooms/chat/${room}`);
});

rule('kick-is-a-host-s-and-all-are-told', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  await does('POST', `rooms/zoom/${room}/kick`, { clientId: 'bob', reason: 'Bitte "leise" 😀' });
  const message = 'Bitte "leise" 😀';
  assert.deepEqual(await bye(bob),
    { code: 4001, reason: 'kicked', reconnect: false, retryAfterMs: 0, message });
  assert.deepEqual((await ann.next('disconnect')).payload,
    { clientId: 'bob', displayName: 'bob', reason: 'kicked', message });
  const again = await service.join({ room, sub: 'bob' });
  assert.equal(again.first.role, 'participant');
  await refused(404, 'not_found', 'POST', `rooms/zoom/${room}/kick`, { clientId: 'nobody' });
  await refused(404, 'not_found', 'POST', `rooms/chat/${room}/kick`, { clientId: 'bob' });
});

rule('a-ban-holds-before-the-upgrade-and-through-the-broker-s-death-until-it-is-lifted',
  async room => {
    const [ann, bob] = await service.people(room, 'ann', 'bob');
    const bans = async () => (await call('GET', `rooms/zoom/${room}/bans`)).json.bans;
    assert.deepEqual(await bans(), []);
    await does('POST', `rooms/zoom/${room}/ban`, { clientId: 'bob', reason: 'spam', seconds: 600 });
    await does('POST', `rooms/zoom/${room}/ban`, { clientId: 'auth0|7/..é' }); // is elsewhere
    await does('POST', `rooms/zoom/${room}/ban`, { clientId: 'bob', reason: 'spam', seconds: 600 });
    assert.deepEqual(await bye(bob),
      { code: 4002, reason: 'banned', reconnect: false, retryAfterMs: 0, message: 'spam' });
    await ann.next('disconnect', ({ reason }) => reason === 'banned');
    assert.equal(await knock(service, { room, sub: 'bob', role: 'host' }), '403 banned');
    process.kill(service.running('beckon-broker')[0], 'SIGKILL');
    await until('the next broker', async () => (await call('GET', 'rooms')).status === 200, 20_000);
    assert.equal(await knock(service, { room, sub: 'bob' }), '403 banned');
    assert.deepEqual((await bans()).map(({ clientId }) => clientId).sort(), ['auth0|7/..é', 'bob']);
    for (const path of ['bob', 'bob', 'auth0%7C7%2F..%C3%A9'])
      await does('DELETE', `rooms/zoom/${room}/bans/${path}`);
    assert.deepEqual(await bans(), []);
    assert.equal((await service.join({ room, sub: 'bob' })).first.role, 'participant');
  });

rule('a-message-reaches-all-in-the-room-in-order-and-nobody-else', async room => {
  const [ann, bob, cyd] = await service.people(room, 'ann', 'bob', 'cyd');
  const other = await service.join({ room, sub: 'dan', endpoint: 'chat' });
  const [host] = await service.people(`${room}-x`, 'eve');
  await ann.ask('set_lobby', { enabled: true });
  const wil = await service.join({ room, sub: 'wil' });
  for (let n = 0; n < 10; n++)
    await does('POST', `rooms/zoom/${room}/message`, { message: `${n} "größer" <b>` });
  await everythingCame(ann, bob, cyd);
  for (const person of [ann, bob, cyd])
    assert.deepEqual(person.of('announcement').map(({ payload }) => payload.message),
      Array.from({ length: 10 }, (_, n) => `${n} "größer" <b>`));
  for (const person of [other, host, wil]) {
    await person.settle();
    assert.deepEqual(heard(person).filter(({ event }) => event === 'announcement'), []);
  }
  await refused(404, 'not_found', 'POST', `rooms/zoom/${room}-none/message`, { message: 'x' });
});

rule('close-ends-a-room-for-all-in-it', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const other = await service.join({ room, sub: 'ann', endpoint: 'chat' });
  await does('POST', `rooms/zoom/${room}/close`);
  for (const person of [ann, bob])
    assert.deepEqual(await bye(person),
      { code: 4004, reason: 'room_closed', reconnect: false, retryAfterMs: 0 });
  await refused(404, 'not_found', 'GET', `rooms/zoom/${room}`);
  await refused(404, 'not_found', 'POST', `rooms/zoom/${room}/close`, { reason: 'again' });
  await other.settle();
  assert.equal(other.of('bye').length, 0, 'the room of that name elsewhere is another one');
});

/* --- whom it is open to ------------------------------------------------------------------------ */

rule('a-participant-s-token-opens-nothing-here', async room => {
  const people = [await service.token({ sub: 'ann', role: 'host' }),
    forge({ secret, claims: { aud: PEOPLE, scope: 'beckon:read beckon:moderate' } }),
    forge({ secret, claims: { aud: [PEOPLE, AUDIENCE], scope: 'beckon:read beckon:moderate' } }),
    forge({ secret, claims: { scope: 'beckon:read', video: { roomAdmin: true } } })];
  for (const token of people)
    for (const [method, path] of [['GET', 'rooms'], ['POST', `rooms/zoom/${room}/close`]])
      await refused(401, 'token_invalid', method, path, undefined, { token });
});

rule('an-application-s-token-opens-no-room', async room => {
  for (const aud of [AUDIENCE, [AUDIENCE, PEOPLE], [PEOPLE, AUDIENCE]]) {
    const token = adminToken(service, { aud, role: 'host' });
    for (const path of [`/ws/zoom/${room}`, `/validate/zoom/${room}`, '/turn']) {
      const answer = await service.get(`${path}?token=${token}`, { upgrade: path[1] === 'w' });
      assert.deepEqual([answer.status, answer.json?.error], [401, 'token_invalid'], `${path} ${aud}`);
    }
  }
});

/* The front could be passed by: the broker, too, knows whose token it is. */
rule('nor-does-it-make-a-participant-of-a-handler-that-was-started-all-the-same', async room => {
  const run = token => spawnSync(path.join(PROGRAMS, 'beckon-handler'), ['-c', service.config], {
    env: { PATH_INFO: `/ws/zoom/${room}`, QUERY_STRING: `token=${token}` }, input: '',
    encoding: 'utf8', timeout: 10_000 * SLOWER,
  });
  assert.match(run(await service.token({ sub: 'ann' })).stdout, /room_state/);
  for (const aud of [AUDIENCE, [PEOPLE, AUDIENCE]]) {
    const { status, stdout } = run(adminToken(service, { aud }));
    assert.deepEqual([status, stdout.includes('room_state')], [1, false]);
  }
});

rule('a-bad-token-is-refused-with-a-challenge', async () => {
  const good = adminToken(service);
  const rows = [
    [null, 'token_missing'], ['', 'token_missing'], ['x', 'token_invalid'],
    [damage(good), 'token_invalid'], [adminToken(service, { exp: 1 }), 'token_expired'],
    [adminToken(service, { nbf: now() + 60 }), 'token_invalid'],
    [adminToken(service, { exp: undefined }), 'token_invalid'],
    [adminToken(service, { sub: undefined }), 'token_invalid'],
    [adminToken(service, { aud: `${AUDIENCE}/` }), 'token_invalid'],
    [adminToken(service, { aud: undefined }), 'token_invalid'],
    [forge({ secret, header: { alg: 'none' }, claims: { aud: AUDIENCE } }), 'token_invalid'],
    [`${good.split('.').slice(0, 2).join('.')}.`, 'token_invalid'],
    [forge({ secret: 'guess', claims: { aud: AUDIENCE } }), 'token_invalid'],
  ];
  for (const [token, word] of rows) {
    const answer = await refused(401, word, 'GET', 'rooms', undefined, { token });
    assert.match(answer.headers['www-authenticate'], /^Bearer error="invalid_token", error_descr/);
  }
});

rule('one-token-is-enough-and-two-are-one-too-many', async () => {
  const good = adminToken(service);
  for (const scheme of ['bearer', 'BEARER'])
    assert.equal((await call('GET', 'rooms', undefined,
      { token: null, Authorization: `${scheme} ${good}` })).status, 200);
  for (const other of [`Basic ${good}`, good, 'Bearer', `Bearer${good}`])
    await refused(401, 'token_missing', 'GET', 'rooms', undefined,
      { token: null, Authorization: other });
  await refused(401, 'token_invalid', 'GET', 'rooms', undefined,
    { token: null, Authorization: `Bearer ${good} ${good}` });
  const raw = connectRaw(service.port);
  await raw.write('GET /api/rooms HTTP/1.1\r\nHost: x\r\nConnection: close\r\n'
    + `Authorization: Bearer x\r\nAuthorization: Bearer ${good}\r\n\r\n`);
  assert.match(await raw.untilClosed(), /^HTTP\/1.1 40[01] /, 'which of them counts is not guessed');
});

rule('a-token-in-a-query-is-none-and-no-query-is-taken', async () => {
  const good = adminToken(service);
  await refused(400, 'bad_request', 'GET', `rooms?token=${good}`, undefined, { token: null });
  await refused(400, 'bad_request', 'GET', 'rooms?limit=1');
  await refused(400, 'bad_request', 'GET', 'rooms?');
});

rule('a-scope-allows-what-it-says', async room => {
  await service.people(room, 'ann');
  const reader = { token: adminToken(service, { scope: 'openid beckon:read' }) };
  const moderator = { token: adminToken(service, { scope: 'beckon:moderate' }) };
  assert.equal((await call('GET', 'rooms', undefined, reader)).status, 200);
  assert.equal((await call('POST', `rooms/zoom/${room}/message`, { message: 'x' }, moderator)).status,
    204);
  for (const [method, path] of [['GET', 'rooms'], ['GET', `rooms/zoom/${room}`],
    ['GET', `rooms/zoom/${room}/bans`]]) {
    const answer = await refused(403, 'insufficient_scope', method, path, undefined, moderator);
    assert.equal(answer.headers['www-authenticate'],
      'Bearer error="insufficient_scope", scope="beckon:read"');
  }
  for (const [method, path] of [['POST', 'kick'], ['POST', 'ban'], ['POST', 'message'],
    ['POST', 'close'], ['DELETE', 'bans/bob']])
    for (const scope of ['beckon:read', undefined, ['beckon:moderate'], 'beckon:moderated'])
      await refused(403, 'insufficient_scope', method, `rooms/zoom/${room}/${path}`, undefined,
        { token: adminToken(service, { scope }) });
});

rule('pages-have-no-business-here', async () => {
  for (const Origin of ['https://evil.example', 'null', 'http://localhost:3000', service.origin]) {
    await refused(403, 'origin_not_allowed', 'GET', 'rooms', undefined, { Origin });
    const { headers } = await refused(405, 'method_not_allowed', 'OPTIONS', 'rooms', undefined,
      { Origin, token: null, 'Access-Control-Request-Method': 'GET' });
    assert.equal(headers.allow, 'GET, HEAD');
  }
});

/* --- what else one may send -------------------------------------------------------------------- */

rule('there-are-no-other-paths-and-none-leads-elsewhere', async room => {
  await service.people(room, 'ann');
  for (const path of ['', 'room', 'rooms/', `rooms/zoom/${room}/`, 'rooms/zoom', 'rooms/nope/x',
    `./rooms`, `x/../rooms`, `rooms/zoom/${room}/../${room}`, `rooms%2fzoom%2f${room}`,
    `rooms/zoom/${room}%2fkick`.replace('%2fkick', '//kick'), `%72ooms`, 'rooms/zoom/%zz',
    `rooms/zoom/${room}%00`, '../ws/zoom/x',
    `rooms/${'a/'.repeat(4000)}`])
    await refused(404, 'not_found', 'GET', path);
  for (const path of ['/api', '//api/rooms', '/x/../api/rooms', '/api%2frooms', '/%61pi/rooms',
    '/API/rooms']) {
    const headers = { Authorization: `Bearer ${adminToken(service)}` };
    assert.equal((await service.get(path, { headers })).status, 404, path);
  }
  for (const bad of ['..', '%2e%2e', '%2e', 'a%20b', '%252f', `${room}%2fkick`, '%2e%2e%2fzoom',
    'x'.repeat(101), 'x'.repeat(10_000), '%41'.repeat(3_000)])
    await refused(400, 'bad_room', 'GET', `rooms/zoom/${bad}`);
  const long = await call('GET', `rooms/zoom/${'x'.repeat(17_000)}`);
  assert.deepEqual([long.status, long.json?.error], [414, 'uri_too_long']);
  await refused(400, 'bad_request', 'DELETE', `rooms/zoom/${room}/bans/${'x'.repeat(256)}`);
  await refused(400, 'bad_request', 'DELETE', `rooms/zoom/${room}/bans/a%0ab`);
});

rule('each-path-says-which-methods-it-has', async room => {
  for (const [path, allow] of [['rooms', 'GET, HEAD'], [`rooms/zoom/${room}`, 'GET, HEAD'],
    [`rooms/zoom/${room}/bans`, 'GET, HEAD'], [`rooms/zoom/${room}/bans/bob`, 'DELETE'],
    [`rooms/zoom/${room}/kick`, 'POST']])
    for (const method of ['PUT', 'PATCH', 'OPTIONS'])
      assert.equal((await refused(405, 'method_not_allowed', method, path)).headers.allow, allow);
  const head = await call('HEAD', 'rooms');
  assert.deepEqual([head.status, head.text], [200, '']);
});

rule('a-body-that-is-not-as-described-changes-nothing', async room => {
  const [ann] = await service.people(room, 'ann', 'bob');
  const kick = `rooms/zoom/${room}/kick`;
  const good = '{"clientId":"bob"}';
  const rows = [
    ['{"clientId":"bob","clientId":"ann"}', 'bad_body'],
    ['{"clientId":"bob","client\\u0049d":"ann"}', 'bad_body'],
    ['{"clientId":"bob","by":"x"}', 'bad_body'], ['{"clientId":["bob"]}', 'bad_body'],
    ['[]', 'bad_body'], ['null', 'bad_body'], ['{}', 'bad_body'], ['', 'bad_body'],
    ['{"clientId":"bob"', 'bad_json'], [`${good}${good}`, 'bad_json'], ['clientId=bob', 'bad_json'],
    ['['.repeat(16_000), 'bad_json'], ['{"a":'.repeat(3_000), 'bad_json'],
    [Buffer.from('{"clientId":"\xff"}', 'latin1'), 'bad_json'],
    ['{"clientId":"bob\\u0000"}', 'bad_json'], ['{"clientId":"bob\\u001b[2J"}', 'bad_request'],
    [JSON.stringify({ clientId: 'bob', reason: 'x'.repeat(1001) }), 'bad_body'],
  ];
  for (const [body, word] of rows)
    await refused(400, word, 'POST', kick, [body]);
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', ''])
    await refused(415, 'unsupported_media_type', 'POST', kick, [good], { 'Content-Type': type });
  await refused(400, 'bad_request', 'GET', 'rooms', good);
  for (const seconds of [0, -1, 1.5, '60', 1e10])
    await refused(400, 'bad_body', 'POST', `rooms/zoom/${room}/ban`, { clientId: 'bob', seconds });
  for (const message of ['', 'x'.repeat(1001), 7, null])
    await refused(400, 'bad_body', 'POST', `rooms/zoom/${room}/message`, { message });
  await everythingCame(ann);
  assert.deepEqual(heard(ann).map(({ event }) => event), ['connect']);
});

rule('a-body-has-a-bound-however-it-is-sent', async room => {
  await service.people(room, 'ann', 'bob');
  const kick = `rooms/zoom/${room}/kick`;
  await refused(413, 'too_large', 'POST', kick, 'x'.repeat(1 << 20)).catch(error => {
    if (!/EPIPE|ECONNRESET/.test(error.code))
      throw error;
  });
  await refused(413, 'too_large', 'POST', kick, 'x'.repeat((16 << 10) + 1));
  await refused(413, 'too_large', 'POST', kick, Array(5).fill('x'.repeat(4 << 10)));
  const padded = `{"clientId":"bob"${' '.repeat((16 << 10) - 18)}}`;
  const answer = await call('POST', kick, [...padded.match(/.{1,4000}/gs)]);
  assert.equal(answer.status, 204, 'exactly as long as it may be, in chunks');
});

rule('what-is-no-http-is-answered-as-everywhere', async room => {
  const head = `POST /api/rooms/zoom/${room}/close HTTP/1.1\r\nHost: x\r\n`
    + `Authorization: Bearer ${adminToken(service)}\r\nContent-Type: application/json\r\n`;
  for (const [rest, status] of [['Transfer-Encoding: chunked\r\n\r\nzz\r\n', 400],
    ['Transfer-Encoding: gzip\r\n\r\n', 501], ['Content-Length: -1\r\n\r\n', 400],
    ['Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400]]) {
    const raw = connectRaw(service.port);
    await raw.write(head + rest);
    const text = await raw.until(so => so.includes('}'));
    assert.match(text, new RegExp(`^HTTP/1.1 ${status} `), rest);
    assert.match(text, /\{"error":"bad_request",/);
    raw.destroy();
  }
});

/* A hundred of them at once, and nobody else waits. */
rule('who-sends-a-body-slowly-keeps-nobody-waiting', async room => {
  await service.people(room, 'ann');
  const slow = await Promise.all(Array.from({ length: 100 }, async () => {
    const raw = connectRaw(service.port);
    await raw.write(`POST /api/rooms/zoom/${room}/close HTTP/1.1\r\nHost: x\r\n`
      + `Authorization: Bearer ${adminToken(service)}\r\nContent-Type: application/json\r\n`
      + 'Content-Length: 20\r\n\r\n{');
    return raw;
  }));
  try {
    assert.equal((await call('GET', 'rooms')).status, 200);
    assert.equal(await knock(service, { room, sub: 'bob' }), '101');
    assert.ok(slow.every(({ text }) => text === ''), 'they are not answered before they are done');
  } finally {
    slow.forEach(raw => raw.destroy());
  }
});

/* --- when the service is not whole ------------------------------------------------------------- */

rule('without-the-broker-it-says-503-soon-and-people-are-told-what-they-are-always-told',
  async room => {
    const [broker] = service.running('beckon-broker');
    const token = await service.token({ sub: 'ann' });
    process.kill(broker, 'SIGSTOP');
    try {
      const begin = performance.now();
      const questions = [['GET', 'rooms'], ['GET', `rooms/zoom/${room}`],
        ['POST', `rooms/zoom/${room}/kick`, { clientId: 'bob' }],
        ['DELETE', `rooms/zoom/${room}/bans/bob`]];
      const answers = await Promise.all(questions.map(question =>
        refused(503, 'unavailable', ...question)));
      for (const { headers } of answers)
        assert.ok(Number(headers['retry-after']) > 0);
      const took = performance.now() - begin;
      assert.ok(took < 6_000 * SLOWER, `${took} ms`);
      await refused(401, 'token_missing', 'GET', 'rooms', undefined, { token: null });
      const early = await service.get(`/validate/zoom/${room}?token=x`);
      assert.equal(early.status, 401);
    } finally {
      process.kill(broker, 'SIGCONT');
    }
    const place = `/validate/zoom/${room}?token=${token}`;
    await until('people to be let in', async () => (await service.get(place)).status === 200);
    await until('the API to be back', async () => (await call('GET', 'rooms')).status === 200);
  });

/* A worker that waits for the broker serves nobody. So after one that waited in vain nobody does. */
rule('however-many-ask-a-silent-broker-others-do-not-wait-for-them', async room => {
  const [broker] = service.running('beckon-broker');
  process.kill(broker, 'SIGSTOP');
  try {
    const begin = performance.now();
    const questions = Array.from({ length: 60 }, () => refused(503, 'unavailable', 'GET', 'rooms'));
    const early = await service.get(`/validate/zoom/${room}?token=x`);
    assert.deepEqual([early.status, early.json.error], [401, 'token_invalid']);
    await Promise.all(questions);
    const took = performance.now() - begin;
    assert.ok(took < 10_000 * SLOWER, `${took} ms, where each for itself would be 30 s`);
  } finally {
    process.kill(broker, 'SIGCONT');
  }
  await until('the API to be back', async () => (await call('GET', 'rooms')).status === 200);
});

rule('the-log-says-who-did-what-to-whom-and-not-what-was-said', async room => {
  await service.people(room, 'ann', 'bob');
  const words = 'a-secret-among-us';
  const token = adminToken(service, { sub: 'shop-back-end' });
  for (const [path, body] of [['message', { message: words }],
    ['ban', { clientId: 'bob', reason: words }]])
    assert.equal((await call('POST', `rooms/zoom/${room}/${path}`, body, { token })).status, 204);
  const read = () => service.files().filter(file => file.endsWith('.log'))
    .map(file => readFileSync(file, 'latin1')).join('\n');
  const request = new RegExp(`^(\\w+) .* "POST /api/rooms/zoom/${room}/ban"`, 'm');
  const [, id] = await until('the line of the request', () => read().match(request));
  const logs = read();
  assert.match(logs, new RegExp(
    `${id} api did=ban room=zoom/${room} result=done by=shop-back-end to=bob`));
  assert.ok(!logs.includes(words), 'words in a log');
  assert.ok(!logs.includes(token.split('.')[2]), 'a token in a log');
});

rule('its-requests-are-counted-by-how-they-ended', async room => {
  const count = async result => {
    const { text } = await service.get('/metrics');
    return Number(text.match(
      new RegExp(`^beckon_api_requests_total\\{result="${result}"\\} (\\d+)$`, 'm'))[1]);
  };
  const results = ['done', 'not_found', 'insufficient_scope'];
  const before = await Promise.all(results.map(count));
  await call('GET', 'rooms');
  await call('GET', 'nope');
  await call('GET', `rooms/zoom/${room}`);
  await call('GET', 'rooms', undefined, { token: adminToken(service, { scope: '' }) });
  assert.deepEqual(await Promise.all(results.map(count)),
    before.map((n, i) => n + [1, 2, 1][i]));
});

rule('where-no-audience-is-configured-there-is-no-api', async () => {
  const plain = await Service.start();
  try {
    const missing = (await plain.get('/nowhere')).json;
    for (const claims of [{}, { aud: '' }, { aud: undefined }])
      for (const [method, path] of [['GET', 'rooms'], ['POST', 'rooms/zoom/r/close'], ['GET', '']]) {
        const answer = await api(plain, method, path, undefined,
          { token: adminToken(plain, claims) });
        assert.deepEqual([answer.status, answer.json], [404, missing]);
      }
  } finally {
    await plain.stop();
  }
});
