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

/* Each says so many things, ten at a time. */
const talk = (people, from, count) => Promise.all(people.map(async client => {
  for (let i = from; i < from + count; i += 10) {
    for (let n = i; n < i + 10; n++)
      client.send('message', { data: `${client.clientId}.${n}`, filler: 'x'.repeat(1000) });
    await client.settle();
  }
}));

rule('what-a-full-queue-drops-reaches-everybody-in-order-and-once', async room => {
  const people = await service.people(room, ...Array.from({ length: 8 }, (_, i) => `p${i}`));
  const slow = [];
  for (let i = 0; i < 4; i++)
    slow.push(await service.joinWithHandler({ room, sub: `s${i}` }));
  const before = replays();
  const each = 120;
  for (let from = 0; from < each; from += 40) { // 320 kB of it, which no socket's buffer holds
    slow.forEach(({ pid }) => process.kill(pid, 'SIGSTOP'));
    await talk(people, from, 40);
    slow.forEach(({ pid }) => process.kill(pid, 'SIGCONT'));
    await Promise.all(slow.map(({ client }) => client.settle()));
  }
  const heard = client => client.of('message').map(({ payload }) => payload.data);
  const count = people.length * each;
  for (const { client } of slow)
    await until(`all of it at ${client.who}`, () => heard(client).length >= count, 20_000);
  const order = heard(slow[0].client);
  assert.equal(new Set(order).size, count, 'each once');
  for (const client of [...people, ...slow.map(s => s.client)]) {
    const others = order.filter(text => !text.startsWith(`${client.clientId}.`));
    await until(`all of it at ${client.who}`, () => heard(client).length >= others.length, 20_000);
    assert.deepEqual(heard(client), others, `${client.who} has another order`);
    assert.equal(client.closeCode, null);
  }
  for (const { clientId } of people)
    assert.deepEqual(order.filter(text => text.startsWith(`${clientId}.`)),
      Array.from({ length: each }, (_, n) => `${clientId}.${n}`));
  assert.ok(replays() - before >= slow.length * 3, 'the bus dropped less than it had to');
});
