/* vanish – clients that go without a word: their network is cut, or their process stands still.
 *
 * TCP says nothing of it by itself for a quarter of an hour. Each is to be announced as gone in 90 s,
 * by default; here PING_SECONDS and TIMEOUT_SECONDS are shorter. BECKON_FULL_LENGTH=1 takes the
 * defaults and prints the figures. */

import assert from 'node:assert/strict';
import process from 'node:process';
import { test } from 'node:test';

import { DistantClient, ownNetwork } from './lib/network.mjs';
import * as processes from './lib/processes.mjs';
import { suite } from './lib/suite.mjs';
import { SLOWER, until } from './lib/waiting.mjs';

const full = Boolean(process.env.BECKON_FULL_LENGTH);
const PING = full ? 25 : 2; // s
const TIMEOUT = full ? 75 : 6;
const BOUND = (full ? 90 : 20) * 1000; // ms; what is beyond the time-out is for a slow machine
const LIMIT = { timeout: 3 * BOUND * SLOWER };

const network = await ownNetwork(import.meta.url);
const { service, rule } = network
  ? await suite({ LISTEN: '*', PING_SECONDS: `${PING}`, TIMEOUT_SECONDS: `${TIMEOUT}` })
  : { rule: name => test(name, { skip: 'only root may make a network of its own' }) };

/* Ann stays, and says so. */
async function watcher(room) {
  const ann = await service.join({ room, sub: 'ann' });
  const alive = setInterval(() => ann.send('ping', {}), 1000);
  ann.socket.on('close', () => clearInterval(alive));
  return ann;
}

async function distant(room, sub, options) {
  const token = await service.token({ sub });
  const client = await DistantClient.start(
    host => `ws://${host}:${service.port}/ws/zoom/${room}?token=${token}`, options);
  await client.heard('room_state');
  return client;
}

/* Ann learns of it in time, and for one of these reasons. */
async function isAnnounced(ann, sub, reasons, begin) {
  const { payload, at } = await ann.next('disconnect', ({ clientId }) => clientId === sub, BOUND);
  assert.ok(reasons.includes(payload.reason), payload.reason);
  const seconds = (at - begin) / 1000;
  assert.ok(seconds * 1000 <= BOUND * SLOWER, `${seconds} s`);
  if (full)
    console.log(`gone after ${seconds.toFixed(1)} s, ${payload.reason}`);
  await ann.next('room_state', ({ participantCount }) => participantCount === 1);
}

async function handlersEnd() {
  await until('one handler to be left', () => service.running('beckon-handler').length === 1,
    10_000);
}

rule('a-client-that-answered-pings-and-whose-network-is-cut-is-gone', async room => {
  const ann = await watcher(room);
  const bob = await distant(room, 'bob', { answers: true });
  try {
    await bob.heard('ping', BOUND);
    await ann.settle();
    bob.cut();
    await isAnnounced(ann, 'bob', ['timeout', 'closed'], performance.now());
  } finally {
    bob.end();
  }
}, LIMIT);

/* nginx's first process, the launcher's child. The workers of one that was killed live on for a
 * second, and serve. */
const master = () => service.running('nginx')
  .find(pid => processes.look(pid)?.parent === service.run.child.pid);

/* Nothing but TCP tells: a client may be silent. nginx has been told to read its configuration
 * again, and has been started again: it accepts on the same kind of socket still. */
rule('a-client-that-never-answered-and-whose-network-is-cut-is-gone-a-ping-on-its-way', async room => {
  const first = master();
  process.kill(first, 'SIGKILL');
  await until('another nginx', () => ![undefined, first].includes(master()), 10_000);
  await until('it to serve', () => service.get('/').then(() => true, () => false), 10_000);
  process.kill(master(), 'SIGHUP');
  const ann = await watcher(room);
  const bob = await distant(room, 'bob', { answers: false });
  try {
    await bob.heard('ping', BOUND);
    bob.cut(); // the next ping is not acknowledged
    await isAnnounced(ann, 'bob', ['closed'], performance.now());
    await handlersEnd();
  } finally {
    bob.end();
  }
}, LIMIT);

rule('a-client-whose-process-stands-still-is-gone-if-it-answered-before', async room => {
  const ann = await watcher(room);
  const bob = await distant(room, 'bob', { answers: true });
  try {
    await bob.heard('ping', BOUND);
    await ann.settle();
    process.kill(bob.child.pid, 'SIGSTOP');
    await isAnnounced(ann, 'bob', ['timeout'], performance.now());
    process.kill(bob.child.pid, 'SIGCONT');
    await bob.heard('bye');
  } finally {
    bob.end();
  }
}, LIMIT);
