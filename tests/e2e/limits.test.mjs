/* limits – a flooder slows itself, and who has fallen silent is gone (protocol §6, §8). */

import assert from 'node:assert/strict';

import * as processes from './lib/processes.mjs';
import { suite } from './lib/suite.mjs';
import { until } from './lib/waiting.mjs';

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
  for (let n = 0; n < 10; n++) // longer than a silent handler is borne as well
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

/* Its pipe stays open, and nothing is sent to it: only that it asks for nothing shows it. */
rule('a-handler-that-stands-still-is-gone-and-its-client-told-when-it-goes-on', async room => {
  const ann = await service.join({ room, sub: 'ann' });
  const { client: bob, pid } = await service.joinWithHandler({ room, sub: 'bob' });
  const handler = processes.look(pid);
  process.kill(pid, 'SIGSTOP');
  try {
    const gone = await ann.next('disconnect', () => true, 20_000);
    assert.deepEqual([gone.payload.clientId, gone.payload.reason], ['bob', 'timeout']);
    await ann.next('room_state', ({ participantCount }) => participantCount === 1);
    assert.equal(ann.of('bye').length, 0, 'a quiet handler is no silent one');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  const { payload } = await bob.next('bye');
  assert.deepEqual([payload.code, payload.reason, payload.reconnect], [4102, 'timeout', true]);
  await bob.close();
  await until('the handler to end', () => !processes.isAlive(handler));
});

/* A broker that stood still was asked for mail meanwhile, and has not read it. */
rule('a-broker-that-stood-still-blames-nobody', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const [broker] = service.running('beckon-broker');
  process.kill(broker, 'SIGSTOP');
  await new Promise(resolve => setTimeout(resolve, 11_000)); // a handler's silence is 7 s
  process.kill(broker, 'SIGCONT');
  await Promise.all([ann, bob].map(client => client.ask('raise_hand', {})));
  for (let n = 0; n < 5; n++)
    await ann.next('ping');
  assert.equal(ann.of('disconnect').length + ann.of('bye').length + bob.of('bye').length, 0);
});
