/* targets – what Beckon is to reach, as ratios to others in the same run, and whether it did.
 *
 * Servers take turns, so a round's figures were taken under the same conditions: the ratio is taken
 * within each round, and the median of these is what counts.
 *
 * The floor answers an upgrade before it starts a process, so joining it is over, by its figures, when
 * ours begins. Beckon is judged by that all the same; beside it stands what is alike. */

import { scenarios } from './scenarios.mjs';

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

const figure = (scenario, title) => scenarios[scenario].figures.find(f => f.title === title).of;

/* Our figure divided by another's, in each round. */
function ratio(scenario, title, other, ours = 'beckon') {
  const of = figure(scenario, title);
  return results => {
    const mine = results[scenario]?.[ours], theirs = results[scenario]?.[other];
    return mine && theirs && median(mine.map((run, i) => of(run) / of(theirs[i])));
  };
}

/* To our own undisturbed figure; the rounds of two scenarios lie far apart. */
function disturbance(results) {
  const of = figure('small', 'p99 ms');
  const quiet = results.small?.beckon, flooded = results.flood?.beckon;
  return quiet && flooded && median(flooded.map(of)) / median(quiet.map(of));
}

function ofTheBest(results) {
  const of = figure('flood', 'p99 ms');
  const others = Object.entries(results.flood ?? {}).filter(([peer]) => peer !== 'beckon');
  const ours = results.flood?.beckon;
  return ours && others.length > 0
    ? median(ours.map(of)) / Math.min(...others.map(([, runs]) => median(runs.map(of)))) : undefined;
}

function faultsAnywhere(results) {
  const runs = Object.values(results).flatMap(peers => [peers.beckon, peers['beckon-batch']])
    .filter(Boolean).flat();
  return runs.reduce((sum, run) => sum + run.lost + run.doubled + run.reordered, 0);
}

const handlers = name => results => {
  const runs = results.idle?.beckon;
  return runs && Math.max(...runs.map(run => run[name]));
};

const most = limit => ({ limit, says: `≤ ${limit}`, holds: value => value <= limit });
const least = limit => ({ limit, says: `≥ ${limit}`, holds: value => value >= limit });
const aside = { says: 'none', verdict: 'for comparison' };
const below = limit => ({ limit, says: `< ${limit}`, holds: value => value < limit });

export const targets = [
  ['idle connection, memory of the whole chain / floor', ratio('idle', 'KB each', 'floor'), most(0.65)],
  ['the same / floor whose processes have answered once',
    ratio('idle', 'KB each', 'floor-answered'), aside],
  ['a handler\'s own memory, kB', handlers('handlerKB'), most(45)],
  ['a handler\'s threads', handlers('handlerThreads'), most(1)],
  ['joins/s / Node ws', ratio('join', 'joins/s', 'ws'), least(1)],
  ['joins/s / floor', ratio('join', 'joins/s', 'floor'), least(0.5)],
  ['joins/s / floor, in by its first echo', ratio('join', 'joins/s', 'floor-answered'), aside],
  ['small rooms, p50 / Node ws', ratio('small', 'p50 ms', 'ws'), most(2.2)],
  ['small rooms, p99 / Node ws', ratio('small', 'p99 ms', 'ws'), most(2)],
  ['call setup of 8 / Node ws', ratio('call', 'ms until all have all, median', 'ws'), most(2)],
  ['room of 200, p99 / Node ws', ratio('big', 'p99 ms', 'ws'), most(2)],
  ['room of 200, CPU a delivery / floor', ratio('big', 'server µs a delivery', 'floor'), most(2)],
  ['closed loop, deliveries/s / floor', ratio('closed', 'deliveries/s', 'floor'), least(0.8)],
  ['closed loop with caps=batch / Node ws', ratio('closed', 'deliveries/s', 'ws', 'beckon-batch'), least(1)],
  ['flood, p99 of the others / undisturbed', disturbance, most(2)],
  ['flood, p99 of the others / the best of the peers', ofTheBest, below(1)],
  ['lost, doubled or reordered by Beckon, all runs', faultsAnywhere, most(0)],
].map(([title, of, bound]) => ({ title, of, bound }));
