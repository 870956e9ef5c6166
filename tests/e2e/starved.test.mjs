/* starved – a program has no descriptor left, or may not fork.
 *
 * Who is inside stays inside and notices nothing; newcomers are told, and let in when it is over. No
 * program spins meanwhile, and each says what it lacks. */

import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import { does } from './lib/asking.mjs';
import { Client } from './lib/client.mjs';
import { Service } from './lib/service.mjs';
import { assertIdle, withoutFiles, withoutProcesses } from './lib/starve.mjs';
import { suite } from './lib/suite.mjs';
import { until } from './lib/waiting.mjs';

/* Looking for leaks takes descriptors; the other files do that. */
const { service, rule } = await suite({ ASAN_OPTIONS: 'detect_leaks=0' });

const log = name => readFileSync(path.join(service.state, `log/${name}.log`), 'utf8');

/* What an upgrade is answered: "101", "503 unavailable", or how the connection broke. */
async function tried(room, sub = 'new') {
  const token = await service.token({ sub });
  const answer = await service.get(`/ws/zoom/${room}?token=${token}`, { upgrade: true })
    .catch(error => ({ status: error.code ?? error.message }));
  return answer.json ? `${answer.status} ${answer.json.error}` : String(answer.status);
}

async function ready() {
  const { status, json } = await service.get('/readyz');
  return `${status} ${json.status ?? json.error}`;
}

/* Two who are there already, and talk. */
async function inside(room) {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  let count = 0;
  return {
    async talk() {
      const data = ++count;
      await does(ann, 'message', { targetClientId: 'bob', data });
      await bob.next('message', payload => payload.data === data);
      await does(ann, 'add_chat', { chatContent: `chat ${data}` });
      await bob.next('add_chat', ({ chatContent }) => chatContent === `chat ${data}`);
    },
    stayed() {
      for (const client of [ann, bob]) {
        assert.equal(client.closeCode, null, `${client.who} was dropped`);
        assert.equal(client.of('bye').length, 0);
      }
    },
  };
}

async function recovers(room) {
  await until('newcomers to be let in again', async () => {
    const token = await service.token({ sub: 'late' });
    const late = new Client(service.address({ room, token }));
    const first = await late.joined(2000).catch(() => null);
    await late.close();
    return first;
  }, 30_000);
}

rule('a-broker-without-descriptors-keeps-who-is-there-and-lets-nobody-in', async room => {
  const people = await inside(room);
  const [broker] = service.running('beckon-broker');
  await withoutFiles([broker], async () => {
    await until('a refusal before the upgrade', async () => await tried(room) === '503 unavailable', 20_000);
    await until('the broker to know', () => log('broker').includes(' no_files '), 20_000);
    assert.equal(await tried(`${room}-other`), '503 unavailable');
    await until('load balancers to hear of it', async () => await ready() === '503 no_files', 20_000);
    await assertIdle([broker]);
    assert.equal(await ready(), '503 no_files', 'as long as it lasts');
    await people.talk();
  });
  await recovers(room);
  await until('load balancers to hear that it is over', async () => await ready() === '200 ready', 20_000);
  await people.talk();
  people.stayed();
  assert.match(log('broker'), / files_again /);
  assert.deepEqual(service.running('beckon-broker'), [broker], 'it is the same broker');
});

/* Not even a log is opened then: what the gateway says comes from what it has open. */
rule('a-websocketd-without-descriptors-keeps-who-is-there', async room => {
  const people = await inside(room);
  const gateways = service.running('websocketd');
  await withoutFiles(gateways, async () => {
    const token = await service.token({ sub: 'new' });
    const late = new Client(service.address({ room, token }));
    const outcome = await late.next('*', () => true, 3000).catch(() => null);
    assert.equal(outcome, null, 'it waits, or was refused');
    await late.close();
    await assertIdle(gateways);
    await people.talk();
  });
  await recovers(room);
  people.stayed();
  assert.match(log('websocketd'), /too many open files/i);
  assert.deepEqual(service.running('websocketd'), gateways);
});

rule('a-websocketd-that-may-not-fork-keeps-who-is-there-and-says-so', async (room, t) => {
  const people = await inside(room);
  const gateways = service.running('websocketd');
  if (statSync(`/proc/${gateways[0]}`).uid === 0)
    return t.skip('root may always fork');
  await withoutProcesses(gateways, async () => {
    const token = await service.token({ sub: 'new' });
    const late = new Client(service.address({ room, token }));
    await late.closed(10_000);
    assert.equal(late.received.length, 0);
    await late.close();
    await assertIdle(gateways);
    await people.talk();
  });
  await recovers(room);
  people.stayed();
  assert.match(log('websocketd'), /resource temporarily unavailable/i);
});

rule('an-nginx-without-descriptors-keeps-who-is-there', async room => {
  const people = await inside(room);
  const workers = service.running('nginx');
  await withoutFiles(workers, async () => {
    const answer = await Promise.race([tried(room), new Promise(resolve => setTimeout(resolve, 2000))]);
    assert.notEqual(answer, '101');
    await assertIdle(workers);
    await people.talk();
  });
  await recovers(room);
  people.stayed();
  assert.match(log('nginx'), /Too many open files/);
});

rule('an-authorizer-without-descriptors-lets-nobody-in-and-is-back-by-itself', async room => {
  const people = await inside(room);
  const workers = service.running('beckon-authorizer');
  await withoutFiles(workers, async () => {
    await until('a refusal', async () => await tried(room) === '503 unavailable', 20_000);
    await assertIdle(service.running('beckon-authorizer'));
    await people.talk();
  });
  await recovers(room);
  people.stayed();
  assert.match(log('authorizer'), /EMFILE/);
});
