/* plot – panels of curves over a logarithmic axis, as SVG that needs nothing else. */

const WIDTH = 300, HEIGHT = 220, LEFT = 44, TOP = 34, RIGHT = 12, BOTTOM = 40;
const COLOURS = ['#1f5fa8', '#c2571a', '#3a7d44'];

const short = value => Number(value.toPrecision(3)).toLocaleString('en').replaceAll(',', ' ');

/* The smallest of 1, 2, 5, 10, … that is no less. */
function ceiling(value) {
  const ten = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map(step => step * ten).find(step => step >= value);
}

/* panel: {title, axis, curves: [{name, points: [[x, y], …]}]} */
function panel({ title, axis, curves }, index) {
  const points = curves.flatMap(curve => curve.points);
  const xs = [...new Set(points.map(([x]) => x))].sort((a, b) => a - b);
  const top = ceiling(Math.max(...points.map(([, y]) => y)) * 1.05);
  const span = Math.log(xs.at(-1) / xs[0]) || 1;
  const at = (x, y) => [
    LEFT + Math.log(x / xs[0]) / span * (WIDTH - LEFT - RIGHT),
    TOP + (1 - y / top) * (HEIGHT - TOP - BOTTOM)].map(n => n.toFixed(1));
  const parts = [`<text x="${LEFT}" y="14" font-weight="bold">${title}</text>`];
  for (const share of [0, 0.5, 1]) {
    const [, y] = at(xs[0], top * share);
    parts.push(`<path d="M${LEFT} ${y}H${WIDTH - RIGHT}" stroke="#ddd"/>`,
      `<text x="${LEFT - 5}" y="${Number(y) + 4}" text-anchor="end">${short(top * share)}</text>`);
  }
  for (const x of xs)
    parts.push(`<text x="${at(x, 0)[0]}" y="${HEIGHT - BOTTOM + 15}" text-anchor="middle">${short(x)}</text>`);
  parts.push(`<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${axis}</text>`);
  for (const [i, { name, points: own }] of curves.entries()) {
    const places = own.map(([x, y]) => at(x, y));
    parts.push(`<path d="M${places.map(place => place.join(' ')).join('L')}" fill="none" stroke="${COLOURS[i]}" stroke-width="2"/>`,
      ...places.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3" fill="${COLOURS[i]}"/>`),
      `<text x="${LEFT + i * 120}" y="28" fill="${COLOURS[i]}">${name}</text>`);
  }
  return `<g transform="translate(${index * WIDTH} 0)">\n${parts.join('\n')}\n</g>`;
}

export function plot(panels) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH * panels.length} ${HEIGHT}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="white"/>
${panels.map(panel).join('\n')}
</svg>
`;
}
