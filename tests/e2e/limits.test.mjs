/* limits – a flooder slows itself, and who has fallen silent is gone (protocol §6, §8). */

import assert from 'node:assert/strict';

import { suite } from './lib/suite.mjs';

const RATE = 100, BURST = 50;

const { service, rule } = await suite({
  EVENTS_PER_SECOND: `${RATE}`, EVENTS_BURST: `${BURST}`, PING_SECONDS: '1', TIMEOUT_SECONDS: '3',
});

rule('what-a-flooder-sends-arrives-late-but-whole-and-in-order', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const count = 3 * BURST;
  const begin = performance.now();
  for (let n = 0; n < count; n++)
    ann.send('message', { targetClientId: 'bob', data: n });
  await bob.next('message', ({ data }) => data === count - 1, 20_000);
  assert.deepEqual(bob.of('message').map(({ payload }) => payload.data),
    Array.from({ length: count }, (_, n) => n));
  // Beyond the burst the rate holds, on the slowest machine too.
  assert.ok(performance.now() - begin >= (count - BURST) / RATE * 1000 * 0.9);
});

rule('others-do-not-wait-for-a-flooder', async room => {
  const [ann, bob, cid] = await service.people(room, 'ann', 'bob', 'cid');
  const count = 6 * BURST;
  for (let n = 0; n < count; n++)
    ann.send('message', { targetClientId: 'cid', data: n });
  for (let n = 0; n < 10; n++)
    assert.equal((await bob.ask('message', { targetClientId: 'cid', data: 'b' })).event, 'ack');
  assert.ok(!cid.of('message').some(({ payload }) => payload.data === count - 1),
    'bob was through before the flood was');
  await cid.next('message', ({ data }) => data === count - 1, 20_000);
});

rule('limits-are-told-as-they-hold', async room => {
  const [ann] = await service.people(room, 'ann');
  assert.equal(ann.first.limits.eventsPerSecond, RATE);
  assert.equal(ann.first.limits.eventsBurst, BURST);
});

rule('a-silent-client-is-pinged-and-stays-if-it-never-knew-pings', async room => {
  const [ann] = await service.people(room, 'ann');
  for (let n = 0; n < 4; n++)
    await ann.next('ping');
  assert.equal(ann.of('bye').length, 0);
});

rule('one-that-answered-once-and-falls-silent-is-gone', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const alive = setInterval(() => ann.send('ping', {}), 500);
  bob.send('pong', {});
  try {
    const { payload } = await bob.next('bye', () => true, 8_000);
    assert.deepEqual([payload.code, payload.reason, payload.reconnect], [4102, 'timeout', true]);
    const gone = await ann.next('disconnect');
    assert.deepEqual([gone.payload.clientId, gone.payload.reason], ['bob', 'timeout']);
    assert.equal(ann.of('bye').length, 0);
  } finally {
    clearInterval(alive);
  }
});
