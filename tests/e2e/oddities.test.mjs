/* oddities – requests that no client sends and every attacker does, each answered as it should be.
 *
 * Two programs that read one request differently are how requests are smuggled: what can be read in
 * two ways is refused by nginx, and nothing of it reaches anybody behind it. */

import assert from 'node:assert/strict';

import { connectRaw } from './lib/raw.mjs';
import { suite } from './lib/suite.mjs';

const { service, rule } = await suite({ CONNECTIONS_PER_SUB: '1000' });
const token = await service.token({ sub: 'ann' });

const PATH = `/ws/zoom/r?token=${token}`;
const HOST = `Host: 127.0.0.1:${service.port}\r\n`;
const UPGRADE = 'Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
  + 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';

/* A whole request for an upgrade, with these lines more. */
const upgrade = (more = '', { line = `GET ${PATH} HTTP/1.1`, host = HOST } = {}) =>
  `${line}\r\n${host}${UPGRADE}${more}\r\n`;
const request = line => `${line}\r\n${HOST}\r\n`;

/* A ping of ours as a client's frame (RFC 6455 §5.2), with a mask of zeros. */
const PING = '{"event":"ping","payload":{},"id":"p"}';
const FRAME = `\x81${String.fromCharCode(0x80 | PING.length)}\0\0\0\0${PING}`;

