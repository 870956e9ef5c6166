/* handler – the process behind each connection: killed, blocked, idle, and by itself in a shell. */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
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

/* Somebody who stops reading while others talk to him: until he is not heard any more, which shows
 * that everything between him and his handler is full. Says how many messages he was sent. */
async function clog(deaf, bob, talkers) {
  const data = 'x'.repeat(60_000);
  deaf.socket.pause();
  for (let sent = 0; ; sent += talkers.length) {
    const asked = `are you there ${sent}`;
    deaf.send('message', { targetClientId: 'bob', data: asked });
    const heard = await bob.next('message', message => message.data === asked, 500)
      .then(() => true, () => false);
    if (!heard)
      return sent;
    for (const talker of talkers)
      talker.send('message', { targetClientId: 'deaf', data });
    await Promise.all(talkers.map(talker => talker.settle()));
  }
}

async function talkersIn(room) {
  return service.people(room, ...Array.from({ length: 4 }, (_, i) => `talker${i}`));
}

/* The gateway's relay is one loop for both directions: were the handler to wait for room on its
 * output, while the client sends, both would wait for ever. */
rule('a-client-that-sends-while-its-output-is-blocked-does-not-deadlock', async room => {
  const [bob] = await service.people(room, 'bob');
  const deaf = await service.join({ room, sub: 'deaf' });
  const sent = await clog(deaf, bob, await talkersIn(room));
  const count = 300;
  for (let i = 0; i < count; i++)
    deaf.send('message', { targetClientId: 'bob', data: { i, fill: 'y'.repeat(1000) } });

  deaf.socket.resume();
  await bob.next('message', ({ data }) => data.i === count - 1, 20_000);
  const numbers = bob.of('message').map(({ payload }) => payload.data.i).filter(i => i >= 0);
  assert.deepEqual(numbers, Array.from({ length: count }, (_, i) => i));
  await deaf.settle();
  assert.equal(deaf.of('message').length, sent, 'nothing that was sent to him is missing');
});

rule('a-client-that-never-reads-is-ended-and-then-told-so', async room => {
  const [bob] = await service.people(room, 'bob');
  const deaf = await service.join({ room, sub: 'deaf' });
  const talkers = await talkersIn(room);
  await clog(deaf, bob, talkers);
  const data = 'x'.repeat(60_000);
  for (let i = 0; i < 12; i++)
    for (const talker of talkers)
      talker.send('message', { targetClientId: 'deaf', data });
  const { payload } = await bob.next('disconnect', undefined, 20_000);
  assert.deepEqual([payload.clientId, payload.reason], ['deaf', 'slow_consumer']);

  deaf.socket.resume();
  const { payload: bye } = await deaf.next('bye', undefined, 20_000);
  assert.deepEqual([bye.code, bye.reason, bye.reconnect], [4101, 'slow_consumer', true]);
  assert.equal(deaf.received.at(-1).event, 'bye');
  assert.equal(deaf.of('NOT JSON').length, 0);
});

/* How long 100 messages take from one to the other, one by one; in ms, the longest but one. */
async function slowest(from, to) {
  const times = [];
  for (let i = 0; i < 100; i++) {
    const begin = performance.now(), data = `${begin}`;
    from.send('message', { targetClientId: to.clientId, data });
    const { at } = await to.next('message', message => message.data === data);
    times.push(at - begin);
  }
  return times.sort((a, b) => a - b).at(-2);
}

/* Two who talk while everything between the service and a third is full. Were anybody to wait for it,
 * that would take as long as it does not read. */
