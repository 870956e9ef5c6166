/* rogue – a process of this machine that is none of ours, on the sockets of the service.
 *
 * What it may try with the broker's words is in tests/unit/test_broker_rogue.c; here are the doors. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';

import { suite } from './lib/suite.mjs';
import { until } from './lib/waiting.mjs';

const { service, rule } = await suite();

/* BEGIN, and of the parameters only that there are some. */
const HALF = Buffer.from('\x01\x01\0\x01\0\x08\0\0\0\x01\0\0\0\0\0\0\x01\x04\0\x01\x10\0\0\0', 'latin1');

async function halfRequest() {
  const socket = net.connect(path.join(service.state, 'run/authorizer.sock'));
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(HALF);
  return socket;
}

rule('half-requests-do-not-keep-the-authorizer-from-whole-ones', async room => {
  const halves = await Promise.all(Array.from({ length: 300 }, halfRequest));
  const begin = performance.now();
  for (let i = 0; i < 20; i++)
    assert.equal((await service.get(`/validate/zoom/${room}`)).status, 401);
  const took = performance.now() - begin;
  assert.ok(took < 4000, `20 answers took ${took} ms`);
  await until('the halves to be closed', () => halves.every(socket => socket.closed), 10_000);
});

/* The folder's mode keeps other users out, and where somebody has opened it, the kernel's word does. */
const skip = process.getuid() !== 0 && 'needs root, to become somebody else';

rule('another-user-gets-nowhere', async room => {
  const run = path.join(service.state, 'run');
  const [ann] = await service.people(room, 'ann');
  const rooms = JSON.parse(await service.ctl('rooms', '--json'));
  const { bus } = rooms.find(({ room: name }) => name.endsWith(room));
  const sockets = ['bus/broker.sock', 'ctl.sock', 'authorizer.sock'].map(name => path.join(run, name));
  for (const file of [...sockets, bus])
    assert.equal(await asGames(file), 'EACCES', file);
  for (const folder of ['', 'bus', 'bus/rooms'])
    assert.equal(fs.statSync(path.join(run, folder)).mode & 0o007, 0, folder);
  const opened = [service.state, run, path.join(run, 'bus'), path.join(run, 'bus/rooms'), sockets[0], sockets[1], bus];
  const modes = opened.map(file => fs.statSync(file).mode & 0o777);
  for (const file of opened)
    fs.chmodSync(file, 0o777);
  try {
    for (const file of [sockets[0], sockets[1], bus])
      assert.equal(await asGames(file), 'cut off', file);
  } finally {
    opened.forEach((file, i) => fs.chmodSync(file, modes[i]));
  }
  await ann.settle();
}, { skip });

/* Connects as user `games`, greets, and waits for what happens. */
async function asGames(file) {
  const greeting = file.includes('/rooms/') ? '21' : '30';
  const script = `
    const s = require('net').connect(${JSON.stringify(file)});
    s.on('error', e => { console.log(e.code === 'EPIPE' || e.code === 'ECONNRESET' ? 'cut off' : e.code);
      process.exit(); });
    s.on('connect', () => s.write(Buffer.from('00535000' + '00${greeting}0000', 'hex')));
    s.on('data', () => {}).on('close', () => console.log('cut off'));`;
  const { stdout } = await promisify(execFile)('setpriv', ['--reuid', 'games', '--regid', 'games',
    '--clear-groups', process.execPath, '-e', script], { cwd: '/', timeout: 15_000 });
  return stdout.trim();
}
