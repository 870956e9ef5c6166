/* edge – what nginx keeps away from all programs behind it. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { connectRaw } from './lib/raw.mjs';
import { makeFolder, PROGRAMS, Service } from './lib/service.mjs';
import { suite } from './lib/suite.mjs';
import { SLOWER, until } from './lib/waiting.mjs';

const CONNECTIONS = 3, REQUESTS = 2, BURST = 10 * REQUESTS;

/* The programs, with a handler that first writes down with what environment it was started. */
function tellingPrograms() {
  const folder = makeFolder();
  after(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of readdirSync(PROGRAMS).filter(file => /^beckon[a-z-]*$/.test(file)))
    if (name !== 'beckon-handler')
      symlinkSync(path.join(PROGRAMS, name), path.join(folder, name));
  writeFileSync(path.join(folder, 'beckon-handler'), `#!/bin/sh
cat /proc/self/environ >"\${2%/conf/*}/tmp/environ.$$"
exec ${PROGRAMS}/beckon-handler "$@"
`, { mode: 0o755 });
  return folder;
}

const { service, rule } = await suite({
  CONNECTIONS_PER_ADDRESS: `${CONNECTIONS}`, REQUESTS_PER_SECOND_PER_ADDRESS: `${REQUESTS}`,
  TRUSTED_PROXIES: '127.0.0.1', PROGRAMS: tellingPrograms(),
});

/* A request that a trusted proxy brings from this address. */
const from = address => ({ 'X-Forwarded-For': address });

function environments() {
  const folder = path.join(service.state, 'tmp');
  return readdirSync(folder).filter(name => name.startsWith('environ.'))
    .map(name => readFileSync(path.join(folder, name), 'latin1').split('\0').filter(Boolean));
}

const FORGED = 'forged-by-a-client';

rule('nothing-of-a-client-reaches-a-handler-but-what-it-needs', async room => {
  const names = ['X-Real-IP', 'X-Request-Id', 'X-Beckon-Word', 'X-Beckon-Token', 'X-Beckon-Target',
    'X-Beckon-Why', 'Forwarded', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'X-Forwarded-User',
    'X_Real_IP', 'X_Request_Id', 'Via', 'Proxy', 'Cookie', 'Referer', 'User-Agent', 'Host',
    'Accept-Language', 'Remote-Addr', 'X-Original-URL', 'Authorization'];
  const headers = Object.fromEntries(names.map(name => [name, FORGED]));
  const token = await service.token({ sub: 'ann' });
  const client = await service.join({ room, token,
    headers: { ...headers, ...from('192.0.2.1, 198.51.100.7') } });
  assert.equal(client.clientId, 'ann');
  const mine = environments().filter(lines => lines.some(line => line.includes(room)));
  assert.equal(mine.length, 1);
  const [lines] = mine;
  assert.deepEqual(lines.filter(line => line.includes(FORGED) || line.includes('192.0.2.1')), []);
  assert.deepEqual(lines.map(line => line.split('=')[0]).filter(name => /^HTTP_/.test(name)).sort(), [
    'HTTP_AUTHORIZATION', 'HTTP_CONNECTION', 'HTTP_SEC_WEBSOCKET_KEY', 'HTTP_SEC_WEBSOCKET_VERSION',
    'HTTP_UPGRADE', 'HTTP_X_REAL_IP', 'HTTP_X_REQUEST_ID',
  ]);
  // The last address is that of whom the proxy talked to; those before are anybody's word.
  assert.ok(lines.includes('HTTP_X_REAL_IP=198.51.100.7'));
  assert.match(lines.find(line => line.startsWith('HTTP_X_REQUEST_ID=')), /=[0-9a-f]{16}$/);
});

rule('headers-that-pose-as-the-authorizer-s-have-no-effect', async room => {
  const headers = {
    'X-Beckon-Word': 'banned', 'X-Beckon-Token': await service.token({ sub: 'ann' }),
    'X-Beckon-Target': `/ws/zoom/${room}`, 'X-Beckon-Why': FORGED, 'X-Beckon-Retry-After': '9999',
  };
  for (const path of [`/ws/zoom/${room}`, `/validate/zoom/${room}`]) {
    const answer = await service.get(path, { upgrade: true, headers });
    assert.deepEqual([answer.status, answer.json?.error], [401, 'token_missing'], path);
    assert.ok(!answer.text.includes(FORGED));
  }
});

/* Takes all places of what counts as one address. Nobody asks before whether there is one: nginx
 * counts a request until it has seen to its end, a moment after its answer was read, and the question
 * would be in the way of who takes the place. → who is in, and the answer of the next one */
async function crowd(address, room) {
  const clients = [];
  for (let n = 0; n < CONNECTIONS; n++)
    clients.push(await service.join({ room, sub: `p${n}`, headers: from(address(n)) }));
  const token = await service.token({ sub: 'late' });
  const refused = await service.get(`/ws/zoom/${room}?token=${token}`,
    { headers: from(address(CONNECTIONS)) });
  return { clients, refused };
}

function assertTooMany({ status, json, headers }) {
  assert.deepEqual([status, json?.error], [429, 'too_many']);
  assert.match(headers['content-type'], /^application\/json\b/);
  assert.ok(Number(headers['retry-after']) > 0);
}

rule('of-one-address-only-so-many-are-connected-at-a-time', async room => {
  const { clients, refused } = await crowd(() => '203.0.113.5', room);
  assertTooMany(refused);
  await service.join({ room, sub: 'bob', headers: from('203.0.113.6') }); // the neighbour
  await clients[0].close();
  const token = await service.token({ sub: 'cyd' });
  await until('the place to be free', async () => { // nginx sees the end a moment later
    const { status } = await service.get(`/ws/zoom/${room}?token=${token}`,
      { headers: from('203.0.113.5') });
    return status === 426;
  });
});

