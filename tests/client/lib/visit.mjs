/* visit – beckon.js in Node, in a room of a running service, with a memory of what it was told. */

import WebSocket from 'ws';

import { Beckon } from '../../../gateway-conf/www/beckon.js';
import { until } from '../../e2e/lib/waiting.mjs';

/* Options of one that does not come back before it is told to. (Longer would overflow a timer.) */
export const AWAY = { firstRetryMs: 2e9, maxRetryMs: 2e9 };

/* A Beckon that remembers: `heard` are the room's events in their order, `statuses` the
 * connection's, `raw` what came over the wire. */
export class Visit extends Beckon {
  heard = [];
  statuses = [];
  raw = [];

  /* rewind: it asks to resume from so many places before where it is. */
  constructor({ rewind = 0, ...options }) {
    const raw = [];
    super({ firstRetryMs: 50, ...options, WebSocket: recording(raw, rewind) });
    this.raw = raw;
    this.on('status', status => this.statuses.push(status));
  }

  hear(...events) {
    for (const event of events)
      this.on(event, (payload, { seq }) => this.heard.push({ event, payload, seq }));
    return this;
  }

  async untilStatus(name, check = () => true, limit) {
    await until(`${name}, now ${this.status}`,
      () => this.statuses.some(status => status.name === name && check(status)), limit);
    return this.statuses.find(status => status.name === name && check(status));
  }

  of(event) {
    return this.heard.filter(one => one.event === event).map(({ payload }) => payload);
  }
}

/* A WebSocket of ws that writes down what it gets. */
function recording(raw, rewind) {
  return class extends WebSocket {
    constructor(address) {
      super(address.replace(/(?<=resume=\w+\.)\d+/, seq => seq - rewind),
        { perMessageDeflate: false });
      this.on('message', data => raw.push(data.toString()));
    }
  };
}

/* → enter(options): a visit that is in. All are closed when `done` is called. */
export function visitors(service) {
  const visits = [];

  async function make({ sub, room, token, claims = {}, ...options }) {
    const visit = new Visit({
      url: service.origin, room, token: token ?? await service.token({ sub, ...claims }),
      ...options,
    });
    visits.push(visit);
    return visit;
  }

  async function enter(options) {
    const visit = await make(options);
    await visit.connect();
    return visit;
  }

  /* And the pid of its handler. */
  async function enterWithHandler(options) {
    const before = service.running('beckon-handler');
    const visit = await enter(options);
    const [pid, ...more] = service.running('beckon-handler').filter(p => !before.includes(p));
    if (!pid || more.length)
      throw new Error('not one new handler for one connection');
    return { visit, pid };
  }

  const done = () => visits.splice(0).forEach(visit => visit.close());

  return { make, enter, enterWithHandler, done };
}
