/* handler – the process behind each connection: killed, blocked, idle, and by itself in a shell. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import readline from 'node:readline';

import * as processes from './lib/processes.mjs';
import { PROGRAMS } from './lib/service.mjs';
import { suite } from './lib/suite.mjs';
import { SLOWER, until, within } from './lib/waiting.mjs';

const { service, rule } = await suite();

rule('a-killed-handler-is-announced-as-gone-within-a-second', async room => {
  const [ann] = await service.people(room, 'ann');
  const { client: bob, pid } = await service.joinWithHandler({ room, sub: 'bob' });
  await ann.next('connect');
  const begin = performance.now();
  process.kill(pid, 'SIGKILL');
  const { payload, at } = await ann.next('disconnect');
  assert.deepEqual([payload.clientId, payload.reason], ['bob', 'closed']);
  assert.ok(at - begin < 1000 * SLOWER, `${Math.round(at - begin)} ms`);
  const { payload: state } = await ann.next('room_state', s => s.participantCount === 1);
  assert.deepEqual(state.participants, []);
  assert.notEqual(await bob.closed(), 1000, 'the client knows that this was no farewell');
});

rule('a-killed-host-s-room-goes-on', async room => {
  const { pid } = await service.joinWithHandler({ room, sub: 'ann' });
  const [bob, cyd] = await service.people(room, 'bob', 'cyd');
  process.kill(pid, 'SIGKILL');
  await bob.next('disconnect', ({ clientId }) => clientId === 'ann');
  bob.send('add_chat', { chatContent: 'still here' });
  assert.equal((await cyd.next('add_chat')).payload.chatContent, 'still here');
});

/* The gateway's relay is one loop for both directions: a handler that waits for room on its output
 * while the client sends would wait for ever. */
rule('a-client-that-does-not-read-is-still-heard-and-ended-in-the-end', async room => {
  const [bob] = await service.people(room, 'bob');
  const deaf = await service.join({ room, sub: 'deaf' });
  const talkers = await Promise.all(Array.from({ length: 8 },
    (_, i) => service.join({ room, sub: `talker${i}` })));
  deaf.socket.pause();

  // Far more than all buffers between the room and the client hold; heard all along.
  const data = 'x'.repeat(60_000);
  let heard = 0;
  let ended = null;
  bob.next('disconnect', ({ clientId }) => clientId === 'deaf', 40_000)
    .then(message => { ended = message; }, () => {});
  for (let round = 0; round < 60 && !ended; round++) {
    for (const talker of talkers)
      talker.send('message', { targetClientId: 'deaf', data });
    await Promise.all(talkers.map(talker => talker.ask('ping', {}, 20_000)));
    deaf.send('message', { targetClientId: 'bob', data: round });
    const answer = bob.next('message', message => message.data === round, 10_000)
      .then(() => { heard++; });
    await until('the client to be heard, or gone', () => ended || heard > round, 10_000);
    answer.catch(() => {});
  }
  assert.ok(ended, 'ended, as it never read');
  assert.equal(ended.payload.reason, 'slow_consumer');
  assert.ok(heard > 0);

  // What it was sent comes in order and whole, with a bye at the end.
  deaf.socket.resume();
  const { payload } = await deaf.next('bye', undefined, 20_000);
  assert.deepEqual([payload.code, payload.reason, payload.reconnect],
    [4101, 'slow_consumer', true]);
  assert.equal(deaf.of('NOT JSON').length, 0);
  await bob.settle();
});

rule('an-idle-handler-has-one-thread-and-less-than-80-kB-of-its-own', async room => {
  await service.people(room, 'ann');
  const { client, pid } = await service.joinWithHandler({ room, sub: 'bob' });
  await client.next('room_state').catch(() => {});
  await client.settle();
  assert.equal(processes.threads(pid), 1);
  if (!process.env.BECKON_SANITIZED) {
    const memory = processes.privateMemory(pid);
    assert.ok(memory < 80, `${memory} kB`);
  }
});

rule('a-handler-ends-with-its-connection', async room => {
  const { client, pid } = await service.joinWithHandler({ room, sub: 'ann' });
  const handler = processes.look(pid);
  client.vanish();
  await until('the handler to end', () => !processes.isAlive(handler), 1000);
});

/* Runs it as a shell would: words in the environment, JSON in, JSON out. */
function shell(environment) {
  const child = spawn(path.join(PROGRAMS, 'beckon-handler'), ['-c', service.config],
    { env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    say: message => child.stdin.write(`${JSON.stringify(message)}\n`),
    hear: async () => JSON.parse((await within(5000, 'a line', lines.next())).value),
  };
}

rule('a-handler-runs-from-a-shell-without-any-gateway', async room => {
  const token = await service.token({ sub: 'ann' });
  const handler = shell({ PATH_INFO: `/ws/zoom/${room}`, QUERY_STRING: `token=${token}` });
  const ended = once(handler.child, 'exit');
  const first = await handler.hear();
  assert.deepEqual([first.event, first.payload.clientId], ['room_state', 'ann']);
  handler.say({ event: 'ping', payload: {}, id: 1 });
  assert.deepEqual(await handler.hear().then(({ event, id }) => [event, id]), ['pong', 1]);

  const bob = await service.join({ room, sub: 'bob' });
  assert.equal((await handler.hear()).event, 'connect');
  handler.child.stdin.end(); // Ctrl-D
  const [code] = await within(2000, 'the handler ends', ended);
  assert.equal(code, 0);
  await bob.next('disconnect', ({ clientId }) => clientId === 'ann');
});

rule('a-handler-takes-the-token-from-the-authorization-header-too', async room => {
  const token = await service.token({ sub: 'ann' });
  const handler = shell({ PATH_INFO: `/ws/chat/${room}`, HTTP_AUTHORIZATION: `Bearer ${token}` });
  assert.equal((await handler.hear()).payload.clientId, 'ann');
  handler.child.stdin.end();
  await once(handler.child, 'exit');
});

rule('a-handler-without-a-good-token-says-bye-and-joins-nothing', async room => {
  const before = await service.ctl('rooms');
  for (const query of ['', 'token=', 'token=x', 'token=a.b.c']) {
    const handler = shell({ PATH_INFO: `/ws/zoom/${room}`, QUERY_STRING: query });
    handler.child.stdin.end();
    const out = [];
    handler.child.stdout.on('data', chunk => out.push(chunk));
    const [code] = await within(5000, 'the handler ends', once(handler.child, 'close'));
    assert.equal(code, 1, query);
    assert.ok(!Buffer.concat(out).includes('room_state'), query);
  }
  assert.equal(await service.ctl('rooms'), before);
});
