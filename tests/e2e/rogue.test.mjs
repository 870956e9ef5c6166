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

import { freePort } from './lib/ports.mjs';
import { launch, makeFolder, PROGRAMS, Service } from './lib/service.mjs';
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

/* `beckonctl rooms` as nobody, in this group and no other: what it says, or complains of. */
async function askAsNobody(run, group) {
  const command = ['--reuid', 'nobody', '--regid', group, '--clear-groups',
    path.join(PROGRAMS, 'beckonctl'), 'rooms', '--json'];
  const { stdout, stderr } = await promisify(execFile)('setpriv', command,
    { cwd: '/', timeout: 15_000, env: { PATH: process.env.PATH, RUN_DIR: run } })
    .catch(error => error);
  return { stdout, stderr };
}

const OPEN_STATE = state => {
  fs.mkdirSync(state);
  fs.chmodSync(state, 0o711); // as /run is
};

rule('operators-are-whoever-is-in-their-group', async room => {
  const grouped = await Service.start({ OPERATORS: 'users' }, OPEN_STATE);
  try {
    const run = path.join(grouped.state, 'run');
    await grouped.people(room, 'ann');
    assert.match((await askAsNobody(run, 'users')).stdout, new RegExp(room));
    const refused = await askAsNobody(run, 'nogroup');
    assert.equal(refused.stdout, '');
    assert.match(refused.stderr, /ctl\.sock: Permission denied; it answers root/);
    assert.equal(fs.statSync(run).mode & 0o777, 0o751);
    for (const name of fs.readdirSync(run))
      assert.equal(fs.statSync(path.join(run, name)).mode & 0o007, 0, name);
    for (const name of ['ctl.sock', 'bus/broker.sock', 'authorizer.sock'])
      assert.equal(await asGames(path.join(run, name)), 'EACCES', name);
  } finally {
    await grouped.stop();
  }
}, { skip });

rule('without-a-group-there-are-no-others', async () => {
  const run = path.join(service.state, 'run');
  const modes = [service.state, run].map(folder => fs.statSync(folder).mode & 0o777);
  fs.chmodSync(service.state, 0o711);
  fs.chmodSync(run, 0o751);
  try {
    for (const group of ['users', 'nogroup'])
      assert.match((await askAsNobody(run, group)).stderr, /Permission denied/);
  } finally {
    [service.state, run].forEach((folder, i) => fs.chmodSync(folder, modes[i]));
  }
}, { skip });

rule('a-group-that-is-none-is-an-error-at-once', async () => {
  const folder = makeFolder();
  const environment = { OPERATORS: 'no such group' };
  try {
    const started = launch({ state: path.join(folder, 's'), port: await freePort(), env: environment });
    assert.equal((await started.exited).code, 100);
    assert.match(started.output, /OPERATORS: expected a group's name, got 'no such group'/);
    for (const words of [['-n'], []]) {
      const failure = await promisify(execFile)(path.join(PROGRAMS, 'beckon-broker'), words, {
        env: { ...environment, RUN_DIR: path.join(folder, 'run'), DATA_DIR: folder, JWT_KEYS: folder },
        timeout: 15_000,
      }).catch(error => error);
      assert.equal(failure.code, 100);
      assert.match(failure.stderr, /OPERATORS: expected a group's name, got 'no such group'/);
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

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
