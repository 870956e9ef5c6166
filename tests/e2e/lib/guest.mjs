/* guest – a client that comes back by the rules, a thousand of which make a crowd: after a `bye` when
 * that says, else later each time and never at the same moment as the others; with what it has seen
 * last. It keeps counts instead of messages. */

import WebSocket from 'ws';

import { until } from './waiting.mjs';

const BACKOFF_FIRST = 1_000, BACKOFF_MOST = 8_000; // ms

export class Guest {
  attempts = []; // when each began, ms of performance.now()
  arrivals = []; // when each first room_state came
  states = []; // payloads of these
  byes = []; // payloads
  refusals = []; // HTTP status, or the error's code
  connected = false;
  #failures = 0;
  #left = false;
  #seq = 0;

  constructor(address) {
    this.address = address;
    this.#connect();
  }

  get epoch() {
    return this.states.at(-1)?.epoch;
  }

  #connect() {
    if (this.#left)
      return;
    const resume = this.epoch ? `&resume=${this.epoch}.${this.#seq}` : '';
    const socket = new WebSocket(this.address + resume, { perMessageDeflate: false });
    this.socket = socket;
    this.attempts.push(performance.now());
    let fresh = true;
    let wait = null;
    socket.on('message', data => {
      const { event, payload, seq } = JSON.parse(data);
      this.#seq = seq ?? this.#seq;
      if (event === 'room_state' && fresh) {
        fresh = false;
        this.#arrived(payload);
      } else if (event === 'bye') {
        this.byes.push(payload);
        wait = payload.retryAfterMs;
        socket.close(1000);
      }
    });
    socket.on('unexpected-response', (request, response) => {
      this.refusals.push(response.statusCode);
      wait = Number(response.headers['retry-after'] ?? 0) * 1000 + this.#backoff();
      request.destroy();
      this.#again(wait);
    });
    socket.on('error', error => { // what was refused says so too, by `close`
      if (error.code)
        this.refusals.push(error.code);
    });
    socket.on('close', () => this.#again(wait ?? this.#backoff()));
  }

  #arrived(payload) {
    this.connected = true;
    this.#failures = 0;
    this.states.push(payload);
    this.arrivals.push(performance.now());
  }

  #backoff() {
    const most = Math.min(BACKOFF_FIRST * 2 ** this.#failures++, BACKOFF_MOST);
    return most * (0.5 + Math.random() / 2);
  }

  #again(wait) {
    this.connected = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#connect(), wait);
  }

  leave() {
    this.#left = true;
    clearTimeout(this.timer);
    this.socket.terminate();
  }
}

/* So many, four to a room, let in a few at a time; `address` makes one of room and sub. An error where
 * some of them find no way in. */
export async function crowd(count, address, atOnce = 25) {
  const guests = [];
  while (guests.length < count) {
    const some = Array.from({ length: Math.min(atOnce, count - guests.length) }, (_, i) => {
      const n = guests.length + i;
      return new Guest(address(`r${Math.floor(n / 4)}`, `p${n}`));
    });
    guests.push(...some);
    await until(`guest ${guests.length} to be let in`,
      () => some.every(guest => guest.connected), 30_000).catch(error => {
      const refusals = some.flatMap(guest => guest.refusals);
      guests.forEach(guest => guest.leave());
      throw new Error(`${error.message}; refused: ${refusals}`);
    });
  }
  return guests;
}
