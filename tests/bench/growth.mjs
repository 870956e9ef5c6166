/* growth – what does one more join, one more message cost, as more and more people are connected?
 *
 *	node growth.mjs [--times N] [--to FOLDER]
 *
 * Beckon alone, with more and more people in rooms of four who say nothing: 200 more come, and talk.
 * Then one room that talks, and is larger and larger. Processor time is that of all programs, from
 * /proc; joins and messages are counted in it, pings are put off. Medians. Writes GROWTH.md and
 * growth.svg to the folder. */

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import * as processes from '../e2e/lib/processes.mjs';
import { beckon, peers } from './peers.mjs';
import { plot } from './plot.mjs';
import { start, stop, sum } from './server.mjs';

const { values: options } = parseArgs({ options: {
  times: { type: 'string', default: '3' },
  to: { type: 'string' },
} });
const IDLE = [100, 300, 1000, 3000, Infinity]; // Infinity: as many as there can be
const MEMBERS = [2, 8, 32, 128, 500];
const ROOMS = 50, RATE = 400, SECONDS = 4; // of those who talk: messages a second, for so long
const DELIVERIES = 2000; // a second, in the one room

const peer = { ...peers.beckon,
  start: beckon({ PING_SECONDS: '3600', TIMEOUT_SECONDS: '7200', CONNECTIONS_PER_SUB: '1000' }) };

/* ns on a processor, of all threads of all programs. */
const cpuOf = bench => sum(bench, pid => readdirSync(`/proc/${pid}/task`)
  .map(thread => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]))
  .reduce((a, b) => a + b));

const memoryOf = bench => sum(bench, processes.privateMemory);

/* How many the limits of this machine allow, as the launcher worked it out. */
function mostOf(bench) {
  const conf = readFileSync(path.join(bench.folder, 's/conf/beckon.conf'), 'latin1');
  return Number(/^MAX_CONNECTIONS=(\d+)/m.exec(conf)[1]);
}

