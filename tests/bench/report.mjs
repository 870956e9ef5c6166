/* report – medians, spread and ratios of a benchmark's runs, as Markdown. */

import { peers } from './peers.mjs';
import { scenarios } from './scenarios.mjs';
import { median, targets } from './targets.mjs';

const OURS = 'beckon';

/* Three digits say more than they are worth already. */
export function short(value) {
  if (!Number.isFinite(value))
    return '–';
  if (Math.abs(value) >= 1000)
    return Math.round(value).toLocaleString('en').replaceAll(',', ' ');
  return Number(value.toPrecision(3)).toString();
}

export const escape = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

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

function verdict(bound, value) {
  return bound.verdict ?? (bound.holds(value) ? 'met' : '**not met**');
}

/* Of what was measured in this run. */
function targetTable(results) {
  const lines = targets.map(target => ({ ...target, value: target.of(results) }))
    .filter(({ value }) => Number.isFinite(value))
    .map(({ title, bound, value }) =>
      row([title, bound.says, short(value), verdict(bound, value)]));
  return lines.length === 0 ? [] : ['## Targets', '',
    row(['', 'target', 'measured', '']), row(['---', '---:', '---:', '---']), ...lines, ''];
}

/* One line for a chart. */
export function origin(machine) {
  return `${machine.date}, ${machine.cores} cores (${machine.cpu}), Linux ${machine.kernel}; medians of `
    + `${machine.times}, all taking turns on one machine`;
}

export function report(results, machine) {
  const all = medians(results);
  return [
    '# What was measured',
    '',
    'Everything on one machine. Medians of several runs, the servers taking turns, each started anew for',
    'each run. Latency counts from the time at which a message was to be sent. `make bench` makes this',
    'file, and the chart beside it.',
    '',
    ...Object.entries(machine.described).map(([what, value]) => `- ${what}: ${value}`),
    '',
    ...targetTable(results),
    '## Figures',
    '',
    'In brackets: Beckon\'s figure divided by this one.',
    '',
    ...Object.entries(all).flatMap(([scenario, byPeer]) => [table(scenario, byPeer), '']),
  ].join('\n');
}
