/* report – medians, spread and ratios of a benchmark's runs, as Markdown. */

import { peers } from './peers.mjs';
import { scenarios } from './scenarios.mjs';

const OURS = 'beckon';

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/* Three digits say more than they are worth already. */
function short(value) {
  if (!Number.isFinite(value))
    return '–';
  if (Math.abs(value) >= 1000)
    return Math.round(value).toLocaleString('en').replaceAll(',', ' ');
  return Number(value.toPrecision(3)).toString();
}

export function medians(results) {
  return Object.fromEntries(Object.entries(results).map(([scenario, byPeer]) => [scenario,
    Object.fromEntries(Object.entries(byPeer).map(([peer, runs]) => [peer,
      scenarios[scenario].figures.map(({ of }) => median(runs.map(of)))]))]));
}

function row(cells) {
  return `| ${cells.join(' | ')} |`;
}

function table(scenario, byPeer) {
  const { title, figures } = scenarios[scenario];
  const ours = byPeer[OURS];
  const lines = [`### ${title}`, '',
    row(['', ...figures.map(figure => figure.title)]),
    row(['---', ...figures.map(() => '---:')])];
  for (const [peer, values] of Object.entries(byPeer))
    lines.push(row([peers[peer].title, ...values.map((value, i) => {
      const ratio = peer === OURS || !ours || figures[i].better === 'none' ? ''
        : ` (${short(ours[i] / value)})`;
      return `${short(value)}${ratio}`;
    })]));
  return lines.join('\n');
}

export function report(results, machine) {
  const all = medians(results);
  return [
    '# What was measured',
    '',
    `${machine.date}, ${machine.cores} cores (${machine.cpu}), Linux ${machine.kernel}, everything on this`,
    `one machine; ${machine.versions.join(', ')}. Medians of ${machine.times} runs, the servers`,
    'taking turns, each started anew for each run. Latency counts from the time at which a message was',
    'to be sent. In brackets: Beckon\'s figure divided by this one. `make bench` makes this file.',
    '',
    ...Object.entries(all).flatMap(([scenario, byPeer]) => [table(scenario, byPeer), '']),
  ].join('\n');
}
