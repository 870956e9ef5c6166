/* giant – a message without end costs one websocketd, and the others never notice (SECURITY).
 *
 * websocketd puts a message together in its memory, whatever its size. What stands between one client
 * and all the memory of the machine is the limit of the instance the client is on. */

import assert from 'node:assert/strict';

import { does } from './lib/asking.mjs';
import * as processes from './lib/processes.mjs';
import { openRaw } from './lib/raw.mjs';
import { suite } from './lib/suite.mjs';
import { SLOWER, until } from './lib/waiting.mjs';

const INSTANCES = 3;
const MEMORY = 128; // MiB
const LIMIT = MEMORY * 1024; // kB
const GIANT = 8 * 2 ** 30; // bytes
const PATIENCE = 2000 * SLOWER; // ms

const UNLIMITED = process.env.BECKON_SANITIZED && 'a sanitizer needs more than any limit';
const LIMITED = { skip: UNLIMITED };

const { service, rule } = await suite({
  WEBSOCKETD_INSTANCES: `${INSTANCES}`, WEBSOCKETD_MEMORY: UNLIMITED ? '0' : `${MEMORY}`,
});

/* People in rooms until each instance has a pair. → for each its pid, room and two clients */
async function pairOnEach(room) {
  const slices = new Map();
  for (let n = 0; slices.size < INSTANCES; n++) {
    const { client: ann, pid } = await service.joinWithHandler({ room: `${room}-${n}`, sub: 'ann' });
    const instance = processes.look(pid).parent;
    if (slices.has(instance)) {
      await ann.close();
      continue;
    }
    const ben = await service.join({ room: `${room}-${n}`, sub: 'ben' });
    slices.set(instance, { instance, room: `${room}-${n}`, people: [ann, ben] });
  }
  return [...slices.values()];
}

function place(client) {
  const { payload: { epoch } } = client.of('room_state').at(-1);
  return `${epoch}.${client.received.filter(({ seq }) => seq).at(-1).seq}`;
}

const PING_PAUSE = 50; // ms; so as not to be slowed for their number

/* Pings while something happens. → the longest time of an answer, in ms */
async function longestPing(clients, happens) {
  let over = false;
  const each = clients.map(async client => {
    let longest = 0;
    while (!over) {
      const begin = performance.now();
      await client.settle();
      longest = Math.max(longest, performance.now() - begin);
      await new Promise(resolve => setTimeout(resolve, PING_PAUSE));
    }
    return longest;
  });
  await happens().finally(() => { over = true; });
  return Math.max(...await Promise.all(each));
}

const CHUNK = Buffer.alloc(1 << 18, 'x');

/* What goes before the nth chunk of a message of 8 GiB: it is one frame, or one a chunk. */
const MESSAGES = {
  'in-one-frame': n => n === 0 ? header(0x81, GIANT) : '',
  'in-fragments': n => header(n === 0 ? 0x01 : 0x00, CHUNK.length),
};

/* RFC 6455 §5.2, with a mask of zeros. */
function header(first, length) {
  const head = Buffer.alloc(14);
  head[0] = first;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

/* Sends until the connection breaks. → the most memory that the instance had, in kB */
async function sendGiant(socket, instance, headOf) {
  let most = 0;
  for (let n = 0; !socket.closed; n++) {
    assert.ok(n * CHUNK.length < GIANT, 'somebody took all of it');
    await socket.write(headOf(n));
    await socket.write(CHUNK);
    most = Math.max(most, processes.peakMemory(instance));
    assert.ok(most <= LIMIT, `${most} kB, of ${LIMIT}`);
  }
  return most;
}

/* Both were thrown out, and what was said before the second was back has reached him. */
async function comeBack(room, people) {
  await Promise.all(people.map(client => client.closed()));
  const [ann, ben] = people.map(place);
  const annAgain = await service.join({ room, sub: 'ann', query: `&resume=${ann}` });
  await does(annAgain, 'add_chat', { chatContent: 'still here' });
  const benAgain = await service.join({ room, sub: 'ben', query: `&resume=${ben}` });
  assert.deepEqual([annAgain.first.recovered, benAgain.first.recovered], [true, true]);
  await benAgain.next('add_chat', ({ chatContent }) => chatContent === 'still here');
}

for (const [form, headOf] of Object.entries(MESSAGES)) {
  rule(`a-message-of-8-GiB-${form}-ends-its-own-instance-and-no-other`, async room => {
    const [hit, ...others] = await pairOnEach(room);
    const bystanders = others.flatMap(({ people }) => people);
    const before = service.running('websocketd');
    const token = await service.token({ sub: 'mallory' });
    const attacker = await openRaw(service.port, service.address({ room: hit.room, token }));
    let most;
    const longest = await longestPing(bystanders, async () => {
      most = await sendGiant(attacker, hit.instance, headOf);
      await comeBack(hit.room, hit.people);
    });
    assert.deepEqual(before.filter(pid => !service.running('websocketd').includes(pid)),
      [hit.instance]);
    assert.deepEqual(bystanders.map(client => client.closeCode), bystanders.map(() => null));
    assert.ok(longest < PATIENCE, `a ping of another instance took ${longest} ms`);
    await until('another instance in its place', () =>
      service.running('websocketd').length === INSTANCES, 10_000);
    await until('the handlers of the dead one to end', () =>
      service.running('beckon-handler').length === 2 * INSTANCES, 10_000);
    console.log(`# ${form}: peak ${most >> 10} MiB, ping of others ${Math.round(longest)} ms`);
  }, LIMITED);
}

rule('a-dead-instance-is-passed-by-until-it-is-back', async room => {
  const { pid } = await service.joinWithHandler({ room, sub: 'ann' });
  const { parent } = processes.look(pid);
  const others = service.running('websocketd').filter(other => other !== parent);
  process.kill(service.run.child.pid, 'SIGSTOP'); // or it would be there again too soon
  try {
    process.kill(parent, 'SIGKILL');
    await until('it to end', () => !service.running('websocketd').includes(parent));
    const { pid: next } = await service.joinWithHandler({ room, sub: 'ben' });
    assert.ok(others.includes(processes.look(next).parent), 'on another one');
  } finally {
    process.kill(service.run.child.pid, 'SIGCONT');
  }
  const back = await until('it to be back', () =>
    service.running('websocketd').find(pid => pid !== parent && !others.includes(pid)));
  await until('newcomers to be with it', async () => {
    const { client, pid: third } = await service.joinWithHandler({ room, sub: 'cyd' });
    const { parent: its } = processes.look(third);
    await client.close();
    return its === back;
  }, 20_000);
});
