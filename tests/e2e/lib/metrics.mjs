/* metrics – /metrics, read as strictly as Prometheus reads its text format 0.0.4, and more so: every
 * name is described once, before its values, and named by the rules. */

import assert from 'node:assert/strict';

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"`;
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (\\d+(?:\\.\\d+)?)$`);
const HEAD = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`);

const PARTS = { counter: [''], gauge: [''], histogram: ['_bucket', '_sum', '_count'] };

/* → {families: name → {type, help}, values: line without its value → number} */
export function parse(text) {
  const families = new Map();
  const values = new Map();
  let name = null;
  assert.ok(text.endsWith('\n'), 'the last line has an end');
  for (const line of text.slice(0, -1).split('\n')) {
    const head = HEAD.exec(line);
    if (head)
      name = takeHead(families, name, head);
    else
      takeSample(families.get(name), name, values, line);
  }
  for (const [family, { type }] of families)
    if (type === 'histogram')
      checkHistogram(family, values);
  return { families, values };
}

function takeHead(families, last, [line, what, name, rest]) {
  if (what === 'HELP') {
    assert.ok(!families.has(name), `${name}: described twice`);
    families.set(name, { help: rest });
    return name;
  }
  assert.equal(name, last, `${line}: not after its HELP`);
  assert.ok(rest in PARTS, line);
  families.get(name).type = rest;
  assert.equal(name.endsWith('_total'), rest === 'counter', `${name} is a ${rest}`);
  assert.match(name, /^(beckon|process)_/);
  return name;
}

function takeSample(family, name, values, line) {
  const found = SAMPLE.exec(line);
  assert.ok(found, `no line of the format: ${line}`);
  assert.ok(family?.type, `${line}: without HELP and TYPE`);
  assert.ok(PARTS[family.type].includes(found[1].slice(name.length)) && found[1].startsWith(name),
    `${line}: among those of ${name}`);
  const key = line.slice(0, line.lastIndexOf(' '));
  assert.ok(!values.has(key), `${key}: twice`);
  values.set(key, Number(found[3]));
}

function checkHistogram(name, values) {
  const buckets = [...values].filter(([key]) => key.startsWith(`${name}_bucket{`));
  assert.match(buckets.at(-1)[0], /le="\+Inf"/);
  assert.equal(buckets.at(-1)[1], values.get(`${name}_count`), name);
  for (let i = 1; i < buckets.length; i++)
    assert.ok(buckets[i][1] >= buckets[i - 1][1], `${buckets[i][0]} has less than the one before`);
}

export async function scrape(service, options) {
  const answer = await service.get('/metrics', options);
  assert.equal(answer.status, 200, answer.text);
  return parse(answer.text);
}

/* What moved between two scrapes, among the counters that are not left out. → line → by how much */
export function moved(before, after, leftOut = []) {
  const found = {};
  for (const [key, value] of after.values) {
    const [name] = key.split('{');
    const type = after.families.get(name)?.type ?? 'histogram';
    const by = value - (before.values.get(key) ?? 0);
    if (by === 0 || type === 'gauge' || leftOut.some(pattern => pattern.test(key)))
      continue;
    found[key] = by;
  }
  return found;
}
