/* client – a client as people have them: it looks for itself in room_state, pings, and comes back
 * on every close but 1000.
 *
 * It records every message. `next` takes the first one that fits and was not taken before, so a
 * test reads like the conversation it describes. */

import WebSocket from 'ws';
import { SLOWER } from './waiting.mjs';

const PING_INTERVAL = 30_000;
const PATIENCE = 5_000;

export class Client {
  received = []; // every message, in order: {event, payload, …, at: ms}
  connections = 0;
  closeCode = null;
  #taken = new Set();
  #waiting = new Set();
  #left = false;
  #lastId = 0;

  constructor(address, { reconnect = false, headers = {}, ca } = {}) {
    Object.assign(this, { address, reconnect, headers, ca });
    this.#connect();
  }

  #connect() {
    const socket = new WebSocket(this.address, {
      headers: this.headers, ca: this.ca, perMessageDeflate: false, maxPayload: 64 << 20,
    });
    this.socket = socket;
    this.connections++;
    const ping = setInterval(() => this.send('ping', {}), PING_INTERVAL);
    ping.unref();
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    socket.on('error', error => { this.error = error; });
    socket.on('close', code => {
      clearInterval(ping);
      this.closeCode = code;
      this.#look();
      if (this.reconnect && code !== 1000 && !this.#left)
        setTimeout(() => this.#left || this.#connect(), 20);
    });
  }

  #received(data, isBinary) {
    const text = data.toString();
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      message = { event: 'NOT JSON', payload: text };
    }
    message.at = performance.now();
    message.text = text;
    message.isBinary = isBinary;
    this.received.push(message);
    this.#look();
  }

  #look() {
    for (const look of [...this.#waiting])
      look();
  }

  /* The first message of this event (or any, with '*') that fits and was not taken yet. Waits for
   * it. Says what did come where it does not. */
  next(event, predicate = () => true, limit = PATIENCE) {
    return new Promise((resolve, reject) => {
      const settle = (how, what) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        how(what);
      };
      const look = () => {
        const found = this.received.find(message => !this.#taken.has(message)
          && (event === '*' || message.event === event) && predicate(message.payload, message));
        if (found) {
          this.#taken.add(found);
          settle(resolve, found);
        }
      };
      const timer = setTimeout(() => settle(reject, new Error(
        `${this.who}: no ${event} in ${limit * SLOWER} ms; ${this.#summary()}`)), limit * SLOWER);
      this.#waiting.add(look);
      look();
    });
  }

  #summary() {
    const last = this.received.slice(-8).map(({ text }) => text.slice(0, 300)).join('\n  ');
    const how = this.error ? `${this.error.message}; ` : '';
    return `${how}closed by ${this.closeCode ?? 'nobody'}; of ${this.received.length}:\n  ${last}`;
  }

  /* The first room_state of the connection. */
  async joined(limit) {
    const { payload } = await this.next('room_state', undefined, limit);
    this.clientId = payload.clientId;
    return payload;
  }

  get who() {
    return this.clientId ?? new URL(this.address).pathname;
  }

  send(event, payload, id) {
    this.raw(JSON.stringify({ event, payload, id }));
  }

  raw(data, options) {
    if (this.socket.readyState === WebSocket.OPEN)
      this.socket.send(data, options);
  }

  /* Sends with an id and returns the answer: `ack`, `error` or `pong`. */
  ask(event, payload, limit) {
    const id = `q${++this.#lastId}`;
    this.send(event, payload, id);
    return this.next('*', (_, message) => message.id === id, limit);
  }

  /* A round trip: whatever was sent before has been read, whatever was caused by it has come. */
  async settle() {
    const answer = await this.ask('ping', {});
    if (answer.event !== 'pong')
      throw new Error(`${this.who}: ping was answered by ${answer.text}`);
  }

  of(event) {
    return this.received.filter(message => message.event === event);
  }

  async closed(limit = PATIENCE) {
    const end = performance.now() + limit * SLOWER;
    while (this.socket.readyState !== WebSocket.CLOSED) {
      if (performance.now() > end)
        throw new Error(`${this.who}: the connection did not close in ${limit * SLOWER} ms`);
      await new Promise(resolve => setTimeout(resolve, 5));
    }
    return this.closeCode;
  }

  /* Goes as a person closing the page: without a word. */
  async close() {
    this.#left = true;
    if (this.socket.readyState < WebSocket.CLOSING)
      this.socket.close(1000);
    await this.closed().catch(() => this.socket.terminate());
  }

  /* Goes as a cut cable, as far as that can be done from here. */
  vanish() {
    this.#left = true;
    this.socket.terminate();
  }
}
