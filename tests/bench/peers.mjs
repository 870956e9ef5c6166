/* peers – the servers that are measured, each started as its own documentation would have it.
 *
 * start(bench) returns {children}: all processes below these belong to the server. */

import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { freePort } from '../e2e/lib/ports.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const launcher = path.join(here, '../../gateway-conf/beckon');

/* Limits that are meant for people, and would be what is measured; but in a flood they are the point. */
const WITHOUT_LIMITS = {
  EVENTS_PER_SECOND: '1000000', EVENTS_BURST: '1000000',
  BYTES_PER_SECOND: '1073741824', BYTES_BURST: '1073741824',
  MEMBERS_ZOOM: '10000',
};

function run(bench, command, words, env = {}) {
  const child = spawn(command, words, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', bench.log, bench.log],
    detached: true,
  });
  bench.children.push(child);
  return child;
}

function configure(bench, name, values) {
  const file = path.join(bench.folder, name);
  let text = readFileSync(path.join(here, 'peers', name), 'utf8');
  for (const [key, value] of Object.entries({ FOLDER: bench.folder, PORT: bench.port, ...values }))
    text = text.replaceAll(`@${key}@`, value);
  writeFileSync(file, text);
  return file;
}

/* Beckon's launcher, with the secret of this run and the settings given. */
export function beckon(settings = {}) {
  return bench => {
    bench.memory = mkdtempSync('/dev/shm/bb.'); // as /run is, where it is installed
    chmodSync(bench.memory, 0o755);
    const state = path.join(bench.folder, 's'), key = path.join(state, 'keys/bench.HS256.secret');
    mkdirSync(path.dirname(key), { recursive: true });
    writeFileSync(path.join(state, 'beckon.lock'), '');
    copyFileSync(bench.secret, key);
    chmodSync(key, 0o600);
    run(bench, launcher, [], {
      STATE: state, PORT: String(bench.port), PROGRAMS: bench.programs,
      RUN_DIR: path.join(bench.memory, 'run'),
      ...(bench.limits ? {} : WITHOUT_LIMITS), ...settings,
    });
  };
}

const node = script => bench =>
  run(bench, process.execPath, [path.join(here, 'peers', script), bench.port, bench.secret]);

async function floor(bench) {
  const inner = await freePort();
  run(bench, 'websocketd', ['--address=127.0.0.1', `--port=${inner}`, '--loglevel=fatal', 'cat']);
  run(bench, 'nginx', ['-e', 'stderr', '-p', bench.folder, '-c',
    configure(bench, 'floor.conf', { INNER: inner })]);
}

export const peers = {
  beckon: { title: 'Beckon', dialect: 'beckon', start: beckon() },
  'beckon-batch': {
    title: 'Beckon, caps=batch,delta', dialect: 'beckon', caps: 'batch,delta', start: beckon(),
  },
  ws: { title: 'Node ws with JWT', dialect: 'beckon', start: node('ws.mjs') },
  socketio: { title: 'socket.io with JWT', dialect: 'socketio', start: node('socketio.mjs') },
  peerjs: {
    title: 'PeerJS, no token', dialect: 'peerjs',
    start: bench => run(bench, path.join(here, 'node_modules/.bin/peerjs'),
      ['--port', bench.port, '--path', '/', '--concurrent_limit', '20000']),
  },
  nchan: {
    title: 'nginx + nchan, no token', dialect: 'nchan',
    start: bench => run(bench, 'nginx',
      ['-e', 'stderr', '-p', bench.folder, '-c', configure(bench, 'nchan.conf', {})]),
  },
  floor: { title: 'floor: nginx + websocketd + cat', dialect: 'echo', start: floor },
  // The upgrade comes before its process: here who joins is in by the first echo, as ours are by the
  // first message. Only where that makes a difference.
  'floor-answered': {
    title: 'the floor, in by its first echo', dialect: 'answered', start: floor,
    only: ['idle', 'join'],
  },
};
