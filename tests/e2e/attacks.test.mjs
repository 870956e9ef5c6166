/* attacks – the table of tests/unit/test_token_attacks.c, through the whole chain: what the token
 * module refuses, nobody lets in on another way.
 *
 * The unit test's program makes the keys and the tokens; the service runs with these keys. */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';

import { withKeysOf } from './lib/keys.mjs';
import { makeFolder, PROGRAMS, TEST_PROGRAMS } from './lib/service.mjs';
import { suite } from './lib/suite.mjs';
import { SLOWER, until } from './lib/waiting.mjs';

const keys = makeFolder();
after(() => rmSync(keys, { recursive: true, force: true }));
const attacks = execFileSync(path.join(TEST_PROGRAMS, 'test_token_attacks'), [keys],
  { encoding: 'latin1' }).trimEnd().split('\n').map(line => line.split('\t'));

const { service, rule } = await suite({ ADMIN_AUDIENCE: 'applications' }, withKeysOf(keys));

/* Longer than any request line: the gateway says so before anybody looks at a token. */
const GATEWAY_MAX = 16_000;

const expected = (word, token) => token.length > GATEWAY_MAX ? [414, 'uri_too_long']
  : word ? [401, word] : [101, undefined];

rule('the-table-is-there-and-a-good-token-is-let-in', async room => {
  assert.ok(attacks.length > 100, `${attacks.length} rows`);
  assert.ok(attacks.every(([name, , token]) => name && token));
  assert.equal((await service.join({ room, sub: 'ann' })).first.role, 'host');
});

rule('each-attack-gets-401-and-its-word-at-the-upgrade', async room => {
  for (const [name, word, token] of attacks) {
    const { status, json } = await service.get(`/ws/zoom/${room}?token=${token}`,
      { upgrade: true });
    assert.deepEqual([status, json?.error], expected(word, token), name);
  }
});

rule('and-the-same-in-a-header', async room => {
  for (const [name, word, token] of attacks) {
    if (token.includes('%') || token.length > GATEWAY_MAX)
      continue; // stands in a query only
    const { status, json } = await service.get(`/validate/zoom/${room}`,
      { headers: { Authorization: `Bearer ${token}` } });
    assert.deepEqual([status, json?.error], word ? [401, word] : [200, undefined], name);
  }
});

/* Nor are the good ones among them: they are people's. */
rule('and-none-is-an-application-s', async () => {
  for (const [name, , token] of attacks) {
    if (token.includes('%') || token.length > GATEWAY_MAX)
      continue;
    const { status } = await service.get('/api/rooms', { headers: { Authorization: `Bearer ${token}` } });
    assert.equal(status, 401, name);
  }
});

/* The front could be passed by: it is the broker that says who is in. */
rule('a-handler-that-was-started-all-the-same-does-not-get-in', async room => {
  for (const [name, word, token] of attacks) {
    const { status, stdout } = spawnSync(path.join(PROGRAMS, 'beckon-handler'),
      ['-c', service.config], {
        env: { PATH_INFO: `/ws/zoom/${room}`, QUERY_STRING: `token=${token}` }, input: '',
        encoding: 'utf8', timeout: 10_000 * SLOWER,
      });
    assert.equal(stdout.includes('room_state'), !word, name);
    assert.equal(status, word ? 1 : 0, name);
  }
  await until('the good ones to have left', async () =>
    JSON.parse(await service.ctl('rooms', '--json')).every(({ members }) => members.length === 0));
});
