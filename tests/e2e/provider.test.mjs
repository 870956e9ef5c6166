/* provider – tokens by an identity provider's keys, fetched over https (README, "Auth0 and other
 * providers"). What the provider is, says and fails to say changes from rule to rule; HUP has it
 * asked anew. */

import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';

import { freePort } from './lib/ports.mjs';
import { Authority, HERE, Provider, makeKey, signed } from './lib/provider.mjs';
import { Service, launch, makeFolder } from './lib/service.mjs';
import { suite } from './lib/suite.mjs';
import { SLOWER, until } from './lib/waiting.mjs';

const folder = makeFolder();
const authority = new Authority(path.join(folder, 'ca'));
const certificate = authority.certify(HERE);
const provider = await Provider.start({ certificate });
after(() => provider.stop());
const TELL_TALE = 'a-customer-key-that-is-nobodys-business';
const JWKS_URL = `${provider.origin}/keys?customer=${TELL_TALE}`;

const first = makeKey('first'), second = makeKey('second', 'ES256');
provider.keys = [first, second];
const { service, rule } = await suite({ JWKS_URL, JWKS_CA: authority.file, LOG_LEVEL: 'debug' });
const log = () => readFileSync(path.join(service.state, 'log/authorizer.log'), 'utf8');
const file = path.join(service.state, 'data/jwks/jwks.json');

let count = 0;
const person = () => `p${++count}`;

/* 101, 200, 401 …: what becomes of a token, asked of the authorizer. */
async function fate(room, token) {
  const { status } = await service.get(`/validate/zoom/${room}?token=${token}`);
  return status;
}

/* Through all of it: authorizer, handler, broker. */
function enters(room, key, claims = {}) {
  return service.join({ room, token: signed(key, { sub: person(), ...claims }) });
}

/* The configuration is read again, and the provider asked, whatever it is by now. → what the log
 * says about that */
async function askAnew() {
  const before = log().length;
  process.kill(service.run.child.pid, 'SIGHUP');
  const line = await until('the provider to have been asked', () =>
    log().slice(before).match(/ reloaded [^]*? (keys-(?:not-)?fetched .*)/), 20_000);
  return line[1];
}

/* From now on the provider publishes these, and we know. */
async function publish(...keys) {
  provider.keys = keys;
  provider.answer = null;
  provider.headers = {};
  assert.match(await askAnew(), /^keys-fetched /);
  assert.ok(holds(keys));
}

function holds(keys) {
  const { keys: held } = JSON.parse(readFileSync(file, 'utf8'));
  return JSON.stringify(held.map(({ kid }) => kid)) === JSON.stringify(keys.map(({ kid }) => kid));
}

/* The provider is now like this; we asked it, and said this about it. */
async function fails(said, answer) {
  provider.answer = answer;
  const line = await askAnew();
  assert.match(line, /^keys-not-fetched /);
  assert.match(line, said);
  assert.ok(line.includes(` host=127.0.0.1:${provider.port} `), line);
}

rule('tokens-by-fetched-rsa-and-ec-keys-get-in', async room => {
  await publish(first, second);
  await enters(room, first);
  await enters(room, second);
  assert.equal(await fate(room, signed({ ...first, key: second.key, alg: 'ES256' }, {})), 401);
  assert.equal(await fate(room, signed({ ...first, key: makeKey('x').key }, {})), 401);
  assert.equal(await service.ctl('keys').then(text => text.split('\n').length), 2);
});

rule('with-a-provider-no-secret-of-our-own-is-made', async () => {
  assert.deepEqual(service.files(path.join(service.state, 'keys')), []);
});

rule('the-first-token-after-a-rotation-gets-in-and-the-old-key-s-do-not', async room => {
  const next = makeKey('next', 'ES256');
  await publish(first);
  await enters(room, first);
  const before = provider.requests.length;
  provider.keys = [next];
  await enters(room, next);
  assert.equal(provider.requests.length - before, 1, 'asked by that token');
  let refused = 0;
  await until('the old key to be refused by every worker', async () => {
    refused = await fate(room, signed(first, {})) === 401 ? refused + 1 : 0;
    return refused === 20;
  }, 10_000);
  assert.equal(provider.requests.length - before, 1, 'one a minute');
});

