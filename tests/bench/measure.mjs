/* measure – one run of the load against a server, and what that took of the machine. */

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import * as processes from '../e2e/lib/processes.mjs';
import { everybody, sum } from './server.mjs';

const load = path.join(process.env.BECKON_PROGRAMS, 'bench/load');

/* Seconds of processor time of all its processes, those that ended included. */
const cpuOf = bench => sum(bench, pid => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).map(Number).reduce((a, b) => a + b);
}) / 100;

const memoryOf = bench => ({ kB: sum(bench, processes.privateMemory), kernel: kernelMemory() });

/* Of the whole machine, the load's own sockets included: what cannot be had back, in kB. */
function kernelMemory() {
  const text = readFileSync('/proc/meminfo', 'latin1');
  return ['SUnreclaim', 'KernelStack', 'PageTables']
    .map(name => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)[1]))
    .reduce((a, b) => a + b);
}

/* One run of the load. `idle` waits with everybody connected until it has been looked at. */
export async function measure(bench, peer, words, look) {
  const child = spawn(load, ['-d', peer.dialect, '-p', bench.port, '-s', bench.secret,
    '-k', 'bench', '-c', peer.caps ?? '', ...words.split(' ')], { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8');
  const ended = new Promise(resolve => child.on('close', resolve));
  const before = { ...memoryOf(bench), cpu: cpuOf(bench) };
  child.stdout.on('data', chunk => {
    text += chunk;
    if (text.startsWith('idle\n'))
      child.stdin.end();
  });
  const memory = look && await new Promise(resolve => {
    child.stdout.prependOnceListener('data', () =>
      resolve({ ...difference(before, memoryOf(bench)), ...handlersOf(bench) }));
  });
  await ended;
  const line = text.trim().split('\n').at(-1);
  const result = JSON.parse(line);
  return { ...result, ...memory, serverCpu: cpuOf(bench) - before.cpu };
}

function difference(before, after) {
  return { processesKB: after.kB - before.kB, kernelKB: after.kernel - before.kernel };
}

/* The largest among the handlers, where there are any. */
function handlersOf(bench) {
  const handlers = everybody(bench).filter(({ pid }) => processes.program(pid) === 'beckon-handler');
  return handlers.length === 0 ? {} : {
    handlerKB: Math.max(...handlers.map(({ pid }) => processes.privateMemory(pid))),
    handlerThreads: Math.max(...handlers.map(({ pid }) => processes.threads(pid))),
  };
}

/* What it said last. */
export function lastWords(bench) {
  return readFileSync(path.join(bench.folder, 'log'), 'utf8').slice(-2000);
}
