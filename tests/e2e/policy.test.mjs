/* policy – issuer, audience and origins as an operator sets them.
 *
 * Comparing these loosely is the classic hole: a prefix is somebody else's domain. */

import assert from 'node:assert/strict';

import { withSecret } from './lib/keys.mjs';
import { suite } from './lib/suite.mjs';
import { forge, now } from './lib/tokens.mjs';

const secret = 'of our own, beside the keys of the provider';
const { service, rule } = await suite({
  ALLOWED_ORIGINS: ' https://app.example.com , https://shop.example:8443,http://[::1]:9000',
  AUTH0_DOMAIN: 'people.example',
  AUTH0_AUDIENCE: 'https://calls.example',
  JWT_LEEWAY: '30',
}, withSecret(secret));
const ours = { iss: 'https://people.example/', aud: 'https://calls.example' };

async function answer(claims, headers) {
  const token = forge({ secret, claims: { ...ours, ...claims } });
  const { status, json } = await service.get(`/ws/zoom/r?token=${token}`, { headers });
  return status === 426 ? 'accepted' : json.error;
}

rule('the-issuer-must-be-the-one-configured', async () => {
  assert.equal(await answer({}), 'accepted');
  for (const iss of [undefined, '', null, 'https://people.example', 'https://people.example/x',
    'https://evil.example/', 'HTTPS://people.example/', ['https://people.example/']])
    assert.equal(await answer({ iss }), 'token_invalid', JSON.stringify(iss));
});

rule('the-audience-must-name-this-service-alone-or-in-a-list', async () => {
  for (const aud of [[ours.aud], ['x', ours.aud]])
    assert.equal(await answer({ aud }), 'accepted', JSON.stringify(aud));
  for (const aud of [undefined, '', null, [], ['x'], 'https://calls.example/', `${ours.aud} x`, {},
    [[ours.aud]]])
    assert.equal(await answer({ aud }), 'token_invalid', JSON.stringify(aud));
});

rule('leeway-forgives-small-differences-of-clocks', async () => {
  assert.equal(await answer({ exp: now() - 10 }), 'accepted');
  assert.equal(await answer({ exp: now() - 40 }), 'token_expired');
  assert.equal(await answer({ nbf: now() + 10 }), 'accepted');
  assert.notEqual(await answer({ nbf: now() + 45 }), 'accepted');
});

rule('an-origin-is-equal-to-an-entry-of-the-list-or-refused', async () => {
  for (const Origin of ['https://app.example.com', 'https://app.example.com:443',
    'https://APP.example.com', 'https://shop.example:8443', 'http://[::1]:9000'])
    assert.equal(await answer({}, { Origin }), 'accepted', Origin);
  for (const Origin of ['http://app.example.com', 'https://app.example.com:8443',
    'https://x.app.example.com', 'https://app.example.com.evil.org', 'https://app.example.comx',
    'https://example.com', 'https://shop.example', 'https://app.example.com@evil.org',
    'https://app.example.com/', 'null', 'http://localhost:3000', 'https://app.example.com, x',
    `http://127.0.0.1:${service.port}`])
    assert.equal(await answer({}, { Origin }), 'origin_not_allowed', Origin);
});

rule('beckonctl-mints-tokens-for-issuer-and-audience', async () => {
  const token = await service.token({ sub: 'ann', iss: ours.iss, aud: ours.aud });
  const { status } = await service.get(`/ws/zoom/r?token=${token}`);
  assert.equal(status, 426);
});