/* What comes back for these bytes: all statuses, and the words of errors and events. */
async function answers(bytes, enough) {
  const raw = connectRaw(service.port);
  await raw.write(Buffer.from(bytes, 'latin1'));
  const read = text => [
    ...text.matchAll(/HTTP\/1\.[01] (\d{3})|\{"error":"(\w+)"|\{"event":"(\w+)"/g),
  ].map(([, ...found]) => found.find(Boolean));
  const text = await raw.until(so => read(so).length >= enough);
  raw.destroy();
  assert.doesNotMatch(text, /nginx\/|websocketd/, 'no versions');
  return read(text).slice(0, enough).join(' ');
}

const WELCOME = '101 room_state';
const BAD = '400 bad_request';

function table(name, rows) {
  rule(name, async () => {
    for (const [what, bytes, expected] of rows)
      assert.equal(await answers(bytes, expected.split(' ').length), expected, what);
  });
}

table('what-could-be-read-in-two-ways-is-refused', [
  ['two lengths', `${upgrade('Content-Length: 1\r\nContent-Length: 2\r\n')}x`, BAD],
  ['a length twice', `${upgrade('Content-Length: 1\r\nContent-Length: 1\r\n')}x`, BAD],
  ['length and chunks', `${upgrade('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n')}0\r\n\r\n`,
    BAD],
  ['two encodings', upgrade('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n'), BAD],
  ['an unknown encoding', upgrade('Transfer-Encoding: xchunked\r\n'), '501 bad_request'],
  ['a negative length', upgrade('Content-Length: -1\r\n'), BAD],
  ['a signed length', `${upgrade('Content-Length: +1\r\n')}x`, BAD],
  ['a length beyond all', upgrade(`Content-Length: ${'9'.repeat(20)}\r\n`), BAD],
  ['a space before the colon', upgrade('Content-Length : 1\r\n'), BAD],
  ['a folded line', upgrade('X-A: b\r\n c\r\n'), BAD],
  ['a lone CR', upgrade('X-A: b\rX-B: c\r\n'), BAD],
  ['a NUL', upgrade('X-A: b\0c\r\n'), BAD],
  ['a NUL in the path', upgrade('', { line: `GET /ws/zoom/r\0?token=${token} HTTP/1.1` }), BAD],
  ['two tokens', upgrade(`Authorization: Bearer ${token}\r\nAuthorization: Bearer x\r\n`), BAD],
]);

table('a-request-has-one-host-that-can-be-one', [
  ['none', upgrade('', { host: '' }), BAD],
  ['two', upgrade('Host: other.example\r\n'), BAD],
  ['no name', upgrade('', { host: 'Host: a b/c\r\n' }), BAD],
  ['a NUL', upgrade('', { host: 'Host: a\0b\r\n' }), BAD],
  ['another', upgrade('', { host: 'Host: other.example\r\n' }), WELCOME], // names decide nothing
]);

table('of-methods-those-that-read-are-known', [
  ['TRACE', request('TRACE / HTTP/1.1'), '405 bad_request'],
  ['TRACE of a room', upgrade('', { line: `TRACE ${PATH} HTTP/1.1` }), '405 bad_request'],
  ['CONNECT', request('CONNECT other.example:443 HTTP/1.1'), BAD],
  ['CONNECT to a path', upgrade('', { line: `CONNECT ${PATH} HTTP/1.1` }), '405 bad_request'],
  ['POST', upgrade('Content-Length: 0\r\n', { line: `POST ${PATH} HTTP/1.1` }),
    '426 upgrade_required'],
  ['POST of a page', request('POST / HTTP/1.1'), '405 bad_request'],
  ['PUT of a page', request('PUT /index.html HTTP/1.1'), '405 bad_request'],
  ['lower case', upgrade('', { line: `get ${PATH} HTTP/1.1` }), BAD],
]);

table('of-versions-1.1-is-spoken-and-1.0-has-no-upgrade', [
  ['1.0', upgrade('', { line: `GET ${PATH} HTTP/1.0` }), '426 upgrade_required'],
  ['1.0 without a host', upgrade('', { line: `GET ${PATH} HTTP/1.0`, host: '' }),
    '426 upgrade_required'],
  ['2.0', upgrade('', { line: `GET ${PATH} HTTP/2.0` }), '505 bad_request'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', BAD],
  ['an offer of h2c', `GET / HTTP/1.1\r\n${HOST}Connection: Upgrade, HTTP2-Settings\r\n`
    + 'Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n', '200'],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', BAD],
]);

rule('http-0.9-has-no-answer', async () => {
  for (const line of ['GET /', `GET ${PATH}`]) {
    const raw = connectRaw(service.port);
    await raw.write(`${line}\r\n`);
    assert.equal(await raw.untilClosed(), '', line);
  }
});

table('the-absolute-form-is-the-same-request', [ // RFC 9112 §3.2.2
  ['this host', upgrade('', { line: `GET http://127.0.0.1:${service.port}${PATH} HTTP/1.1` }), WELCOME],
  ['another host', upgrade('', { line: `GET http://other.example${PATH} HTTP/1.1` }), WELCOME],
  ['another host, no such path', request('GET http://other.example/nothing HTTP/1.1'), '404 not_found'],
]);

table('what-comes-along-with-an-upgrade-is-in-its-place', [
  ['a message at once', upgrade() + FRAME, `${WELCOME} pong`],
  ['after another request', request('GET /app.js HTTP/1.1') + upgrade() + FRAME,
    `200 ${WELCOME} pong`],
  ['after a refused one', upgrade('', { line: 'GET /ws/zoom/r HTTP/1.1' }) + upgrade() + FRAME,
    `401 token_missing ${WELCOME} pong`],
  ['after a body', `${upgrade('Content-Length: 5\r\n')}GET /${FRAME}`, `${WELCOME} pong`],
  ['after a body of chunks', `${upgrade('Transfer-Encoding: chunked\r\n')}5\r\nGET /\r\n0\r\n\r\n${FRAME}`,
    `${WELCOME} pong`],
]);

table('what-is-too-large-is-refused-before-it-has-come', [
  ['a body', upgrade('Content-Length: 20000\r\n'), '413 bad_request'],
  ['a body of chunks', `${upgrade('Transfer-Encoding: chunked\r\n')}fffffff\r\nx`, '413 bad_request'],
  ['a body to validate', `POST /validate/zoom/r HTTP/1.1\r\n${HOST}Content-Length: 20000\r\n\r\n`,
    '413 bad_request'],
  ['a header', upgrade(`X-A: ${'x'.repeat(17_000)}\r\n`), '431 bad_request'],
  ['headers', upgrade('X-A: y\r\n'.repeat(20_000)), '431 bad_request'],
]);

table('no-path-leads-out-of-the-folders', [
  ['up', request('GET /../../../etc/passwd HTTP/1.1'), BAD],
  ['up, encoded', request('GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1'), BAD],
  ['up from an alias', request('GET /api-docs/../../beckon HTTP/1.1'), BAD],
  ['up from an alias, encoded', request('GET /api-docs/..%2f..%2fbeckon HTTP/1.1'), BAD],
  ['up beside an alias', request('GET /api-docs../beckon HTTP/1.1'), '404 not_found'],
  ['a hidden file', request('GET /.git/config HTTP/1.1'), '404 not_found'],
  ['a page of nginx alone', request('GET /.bad_request HTTP/1.1'), '404 not_found'],
]);

rule('silence-is-closed-too', async () => {
  const raw = connectRaw(service.port);
  await raw.write('\r\n\r\n');
  assert.equal(await raw.untilClosed(), '');
});