rule('fifty-unknown-keys-at-once-make-one-fetch-and-nobody-else-waits', async room => {
  await publish(first);
  const before = provider.requests.length;
  const good = signed(first, {});
  const unknown = Array.from({ length: 50 }, (_, i) =>
    fate(room, signed({ ...first, kid: `made-up-${i}` }, {})));
  const known = Array.from({ length: 10 }, () => fate(room, good));
  const fates = await Promise.all([...unknown, ...known]);
  assert.deepEqual(fates, [...Array(50).fill(401), ...Array(10).fill(200)]);
  for (let i = 0; i < 20; i++)
    assert.equal(await fate(room, signed({ ...second, kid: `later-${i}` }, {})), 401);
  assert.equal(provider.requests.length - before, 1);
});

/* While it hangs, whoever has a known key is served, whatever the others try. */
rule('a-provider-that-hangs-delays-only-tokens-of-unknown-keys', async room => {
  await publish(first);
  let asked = false;
  provider.answer = () => { asked = true; };
  const unknown = [1, 2, 3, 4].map(i => fate(room, signed({ ...first, kid: `hang-${i}` }, {})));
  await until('the fetch', () => asked);
  const began = performance.now();
  for (let i = 0; i < 20; i++)
    assert.equal(await fate(room, signed(first, {})), 200);
  const took = performance.now() - began;
  assert.deepEqual(new Set(await Promise.all(unknown)), new Set([401]));
  assert.ok(took < 5000 * SLOWER, `${took} ms for twenty: a worker must have been free`);
  await until('the fetch to be given up', () => / keys-not-fetched .*Timeout/.test(log()), 15_000);
  assert.equal(await fate(room, signed(first, {})), 200);
});

const json = text => (_, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(text);
};
const set = (...keys) => json(JSON.stringify({ keys }));
const status = (code, headers = {}) => (_, response) => {
  response.writeHead(code, headers);
  response.end('{"keys":[]}');
};

function endless(_, response) {
  response.writeHead(200);
  const more = () => {
    while (!response.destroyed && response.write(' '.repeat(4096)));
  };
  response.on('drain', more);
  more();
}

function slow(_, response) {
  response.writeHead(200);
  const timer = setInterval(() => response.write(' '), 100);
  response.on('close', () => clearInterval(timer));
}

function cutOff(_, response) {
  response.writeHead(200, { 'Content-Length': 100_000 });
  response.write('{"keys":[');
  setTimeout(() => response.destroy(), 50);
}

