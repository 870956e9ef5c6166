/* server – one of the peers, started in a folder of its own and stopped again without a trace. */

import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { freePort } from '../e2e/lib/ports.mjs';
import * as processes from '../e2e/lib/processes.mjs';

const programs = process.env.BECKON_PROGRAMS;

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

async function answers(port, limit = 20_000) {
  const end = Date.now() + limit;
  for (;;) {
    const socket = net.connect(port, '127.0.0.1');
    const up = await new Promise(resolve => {
      socket.on('connect', () => resolve(true));
      socket.on('error', () => resolve(false));
    });
    socket.destroy();
    if (up)
      return;
    if (Date.now() > end)
      throw new Error(`nothing listens on ${port}`);
    await sleep(50);
  }
}

/* However this ends, no server stays behind. */
const running = new Set();
process.on('exit', () => {
  for (const { children } of running)
    for (const child of children)
      child.kill('SIGTERM');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(signal, () => process.exit(1));

/* A server in a folder of its own. */
export async function start(peer, scenario) {
  const folder = mkdtempSync('/tmp/bb.');
  chmodSync(folder, 0o755);
  const secret = path.join(folder, 'secret');
  writeFileSync(secret, 'a secret that is long enough for anybody who reads this\n');
  const bench = { folder, secret, programs, children: [], port: await freePort(),
    limits: scenario.limits ?? false };
  running.add(bench);
  bench.log = openSync(path.join(folder, 'log'), 'a');
  await peer.start(bench);
  await answers(bench.port);
  await sleep(300);
  return bench;
}

export async function stop(bench) {
  const family = everybody(bench);
  for (const child of bench.children)
    child.kill('SIGTERM');
  await Promise.race([sleep(8000), Promise.all(bench.children.map(child =>
    child.exitCode ?? child.signalCode ?? new Promise(resolve => child.on('exit', resolve))))]);
  for (const process_ of family)
    if (processes.isAlive(process_))
      process.kill(process_.pid, 'SIGKILL');
  running.delete(bench);
  closeSync(bench.log);
  for (const folder of [bench.folder, bench.memory])
    if (folder)
      rmSync(folder, { recursive: true, force: true });
}

/* Of a figure of each process, by its number; of one that ends meanwhile it is nothing. */
export function sum(bench, figure) {
  return everybody(bench).reduce((total, { pid }) => {
    try {
      return total + figure(pid);
    } catch { // it ended just now
      return total;
    }
  }, 0);
}

export function everybody(bench) {
  const found = new Map();
  for (const { pid } of bench.children)
    for (const process_ of [processes.look(pid), ...processes.family(pid)])
      if (process_)
        found.set(process_.pid, process_);
  return [...found.values()];
}
