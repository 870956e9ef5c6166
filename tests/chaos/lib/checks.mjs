/* checks – when all is quiet again: what has to be so, asked of everybody. */

import { excess, holdings } from './remains.mjs';
import { until } from '../../e2e/lib/waiting.mjs';

const BACK_LIMIT = 60_000;   // ms until all are in their rooms again
const HEARD_LIMIT = 30_000;  // and have heard everything
const ROSTER_LIMIT = 60_000; // longer than a silent client is waited for
const EMPTY_LIMIT = 30_000;  // longer than an empty room is kept
const PAGE = 50;

const list = values => [...values].sort().join(' ');

/* Waits; a rule is broken where that takes too long. → whether it did not. */
async function comesTrue(violate, condition, limit) {
  try {
    await until('', condition, limit);
    return true;
  } catch {
    violate();
    return false;
  }
}

export async function restoreQuiet(world) {
  for (const person of world.people)
    person.isQuiet = true;
  await until('faults to end', () => !world.isPending, 20_000);
  world.heal();
  let asked = 0;
  const missing = () => world.people.filter(person => !person.isInRoom || person.asked > 0);
  await comesTrue(() => {
    for (const person of missing()) {
      if (!person.isInRoom)
        person.room.record.violate('everybody-gets-back', person.name,
          `is ${person.state?.role ?? 'not'} in its room`);
      else
        person.room.record.violate('questions-are-answered-once', person.name,
          `${person.asked} were never answered: ${person.unanswered}`);
    }
  }, () => {
    if (asked++ % 100 === 0)
      admitAll(world);
    return missing().length === 0;
  }, BACK_LIMIT);
}

function admitAll(world) {
  for (const { people } of world.rooms)
    for (const person of people)
      if (person.isInRoom && people.some(({ state }) => state?.role === 'waiting'))
        person.ask('set_lobby', { enabled: false });
}

/* Everybody says one thing more, and everybody hears it: nothing is on its way after that. Who says
 * it into a connection that has ended, and learns of that later, says it again when he is back. */
export async function hearLastWords(world) {
  const saidOn = new Map();
  const sayLast = person => {
    saidOn.set(person, person.connections);
    person.toggle('audio', person.haste.chance(0.5));
    person.speak('reaction', {});
  };
  const sayOnNewConnections = () => world.people
    .filter(person => person.isInRoom && person.connections !== saidOn.get(person)).forEach(sayLast);
  const missing = () => world.people.filter(person => person.asked > 0 || !person.isInRoom
    || person.room.people.some(other => !person.hasHeard(other.lastTag)));
  sayOnNewConnections();
  await comesTrue(() => {
    for (const person of missing())
      person.room.record.violate('nothing-is-lost', person.name, 'the last words of '
        + list(person.room.people.filter(other => !person.hasHeard(other.lastTag))
          .map(({ name }) => name)));
  }, () => {
    sayOnNewConnections();
    return missing().length === 0;
  }, HEARD_LIMIT);
}

/* Rosters. */

/* What is wrong with what is known of a room, or undefined. */
function wrongRoster(room, told) {
  const there = list(room.people.filter(person => person.isInRoom).map(({ name }) => name));
  if (!told)
    return `beckonctl does not know the room`;
  const known = list(told.members.map(({ clientId }) => clientId));
  if (known !== there)
    return `beckonctl says ${known}; there are ${there}`;
  const several = told.members.filter(({ connections }) => connections !== 1);
  if (several.length > 0)
    return `${list(several.map(m => `${m.clientId} x${m.connections}`))}, but all have one`;
  for (const person of room.people) {
    if (list(person.roster) !== there)
      return `${person.name} sees ${list(person.roster)}; there are ${there}`;
    const wrong = wrongState(person, told);
    if (wrong)
      return wrong;
  }
  return undefined;
}

