/* big-room – see the script of that name.
 *
 * What a client is sent is counted where it arrives, as bytes of the WebSocket. */

import WebSocket from 'ws';

import { Service } from './e2e/lib/service.mjs';
import { forge } from './e2e/lib/tokens.mjs';
import { until } from './e2e/lib/waiting.mjs';

const MEMBERS = Number(process.argv[2]);
const TOLERANCE = 1.1; // of the exponent with which a member's bytes grow; quadratic would be 2

class Member {
  bytes = 0;
  states = 0;
  stateBytes = 0;
  connects = 0;

  constructor(address) {
    this.socket = new WebSocket(address, { perMessageDeflate: false });
    this.joined = new Promise((resolve, reject) => {
      this.socket.on('message', data => resolve(this.#received(data)));
      this.socket.on('error', reject);
      this.socket.on('close', () => reject(new Error('closed')));
    });
  }

  #received(data) {
    this.bytes += data.length;
    const { event } = JSON.parse(data);
    if (event === 'room_state') {
      this.states++;
      this.stateBytes += data.length;
    } else if (event === 'connect') {
      this.connects++;
    }
  }
}

/* Subs of equal length, so that every join costs the same words. */
const sub = i => `member-${String(i).padStart(5, '0')}`;

async function join(service, { room, query, i }) {
  const token = forge({ secret: service.key.secret, claims: { sub: sub(i) } });
  const member = new Member(service.address({ endpoint: 'chat', room, token, query }));
  await member.joined;
  return member;
}

async function fill(service, { count, query }) {
  const members = [];
  const begin = performance.now();
  for (let i = 0; i < count; i++)
    members.push(await join(service, { room: `big${count}${query.length}`, query, i }));
  await until('everybody to know everybody', () =>
    members.every((member, i) => member.connects === count - 1 - i), 60_000);
  const seconds = (performance.now() - begin) / 1000;
  for (const { socket } of members) { // from here on nothing counts
    socket.removeAllListeners('message');
    socket.close(1000);
  }
  await until('all to be gone', () => service.running('beckon-handler').length === 0, 60_000);
  return { count, seconds, members, delta: query.includes('delta') };
}

const total = (members, what) => members.reduce((sum, member) => sum + member[what], 0);

function report({ count, seconds, members, delta }) {
  const mean = total(members, 'bytes') / count;
  const news = total(members, 'bytes') - total(members, 'stateBytes');
  const figures = { // bytes, where it does not say otherwise
    members: count, caps: delta ? 'delta' : '-', mean: Math.round(mean),
    first: members[0].bytes, last: members.at(-1).bytes,
    'states each': (total(members, 'states') / count).toFixed(1),
    'first state, at most': Math.max(...members.map(({ stateBytes, states }) =>
      Math.round(stateBytes / states))),
    'bytes a later join': (news / total(members, 'connects')).toFixed(1),
    'joins/s': Math.round(count / seconds),
  };
  console.log(Object.entries(figures).map(([name, value]) => `${name} ${value}`).join(', '));
}

/* Each member alone: one room_state, and for each who joined later the same, but for the digits of
 * seq. */
function findExcess({ count, members }) {
  const [{ bytes, stateBytes, connects }] = members;
  const aJoin = (bytes - stateBytes) / connects;
  const i = members.findIndex((member, place) => member.states !== 1
    || member.bytes - member.stateBytes > aJoin * (count - 1 - place) * 1.05);
  return i < 0 ? null : `of ${count}, number ${i + 1} got ${members[i].states} room_state and ${
    members[i].bytes} bytes`;
}

/* log(bytes) against log(members), between the smallest and the largest room. */
function exponent(runs, bytesOf) {
  const [small, large] = [runs[0], runs.at(-1)];
  return Math.log(bytesOf(large) / bytesOf(small)) / Math.log(large.count / small.count);
}

const complaints = [];
const service = await Service.start({
  MEMBERS_CHAT: '10000', PING_SECONDS: '3600', TIMEOUT_SECONDS: '7200',
});
try {
  const query = '&caps=delta';
  const runs = [];
  for (const count of [MEMBERS / 4, MEMBERS / 2, MEMBERS].map(Math.round)) {
    runs.push(await fill(service, { count, query }));
    report(runs.at(-1));
    complaints.push(findExcess(runs.at(-1)));
  }
  report(await fill(service, { count: Math.round(MEMBERS / 4), query: '' }));
  for (const [what, bytesOf] of Object.entries({
    'a member on average': ({ count, members }) => total(members, 'bytes') / count,
    'the first member': ({ members }) => members[0].bytes,
  })) {
    const grows = exponent(runs, bytesOf);
    console.log(`the bytes of ${what} grow as members^${grows.toFixed(2)}`);
    if (!(grows <= TOLERANCE))
      complaints.push(`${what}: ^${grows.toFixed(2)}`);
  }
} catch (error) {
  error.message += `\n${service.logs()}`;
  throw error;
} finally {
  await service.stop();
}
for (const complaint of complaints.filter(Boolean))
  console.log(`not linear: ${complaint}`);
process.exitCode = complaints.some(Boolean) ? 1 : 0;
