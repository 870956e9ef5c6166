/* unavailable – the broker does not answer.
 *
 * Newcomers are told at once and when to come back; nobody waits for an answer that cannot come. */

import assert from 'node:assert/strict';

import { withStopped } from './lib/stopped.mjs';
import { suite } from './lib/suite.mjs';
import { forge } from './lib/tokens.mjs';
import { until } from './lib/waiting.mjs';

const { service, rule } = await suite();
const { secret } = service.key;

const withStoppedBroker = run => withStopped(service.running('beckon-broker'), run);

rule('without-the-broker-newcomers-get-503-and-a-time-to-return', async room => {
  const token = await service.token({ sub: 'ann' });
  const path = `/ws/zoom/${room}?token=${token}`;
  await withStoppedBroker(async () => {
    const begin = performance.now();
    const answer = await service.get(path, { upgrade: true });
    assert.deepEqual([answer.status, answer.json?.error], [503, 'unavailable']);
    assert.ok(Number(answer.headers['retry-after']) > 0, 'Retry-After');
    assert.ok(performance.now() - begin < 6000, 'answered in time');
  });
  await until('the service to be back', async () => (await service.get(path)).status === 426);
});

rule('what-the-authorizer-knows-by-itself-comes-before-503-and-an-upgrade-after', async () => {
  const token = claims => forge({ secret, claims });
  const answers = [
    [`/ws/nope/r?token=${token()}`, 404],
    [`/ws/zoom/a%20b?token=${token()}`, 400],
    ['/ws/zoom/r', 401],
    [`/ws/zoom/r?token=${token({ exp: 1 })}`, 401],
    [`/ws/zoom/r?token=${token({ room: 'elsewhere' })}`, 403],
    [`/ws/zoom/r?token=${token()}`, 503], // and is no upgrade
  ];
  await withStoppedBroker(async () => {
    for (const [path, status] of answers)
      assert.equal((await service.get(path)).status, status, path);
    const foreign = await service.get(`/ws/zoom/r?token=${token()}`,
      { headers: { Origin: 'https://evil.example' } });
    assert.equal(foreign.status, 403);
  });
});