const oct = { kty: 'oct', k: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', kid: 'oct', alg: 'HS256' };
const evil = makeKey('evil');

/* [what the log says, what the provider does] */
const bad = {
  'no JSON': [/expected a JWK set/, json('<html>')],
  'nothing': [/expected a JWK set/, json('')],
  'an empty set': [/there is no key in it/, set()],
  'a secret': [/there is a secret/, set(oct)],
  'a secret among others': [/there is a secret/, set(evil.jwk, oct)],
  'a private key': [/there is a secret/, set({ ...evil.key.export({ format: 'jwk' }), kid: 'evil' })],
  'one kid twice': [/kid "first": expected once/, set(first.jwk, { ...evil.jwk, kid: 'first' })],
  'a weak key': [/no key in it can be used: .*1024/, set(makeKey('weak', 'weak').jwk)],
  'too much': [/expected at most 65536 bytes/, json(' '.repeat(65537))],
  'without an end': [/expected at most 65536 bytes/, endless],
  'too slowly': [/Timeout/, slow],
  'half of it': [/./, cutOff],
  'an error': [/expected status 200, got 500/, status(500)],
  'nothing there': [/expected status 200, got 404/, status(404)],
  'not modified, unasked': [/expected status 200, got 304/, status(304)],
};

for (const [what, [said, answer]] of Object.entries(bad)) {
  rule(`a-provider-that-answers-${what.replace(/\W+/g, '-')}-changes-nothing`, async room => {
    await publish(first);
    const before = readFileSync(file, 'utf8');
    await fails(said, answer);
    assert.equal(readFileSync(file, 'utf8'), before);
    await enters(room, first);
    assert.equal(await fate(room, signed(evil, {})), 401);
  });
}

rule('redirects-are-not-followed', async room => {
  await publish(first);
  const other = await Provider.start();
  other.keys = [evil];
  try {
    for (const to of [`${other.origin}/`, `${provider.origin}/elsewhere`, 'file:///etc/passwd']) {
      const before = provider.requests.length;
      await fails(/expected status 200, got 302/, status(302, { Location: to }));
      assert.equal(provider.requests.length - before, 1, to);
    }
    assert.equal(other.requests.length, 0);
    assert.equal(await fate(room, signed(first, {})), 200);
  } finally {
    await other.stop();
  }
});

rule('a-certificate-that-is-not-right-is-refused', async room => {
  await publish(first);
  const stranger = new Authority(path.join(folder, 'stranger'));
  try {
    for (const wrong of [stranger.certify(HERE), authority.certify(['DNS:idp.example'])]) {
      const before = provider.requests.length;
      provider.server.setSecureContext(wrong);
      await fails(/SSL|certificate/, null);
      assert.equal(provider.requests.length, before, 'nothing was asked of it');
    }
  } finally {
    provider.server.setSecureContext(certificate);
  }
  assert.equal(await fate(room, signed(first, {})), 200);
});

rule('what-has-not-changed-is-not-sent-again', async room => {
  await publish(first);
  provider.headers = { ETag: '"v1"' };
  await askAnew();
  const { ino } = statSync(file);
  assert.match(await askAnew(), / unchanged$/);
  assert.equal(provider.requests.at(-1).headers['if-none-match'], '"v1"');
  assert.equal(await fate(room, signed(first, {})), 200);
  provider.keys = [second];
  provider.headers = { ETag: '"v2"' };
  assert.match(await askAnew(), / keys=1 changed=yes$/);
  await enters(room, second);
  assert.notEqual(statSync(file).ino, ino);
});

/* The whole service comes up, and lets people in, while the provider is away. */
rule('the-last-good-set-survives-a-restart-without-the-provider', async room => {
  await publish(first, second);
  await provider.stop();
  const old = ['beckon-authorizer', 'beckon-broker'].flatMap(name => service.running(name));
  const before = log().length;
  for (const pid of old)
    try { process.kill(pid, 'SIGKILL'); } catch { /* a worker, gone with its master */ }
  await until('the fetch to have failed', () =>
    log().slice(before).includes(' keys-not-fetched '), 20_000);
  await until('the service', async () => await fate(room, signed(first, {})) === 200, 20_000);
  await enters(room, first);
  await enters(room, second);

  provider.keys = [makeKey('back')];
  await provider.listen();
  await until('it to be asked again', () => holds(provider.keys), 20_000);
  await enters(room, provider.keys[0]);
});

rule('the-set-is-for-us-alone', async () => {
  assert.equal(statSync(file).mode & 0o007, 0);
  assert.equal(statSync(path.dirname(file)).mode & 0o007, 0);
});

/* AUTH0_DOMAIN and AUTH0_AUDIENCE alone, as their pages tell people to set them. */
rule('with-a-domain-of-auth0-issuer-audience-and-keys-follow', async room => {
  await publish(first);
  const domain = `localhost:${provider.port}`;
  const own = await Service.start({
    AUTH0_DOMAIN: domain, AUTH0_AUDIENCE: 'https://api', JWKS_CA: authority.file,
  });
  try {
    const good = { sub: 'auth0|5', iss: `https://${domain}/`, aud: ['https://api', 'https://x'] };
    await own.join({ room, token: signed(provider.keys[0], good) });
    assert.equal(provider.requests.at(-1).url, '/.well-known/jwks.json');
    for (const wrong of [{ iss: `https://${domain}` }, { iss: undefined }, { aud: 'https://x' },
      { aud: undefined }]) {
      const token = signed(provider.keys[0], { ...good, ...wrong });
      const { status, json } = await own.get(`/validate/zoom/${room}?token=${token}`);
      assert.deepEqual([status, json.error], [401, 'token_invalid'], JSON.stringify(wrong));
    }
  } finally {
    await own.stop();
  }
});

rule('on-this-machine-plain-http-will-do', async room => {
  const plain = await Provider.start();
  plain.keys = [second];
  const own = await Service.start({ JWKS_URL: `${plain.origin}/jwks`, http_proxy: 'http://127.0.0.1:9' });
  try {
    await own.join({ room, token: signed(second, { sub: 'ann' }) });
    assert.ok(plain.requests.length >= 1);
  } finally {
    await own.stop();
    await plain.stop();
  }
});

rule('an-address-with-a-password-is-refused-and-not-repeated', async () => {
  const state = path.join(folder, 'refused');
  const run = launch({ state, port: await freePort(),
    env: { JWKS_URL: 'https://ann:pass-of-ann@idp.example/' } });
  assert.deepEqual(await run.exited, { code: 100, signal: null });
  assert.match(run.output, /JWKS_URL: expected an address without user and password/);
  assert.ok(!run.output.includes('pass-of-ann'));
});

rule('no-log-has-the-query-of-the-address', async () => {
  assert.ok(provider.requests.some(({ url }) => url.includes(TELL_TALE)));
  for (const name of service.files(path.join(service.state, 'log')))
    assert.ok(!readFileSync(name, 'latin1').includes(TELL_TALE), name);
  assert.ok(!service.run.output.includes(TELL_TALE));
});