rule('nobody-waits-for-a-client-that-does-not-read', async room => {
  const [bob, cyd] = await service.people(room, 'bob', 'cyd');
  const deaf = await service.join({ room, sub: 'deaf' });
  const before = await slowest(bob, cyd);
  await clog(deaf, bob, await talkersIn(room));
  const beside = await slowest(bob, cyd);
  console.log(`slowest of 100: ${before.toFixed(1)} ms before, ${beside.toFixed(1)} ms beside it`);
  assert.ok(beside < 10 * before + 200 * SLOWER, `${before} ms before, ${beside} ms beside it`);
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

/* Killed in the middle of a greeting, of a request, of a reply: none of it may cost the others. */
rule('handlers-killed-at-any-moment-leave-nobody-and-shut-no-door', async room => {
  const token = await service.token({ sub: 'ghost' });
  for (let round = 0; round < 25; round++) {
    const ghosts = await Promise.all(Array.from({ length: 6 }, () =>
      service.connect({ room, token })));
    for (const ghost of ghosts.slice(0, round % 4))
      await ghost.joined();
    for (const ghost of ghosts)
      for (let i = 0; i < 20; i++)
        ghost.send('message', { targetClientId: 'ghost', data: 'x'.repeat(5000) });
    await until('their connections to end', () => {
      for (const pid of service.running('beckon-handler'))
        process.kill(pid, 'SIGKILL');
      return ghosts.every(ghost => ghost.closeCode !== null);
    });
  }
  const ann = await service.join({ room, sub: 'ann' });
  if (ann.first.participantCount > 1)
    await ann.next('room_state', state => state.participantCount === 1);
});

/* Runs it as a shell would: words in the environment, JSON in, JSON out. */
function shell(environment, log = 'pipe') {
  const child = spawn(path.join(PROGRAMS, 'beckon-handler'), ['-c', service.config],
    { env: environment, stdio: ['pipe', 'pipe', log] });
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

/* The gateway stops reading a handler's log where a line is too long for it; the pipe then fills. */
rule('a-handler-whose-log-is-full-and-never-read-does-not-hang', async room => {
  const folder = fs.mkdtempSync('/tmp/bk.');
  const fifo = path.join(folder, 'log');
  execFileSync('mkfifo', [fifo]);
  const { O_RDWR, O_NONBLOCK, O_WRONLY } = fs.constants;
  const full = fs.openSync(fifo, O_RDWR | O_NONBLOCK);
  assert.throws(() => { for (;;) fs.writeSync(full, 'x'.repeat(4096)); }, { code: 'EAGAIN' });
  const log = fs.openSync(fifo, O_WRONLY); // a blocking one, as the gateway's is

  const token = await service.token({ sub: 'ann' });
  const handler = shell({ PATH_INFO: `/ws/zoom/${room}`, QUERY_STRING: `token=${token}`,
    LOG_LEVEL: 'debug' }, log);
  const ended = once(handler.child, 'exit');
  assert.equal((await handler.hear()).event, 'room_state');
  for (let id = 1; id <= 100; id++) {
    handler.say({ event: 'ping', payload: {}, id });
    assert.equal((await handler.hear()).id, id);
  }
  handler.child.stdin.end();
  assert.deepEqual(await within(2000, 'the handler ends', ended), [0, null]);
  for (const fd of [full, log])
    fs.closeSync(fd);
  fs.rmSync(folder, { recursive: true });
});

/* A flooder that was told bye and goes on would have had the processor to itself until it is closed. */
rule('who-was-told-bye-is-read-no-faster-than-before', async room => {
  const handler = shell({ PATH_INFO: `/ws/zoom/${room}`, QUERY_STRING: 'token=x',
    BYTES_PER_SECOND: '65536', BYTES_BURST: '65536' });
  while ((await handler.hear()).event !== 'bye');
  const { stdin } = handler.child;
  const chunk = 'x'.repeat(4096), end = performance.now() + 1000;
  let taken = 0;
  const more = () => {
    taken += chunk.length;
    if (performance.now() < end)
      stdin.write(chunk, more);
  };
  more();
  await new Promise(resolve => setTimeout(resolve, 1000));
  // A burst, a second's worth, what is read at once, and what the socket between holds.
  assert.ok(taken < 1 << 20, `${taken} bytes in a second`);
  stdin.on('error', () => {});
  handler.child.kill('SIGKILL');
  await once(handler.child, 'close');
});

rule('a-handler-takes-the-token-from-the-authorization-header-too', async room => {
  const token = await service.token({ sub: 'ann' });
  const handler = shell({ PATH_INFO: `/ws/chat/${room}`, HTTP_AUTHORIZATION: `Bearer ${token}` });
  assert.equal((await handler.hear()).payload.clientId, 'ann');
  handler.child.stdin.end();
  await once(handler.child, 'exit');
});

rule('a-handler-without-a-good-token-says-bye-and-joins-nothing', async room => {
  for (const query of ['', 'token=', 'token=x', 'token=a.b.c']) {
    const handler = shell({ PATH_INFO: `/ws/zoom/${room}`, QUERY_STRING: query });
    handler.child.stdin.end();
    const out = [];
    handler.child.stdout.on('data', chunk => out.push(chunk));
    const [code] = await within(5000, 'the handler ends', once(handler.child, 'close'));
    assert.equal(code, 1, query);
    assert.ok(!Buffer.concat(out).includes('room_state'), query);
  }
  const rooms = JSON.parse(await service.ctl('rooms', '--json'));
  assert.ok(!rooms.some(entry => entry.room === room));
});
