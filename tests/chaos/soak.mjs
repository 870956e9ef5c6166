/* soak – people come, talk and go for twenty minutes, and nothing of the service may grow.
 *
 *   MINUTES=   20 by default
 *   PEOPLE=    who are there at any time; 40 by default
 *
 * A third of the time is for what fills up by design: for five minutes a room remembers who may
 * resume. Then every figure's median over the last third is compared with that over the second.
 * The broker, the authorizer, websocketd and nginx live through all of it; of handlers, which come
 * and go, the average is taken.
 *
 * websocketd is not flat: a reader of its own stays behind where a client leaves while its handler
 * speaks, or a handler dies while its client sends. What a visit may leave there has a bound (at its
 * WEBSOCKETD_MEMORY an instance is started again); what such a death costs is measured at the end.
 *
 * Exit status: 0 all is flat, 1 something is not. */

import { setTimeout as sleep } from 'node:timers/promises';

import WebSocket from 'ws';

import * as processes from '../e2e/lib/processes.mjs';
import { Service } from '../e2e/lib/service.mjs';
import { forge } from '../e2e/lib/tokens.mjs';
import { until } from '../e2e/lib/waiting.mjs';
import { Random } from './lib/random.mjs';

const { env } = process;
const MINUTE = 60_000;
const LENGTH = Number(env.MINUTES || 20) * MINUTE;
const PEOPLE = Number(env.PEOPLE || 40);
const PER_ROOM = 4;
const SAMPLE = 5000;      // ms between two looks
const ROOM_LIFE = 45_000; // ms until a room has another name …
const ROOM_NAMES = 4;     // … of these: what is stored for days must not be more and more
const DEATHS = 100;       // of handlers, at the end

/* Growth that is noise: a part, and so much besides. */
const MARGIN = {
  memory: { part: 0.05, more: 256 }, // kB
  descriptors: { part: 0.05, more: 4 },
  processes: { part: 0.05, more: 2 },
  threads: { part: 0.05, more: 2 },
};
/* kB that websocketd may keep of a visit, and of a handler's death. */
const VISIT_COST = 8;
const DEATH_COST = 16;

/* Little history: what is stored, and SQLite's cache of it, is full before the first third is over. */
const SETTINGS = { CHAT_PER_MINUTE: '60000', CHAT_BURST: '10000', HISTORY_CHAT: '20' };

const PROGRAMS = ['beckon-broker', 'beckon-authorizer', 'beckon-handler', 'websocketd', 'nginx'];
const FIGURES = Object.keys(MARGIN);

const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const say = line => console.log(`soak: ${line}`);

/* People. */

const counts = { joins: 0, heard: 0, refused: 0, resumed: 0, lost: 0 };

class Visitor {
  #place = null;
  #visits = 0;

  constructor(service, number) {
    Object.assign(this, { service, number, random: new Random('soak', number) });
  }

  get #room() {
    const endpoint = ['zoom', 'chat', 'screenshare'][this.number % 3];
    const generation = Math.floor((performance.now() + this.number * 1000) / ROOM_LIFE);
    const name = generation % ROOM_NAMES;
    return { endpoint, room: `r${Math.floor(this.number / PER_ROOM)}-${name}` };
  }

  /* One visit after the other. */
  async live() {
    while (!Visitor.areOver)
      await this.#visit();
  }

  #begin() {
    const resumes = this.#place && this.random.chance(0.5);
    if (!resumes)
      this.#place = { ...this.#room, sub: `s${this.number}-${++this.#visits}` };
    const { endpoint, room, sub, at } = this.#place;
    const { kid, secret } = this.service.key;
    const token = forge({ secret, header: { kid }, claims: { sub } });
    const caps = this.random.pick(['', '&caps=delta', '&caps=batch,delta']);
    const query = resumes && at ? `${caps}&resume=${at}` : caps;
    return new WebSocket(this.service.address({ endpoint, room, token, query }),
      { perMessageDeflate: false });
  }

  async #visit() {
    const socket = this.#begin();
    const end = new Promise(resolve => socket.on('close', resolve));
    socket.on('error', () => { counts.refused++; });
    socket.on('message', data => this.#received(JSON.parse(data)));
    socket.on('open', () => { counts.joins++; });
    const talk = setInterval(() => this.#talk(socket), this.random.between(500, 1500));
    const stay = sleep(this.random.between(2000, 20_000), 'over');
    if (await Promise.race([end, stay]) === 'over')
      this.#leave(socket);
    else
      counts.lost++;
    clearInterval(talk);
    await Promise.race([end, sleep(5000)]);
    socket.terminate();
  }

  #leave(socket) {
    const how = this.random.pick(['close', 'terminate', 'leave']);
    if (how === 'terminate') {
      socket.terminate();
      return;
    }
    if (how === 'leave')
      this.#send(socket, 'leave', {});
    socket.close(1000);
  }

  #send(socket, event, payload) {
    if (socket.readyState === WebSocket.OPEN)
      socket.send(JSON.stringify({ event, payload, id: 1 }));
  }

  #talk(socket) {
    const [event, payload] = this.random.pick([
      ['add_chat', { chatContent: 'x'.repeat(this.random.between(1, 900)) }],
      ['reaction', { emoji: 'hello' }],
      ['message', { data: 'x'.repeat(2000) }],
      ['raise_hand', {}],
      ['toggle_audio', { enabled: true }],
      ['ping', {}],
    ]);
    this.#send(socket, event, payload);
  }

  #received(message) {
    for (const { event, payload, seq } of Array.isArray(message) ? message : [message]) {
      counts.heard++;
      if (event === 'room_state')
        this.epoch = payload.epoch;
      if (event === 'room_state' && payload.recovered)
        counts.resumed++;
      if (seq !== undefined)
        this.#place.at = `${this.epoch}.${seq}`;
    }
  }
}

