/* check-config – all that is wrong with a configuration is said at once, with its place, before the
 * service is started with it. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';

import { freePort } from './lib/ports.mjs';
import { makeFolder, PROGRAMS, Service } from './lib/service.mjs';
import { SLOWER } from './lib/waiting.mjs';

const folder = makeFolder();
after(() => rmSync(folder, { recursive: true, force: true }));
const keys = path.join(folder, 'keys');
mkdirSync(keys);
writeFileSync(path.join(keys, 'a.HS256.secret'), 'x'.repeat(32), { mode: 0o600 });
const good = {
  PORT: await freePort(), RUN_DIR: path.join(folder, 'run'), DATA_DIR: path.join(folder, 'data'),
  JWT_KEYS: keys,
};

/* → {code, findings, lines}; more is put behind what is good, and replaces it. */
async function check(more = {}, env = {}) {
  const file = path.join(folder, 'beckon.conf');
  const settings = typeof more === 'string' ? more
    : Object.entries({ ...good, ...more }).map(([key, value]) => `${key}=${value}\n`).join('');
  writeFileSync(file, settings);
  const run = words => promisify(execFile)(path.join(PROGRAMS, 'beckonctl'), ['check-config', file, ...words],
    { env: { PATH: process.env.PATH, HOME: '/root', ...env }, timeout: 30_000 * SLOWER })
    .then(({ stdout }) => ({ code: 0, stdout }), error => error);
  const { code, stdout } = await run(['--json']);
  return { code, ...JSON.parse(stdout), file, human: (await run([])).stdout };
}

const errors = ({ findings }) => findings.filter(({ level }) => level === 'error');
const about = (result, key, level = 'error') =>
  result.findings.find(finding => finding.key === key && finding.level === level)?.message ?? '';

test('a-good-one-is-good-nginx-asked', async () => {
  const result = await check();
  assert.deepEqual([result.code, result.errors, result.warnings], [0, 0, 0], result.human);
});

test('all-mistakes-are-said-at-once-each-with-its-line', async () => {
  const result = await check('PORT=99999\nPROT=1\nCHAT_BURST=10\nnonsense\nCHAT_BURST=11\n'
    + '# fine\nLOG_LEVEL=loud\nWEBSOCKETD_MEMORY=12\n', { JWT_LEEWAY: 'soon' });
  assert.equal(result.code, 100);
  const lines = errors(result).map(({ line, key }) => `${line} ${key}`);
  for (const expected of ['1 PORT', '2 undefined', '4 undefined', '5 CHAT_BURST', '7 LOG_LEVEL',
    '8 WEBSOCKETD_MEMORY'])
    assert.ok(lines.includes(expected), `${expected} in ${lines}`);
  assert.ok(errors(result).some(({ message }) => /environment: JWT_LEEWAY: expected/.test(message)));
  assert.ok(result.human.includes(`error: ${result.file}:1: PORT: expected a number from 1 to 65535, got "99999"`));
});

test('a-port-on-which-another-program-listens-is-an-error', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const result = await check({ PORT: server.address().port });
  server.close();
  assert.match(about(result, 'PORT'), /on which another program listens/);
});

test('what-it-names-has-to-be-there-and-be-the-service-s-own', async () => {
  const open = path.join(folder, 'open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  const result = await check({
    DATA_DIR: open, RUN_DIR: 'relative', GATEWAY_USER: 'nobody-here', OPERATORS: 'no-such-group',
    JWKS_CA: '/nowhere', TURN_URLS: 'turn:turn.example:3478',
  });
  assert.match(about(result, 'DATA_DIR'), /any user of this machine may write there/);
  for (const key of ['RUN_DIR', 'GATEWAY_USER', 'OPERATORS', 'JWKS_CA', 'TURN_URLS'])
    assert.match(about(result, key), /expected/, key);
});

