/* cage – what is left to a handler that its client has taken over: nothing, and it costs one person
 * the connection.
 *
 * The handlers here are built to do what an event names (escape.c), from the midst of a session. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';

import * as processes from './lib/processes.mjs';
import { makeFolder, PROGRAMS, Service, TEST_PROGRAMS } from './lib/service.mjs';
import { SLOWER, until, within } from './lib/waiting.mjs';

const CRIMES = ['open', 'create', 'list', 'exec', 'fork', 'thread', 'connect', 'listen', 'ptrace',
  'kill', 'map-code', 'make-code', 'limits', 'identity'];

/* The runtime of a sanitizer does not fit into a cage: such a build has none. */
const skip = process.env.BECKON_SANITIZED ? 'a build with sanitizers has no cage' : false;

let programs, service;

/* The built programs, with handlers that can be told to misbehave. */
before(async () => {
  if (skip)
    return;
  programs = makeFolder();
  for (const name of ['beckon-broker', 'beckon-authorizer', 'beckon-listen', 'beckon-log', 'beckonctl'])
    fs.symlinkSync(path.join(PROGRAMS, name), path.join(programs, name));
  fs.symlinkSync(path.join(TEST_PROGRAMS, 'escape/beckon-handler'),
    path.join(programs, 'beckon-handler'));
  service = await Service.start({ PROGRAMS: programs, LOG_LEVEL: 'debug' });
});

after(async () => {
  await service?.stop();
  if (programs)
    fs.rmSync(programs, { recursive: true });
});

let count = 0;

function rule(name, run) {
  test(name, { skip, timeout: 60_000 * SLOWER }, async () => {
    try {
      await run(`cage-${++count}`);
    } catch (error) {
      error.message += `\n${service.logs()}`;
      throw error;
    } finally {
      await Promise.all(service.clients.splice(0).map(client => client.close()));
    }
  });
}

/* A handler in our own hands, in the running service: what it says is read line by line. It is left
 * a descriptor that is none of its business. */
async function handler(room, ...switches) {
  const token = await service.token({ sub: 'eve' });
  const child = spawn(path.join(programs, 'beckon-handler'), ['-c', service.config, ...switches], {
    env: { PATH_INFO: `/ws/zoom/${room}`, QUERY_STRING: `token=${token}` },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  child.inheritance = once(child.stdio[3].resume(), 'close');
  child.text = '';
  child.stdout.setEncoding('utf8').on('data', text => { child.text += text; });
  child.stderr.resume();
  child.ended = once(child, 'exit').then(([code, signal]) => signal ?? code);
  child.tell = (event, id) => child.stdin.write(`{"event":"${event}","payload":{},"id":"${id}"}\n`);
  await until('room_state', () => child.text.includes('"room_state"'));
  return child;
}

for (const crime of CRIMES)
  rule(`${crime}-ends-the-handler-that-tries-it-and-nobody-else`, async room => {
    const eve = await handler(room);
    const [ann] = await service.people(room, 'ann');
    eve.tell(`escape:${crime}`, 1);
    assert.equal(await within(5000, 'eve ends', eve.ended), 'SIGSYS');
    const { payload } = await ann.next('disconnect');
    assert.deepEqual([payload.clientId, payload.reason], ['eve', 'closed']);
    await ann.settle();
  });

rule('through-the-gateway-the-same-costs-one-client-its-connection', async room => {
  const [ann] = await service.people(room, 'ann');
  const { client: eve, pid } = await service.joinWithHandler({ room, sub: 'eve' });
  eve.send('escape:exec', {});
  const { payload } = await ann.next('disconnect');
  assert.equal(payload.clientId, 'eve');
  await eve.closed();
  assert.equal(processes.look(pid), null);
  assert.equal(ann.closeCode, null);
});

/* A listener beside the folder of sockets, like those of operators and the authorizer, which everybody
 * may connect to. */
async function neighbour(run) {
  const server = net.createServer().listen(path.join(service.state, 'run/neighbour.sock'));
  await once(server, 'listening');
  fs.chmodSync(server.address(), 0o777);
  await run().finally(() => new Promise(resolve => server.close(resolve)));
}

rule('a-socket-outside-of-the-folder-is-out-of-reach', room => neighbour(async () => {
  const eve = await handler(room);
  eve.tell('escape:neighbour', 'after');
  await until('an answer', () => eve.text.includes('"id":"after"'));
  eve.stdin.end();
  assert.equal(await eve.ended, 0);
}));

rule('without-the-cage-it-would-be-in-reach', room => neighbour(async () => {
  const eve = await handler(room, '-U');
  eve.tell('escape:neighbour', 1);
  assert.equal(await within(5000, 'eve ends', eve.ended), 'SIGABRT');
}));

rule('a-handler-cannot-eat-the-machine-s-memory', async room => {
  const eve = await handler(room);
  eve.tell('escape:memory', 'after');
  await until('an end of it', () => eve.text.includes('"id":"after"')
    || eve.exitCode !== null || eve.signalCode !== null);
  assert.notEqual(eve.signalCode, 'SIGABRT', 'it could have had 1 GiB');
  eve.stdin.end();
  await eve.ended;
});

rule('what-whoever-started-it-had-open-is-closed', async room => {
  const eve = await handler(room);
  await within(5000, 'the end of what it was left', eve.inheritance);
  assert.deepEqual([eve.exitCode, eve.signalCode], [null, null]);
  eve.stdin.end();
  assert.equal(await eve.ended, 0);
});

rule('the-kernel-says-that-the-cage-is-shut', async room => {
  const { pid } = await service.joinWithHandler({ room, sub: 'eve' });
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = name => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)[1];
  assert.deepEqual([of('Seccomp'), of('NoNewPrivs'), of('CapEff'), of('CapPrm'), of('Threads')],
    ['2', '1', '0000000000000000', '0000000000000000', '1']);
  const limits = fs.readFileSync(`/proc/${pid}/limits`, 'utf8');
  const limit = name => new RegExp(`^Max ${name}\\s+(\\S+)\\s+(\\S+)`, 'm').exec(limits).slice(1).join();
  assert.deepEqual(['core file size', 'processes', 'open files', 'file size'].map(limit),
    ['0,0', '0,0', '16,16', '0,0']);
  assert.ok(Number(limit('address space').split(',')[1]) < 128 << 20);
  if (process.getuid() === 0)
    assert.equal(fs.readlinkSync(`/proc/${pid}/root`), path.join(service.state, 'run/bus'));
});

rule('every-bar-could-be-had-here', () => {
  const log = fs.readFileSync(path.join(service.state, 'log/websocketd.log'), 'utf8');
  assert.match(log, / opened /);
  assert.doesNotMatch(log, /cage without=/);
});

rule('from-inside-the-cage-the-next-broker-is-found', async room => {
  const [ann, ben] = await service.people(room, 'ann', 'ben');
  const [broker] = service.running('beckon-broker');
  process.kill(broker, 'SIGKILL');
  await until('another broker', () => service.running('beckon-broker').some(pid => pid !== broker));
  assert.equal((await ann.ask('add_chat', { chatContent: 'still here' }, 15_000)).event, 'ack');
  assert.equal((await ben.next('add_chat')).payload.chatContent, 'still here');
  assert.deepEqual([ann.connections, ann.closeCode], [1, null]);
});
