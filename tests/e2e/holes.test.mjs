/* holes – a bus that keeps one message for a handler, and drops what comes before that is fetched.
 *
 * PUB drops in silence. Each hole has to be seen, asked for and filled, in order and once. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { suite } from './lib/suite.mjs';
import { until } from './lib/waiting.mjs';

const { service, rule } = await suite({
  BUS_QUEUE: '1', LOG_LEVEL: 'debug', EVENTS_PER_SECOND: '10000', EVENTS_BURST: '10000',
});

const replays = () => readFileSync(path.join(service.state, 'log/websocketd.log'), 'utf8')
  .split('\n').filter(line => / replay from=/.test(line)).length;

rule('what-a-full-queue-drops-reaches-everybody-in-order-and-once', async room => {
  const people = await service.people(room, ...Array.from({ length: 12 }, (_, i) => `p${i}`));
  const before = replays();
  const each = 150;
  await Promise.all(people.map(async client => {
    for (let i = 0; i < each; i += 10) {
      for (let n = i; n < i + 10; n++)
        client.send('reaction', { emoji: `${client.clientId}.${n}` });
      await client.settle();
    }
  }));
  const heard = client => client.of('reaction').map(({ payload }) => payload.emoji);
  for (const client of people)
    await until(`all of it at ${client.who}`, () => heard(client).length >= people.length * each,
      20_000);
  const order = heard(people[0]);
  assert.equal(new Set(order).size, people.length * each, 'each once');
  for (const client of people) {
    assert.deepEqual(heard(client), order, `${client.who} has another order`);
    assert.deepEqual(order.filter(text => text.startsWith(`${client.clientId}.`)),
      Array.from({ length: each }, (_, n) => `${client.clientId}.${n}`));
    assert.equal(client.closeCode, null);
  }
  assert.ok(replays() > before, 'the bus dropped nothing, so nothing was shown');
});
