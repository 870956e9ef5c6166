/* run – measures Beckon and what people use today side by side, and writes the table of it.
 *
 *	node run.mjs [--times N] [--only SCENARIO,…] [--peers NAME,…] [--to FILE]
 *
 * All servers take turns, several times, each time started anew: what else goes on on the machine
 * hits them alike, and the medians are compared as ratios. A progress line goes to stderr. */

import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import * as processes from '../e2e/lib/processes.mjs';
import { peers } from './peers.mjs';
import { report } from './report.mjs';
import { scenarios } from './scenarios.mjs';
import { everybody, start, stop } from './server.mjs';

const { values: options } = parseArgs({
  options: {
    times: { type: 'string', default: '3' },
    only: { type: 'string', default: Object.keys(scenarios).join() },
    peers: { type: 'string', default: Object.keys(peers).join() },
    to: { type: 'string' },
    json: { type: 'string' },
  },
});
const programs = process.env.BECKON_PROGRAMS;
const load = path.join(programs, 'bench/load');

/* Seconds of processor time of all its processes, those that ended included. */
function cpuOf(bench) {
  let ticks = 0;
  for (const { pid } of everybody(bench)) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      ticks += fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    } catch { /* it ended just now */ }
  }
  return ticks / 100;
}

function memoryOf(bench) {
  let kB = 0;
  for (const { pid } of everybody(bench)) {
    try {
      kB += processes.privateMemory(pid);
    } catch { /* it ended just now */ }
  }
  return { kB, kernel: kernelMemory() };
}

/* Of the whole machine, the load's own sockets included: what cannot be had back, in kB. */
function kernelMemory() {
  const text = readFileSync('/proc/meminfo', 'latin1');
  return ['SUnreclaim', 'KernelStack', 'PageTables']
    .map(name => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)[1]))
    .reduce((a, b) => a + b);
}

/* One run of the load. `idle` waits with everybody connected until it has been looked at. */
async function measure(bench, peer, words, look) {
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
    child.stdout.prependOnceListener('data', () => resolve(difference(before, memoryOf(bench))));
  });
  await ended;
  const line = text.trim().split('\n').at(-1);
  const result = JSON.parse(line);
  return { ...result, ...memory, serverCpu: cpuOf(bench) - before.cpu };
}

function difference(before, after) {
  return { processesKB: after.kB - before.kB, kernelKB: after.kernel - before.kernel };
}

function wanted(option, all) {
  const names = option.split(',');
  for (const name of names)
    if (!(name in all))
      throw new Error(`${name}: expected one of ${Object.keys(all).join(', ')}`);
  return names;
}

const results = {}; // scenario → peer → runs
const todo = wanted(options.only, scenarios).flatMap(scenario =>
  Array.from({ length: Number(options.times) }, () =>
    wanted(options.peers, peers).filter(name => scenarios[scenario].for(peers[name], name))
      .map(peer => ({ scenario, peer }))).flat());

const began = Date.now();
for (const [done, { scenario, peer }] of todo.entries()) {
  const left = done ? (Date.now() - began) / done * (todo.length - done) / 1000 : 0;
  process.stderr.write(`\r${done + 1}/${todo.length} ${scenario}: ${peers[peer].title}, `
    + `${Math.round(left)} s to go        `);
  const bench = await start(peers[peer], scenarios[scenario]);
  try {
    const run = await measure(bench, peers[peer], scenarios[scenario].load, scenarios[scenario].look);
    ((results[scenario] ??= {})[peer] ??= []).push(run);
    if (!run.ok)
      process.stderr.write(`\n${scenario}: ${peers[peer].title}: ${JSON.stringify(run)}\n`);
  } catch (error) {
    process.stderr.write(`\n${scenario}: ${peers[peer].title}: ${error.message}\n`
      + readFileSync(path.join(bench.folder, 'log'), 'utf8').slice(-2000));
    throw error;
  } finally {
    await stop(bench);
  }
}
process.stderr.write('\n');
if (options.json)
  writeFileSync(options.json, JSON.stringify(results, null, 1));
const text = report(results, machine());
process.stdout.write(text);
if (options.to)
  writeFileSync(options.to, text);

function machine() {
  const version = (command, ...words) => execFileSync('sh', ['-c', `${[command, ...words].join(' ')} 2>&1`],
    { encoding: 'utf8' }).trim().split('\n')[0];
  const cpu = /^model name\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'latin1'))?.[1] ?? 'unknown';
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu, cores: version('nproc'), kernel: version('uname', '-r'),
    versions: [version('nginx', '-v'), version('websocketd', '--version'), `node ${process.version}`],
    times: options.times,
  };
}
