/* world – a running service, the people in its rooms, and what befalls them. */

import { Service } from '../../e2e/lib/service.mjs';
import * as processes from '../../e2e/lib/processes.mjs';
import { forge } from '../../e2e/lib/tokens.mjs';

import { FAULTS } from './faults.mjs';
import { Person } from './person.mjs';
import { Proxy } from './proxy.mjs';
import { Random } from './random.mjs';
import { RoomRecord } from './record.mjs';

/* People talk more than allowances let them, and are missed sooner than by default. */
const SETTINGS = {
  CHAT_PER_MINUTE: '60000', CHAT_BURST: '10000', CONNECTIONS_PER_SUB: '100',
  PING_SECONDS: '5', TIMEOUT_SECONDS: '20',
  HISTORY_ZOOM: '100000', HISTORY_SCREENSHARE: '100000', HISTORY_CHAT: '100000',
};

const ROOMS = [
  { endpoint: 'zoom', count: 7 }, { endpoint: 'chat', count: 6 },
  { endpoint: 'screenshare', count: 6 }, { endpoint: 'zoom', count: 5 },
];
const CAPS = ['', 'batch', 'delta', 'batch,delta'];

export class World {
  rooms = [];
  people = [];
  isOver = false;
  pace = [60, 500]; // ms from one thing that somebody does to the next
  faults = 0;
  #excuses = [];
  #pending = new Map(); // timer → what it will do

  static async open(seed, verdict) {
    const world = new World();
    Object.assign(world, { seed, verdict, service: await Service.start(SETTINGS) });
    for (const [i, room] of ROOMS.entries())
      await world.#furnish(i, room);
    return world;
  }

  async #furnish(number, { endpoint, count }) {
    const name = `room${number}`;
    const record = new RoomRecord(`${endpoint}/${name}`, this.verdict);
    const room = { name, endpoint, record, people: [] };
    this.rooms.push(room);
    for (let i = 0; i < count; i++)
      room.people.push(await this.#make(room, `p${number}-${i}`, i));
    this.people.push(...room.people);
  }

  async #make(room, name, i) {
    const { key: { kid, secret }, port } = this.service;
    const claims = { sub: name, ...i === 0 && { role: 'host' } };
    return new Person({
      name, room, world: this, isHost: i === 0,
      caps: CAPS[i % CAPS.length], pings: i % 3 !== 2, resumes: i % 5 !== 4,
      token: forge({ secret, header: { kid }, claims }),
      random: new Random(this.seed, name), haste: new Random(this.seed, `${name} in haste`),
      proxy: await Proxy.open(port),
    });
  }

  parent(pid) {
    return processes.look(pid)?.parent;
  }

  /* Faults and what they excuse. */

  strike(entry) {
    this.faults++;
    return FAULTS[entry.fault](this, entry);
  }

  /* Something that has to be done before all is quiet. */
  later(ms, what) {
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      what();
    }, ms);
    this.#pending.set(timer, what);
  }

  whenever(condition, what, tries = 300) {
    if (condition())
      what();
    else if (tries > 0)
      this.later(10, () => this.whenever(condition, what, tries - 1));
  }

  get isPending() {
    return this.#pending.size > 0;
  }

  excuse({ most = Infinity, for: time, bye, room }) {
    this.#excuses.push({ left: most, until: performance.now() + time, bye, room });
  }

  #isExcused(person, bye) {
    const excuse = this.#excuses.find(e => e.left > 0 && performance.now() < e.until
      && e.bye === bye && (!e.room || e.room === person.room));
    if (excuse)
      excuse.left--;
    return excuse !== undefined;
  }

  /* A connection has ended, and its client did not want that. */
  judgeEnd(person, code) {
    const { bye } = person;
    if (person.isCut || (bye === 'slow_consumer' && person.isDeaf))
      return;
    if (bye === 'unavailable' && !person.isTold)
      return; // it never was in
    if (bye === 'kicked' && person.isUnwanted)
      return;
    if (this.#isExcused(person, bye ?? undefined))
      return;
    person.room.record.violate('nobody-is-dropped', person.name,
      bye ? `got a bye: ${bye}` : `its connection ended with ${code}`);
  }

  /* The whole of it. */

  get heardOf() {
    return this.rooms.reduce((sum, { record }) => sum + record.heardOf, 0);
  }

  get answers() {
    return this.rooms.reduce((sum, { record }) => sum + record.answers, 0);
  }

  populate() {
    for (const person of this.people) {
      person.connect();
      person.live();
    }
  }

  heal() {
    for (const person of this.people) {
      person.isQuiet = true;
      person.proxy.heal();
    }
  }

  empty() {
    this.isOver = true;
    for (const person of this.people)
      person.stop();
  }

  close() {
    this.empty();
    for (const { proxy } of this.people)
      proxy.close();
    return this.service.stop();
  }
}
