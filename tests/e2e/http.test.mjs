/* http – the answers before the upgrade, in their order of precedence (protocol §1).
 *
 * A client's developer sees these first, and a person sees what the page makes of them. Each is
 * asked for twice, with and without an upgrade: a page can only read the second. */

import assert from 'node:assert/strict';

import { suite } from './lib/suite.mjs';
import { damage, forge, HOUR, now } from './lib/tokens.mjs';

const { service, rule } = await suite();
const { secret, kid } = service.key;
const good = await service.token({ sub: 'ann' });

async function refused(path, status, word, headers = {}) {
  for (const upgrade of [false, true]) {
    const answer = await service.get(path, { upgrade, headers });
    const what = `${upgrade ? 'upgrade' : 'GET'} ${path.slice(0, 200)}`;
    assert.deepEqual([answer.status, answer.json?.error], [status, word], what);
    assert.match(answer.headers['content-type'], /^application\/json\b/, what);
    assert.ok(answer.json.message.length > 10, `${what}: a message for people`);
    if (status === 401)
      assert.match(answer.headers['www-authenticate'],
        /^Bearer error="invalid_token", error_description="[^"\\]+"$/, what);
  }
}

async function accepted(path, headers = {}) {
  const plain = await service.get(path, { headers });
  assert.deepEqual([plain.status, plain.json?.error], [426, 'upgrade_required'], path);
  assert.equal(plain.headers.upgrade, 'websocket');
  const upgrade = await service.get(path, { headers, upgrade: true });
  assert.equal(upgrade.status, 101, path);
}

const refusedToken = (token, word = 'token_invalid') =>
  refused(`/ws/zoom/r?token=${token}`, 401, word);
const acceptedToken = token => accepted(`/ws/zoom/r?token=${token}`);

rule('three-endpoints-and-no-other-path', async () => {
  for (const endpoint of ['zoom', 'screenshare', 'chat'])
    await accepted(`/ws/${endpoint}/r1?token=${good}`);
  for (const path of [
    '/ws', '/ws/', '/ws/zoom', '/ws/zoom/', '/ws/zoom/a/b', '/ws/zoom/a/', '/ws/ZOOM/a',
    '/ws/nope/a', '/ws//a', '/ws/zoom//a', '//ws/zoom/a', '/wsx/zoom/a', '/x/ws/zoom/a',
    '/ws/%2e%2e/ws/zoom/a', '/ws/x/../zoom/a', '/nothing', '/.authorizer/auth',
    '/.authorizer/refuse/upgrade_required',
  ])
    await refused(`${path}?token=${good}`, 404, 'not_found');
});

rule('a-room-id-is-1-to-100-unreserved-characters-after-decoding', async () => {
  for (const room of ['a', 'A-Z_0.~-', '...', '%61', '%7e', 'a'.repeat(100), '%61'.repeat(100)])
    await accepted(`/ws/chat/${room}?token=${good}`);
  for (const room of [
    '.', '..', '%2e', '%2E%2e', 'a'.repeat(101), 'a%20b', 'a+b', 'a:b', 'a@b', 'a%00', 'a%0a', '%',
    'a%2', 'a%zz', '%C3%A4', 'a%2Fb', 'a%252e', 'a;b', 'a%3Fb', '%22',
  ])
    await refused(`/ws/chat/${room}?token=${good}`, 400, 'bad_room');
});

rule('an-encoded-room-id-is-the-same-room', async room => {
  const [first] = await service.people(room, 'ann');
  const encoded = [...room].map(c => `%${c.charCodeAt(0).toString(16)}`).join('');
  const second = await service.join({ room: encoded, sub: 'bob' });
  assert.equal(second.first.roomId, room);
  await first.next('connect', ({ clientId }) => clientId === 'bob');
});

rule('the-service-s-own-pages-and-localhost-3000-may-connect-and-no-others', async () => {
  const path = `/ws/zoom/r?token=${good}`;
  for (const Origin of [
    `http://127.0.0.1:${service.port}`, `http://localhost:${service.port}`,
    'http://localhost:3000', 'HTTP://LocalHost:3000',
  ])
    await accepted(path, { Origin });
  for (const Origin of [
    'https://evil.example', 'null', 'http://localhost', 'http://localhost:30000',
    'https://localhost:3000', 'http://localhost:3000.evil.example', 'http://evil.localhost:3000',
    'http://localhost:3000@evil.example', 'localhost:3000', 'file://',
  ])
    await refused(path, 403, 'origin_not_allowed', { Origin });
  await accepted(path); // not a browser
});

rule('a-missing-or-empty-token-is-said-to-be-missing', async () => {
  for (const query of ['', '?', '?token', '?token=', '?tokens=x', `?Token=${good}`, '?username=a'])
    await refused(`/ws/zoom/r${query}`, 401, 'token_missing');
});

rule('what-is-no-jwt-is-invalid', async () => {
  const [head, body, signature] = good.split('.');
  for (const token of [
    'x', 'a.b', '..', `${head}.${body}`, `${head}.${body}.`, `${good}.${signature}`,
    `.${body}.${signature}`, `${head}..${signature}`, `${good}%20`, `${good}%00`, `${good}=`,
    '%ff', 'eyJhbGciOiJIUzI1NiJ9.e30.', 'x'.repeat(15_000),
  ])
    await refusedToken(token);
});

rule('a-token-given-twice-is-invalid', async () => {
  await refusedToken(`${good}&token=${good}`);
  await refusedToken(`${good}&token=`);
});

