/* signaling – one connection to a room, kept up for as long as it makes sense.
 *
 * Speaks version 1 of the wire protocol: {event, payload} as WebSocket text. It reconnects with
 * jittered back-off, understands `bye`, and finds out why the server refuses. It knows nothing of
 * WebRTC or of the page.
 *
 * Listeners get the payload of each server event under the event's name, and of its own making:
 *   state   {name: 'connecting' | 'open' | 'retrying' | 'closed', why, retryInMs, error, reason}
 * `closed` is final: only connect() on a new object goes on from there. error and reason are the
 * server's words for a refusal and for a `bye`. */

import { farewell } from './words.js';

const PING_MS = 30_000;
// Two pings without any answer: the network is gone, TCP just has not said so.
const SILENCE_MS = 75_000;
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 30_000;
const STABLE_MS = 10_000; // a connection that lasted this long was a good one: back-off starts anew
const LEAVE_MS = 1_000;

export class Signaling {
  #url;
  #socket = null;
  #listeners = new Map();
  #bye = null;
  #waiting = new Map(); // id → {resolve, reject} of an unanswered request
  #lastId = 0;
  #failures = 0;
  #openedAt = 0;
  #heardAt = 0;
  #ping = 0;
  #retry = 0;

  constructor({ endpoint, room, token }) {
    this.#url = new URL(`/ws/${endpoint}/${encodeURIComponent(room)}`, location.href);
    this.#url.searchParams.set('token', token);
    this.state = 'connecting';
  }

  on(event, listener) {
    this.#listeners.set(event, [...this.#listeners.get(event) ?? [], listener]);
    return this;
  }

  /* For the next connection; the present one is told by refresh_token. */
  useToken(token) {
    this.#url.searchParams.set('token', token);
  }

  connect() {
    clearTimeout(this.#retry);
    this.#setState('connecting');
    const address = new URL(this.#url);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';

    const socket = new WebSocket(address);
    this.#socket = socket;
    this.#bye = null;
    this.#openedAt = 0;
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }) => this.#received(data);
    socket.onclose = () => socket === this.#socket && this.#closed();
  }

  /* Sends if there is a connection; says whether it did. */
  send(event, payload = {}, id = undefined) {
    if (this.#socket?.readyState !== WebSocket.OPEN || this.#bye)
      return false;
    this.#socket.send(JSON.stringify({ event, payload, id }));
    return true;
  }

  /* Sends and waits for the server's word on it. Rejects with what `error` said: an Error for
   * people, with the word as its code. */
  request(event, payload = {}) {
    const id = `r${++this.#lastId}`;
    return new Promise((resolve, reject) => {
      if (!this.send(event, payload, id))
        reject(new Error('There is no connection just now.'));
      else
        this.#waiting.set(id, { resolve, reject });
    });
  }

  /* Says goodbye, so that nobody waits for us to come back, and closes. */
  leave() {
    clearTimeout(this.#retry);
    if (this.send('leave'))
      setTimeout(() => this.#finish('You have left.', { reason: 'left' }), LEAVE_MS);
    else
      this.#finish('You have left.', { reason: 'left' });
  }

  /* The network came back: there is no point in waiting any longer. */
  retryNow() {
    if (this.state === 'retrying')
      this.connect();
  }

  #opened() {
    this.#openedAt = this.#heardAt = performance.now();
    this.#ping = setInterval(() => this.#keepAlive(), PING_MS);
  }

  #keepAlive() {
    if (performance.now() - this.#heardAt > SILENCE_MS) {
      // close() would wait for the peer's close frame, which cannot come either.
      const socket = this.#socket;
      socket.onclose = null;
      socket.close();
      this.#closed();
    } else {
      this.send('ping');
    }
  }

  #received(data) {
    this.#heardAt = performance.now();
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      console.warn('signaling: the server sent something that is not JSON');
      return;
    }
    const { event, payload, id } = message;
    if (event === 'ack' || event === 'error')
      this.#answered(event, payload, id);
    if (event === 'ping')
      this.send('pong');
    if (event === 'room_state' && this.state !== 'open')
      this.#setState('open');
    if (event === 'bye') {
      this.#bye = payload;
      this.#socket.close(1000);
    }
    this.#emit(event, payload);
  }

  #answered(event, payload, id) {
    const request = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (event === 'ack')
      request?.resolve(payload);
    else
      request?.reject(Object.assign(new Error(payload.message), { code: payload.code }));
  }

  async #closed() {
    clearInterval(this.#ping);
    for (const { reject } of this.#waiting.values())
      reject(new Error('The connection was lost before the server answered.'));
    this.#waiting.clear();

    if (this.state === 'closed')
      return;
    if (this.#bye)
      return this.#afterBye(this.#bye);
    if (this.#openedAt)
      return this.#afterLoss();
    await this.#afterRefusal();
  }

  /* Not before the time it names; and where that is no time, still not in a loop. An expired token
   * would be refused for ever. */
  #afterBye(bye) {
    const { reason, reconnect, retryAfterMs = 0 } = bye;
    if (!reconnect || reason === 'expired')
      this.#finish(farewell(bye), { reason });
    else
      this.#retryIn(retryAfterMs + this.#backOff(), farewell(bye));
  }

  #afterLoss() {
    this.#retryIn(this.#backOff(), 'The connection was lost.');
  }

  async #afterRefusal() {
    const socket = this.#socket;
    const refusal = await explainRefusal(this.#url);
    if (socket !== this.#socket || this.state === 'closed')
      return;
    if (refusal.final)
      this.#finish(refusal.message, { error: refusal.error });
    else
      this.#retryIn(Math.max(refusal.retryAfterMs, this.#backOff()), refusal.message);
  }

  /* Full jitter: a thousand clients that lost the same server do not return in one instant. */
  #backOff() {
    if (this.#openedAt && performance.now() - this.#openedAt > STABLE_MS)
      this.#failures = 0;
    const ceiling = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** this.#failures++);
    return ceiling / 4 + Math.random() * ceiling * 3 / 4;
  }

  #retryIn(ms, why) {
    this.#setState('retrying', { why, retryInMs: ms });
    this.#retry = setTimeout(() => this.connect(), ms);
  }

  #finish(why, more) {
    if (this.state === 'closed')
      return;
    this.#setState('closed', { why, ...more });
    this.#socket?.close(1000);
  }

  #setState(name, more = {}) {
    this.state = name;
    this.#emit('state', { name, ...more });
  }

  #emit(event, payload) {
    for (const listener of this.#listeners.get(event) ?? [])
      listener(payload);
  }
}

/* A page is not shown the answer to a failed upgrade, but may ask for the same one: 200 where an
 * upgrade would be accepted, and otherwise why not. */
async function explainRefusal(address) {
  const url = new URL(address);
  url.pathname = url.pathname.replace(/^\/ws\//, '/validate/');
  let answer;
  try {
    answer = await fetch(url, { cache: 'no-store', credentials: 'omit' });
  } catch {
    return { final: false, retryAfterMs: 0, message: 'The server cannot be reached.' };
  }
  const { error, message } = await answer.json().catch(() => ({}));
  if (answer.ok)
    return {
      final: false, retryAfterMs: 0,
      message: 'The server accepts the token, but the connection did not come about. '
        + 'Either a proxy is in the way of WebSockets, or pages from '
        + `${location.origin} may not connect.`,
    };
  return {
    final: answer.status < 500 && answer.status !== 429,
    retryAfterMs: Number(answer.headers.get('Retry-After') ?? 0) * 1000,
    error,
    message: message ?? `The server answered ${answer.status}.`,
  };
}