rule('of-ipv6-a-64-is-one-address', async room => {
  const inside = ['2001:db8::1', '2001:db8::ffff:1:2:3', '2001:db8:0:0:1::', '2001:db8::9'];
  const { refused } = await crowd(n => inside[n], room);
  assertTooMany(refused);
  await service.join({ room, sub: 'bob', headers: from('2001:db8:0:1::1') }); // another /64
});

rule('an-ipv4-address-written-as-ipv6-is-one-too', async room => {
  const { refused } = await crowd(() => '::ffff:203.0.113.77', room);
  assertTooMany(refused);
  await service.join({ room, sub: 'bob', headers: from('::ffff:203.0.113.78') });
});

rule('who-asks-too-often-is-told-when-to-ask-again', async () => {
  for (const path of ['/ws/zoom/r', '/validate/zoom/r']) {
    const headers = from(`198.51.100.${path.length}`);
    let answer, allowed = -1;
    do {
      answer = await service.get(path, { headers });
      allowed++;
    } while (answer.status === 401 && allowed < 20 * BURST);
    assertTooMany(answer);
    assert.ok(allowed >= BURST, `${allowed} at once`);
    assert.equal(answer.headers['access-control-allow-origin'], '*'); // for a page to tell people
    const other = await service.get(path, { headers: from('198.51.100.200') });
    assert.equal(other.status, 401, 'somebody else');
  }
});

rule('this-machine-itself-is-not-limited', async () => {
  for (const address of ['127.0.0.1', '127.9.8.7', '::1']) {
    const answers = await Promise.all(Array.from({ length: 2 * BURST },
      () => service.get('/ws/zoom/r', { headers: from(address) })));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [401], address);
  }
});

/* The last of those that are not proxies of ours: what stands before it is anybody's word. */
rule('the-address-in-the-log-is-the-client-s', async room => {
  await service.get(`/ws/zoom/${room}`, { headers: from('203.0.113.9, 198.51.100.99, 127.0.0.1') });
  const log = path.join(service.state, 'log/access.log');
  await until('the line', () => readFileSync(log, 'utf8').split('\n')
    .some(line => line.includes(room) && line.includes(' 198.51.100.99 ')));
});

test('from-any-other-address-the-header-says-nothing', { timeout: 60_000 * SLOWER }, async () => {
  const own = await Service.start({
    TRUSTED_PROXIES: '192.0.2.0/24', REQUESTS_PER_SECOND_PER_ADDRESS: '1',
  });
  try {
    for (let n = 0; n < 30; n++)
      assert.equal((await own.get('/ws/zoom/r', { headers: from('203.0.113.1') })).status, 401);
    const { client } = await own.joinWithHandler({ room: 'r', sub: 'ann', headers: from('192.0.2.1') });
    await client.close();
    const log = path.join(own.state, 'log/access.log');
    await until('the line', () => readFileSync(log, 'utf8').includes(' 101 '));
    const addresses = readFileSync(log, 'utf8').trim().split('\n').map(line => line.split(' ')[2]);
    assert.deepEqual([...new Set(addresses)], ['127.0.0.1']);
  } finally {
    await own.stop();
  }
});

const HEADERS = {
  'content-security-policy': /^default-src 'none'; script-src 'self';.*frame-ancestors 'none'/,
  'permissions-policy': /^camera=\(self\), microphone=\(self\), display-capture=\(self\)/,
  'cross-origin-opener-policy': /^same-origin$/,
  'referrer-policy': /^no-referrer$/,
  'x-content-type-options': /^nosniff$/,
  'x-frame-options': /^DENY$/,
};

rule('every-page-has-a-strict-policy-and-no-server-version', async () => {
  for (const path of ['/', '/index.html', '/app.js', '/style.css', '/api-docs/', '/api-docs/protocol.md']) {
    const { status, headers } = await service.get(path);
    assert.equal(status, 200, path);
    for (const [name, value] of Object.entries(HEADERS))
      assert.match(headers[name] ?? '', value, `${path}: ${name}`);
    assert.doesNotMatch(headers['content-security-policy'], /unsafe|\*|http:/);
    assert.equal(headers['strict-transport-security'], undefined, 'there is no TLS here');
    assert.doesNotMatch(headers.server ?? '', /\d/, path);
  }
  const page = await service.get('/api-docs/');
  assert.doesNotMatch(page.text, /<style|<script|style=/);
});

/* Slow senders of a header: each costs a socket for a bounded time, and nobody else anything. */
rule('half-a-request-is-closed-in-bounded-time-and-keeps-nobody-out', async room => {
  const halves = ['GET /ws/zoom/r?tok', 'GET / HTTP/1.1\r\nHost: x\r\n', ''];
  const slow = Array.from({ length: 300 }, () => connectRaw(service.port));
  await Promise.all(slow.map((raw, n) => raw.write(halves[n % halves.length])));
  const trickle = setInterval(() => slow.forEach(raw => raw.write('x')), 1000);
  const begin = performance.now();
  try {
    const clients = await Promise.all(['ann', 'bob', 'cyd'].map(sub => service.join({ room, sub })));
    await Promise.all(clients.map(client => client.settle()));
    await Promise.all(slow.map(raw => raw.untilClosed(20_000)));
    await Promise.all(clients.map(client => client.settle()));
  } finally {
    clearInterval(trickle);
    slow.forEach(raw => raw.destroy());
  }
  assert.ok(performance.now() - begin > 5_000, 'they were open for as long as they may');
});