/* A run of the load; at each of its pauses the processor time so far is noted. */
async function run(words, { idle = 0 } = {}) {
  const bench = await start(peer, {});
  try {
    const most = mostOf(bench), silent = Math.min(idle, Math.floor((most - 4 * ROOMS) / 4) * 4);
    const before = memoryOf(bench);
    const child = spawn(path.join(bench.programs, 'bench/load'), ['-d', 'beckon', '-p', bench.port,
      '-s', bench.secret, '-k', 'bench', 'growth', `idle=${Math.floor(silent / 4)}`, ...words],
    { stdio: ['pipe', 'pipe', 'inherit'] });
    const cpu = {}, ended = new Promise(resolve => child.on('close', resolve));
    let text = '', memory;
    child.stdout.setEncoding('utf8').on('data', chunk => {
      text += chunk;
      const pause = chunk.trim();
      if (!['idle', 'joined', 'said'].includes(pause))
        return;
      cpu[pause] = cpuOf(bench);
      memory ??= memoryOf(bench) - before;
      cpu[`${pause}Left`] = cpuOf(bench); // looking takes a while where there are many
      child.stdin.write('.');
    });
    await ended;
    const result = JSON.parse(text.trim().split('\n').at(-1));
    if (!result.ok || result.lost !== 0)
      throw new Error(`${words.join(' ')}: ${JSON.stringify(result)}`);
    return { ...result, most, silent, memory, joining: cpu.joined - cpu.idleLeft, saying: cpu.said - cpu.joinedLeft };
  } finally {
    await stop(bench);
  }
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

async function medians(what, words, settings) {
  const runs = [];
  for (let time = 0; time < Number(options.times); time++) {
    process.stderr.write(`\r${what}, ${time + 1} of ${options.times}      `);
    runs.push(await run(words, settings));
  }
  return Object.fromEntries(Object.keys(runs[0]).map(key => [key, median(runs.map(each => each[key]))]));
}

const among = [];
for (const idle of IDLE) {
  const people = 4 * ROOMS;
  const got = await medians(`${Number.isFinite(idle) ? idle : 'as many as fit,'} idle`,
    [`rooms=${ROOMS}`, 'people=4', `rate=${RATE}`, `seconds=${SECONDS}`], { idle });
  among.push({ idle: got.silent, most: got.most, join: got.joining / people / 1000, join50: got.join50,
    message: got.saying / (RATE * SECONDS) / 1000, p50: got.p50, p99: got.p99, memory: got.memory / got.silent });
}
const inside = [];
for (const members of MEMBERS) {
  const rate = Math.max(1, Math.round(DELIVERIES / (members - 1)));
  const got = await medians(`a room of ${members}`, ['rooms=1', `people=${members}`, `rate=${rate}`, `seconds=${SECONDS}`]);
  inside.push({ members, rate, delivery: got.saying / got.delivered / 1000, p50: got.p50, p99: got.p99 });
}
process.stderr.write('\n');

const cell = value => Number(value.toPrecision(3)).toString();
const rows = (list, keys) => list.map(row => `| ${keys.map(key => cell(row[key])).join(' | ')} |`).join('\n');
const { most } = among.at(-1);
const files = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))[1];
const text = `# What grows

${new Date().toISOString().slice(0, 10)}, everything on one machine with ${readFileSync('/proc/cpuinfo', 'latin1').match(/^processor/gm).length} cores; medians of ${options.times}. \`make bench-growth\` makes
this file.

![](growth.svg)

People in rooms of four who say nothing, and what 200 more cost who come (50 at once) and then say
${RATE} messages a second to rooms of four: processor time of all programs, and the time it takes.
The memory is what the silent ones cost, private memory of all programs.

| idle connections | join, µs | join p50, ms | message to 3, µs | p50, ms | p99, ms | kB each |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${rows(among, ['idle', 'join', 'join50', 'message', 'p50', 'p99', 'memory'])}

One room that has about ${DELIVERIES} deliveries a second, and is larger and larger:

| members | messages/s | delivery, µs | p50, ms | p99, ms |
| ---: | ---: | ---: | ---: | ---: |
${rows(inside, ['members', 'rate', 'delivery', 'p50', 'p99'])}

**The first limit is descriptors.** A connection costs the broker three of them, a websocketd four and
nginx two, so with the ${files} open files that a process may have here there can
be ${most} connections, which the launcher works out and holds newcomers to (503, \`full\` in the log). To raise it,
in this order: open files (\`ulimit -Hn\`; \`LimitNOFILE=\` of the units), \`kernel.pid_max\` and
\`TasksMax=\` or the control group's \`pids.max\`, as there is a process for each, \`WEBSOCKETD_INSTANCES\`
and \`WEBSOCKETD_MEMORY\` (9 connections a MiB), and memory.

A message costs what its room costs, however many others are there. A join costs more where a
websocketd holds many connections: to start a process it copies its table of descriptors, four for
each, which are then closed (by perf, with 6 000 connections in two websocketds, 1.2 ms of execve and
0.2 ms of clone in each join). More of \`WEBSOCKETD_INSTANCES\` make that less: with eight, a join
among 6 440 cost 2.9 ms instead of 4.1.
`;
process.stdout.write(text);
if (options.to) {
  writeFileSync(path.join(options.to, 'GROWTH.md'), text);
  writeFileSync(path.join(options.to, 'growth.svg'), plot([
    { title: 'processor time, µs', axis: 'idle connections', curves: [
      { name: 'a join', points: among.map(({ idle, join }) => [idle, join]) },
      { name: 'a message to 3', points: among.map(({ idle, message }) => [idle, message]) }] },
    { title: 'time, ms', axis: 'idle connections', curves: [
      { name: 'join, 50 at once', points: among.map(({ idle, join50 }) => [idle, join50]) },
      { name: 'message, p50', points: among.map(({ idle, p50 }) => [idle, p50]) }] },
    { title: 'processor time, µs', axis: 'members of the room', curves: [
      { name: 'a delivery', points: inside.map(({ members, delivery }) => [members, delivery]) }] }]));
}
