/* tls – the service with a certificate of its own. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after } from 'node:test';
import { readFileSync, renameSync, rmSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import tls from 'node:tls';

import { makeCertificate } from './lib/certificate.mjs';
import { get } from './lib/http.mjs';
import { freePort } from './lib/ports.mjs';
import { launch, makeFolder } from './lib/service.mjs';
import { suite } from './lib/suite.mjs';
import { until, within } from './lib/waiting.mjs';

const folder = makeFolder();
after(() => rmSync(folder, { recursive: true, force: true }));

const first = makeCertificate(folder, 'first');
const ca = readFileSync(first.certificate);
const TLS_PORT = String(await freePort());
const { service, rule } = await suite({
  TLS_CERTIFICATE: first.certificate, TLS_KEY: first.key, TLS_PORT,
});
const plain = `http://127.0.0.1:${service.port}`;

/* What a connection with these options comes to: protocol and cipher, or an error. */
async function handshake(options) {
  const socket = tls.connect({ port: TLS_PORT, host: 'localhost', servername: 'localhost', ca,
    ...options });
  try {
    await within(20_000, 'a handshake', once(socket, 'secureConnect'));
    return { protocol: socket.getProtocol(), cipher: socket.getCipher().name,
      subject: socket.getPeerCertificate().subject.CN };
  } catch (error) {
    return { error: error.code };
  } finally {
    socket.destroy();
  }
}

async function page(path) {
  const request = https.get(`${service.origin}${path}`, { ca, agent: false });
  const [response] = await within(20_000, path, once(request, 'response'));
  response.resume();
  return response;
}

rule('people-meet-over-wss', async room => {
  const [ann, bob] = [await service.join({ room, sub: 'ann', ca }),
    await service.join({ room, sub: 'bob', ca })];
  await ann.ask('add_chat', { chatContent: 'sealed' });
  await bob.next('add_chat', ({ chatContent }) => chatContent === 'sealed');
  await assert.rejects(service.join({ room, sub: 'cyd' }), /self-signed/); // it is the one we made
});

rule('tls-is-1.3-or-1.2-with-good-ciphers-and-nothing-else', async () => {
  assert.equal((await handshake({ minVersion: 'TLSv1.3' })).protocol, 'TLSv1.3');
  for (const cipher of ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-ECDSA-AES256-GCM-SHA384'])
    assert.deepEqual(await handshake({ maxVersion: 'TLSv1.2', ciphers: cipher }),
      { protocol: 'TLSv1.2', cipher, subject: 'first' });
  for (const ciphers of ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES128-SHA256',
    'ECDHE-ECDSA-AES256-SHA384', 'AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-CCM'])
    assert.equal((await handshake({ maxVersion: 'TLSv1.2', ciphers: `${ciphers}@SECLEVEL=0` })).error,
      'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', ciphers);
  for (const version of ['TLSv1.1', 'TLSv1'])
    assert.equal((await handshake({ minVersion: version, maxVersion: version,
      ciphers: 'ALL@SECLEVEL=0' })).error, 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', version);
});

rule('plain-http-leads-to-https-and-serves-nothing', async room => {
  const token = await service.token({ sub: 'ann' });
  for (const path of ['/', '/app.js?x=1', `/ws/zoom/${room}?token=${token}`, '/validate/zoom/r']) {
    const { status, headers } = await get(plain, path, { upgrade: path.startsWith('/ws') });
    assert.deepEqual([status, headers.location], [308, `https://127.0.0.1:${TLS_PORT}${path}`]);
  }
  const { status, headers } = await get(`http://localhost:${TLS_PORT}`, '/app.js'); // the wrong port
  assert.deepEqual([status, headers.location], [308, `https://localhost:${TLS_PORT}/app.js`]);
});

rule('a-browser-that-was-here-stays-with-tls', async () => {
  for (const path of ['/', '/app.js', '/api-docs/']) {
    const { statusCode, headers } = await page(path);
    assert.equal(statusCode, 200);
    assert.equal(headers['strict-transport-security'], 'max-age=31536000');
    assert.match(headers['content-security-policy'], /connect-src 'self'/);
  }
});

rule('pages-of-the-service-itself-may-connect', async room => {
  const headers = Origin => ({ headers: { Origin }, room, ca });
  await service.join({ sub: 'ann', ...headers(service.origin) });
  await assert.rejects(service.join({ sub: 'bob', ...headers(plain) }), /403/);
});

rule('a-renewed-certificate-is-taken-up-and-nobody-is-thrown-out', async room => {
  const ann = await service.join({ room, sub: 'ann', ca });
  const second = makeCertificate(folder, 'second');
  renameSync(second.key, first.key);
  renameSync(second.certificate, first.certificate);
  process.kill(service.run.child.pid, 'SIGHUP');
  const renewed = readFileSync(first.certificate);
  await until('the second certificate', async () =>
    (await handshake({ ca: renewed })).subject === 'second', 20_000);
  // A worker that has the first one may still be taking its last connections.
  const bob = await until('a place by the second certificate',
    () => service.join({ room, sub: 'bob', ca: renewed }).catch(() => null), 20_000);
  await bob.ask('add_chat', { chatContent: 'both here' });
  await ann.next('add_chat', ({ chatContent }) => chatContent === 'both here');
});

rule('a-certificate-that-cannot-be-used-is-an-error-that-names-it', async () => {
  const other = makeCertificate(folder, 'other');
  const rows = [
    [{ TLS_CERTIFICATE: other.certificate }, /TLS_KEY/],
    [{ TLS_KEY: other.key }, /TLS_CERTIFICATE/],
    [{ TLS_CERTIFICATE: other.certificate, TLS_KEY: `${folder}/none` }, /cannot read .*\/none/],
    [{ TLS_CERTIFICATE: other.certificate, TLS_KEY: first.key }, /key values mismatch/],
  ];
  for (const [n, [env, words]] of rows.entries()) {
    const run = launch({ state: path.join(folder, `s${n}`), port: await freePort(),
      env: { TLS_PORT: String(await freePort()), ...env } });
    const { code } = await within(20_000, 'the launcher gives up', run.exited);
    assert.equal(code, 100, run.output);
    assert.match(run.output, words);
  }
});
