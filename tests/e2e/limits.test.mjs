/* limits – a flooder slows itself, and who has fallen silent is gone (protocol §6, §8). */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import * as processes from './lib/processes.mjs';
import { suite } from './lib/suite.mjs';
import { SLOWER, until } from './lib/waiting.mjs';

const RATE = 100, BURST = 50;
const MIB = 1 << 20; // a second, and at once
const FLOODER = fileURLToPath(new URL('./lib/flooder.mjs', import.meta.url));

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

/* Four who send messages of 60 KB without end, each a process of its own. → how each of them fared */
async function flood(room, during) {
  const flooders = await Promise.all(['f1', 'f2', 'f3', 'f4'].map(async sub => {
    const token = await service.token({ sub });
    const child = spawn(process.execPath, [FLOODER, service.address({ room, token }), sub, '60000'],
      { stdio: ['pipe', 'pipe', 'inherit'] });
    const flooder = { child, output: '', ended: once(child, 'close') };
    child.stdout.setEncoding('utf8').on('data', text => { flooder.output += text; });
    await until('the flooder inside', () => flooder.output.startsWith('in\n'), 10_000);
    return flooder;
  }));
  try {
    await during();
    for (const { child } of flooders)
      child.stdin.end();
    await Promise.all(flooders.map(({ ended }) => ended));
  } finally {
    for (const { child } of flooders)
      child.kill('SIGKILL');
  }
  return flooders.map(({ output }) => output.split('\n')[1]);
}

/* How long others wait for each other, in ms: the longest but one in a hundred. */
async function latency(from, to) {
  const waits = [];
  for (let n = 0; n < 250; n++) {
    const begin = performance.now();
    from.send('message', { targetClientId: to.clientId, data: begin });
    const { at } = await to.next('message', ({ data }) => data === begin);
    waits.push(at - begin);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  return waits.sort((a, b) => a - b)[Math.ceil(0.99 * waits.length) - 1];
}

/* What they are held to shows in how much came; the bound of the latency is one for a machine that
 * does much else. */
rule('a-flood-is-nobody-else-s-matter-and-arrives-whole', async room => {
  const [bob, cid] = await service.people(room, 'bob', 'cid');
  const quiet = await latency(bob, cid);
  let loud;
  const begin = performance.now();
  const fared = await flood(`${room}-flood`, async () => { loud = await latency(bob, cid); });
  console.log(`p99 of others: ${quiet.toFixed(1)} ms, during a flood ${loud.toFixed(1)} ms, `
    + `ratio ${(loud / quiet).toFixed(1)}; flooders: ${fared.join(', ')}`);
  const seconds = (performance.now() - begin) / 1000;
  for (const outcome of fared) {
    assert.match(outcome, /^\d+ whole$/);
    assert.ok(parseInt(outcome, 10) * 60_000 <= 1.1 * (1 + seconds) * MIB, `${seconds} s`);
  }
  assert.ok(loud < 1000 * SLOWER || loud < 5 * quiet, `${quiet} ms, then ${loud} ms`);
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
