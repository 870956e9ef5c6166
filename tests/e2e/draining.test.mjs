/* drain – the service is emptied before it stops: nobody comes in, and everybody is told when to
 * come back. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { knock } from './lib/asking.mjs';
import { Service } from './lib/service.mjs';
import { withStopped } from './lib/stopped.mjs';
import { suite } from './lib/suite.mjs';
import { until } from './lib/waiting.mjs';

const { service, rule } = await suite();

const status = async () => JSON.parse(await service.ctl('status', '--json'));
const brokersLog = () => readFileSync(path.join(service.state, 'log/broker.log'), 'utf8');

async function drained(room, run) {
  try {
    await run();
  } finally {
    await service.ctl('drain', '--off');
    await until('newcomers to be let in', async () => await knock(service, { room, sub: 'eve' }) === '101');
  }
}

async function killBroker() {
  const [broker] = service.running('beckon-broker');
  process.kill(broker, 'SIGKILL');
  await until('another broker', async () => {
    const [now] = service.running('beckon-broker');
    return now && now !== broker && await status().catch(() => null);
  }, 10_000);
}

rule('who-is-inside-is-told-to-come-back-and-when', async room => {
  const people = await service.people(room, 'ann', 'bob', 'cyd');
  await drained(room, async () => {
    assert.match(await service.ctl('drain'), /^0 connections .* draining/);
    const returns = [];
    for (const client of people) {
      const { payload } = await client.next('bye');
      assert.deepEqual([payload.code, payload.reason, payload.reconnect], [4100, 'draining', true]);
      returns.push(payload.retryAfterMs);
      assert.equal(client.received.at(-1).event, 'bye');
    }
    assert.ok(returns.every(ms => ms >= 3000 && ms < 5000), `${returns}`);
    assert.ok(new Set(returns).size > 1, 'not all at the same time');
    const left = people[2].of('disconnect').map(({ payload }) => payload.reason);
    assert.deepEqual(left, ['draining', 'draining'], 'and the others learn why');
  });
});

rule('newcomers-get-503-and-a-time-to-return-those-who-resume-too', async room => {
  const [ann] = await service.people(room, 'ann');
  const { epoch } = ann.first;
  await drained(room, async () => {
    await service.ctl('drain', '--no-wait');
    const token = await service.token({ sub: 'bob' });
    for (const query of ['', `&resume=${epoch}.0`]) {
      const answer = await service.get(`/ws/zoom/${room}?token=${token}${query}`, { upgrade: true });
      assert.deepEqual([answer.status, answer.json?.error], [503, 'unavailable']);
      const seconds = Number(answer.headers['retry-after']);
      assert.ok(seconds >= 3 && seconds <= 5, `Retry-After: ${seconds}`);
    }
  });
});

/* A handler that is stopped does not take its leave, so that the drain cannot end. */
rule('beckonctl-tells-how-many-are-left-and-ends-when-nobody-is', async room => {
  const { pid } = await service.joinWithHandler({ room, sub: 'ann' });
  await drained(room, async () => {
    let over = false;
    const waiting = service.ctl('drain', '--json').finally(() => { over = true; });
    await withStopped([pid], async () => {
      await until('the drain', async () => (await status()).draining);
      assert.equal((await status()).connections, 1);
      assert.equal(JSON.parse(await service.ctl('drain', '--no-wait', '--json')).connections, 1);
      assert.ok(!over, 'it waits');
    });
    assert.equal(JSON.parse(await waiting).connections, 0);
  });
  assert.equal((await status()).draining, false);
});

rule('a-drain-outlives-the-broker-and-drops-nobody', async room => {
  const { client: ann, pid } = await service.joinWithHandler({ room, sub: 'ann' });
  await drained(room, async () => {
    await withStopped([pid], async () => {
      await service.ctl('drain', '--no-wait');
      await killBroker();
      assert.equal((await status()).draining, true);
      assert.equal(await knock(service, { room, sub: 'bob' }), '503 unavailable');
    });
    assert.equal((await ann.next('bye')).payload.reason, 'draining');
  });
  const said = brokersLog().split('\n').filter(line => / (un)?drain(ing|ed) /.test(line));
  assert.match(said.at(-1), / undrained /);
});

/* `systemctl restart`, or the launcher starting another: an upgrade, and no end of the service. */
rule('a-broker-that-is-told-to-end-drains-nobody', async room => {
  const [ann] = await service.people(room, 'ann');
  const [broker] = service.running('beckon-broker');
  process.kill(broker, 'SIGTERM');
  await until('another broker', () => service.running('beckon-broker')
    .some(pid => pid !== broker), 10_000);
  await ann.ask('raise_hand', {}, 15_000);
  assert.equal(ann.of('bye').length, 0);
  assert.equal(ann.closeCode, null);
});

test('the-launcher-drains-before-it-stops', { timeout: 120_000 }, async () => {
  const own = await Service.start({ DRAIN_SECONDS: '1' });
  try {
    const people = await own.people('r', ...Array.from({ length: 20 }, (_, i) => `p${i}`));
    for (const client of people)
      client.next('bye').then(() => client.socket.close(1000), () => {}); // as clients do
    const began = performance.now();
    await own.end();
    for (const client of people) {
      assert.equal(client.of('bye')[0]?.payload.code, 4100, `${client.who} heard it`);
      assert.equal(client.closeCode, 1000);
    }
    const [first, last] = [0, -1].map(i => people.map(c => c.of('bye')[0].at).sort((a, b) => a - b).at(i));
    assert.ok(last - first > 150, `one after the other: ${last - first} ms`); // 50 a second
    console.log(`drained and stopped in ${Math.round(performance.now() - began)} ms`);
  } finally {
    own.clients.length = 0;
    await own.stop();
  }
});

test('a-second-signal-does-not-wait-for-a-drain', { timeout: 120_000 }, async () => {
  const own = await Service.start({ DRAIN_SECONDS: '3600' });
  const { pid } = await own.joinWithHandler({ room: 'r', sub: 'ann' });
  process.kill(pid, 'SIGSTOP'); // it cannot take its leave
  process.kill(own.run.child.pid, 'SIGTERM');
  await until('the drain', () => own.run.output.includes('sending everybody away'));
  own.clients.length = 0;
  const began = performance.now();
  const { code } = await own.stop('SIGINT');
  assert.equal(code, 0);
  assert.ok(performance.now() - began < 5000, 'which would have taken longer');
});

/* A drain is of this service, not of the next; and nobody need be waited for. */
test('one-that-starts-anew-is-not-drained', { timeout: 120_000 }, async () => {
  const own = await Service.start();
  try {
    await own.ctl('drain');
    await own.end();
    assert.ok(!own.run.output.includes('sending everybody away'));
    await own.begin();
    await own.people('r', 'ann');
  } finally {
    await own.stop();
  }
});