const SHOWN = ['handsRaised', 'unmuted', 'cameraOn', 'sharingScreen', 'hosts', 'participants',
  'waitingUsers', 'locked', 'lobby', 'policy', 'participantCount'];

/* Who is told every state has the same one as all the others, with its own switches in it. */
function wrongState(person, told) {
  if (person.caps.includes('delta'))
    return undefined;
  const { state, room } = person;
  const full = room.people.find(({ caps }) => !caps.includes('delta'));
  for (const field of SHOWN)
    if (JSON.stringify(state[field]) !== JSON.stringify(full.state[field]))
      return `${field}: ${person.name} sees ${JSON.stringify(state[field])}, ${full.name} `
        + `${JSON.stringify(full.state[field])}`;
  const on = state.unmuted.some(({ clientId }) => clientId === person.name);
  if (on !== person.wishes.toggle_audio)
    return `${person.name} is ${on ? 'unmuted' : 'muted'}, but said otherwise last`;
  return wrongHosts(person, told);
}

/* Whoever shares a screen has another role, and is a host nevertheless. */
function wrongHosts({ name, state }, told) {
  const hosts = new Set(state.hosts.map(({ clientId }) => clientId));
  const wrong = told.members.find(({ clientId, role }) =>
    role !== 'screenshare' && (role === 'host') !== hosts.has(clientId));
  return wrong && `${name} sees the hosts ${list(hosts)}; beckonctl has ${wrong.clientId} as `
    + wrong.role;
}

async function allRooms(world) {
  return JSON.parse(await world.service.ctl('rooms', '--json'));
}

export async function compareRosters(world) {
  let wrong = new Map(world.rooms.map(room => [room, 'beckonctl does not answer']));
  const look = async () => {
    const rooms = await allRooms(world);
    wrong = new Map();
    for (const room of world.rooms) {
      const told = rooms.find(r => r.endpoint === room.endpoint && r.room === room.name);
      const what = wrongRoster(room, told);
      if (what)
        wrong.set(room, what);
    }
    return wrong.size === 0;
  };
  await comesTrue(() => {
    for (const [room, what] of wrong)
      room.record.violate('rosters-are-the-truth', '-', what);
  }, look, ROSTER_LIMIT);
}

/* Chat. */

async function recents(person) {
  const all = [];
  for (;;) {
    const before = all[0]?.chatId, had = person.recents.length;
    person.ask('recents_chat', { limit: PAGE, ...before && { before } });
    await until('recents', () => person.recents.length > had, 20_000);
    const page = person.recents.at(-1);
    all.unshift(...page);
    if (page.length < PAGE)
      return all;
  }
}

/* What a room keeps while it lives is over with it, and its epoch. */
export async function compareChat(world) {
  for (const room of world.rooms) {
    const [reader] = room.people.filter(person => person.isInRoom);
    if (!reader)
      continue;
    const found = await recents(reader);
    const ids = found.map(({ chatId }) => chatId);
    const known = new Set(ids);
    for (const person of room.people)
      for (const [id, epoch] of person.chats)
        if (!known.has(id) && (room.endpoint === 'chat' || epoch === reader.state.epoch))
          room.record.violate('acknowledged-chat-is-in-recents', person.name, id);
    if (known.size !== ids.length)
      room.record.violate('nothing-comes-twice', reader.name, 'recents hold something twice');
    room.record.judgeRecents(reader.name, reader.state.epoch, ids);
  }
}

/* The end. */

export async function lookForRemains(world, before) {
  world.empty();
  let left = ['beckonctl does not answer'];
  await comesTrue(() => {
    for (const what of left)
      world.verdict.violate('nothing-is-left-over', { what });
  }, async () => {
    left = excess(before, holdings(world.service));
    for (const { endpoint, room, members } of await allRooms(world))
      left.push(`the room ${endpoint}/${room} with ${members.length} people`);
    return left.length === 0;
  }, EMPTY_LIMIT);
}