test('keys-that-anybody-can-read-are-an-error-and-none-a-warning', async () => {
  const loose = path.join(folder, 'loose');
  mkdirSync(loose);
  assert.match(about(await check({ JWT_KEYS: loose }), 'JWT_KEYS', 'warning'), /no good key/);
  writeFileSync(path.join(loose, 'b.HS256.secret'), 'y'.repeat(32));
  chmodSync(path.join(loose, 'b.HS256.secret'), 0o644);
  assert.match(about(await check({ JWT_KEYS: loose }), 'JWT_KEYS'), /may read it/);
});

/* What Keycloak publishes, say: one to verify by, and one to encrypt by. */
test('a-provider-s-set-of-keys-is-good-as-it-is', async () => {
  const sets = path.join(folder, 'sets');
  mkdirSync(sets);
  const jwk = use => ({
    ...generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' }), ...use,
  });
  writeFileSync(path.join(sets, 'jwks.json'), JSON.stringify({ keys: [
    jwk({ kid: 's', use: 'sig', alg: 'RS256' }), jwk({ kid: 'e', use: 'enc', alg: 'RSA-OAEP' }),
  ] }));
  const result = await check({ JWT_KEYS: sets });
  assert.deepEqual([result.code, result.errors, result.warnings], [0, 0, 0], result.human);
});

async function certificate(name, days) {
  const [crt, key] = ['crt', 'key'].map(end => path.join(folder, `${name}.${end}`));
  await promisify(execFile)('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
    'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', crt, '-days', days, '-subj', '/CN=x']);
  chmodSync(key, 0o600);
  return { TLS_CERTIFICATE: crt, TLS_KEY: key, TLS_PORT: await freePort(),
    ALLOWED_ORIGINS: 'https://a.example' };
}

test('a-certificate-has-to-match-its-key-and-hold', async () => {
  const [one, other] = [await certificate('one', '90'), await certificate('other', '90')];
  const fine = await check(one);
  assert.equal(fine.errors + fine.warnings, 0, fine.human);
  assert.match(about(await check({ ...one, TLS_KEY: other.TLS_KEY }), 'TLS_KEY'), /another one/);
  assert.match(about(await check({ ...one, TLS_KEY: '' }), 'TLS_CERTIFICATE'), /expected both/);
  assert.match(about(await check(await certificate('soon', '3')), 'TLS_CERTIFICATE', 'warning'), /expires in/);
  assert.match(about(await check({ ...one, TLS_CERTIFICATE: one.TLS_KEY }), 'TLS_CERTIFICATE'), /has none/);
  chmodSync(one.TLS_KEY, 0o644);
  assert.match(about(await check(one), 'TLS_KEY'), /any user of this machine may read it/);
});

test('what-is-legal-but-unwise-is-a-warning-and-no-error', async () => {
  const tls = await certificate('unwise', '90');
  const result = await check({
    ...tls, ALLOWED_ORIGINS: '', AUTH0_AUDIENCE: '', JWKS_URL: 'https://idp.example/jwks',
    TRUSTED_PROXIES: '0.0.0.0/0', METRICS_ALLOW: '::/0', LOG_LEVEL: 'debug',
  });
  assert.equal(result.code, 0, result.human);
  for (const key of ['ALLOWED_ORIGINS', 'JWT_ISSUER', 'JWT_AUDIENCE', 'TRUSTED_PROXIES',
    'METRICS_ALLOW', 'LOG_LEVEL'])
    assert.notEqual(about(result, key, 'warning'), '', `${key}\n${result.human}`);
});

test('what-nginx-does-not-like-is-said-in-its-words', async () => {
  const tls = await certificate('nginx', '90');
  writeFileSync(tls.TLS_CERTIFICATE, '-----BEGIN CERTIFICATE-----\n', { flag: 'a' }); // a chain that breaks off
  const result = await check(tls);
  assert.equal(result.code, 100);
  assert.match(errors(result)[0].message, /^nginx -t: .*\[emerg\]/, result.human);
});

test('of-a-running-service-the-port-is-its-own', { timeout: 60_000 * SLOWER }, async () => {
  const service = await Service.start();
  try {
    const answer = JSON.parse(await service.ctl('check-config', '--json'));
    assert.equal(answer.errors, 0, JSON.stringify(answer));
  } finally {
    await service.stop();
  }
});