/* Figures. */

function lookAt(pid) {
  try {
    return { memory: processes.privateMemory(pid), threads: processes.threads(pid),
      descriptors: processes.descriptors(pid) };
  } catch {
    return null; // it ended while we looked
  }
}

/* {program: {memory, descriptors, processes, threads}}; of handlers one of them, on average. */
function look(service) {
  const sample = {};
  for (const name of PROGRAMS) {
    const each = service.running(name).map(lookAt).filter(Boolean);
    const share = name === 'beckon-handler' ? Math.max(each.length, 1) : 1;
    sample[name] = { processes: each.length };
    for (const figure of ['memory', 'descriptors', 'threads'])
      sample[name][figure] = each.reduce((sum, one) => sum + one[figure], 0) / share;
  }
  return sample;
}

function sayMinute(minute, sample) {
  const words = PROGRAMS.map(name => {
    const { memory, descriptors, processes: count } = sample[name];
    const short = name.replace('beckon-', '');
    return `${short} ${count}: ${Math.round(memory)} kB ${Math.round(descriptors)} fds`;
  });
  say(`${minute} min: ${counts.joins} joins, ${counts.resumed} resumed, ${counts.heard} heard, `
    + `${counts.lost} lost, ${counts.refused} refused; ${words.join(', ')}`);
}

async function watch(service) {
  const samples = [];
  const begin = performance.now();
  for (let minute = 1; performance.now() - begin < LENGTH;) {
    await sleep(SAMPLE);
    const sample = look(service);
    samples.push(sample);
    if (performance.now() - begin >= minute * MINUTE)
      sayMinute(minute++, sample);
  }
  return samples;
}

/* Is it flat? Prints the table, and returns what is not. */
function judge(start, samples) {
  const third = Math.floor(samples.length / 3);
  const grown = [];
  console.log(`${'program'.padEnd(18)}${'figure'.padEnd(13)}     start    warm-up        end`);
  for (const name of PROGRAMS)
    for (const figure of FIGURES) {
      const over = (from, to) => median(samples.slice(from, to).map(s => s[name][figure]));
      const before = over(third, 2 * third), after = over(2 * third);
      const { part, more } = MARGIN[figure];
      const most = name === 'websocketd' && figure === 'memory'
        ? before + more + VISIT_COST * counts.joins / 3 : before * (1 + part) + more;
      const isFlat = after <= most;
      const number = value => value.toFixed(Number.isInteger(value) ? 0 : 1).padStart(11);
      console.log(name.padEnd(18) + figure.padEnd(10) + number(start[name][figure])
        + number(before) + number(after) + (isFlat ? '' : '   GROWS'));
      if (!isFlat)
        grown.push(`${name}: ${figure}`);
    }
  return grown;
}

/* What it costs websocketd that a handler is killed whose client is sending. → kB each */
async function measureDeaths(service) {
  const memory = () => look(service).websocketd.memory;
  const die = async i => {
    const { client, pid } = await service.joinWithHandler({ room: 'deaths', token:
      forge({ secret: service.key.secret, header: { kid: service.key.kid },
        claims: { sub: `d${i}` } }) });
    const sending = setInterval(() => client.send('reaction', { emoji: 'x' }), 1);
    await client.settle();
    process.kill(pid, 'SIGKILL');
    await client.closed(30_000);
    clearInterval(sending);
    service.clients.length = 0;
  };
  for (let i = 0; i < 10; i++)
    await die(`w${i}`);
  const before = memory();
  for (let i = 0; i < DEATHS; i++)
    await die(i);
  return (memory() - before) / DEATHS;
}

async function main() {
  const service = await Service.start(SETTINGS);
  let grown;
  try {
    const start = look(service);
    const visitors = Array.from({ length: PEOPLE }, (_, i) => new Visitor(service, i));
    const lives = visitors.map(visitor => visitor.live());
    grown = judge(start, await watch(service));
    Visitor.areOver = true;
    await Promise.all(lives);
    await until('handlers to end', () => service.running('beckon-handler').length === 0, 30_000);
    const cost = await measureDeaths(service);
    say(`a handler's death while its client sends costs websocketd ${cost.toFixed(1)} kB`);
    if (cost > DEATH_COST)
      grown.push(`websocketd by a handler's death: ${cost.toFixed(1)} kB`);
    if (counts.lost > 0 || counts.refused > 0)
      grown.push(`${counts.lost} connections were lost, ${counts.refused} refused`);
  } finally {
    await service.stop();
  }
  for (const what of grown)
    say(`FAILED: ${what}`);
  console.log(`${grown.length === 0 ? 1 : 0} passed, ${grown.length === 0 ? 0 : 1} failed`);
  process.exitCode = grown.length === 0 ? 0 : 1;
}

await main();
process.exit();