rule('a-wrong-signature-is-invalid', async () => {
  await acceptedToken(forge({ secret, header: { kid } }));
  await refusedToken(damage(good));
  await refusedToken(forge({ secret: 'guess', header: { kid } }));
  await refusedToken(forge({ secret: '', header: { kid } }));
  const [head, , signature] = good.split('.');
  const [, other] = forge({ secret, claims: { sub: 'eve' } }).split('.');
  await refusedToken(`${head}.${other}.${signature}`);
});

rule('the-algorithm-is-the-key-s-and-not-the-token-s', async () => {
  for (const alg of ['none', 'None', '', 'HS384', 'HS512', 'RS256', 'ES256', 'hs256', null, 256]) {
    await refusedToken(forge({ secret, header: { alg, kid } }));
    const [head, body] = forge({ secret, header: { alg, kid } }).split('.');
    await refusedToken(`${head}.${body}.`);
  }
});

rule('an-unknown-kid-is-refused-and-none-is-good-where-one-key-fits', async () => {
  await acceptedToken(forge({ secret }));
  for (const unknown of ['other', '', '../../../../dev/null', `${kid} `, 1, null, 'x'.repeat(5000)])
    await refusedToken(forge({ secret, header: { kid: unknown } }));
});

rule('a-token-without-sub-or-exp-is-invalid', async () => {
  for (const claims of [
    { sub: undefined }, { sub: '' }, { sub: 7 }, { sub: null }, { sub: ['ann'] },
    { exp: undefined }, { exp: null }, { exp: String(now() + HOUR) }, { exp: true }, { exp: {} },
  ])
    await refusedToken(forge({ secret, claims }));
});

rule('a-token-holds-from-nbf-to-exp', async () => {
  await acceptedToken(forge({ secret, claims: { nbf: now() - 1 } }));
  await refusedToken(forge({ secret, claims: { exp: now() - 1 } }), 'token_expired');
  await refusedToken(forge({ secret, claims: { exp: 0 } }), 'token_expired');
  await refusedToken(forge({ secret, claims: { exp: -1 } }));
  const early = await service.get(
    `/ws/zoom/r?token=${forge({ secret, claims: { nbf: now() + 60 } })}`);
  assert.equal(early.status, 401);
});

rule('a-token-may-come-as-authorization-bearer-but-the-query-wins', async () => {
  await accepted('/ws/zoom/r', { Authorization: `Bearer ${good}` });
  await accepted('/ws/zoom/r', { Authorization: `bearer ${good}` });
  await accepted(`/ws/zoom/r?token=${good}`, { Authorization: 'Bearer x' });
  await refused('/ws/zoom/r?token=x', 401, 'token_invalid', { Authorization: `Bearer ${good}` });
  await refused('/ws/zoom/r', 401, 'token_missing', { Authorization: 'Basic YTpi' });
});

rule('a-grant-that-names-rooms-excludes-all-others', async () => {
  const grants = [
    { room: 'here' }, { rooms: ['there', 'here'] }, { rooms: ['he*'] },
    { video: { room: 'here', roomJoin: true } },
  ];
  for (const claims of grants) {
    const token = forge({ secret, claims });
    await accepted(`/ws/zoom/here?token=${token}`);
    await refused(`/ws/zoom/nowhere?token=${token}`, 403, 'room_forbidden');
  }
  await accepted(`/ws/zoom/any?token=${forge({ secret, claims: { room: '*' } })}`);
});

rule('other-query-parameters-are-ignored', async () => {
  await accepted(`/ws/zoom/r?username=eve&token=${good}&x=%zz&caps=batch,what&resume=nonsense`);
});

rule('a-request-line-over-16-KiB-is-too-long', async () => {
  await refused(`/ws/zoom/r?token=${'x'.repeat(16 * 1024)}`, 414, 'uri_too_long');
});

rule('what-is-no-proper-upgrade-is-told-to-upgrade', async () => {
  const path = `/ws/zoom/r?token=${good}`;
  for (const headers of [
    { Upgrade: 'h2c' }, { Connection: 'close' }, { 'Sec-WebSocket-Version': '12' },
    { 'Sec-WebSocket-Key': 'short' },
  ]) {
    const answer = await service.get(path, { upgrade: true, headers });
    assert.deepEqual([answer.status, answer.json?.error], [426, 'upgrade_required'],
      JSON.stringify(headers));
  }
});

/* Each defect by itself has its answer; of two, the earlier in this list has it. */
const DEFECTS = [
  { endpoint: 'nope', answer: [404, 'not_found'] },
  { room: 'a%20b', answer: [400, 'bad_room'] },
  { headers: { Origin: 'https://evil.example' }, answer: [403, 'origin_not_allowed'] },
  { token: '', answer: [401, 'token_missing'] },
  { claims: { exp: 1 }, answer: [401, 'token_expired'] },
  { claims: { room: 'elsewhere' }, answer: [403, 'room_forbidden'] },
  { upgrade: false, answer: [426, 'upgrade_required'] },
];

rule('of-two-reasons-the-earlier-in-the-table-is-given', async () => {
  for (const [i, first] of DEFECTS.entries()) {
    for (const second of DEFECTS.slice(i)) {
      const { endpoint = 'zoom', room = 'r', headers = {}, upgrade = true, token }
        = { ...second, ...first };
      const claims = { ...second.claims, ...first.claims };
      const query = token ?? forge({ secret, claims });
      const answer = await service.get(`/ws/${endpoint}/${room}?token=${query}`,
        { headers, upgrade });
      assert.deepEqual([answer.status, answer.json?.error], first.answer,
        `${first.answer[1]} before ${second.answer[1]}`);
    }
  }
});

rule('the-demo-page-is-served', async () => {
  const page = await service.get('/');
  assert.equal(page.status, 200);
  assert.match(page.headers['content-type'], /^text\/html/);
  const script = await service.get('/app.js');
  assert.match(script.headers['content-type'], /^text\/javascript/);
});
