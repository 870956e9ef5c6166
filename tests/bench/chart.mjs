/* chart – the benchmark's figures as small bar charts in one SVG, for light pages and dark ones. */

import { peers } from './peers.mjs';
import { escape, short } from './report.mjs';
import { scenarios } from './scenarios.mjs';

/* scenario, figure, and what a person calls it */
const PANELS = [
  ['small', 'p99 ms', '100 rooms of 4, 5 messages/s each: p99, ms'],
  ['flood', 'p99 ms', 'the same while 4 clients flood: p99, ms'],
  ['big', 'p99 ms', 'a room of 200, 50 messages/s: p99, ms'],
  ['call', 'ms until all have all, median', 'call setup of 8 people, ms'],
  ['closed', 'deliveries/s', '20 rooms of 10, as fast as it goes: deliveries/s'],
  ['join', 'joins/s', '1000 people join: joins/s'],
  ['idle', 'KB each', 'memory of an idle connection, kB'],
  ['small', 'p50 ms', '100 rooms of 4, 5 messages/s each: p50, ms'],
];
const NAMES = { beckon: 'Beckon', 'beckon-batch': 'Beckon, batch', ws: 'Node ws', socketio: 'socket.io',
  peerjs: 'PeerJS', nchan: 'nginx + nchan', floor: 'websocketd + cat',
  'floor-answered': 'the same, answered' };

const WIDTH = 440, LABEL = 120, VALUE = 62, ROW = 19, HEAD = 46, COLUMNS = 2;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 } .note { fill: #59636e; font-size: 11px }
  .bar { fill: #b6bfc9 } .ours { fill: #0969da } .name { text-anchor: end }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .note { fill: #9198a1 } .bar { fill: #525b66 } .ours { fill: #4493f8 } }`;

function bar([peer, value], largest, y) {
  const length = Math.max(1, value / largest * (WIDTH - LABEL - VALUE - 20));
  return `<text class="name" x="${LABEL}" y="${y + 13}">${escape(NAMES[peer] ?? peers[peer].title)}</text>`
    + `<rect class="bar${peer.startsWith('beckon') ? ' ours' : ''}" x="${LABEL + 8}" y="${y + 3}" `
    + `width="${length.toFixed(1)}" height="13" rx="2"/>`
    + `<text x="${(LABEL + 14 + length).toFixed(1)}" y="${y + 13}">${short(value)}</text>`;
}

function panel({ title, better, values }) {
  const largest = Math.max(...values.map(([, value]) => value));
  return [`<text class="title" x="4" y="16">${escape(title)}</text>`,
    `<text class="note" x="4" y="32">${better === 'more' ? 'more' : 'less'} is better</text>`,
    ...values.map((value, i) => bar(value, largest, HEAD - 8 + i * ROW))].join('\n');
}

/* What was measured of it, the best first. */
function panelOf(all, [scenario, figure, title]) {
  const i = scenarios[scenario].figures.findIndex(f => f.title === figure);
  const { better } = scenarios[scenario].figures[i];
  const values = Object.entries(all[scenario] ?? {}).map(([peer, row]) => [peer, row[i]])
    .filter(([, value]) => Number.isFinite(value) && value > 0)
    .sort(([, a], [, b]) => better === 'more' ? b - a : a - b);
  return { title, better, values };
}

/* all: scenario → peer → medians, in the order of the scenario's figures. */
export function chart(all, note) {
  const panels = PANELS.map(p => panelOf(all, p)).filter(({ values }) => values.length > 0);
  const parts = [];
  let y = 8;
  for (let first = 0; first < panels.length; first += COLUMNS) {
    const row = panels.slice(first, first + COLUMNS);
    row.forEach((p, i) => parts.push(`<g transform="translate(${i * WIDTH + 8} ${y})">${panel(p)}</g>`));
    y += HEAD + 12 + Math.max(...row.map(({ values }) => values.length)) * ROW;
  }
  parts.push(`<text class="note" x="12" y="${y + 4}">${escape(note)}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${COLUMNS * WIDTH + 8} ${y + 16}" `
    + `role="img" aria-label="Benchmark results"><style>${STYLE}</style>\n${parts.join('\n')}\n</svg>\n`;
}
