/* run – measures Beckon and what people use today side by side, and writes the table of it.
 *
 *	node run.mjs [--times N] [--only SCENARIO,…] [--peers NAME,…] [--to FILE] [--json FILE]
 *
 * All servers take turns, several times, each time started anew: what else goes on on the machine
 * hits them alike, and the medians are compared as ratios. A progress line goes to stderr. */

import { writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { peers } from './peers.mjs';
import { chart } from './chart.mjs';
import { describe } from './machine.mjs';
import { lastWords, measure } from './measure.mjs';
import { medians, origin, report } from './report.mjs';
import { scenarios } from './scenarios.mjs';
import { start, stop } from './server.mjs';

const { values: options } = parseArgs({
  options: {
    times: { type: 'string', default: '3' },
    only: { type: 'string', default: Object.keys(scenarios).join() },
    peers: { type: 'string', default: Object.keys(peers).join() },
    to: { type: 'string' },
    json: { type: 'string' },
  },
});

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
    wanted(options.peers, peers).filter(name => takesPart(peers[name], scenario))
      .map(peer => ({ scenario, peer }))).flat());

function takesPart(peer, scenario) {
  return scenarios[scenario].for(peer) && (peer.only?.includes(scenario) ?? true);
}

/* undefined, and said, where a server did not start or the load broke off. */
async function runOnce(scenario, peer) {
  const { load, echo = load, look } = scenarios[scenario];
  const bench = await start(peers[peer], scenarios[scenario]);
  try {
    return await measure(bench, peers[peer], peers[peer].dialect === 'echo' ? echo : load, look);
  } catch (error) {
    process.stderr.write(`\n${scenario}: ${peers[peer].title}: ${error.message}\n${lastWords(bench)}`);
    return undefined;
  } finally {
    await stop(bench);
  }
}

const began = Date.now(), [loadBefore] = os.loadavg();
for (const [done, { scenario, peer }] of todo.entries()) {
  const left = done ? (Date.now() - began) / done * (todo.length - done) / 1000 : 0;
  process.stderr.write(`\r${done + 1}/${todo.length} ${scenario}: ${peers[peer].title}, `
    + `${Math.round(left)} s to go        `);
  const run = await runOnce(scenario, peer) ?? await runOnce(scenario, peer);
  if (!run)
    throw new Error(`${scenario}: ${peers[peer].title}: failed twice`);
  ((results[scenario] ??= {})[peer] ??= []).push(run);
  if (!run.ok)
    process.stderr.write(`\n${scenario}: ${peers[peer].title}: ${JSON.stringify(run)}\n`);
}
process.stderr.write('\n');
if (options.json)
  writeFileSync(options.json, JSON.stringify(results, null, 1));
const machine = describe({ times: options.times, began, loadBefore });
const text = report(results, machine);
process.stdout.write(text);
if (options.to) {
  writeFileSync(options.to, text);
  writeFileSync(path.join(path.dirname(options.to), 'results.svg'),
    chart(medians(results), origin(machine)));
}
