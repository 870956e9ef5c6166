/* beckon – a client of Beckon's rooms, and perfect negotiation for its calls.
 *
 * One module for browsers and for Node, without dependencies. `Beckon` keeps one connection to a
 * room up for as long as that makes sense, and the room's state current. `Negotiation` is one peer
 * connection's side of the talk about it. Neither knows of a page. Types stand in beckon.d.ts.
 *
 * SPDX-License-Identifier: MIT */

const CAPS = ['batch', 'delta'];
const QUEUE_LIMIT = 100; // requests that wait for a connection; more is an application gone wrong
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;
const PING_MS = 30_000;
const SILENCE_MS = 75_000; // two pings without any answer: the network is gone
const STABLE_MS = 10_000; // a connection that lasted this long was a good one
const CONNECT_MS = 20_000; // for the upgrade; a lost packet may cost some of it
const STALL_MS = 1_000; // a request is answered within milliseconds while all is well
const LEAVE_MS = 1_000; // for the server's `bye`
const RENEW_AT = 0.75; // of the life of TURN credentials
const RENEW_RETRY_MS = 30_000;
const MAX_TIMER_MS = 2 ** 31 - 1;
const PATIENCE_MS = 1_500; // the polite side's wait for the other's first offer

const now = () => performance.now();

/* Why something was refused or did not happen: `code` is the server's word or one of ours
 * (`not_connected`: it was never sent; `connection_lost`: it was sent and not answered, so that it
 * may have taken effect or not; `queue_full`; `no_token`), `event` what it was about,
 * `retryAfterMs` when to try again where that is known. */
export class BeckonError extends Error {
  constructor(code, message, { event, retryAfterMs } = {}) {
    super(message);
    Object.assign(this, { name: 'BeckonError', code, event, retryAfterMs });
  }
}

/* An id nobody else makes, as a chatId is to be. */
export function newId() {
  // Not randomUUID: pages without https have none.
  const bytes = globalThis.crypto?.getRandomValues(new Uint8Array(16))
    ?? Uint8Array.from({ length: 16 }, () => Math.random() * 256);
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}

/* A visit to a room.
 *
 * Listeners get (payload, message) of each server event under its name, and of our own making:
 *   status   {name, code, message, retryInMs, recovered, bye}: the connection, see below
 *   state    the room's state, whenever it has changed
 *   stalled  true where the server has not answered for a second, false when it does again
 *
 * status.name is `idle`, `connecting`, `open`, `retrying` or `closed`. On `open`, `recovered` is
 * true where all that was missed follows, false where some of it may be lost, and undefined the
 * first time. `retrying` and `closed` say why in `code` and `message`, with the server's `bye` where
 * there was one. */
export class Beckon {
  /* The room as far as it is told to us: the last room_state and what has changed since. While the
   * connection is away it is what it was; null before there was any. */
  state = null;
  status = 'idle';
  stalled = false;

  #options;
  #url;
  #source; // of tokens: a string, or a function that is asked for one
  #token = null;
  #tokenIsNew = false; // has not let us in yet
  #tokenReason = 'connect'; // why another one is needed
  #listeners = new Map();
  #requests = new Requests();
  #entered = null; // the promise that connect() has given
  #socket = null;
  #attempts = 0; // whoever has waited and finds another number is late
  #timer = 0; // until the next attempt, or the end of the present one
  #pinger = 0;
  #staller = 0;
  #openedAt = 0;
  #heardAt = 0;
  #failures = 0;
  #isIn = false; // this connection has had its first room_state
  #isLeaving = false;
  #place = null; // {epoch, seq}: how far in the room's order we are
  #stateAt = 0; // server's time of the last room_state
  #servers = null; // {list, until}: iceServers, and when their credentials end
  #renewer = 0; // until others are asked for

  /* url: of the service; a page's own origin if absent. token: a string, or a function that gets
   * {reason} and returns one or a promise of one; it is asked at first and whenever the last one
   * is no longer good. WebSocket: the constructor to use, where there is no global one. */
  constructor({ url = globalThis.location?.origin, endpoint = 'zoom', room, token, caps = CAPS,
    WebSocket = globalThis.WebSocket, queueLimit = QUEUE_LIMIT, firstRetryMs = FIRST_RETRY_MS,
    maxRetryMs = MAX_RETRY_MS, pingMs = PING_MS, silenceMs = SILENCE_MS, stallMs = STALL_MS }) {
    if (!url || !room || !token)
      throw new TypeError('Beckon: url, room and token are needed');
    if (!WebSocket)
      throw new TypeError('Beckon: there is no global WebSocket here; give one as an option');
    this.#options = { caps, WebSocket, queueLimit, firstRetryMs, maxRetryMs, pingMs, silenceMs,
      stallMs };
    this.#url = addressOf(url, endpoint, room);
    this.#source = token;
  }

  on(event, listener) {
    this.#listeners.set(event, [...this.#listeners.get(event) ?? [], listener]);
    return this;
  }

  off(event, listener) {
    const rest = (this.#listeners.get(event) ?? []).filter(other => other !== listener);
    this.#listeners.set(event, rest);
    return this;
  }

  /* Connects, and stays so: after a loss it comes back by itself and gets what it has missed.
   * Resolves with the first state; rejects where the end comes before that. */
  connect() {
    if (this.status !== 'idle' && this.status !== 'closed')
      return this.#entered.promise;
    this.state = this.#place = null;
    this.#isLeaving = false;
    this.#failures = 0;
    this.#entered = deferred();
    this.#attempt();
    return this.#entered.promise;
  }

  /* There is no point in waiting any longer, as when the network has come back. */
  retryNow() {
    if (this.status === 'retrying')
      this.#attempt();
  }

  /* For the next connection; refresh_token tells the present one. */
  useToken(token) {
    this.#source = token;
    this.#token = null;
  }

  /* Sends where there is a connection; says whether it did. Nobody will say whether it arrived. */
  send(event, payload = {}) {
    return this.#isIn && this.#write(event, payload);
  }

  /* Sends, and resolves with the server's `ack` when it has taken effect; rejects with a
   * BeckonError.
   *
   * What was sent and not answered when the connection broke rejects with `connection_lost`, but
   * for add_chat to all: it has a chatId, so it is sent again after the return and still taken
   * once. Without a connection a request rejects with `not_connected`, or waits for one where
   * `queue` says so: the default for add_chat to all. */
  request(event, payload = {}, { queue } = {}) {
    const isSafe = event === 'add_chat' && payload.targetClientId === undefined;
    const request = new Request(event, payload, isSafe);
    const problem = this.#isIn ? null : this.#whyNotQueued(queue ?? isSafe);
    if (problem) {
      request.answer.reject(new BeckonError(...problem, { event }));
      return request.answer.promise;
    }
    this.#requests.add(request);
    if (this.#isIn)
      this.#ask(request);
    return request.answer.promise;
  }

  /* Says goodbye, so that nobody waits for our return. Resolves when all is over. */
  leave() {
    if (this.status === 'closed' || this.status === 'idle')
      return Promise.resolve();
    const over = new Promise(resolve => {
      const look = ({ name }) => {
        if (name !== 'closed')
          return;
        this.off('status', look);
        resolve();
      };
      this.on('status', look);
    });
    this.#isLeaving = true;
    clearTimeout(this.#timer);
    if (this.#write('leave', {}))
      this.#timer = setTimeout(() => this.#finish('left', 'You have left.'), LEAVE_MS);
    else
      this.#finish('left', 'You have left.');
    return over;
  }

  /* Ends without a word: to others the connection is lost, and they may wait for a return. */
  close() {
    if (this.status !== 'closed' && this.status !== 'idle')
      this.#finish('closed', 'The connection was closed.');
  }

  /* Connecting */

  async #attempt() {
    const attempt = ++this.#attempts;
    clearTimeout(this.#timer);
    this.#setStatus('connecting');
    try {
      await this.#needToken();
    } catch (error) {
      if (attempt === this.#attempts)
        this.#retryIn(this.#backOff(), 'no_token', `There is no token: ${error.message}`);
      return;
    }
    if (attempt !== this.#attempts)
      return;
    if (this.#token)
      this.#open();
    else
      this.#finish('no_token', 'There is no token.');
  }

  async #needToken() {
    if (this.#token !== null)
      return;
    const source = this.#source;
    const token = typeof source === 'function'
      ? await source({ reason: this.#tokenReason }) : source;
    if (source !== this.#source)
      return this.#needToken();
    this.#token = token;
    this.#tokenIsNew = true;
  }

  /* Forgets a token that is no longer good; says whether another one can be had. */
  #renewToken(reason) {
    if (typeof this.#source !== 'function' || this.#tokenIsNew)
      return false;
    this.#token = null;
    this.#tokenReason = reason;
    return true;
  }

  #open() {
    const { WebSocket, caps } = this.#options;
    const address = new URL(this.#url);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    address.searchParams.set('token', this.#token);
    if (caps.length > 0)
      address.searchParams.set('caps', caps.join());
    if (this.#place)
      address.searchParams.set('resume', `${this.#place.epoch}.${this.#place.seq}`);

    const socket = new WebSocket(address.href);
    this.#socket = socket;
    socket.onopen = () => socket === this.#socket && this.#opened();
    socket.onmessage = ({ data }) => socket === this.#socket && this.#received(data);
    socket.onerror = () => {}; // a close follows
    socket.onclose = () => socket === this.#socket && this.#lost();
    this.#timer = setTimeout(() => this.#lost(), CONNECT_MS);
  }

  #opened() {
    clearTimeout(this.#timer);
    this.#openedAt = this.#heardAt = now();
    this.#pinger = setInterval(() => this.#keepAlive(), this.#options.pingMs);
  }

  /* Two connections to the same end would only be in each other's way: the old one is let go
   * before anything else is done. */
  #detach() {
    const socket = this.#socket;
    const wasOpen = this.#openedAt !== 0;
    clearTimeout(this.#timer);
    clearInterval(this.#pinger);
    clearTimeout(this.#renewer);
    this.#socket = null;
    this.#openedAt = 0;
    this.#isIn = false;
    // A close waits for the other side's, which may be out of reach; Node's ws can do without.
    if (wasOpen && this.#heardAt + this.#options.silenceMs < now() && socket?.terminate)
      socket.terminate();
    else
      socket?.close(1000);
    this.#requests.interrupt();
    this.#watchStall();
  }

  /* Back-off starts anew after a connection that was good. */
  #lost() {
    const openedAt = this.#openedAt;
    this.#detach();
    if (openedAt !== 0 && now() - openedAt > STABLE_MS)
      this.#failures = 0;
    if (this.#isLeaving)
      this.#finish('left', 'You have left.');
    else if (openedAt !== 0)
      this.#retryIn(this.#backOff(), 'connection_lost', 'The connection was lost.');
    else
      this.#refused();
  }

  async #refused() {
    const attempt = this.#attempts;
    const url = new URL(this.#url);
    url.searchParams.set('token', this.#token);
    const { final, error, message, retryAfterMs } = await explainRefusal(url, this.state !== null);
    if (attempt !== this.#attempts)
      return;
    if (error?.startsWith('token_') && this.#renewToken(error))
      this.#attempt();
    else if (final)
      this.#finish(error, message);
    else
      this.#retryIn(retryAfterMs + this.#backOff(), error, message);
  }

  /* Full jitter: a thousand clients that lost the same server do not return in one instant. */
  #backOff() {
    const { firstRetryMs, maxRetryMs } = this.#options;
    return Math.random() * Math.min(maxRetryMs, firstRetryMs * 2 ** this.#failures++);
  }

  #retryIn(ms, code, message, bye) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#attempt(), ms);
    this.#setStatus('retrying', { code, message, retryInMs: ms, bye });
  }

  #finish(code, message, bye) {
    const error = new BeckonError(code, message);
    this.#attempts++;
    this.#detach();
    this.#requests.end(error);
    this.#entered.reject(error); // a listener may connect again
    this.#setStatus('closed', { code, message, bye });
  }

  #setStatus(name, more = {}) {
    this.status = name;
    this.#emit('status', { name, ...more });
  }

  /* Silence */

  #keepAlive() {
    if (now() - this.#heardAt > this.#options.silenceMs)
      this.#lost();
    else if (this.#isIn)
      this.request('ping').catch(() => {});
  }

  #watchStall() {
    clearTimeout(this.#staller);
    const wait = this.#requests.oldestAt + this.#options.stallMs - now();
    this.#setStalled(wait <= 0);
    if (wait > 0 && wait < Infinity)
      this.#staller = setTimeout(() => this.#watchStall(), wait + 1);
  }

  #setStalled(stalled) {
    if (this.stalled === stalled)
      return;
    this.stalled = stalled;
    this.#emit('stalled', stalled);
  }

  /* Sending */

  #write(event, payload, id) {
    if (!this.#socket || this.#openedAt === 0 || this.#socket.readyState !== 1)
      return false;
    this.#socket.send(JSON.stringify({ event, payload, id }));
    return true;
  }

  #whyNotQueued(queue) {
    if (!queue || this.status === 'idle' || this.status === 'closed')
      return ['not_connected', 'There is no connection just now.'];
    if (this.#requests.size >= this.#options.queueLimit)
      return ['queue_full', 'Too much waits for the connection already.'];
    return null;
  }

  #ask(request) {
    request.sentAt = now();
    request.times++;
    this.#write(request.event, request.payload, request.id);
    this.#watchStall();
  }

  /* Receiving */

  #received(data) {
    const before = this.state;
    const socket = this.#socket;
    let messages;
    this.#heardAt = now();
    try {
      messages = [JSON.parse(data)].flat();
    } catch {
      return; // not from Beckon
    }
    for (const message of messages)
      if (message?.event && socket === this.#socket) // a listener may have left
        this.#take(message);
    if (this.state !== before)
      this.#emit('state', this.state);
  }

  #take(message) {
    const { event, payload, id, seq, ts } = message;
    if (event === 'room_state')
      this.#enter(message);
    else if (seq <= this.#place?.seq)
      return; // had before the connection was lost
    else if (seq !== undefined && this.#place)
      this.#place.seq = seq;

    if (event === 'ack' || event === 'error' || event === 'pong')
      this.#answered(event, payload, id);
    else if (event === 'ping')
      this.#write('pong', {});
    else if (ts >= this.#stateAt) // what is told again, a resumed state shows already
      this.state = stateAfter(this.state, event, payload);

    this.#emit(event, payload, message);
    if (event === 'bye')
      this.#dismissed(payload);
    else if (event === 'token_expiring')
      this.#refreshToken();
  }

  /* Every room_state replaces what we knew. The first of a connection says that we are in. */
  #enter({ payload, seq, ts }) {
    this.state = this.#withGoodServers(payload, ts);
    this.#stateAt = ts;
    if (!payload.recovered || this.#isIn) // else we are where we were
      this.#place = seq === undefined ? null : { epoch: payload.epoch, seq };
    if (this.#isIn)
      return;
    this.#isIn = true;
    this.#tokenIsNew = false;
    for (const request of this.#requests)
      this.#ask(request);
    this.#setStatus('open', { recovered: payload.recovered });
    this.#entered.resolve(this.state);
  }

  /* TURN credentials end, often before the visit does, and a call that begins then is to find good
   * ones. So others are asked for in time. What a room_state repeats are those of the beginning. */
  #withGoodServers(state, ts) {
    const life = lifeOf(state.iceServers, ts);
    if (this.#isIn && this.#servers.until > now() + life)
      return { ...state, iceServers: this.#servers.list };
    this.#useServers(state.iceServers, life);
    return state;
  }

  #useServers(list, life) {
    this.#servers = { list, until: now() + life };
    this.#renewServersIn(life * RENEW_AT);
  }

  #renewServersIn(ms) {
    clearTimeout(this.#renewer);
    if (ms < Infinity)
      this.#renewer = setTimeout(() => this.#renewServers(), Math.min(ms, MAX_TIMER_MS));
  }

  async #renewServers() {
    const socket = this.#socket;
    const renewed = await askForServers(new URL(this.#url), this.#token);
    if (socket !== this.#socket || !this.#isIn)
      return;
    if (renewed) {
      this.state = { ...this.state, iceServers: renewed.iceServers };
      this.#useServers(renewed.iceServers, renewed.ttl * 1000);
      this.#emit('state', this.state);
    } else {
      this.#renewServersIn(RENEW_RETRY_MS);
    }
  }

  #answered(event, payload, id) {
    const request = this.#requests.find(id);
    const again = request?.take(event, payload);
    if (again !== undefined) {
      setTimeout(() => this.#isIn && this.#requests.find(id) && this.#ask(request), again);
    } else if (request) {
      this.#requests.remove(id);
      if (event === 'ack' && request.event === 'refresh_token')
        this.#tokenAccepted(request.payload.token, payload.expires);
    }
    this.#watchStall();
  }

  #dismissed(bye) {
    const { reason, reconnect, retryAfterMs = 0, message } = bye;
    const why = message ?? `The server ended the connection: ${reason}.`;
    const lasted = now() - this.#openedAt;
    this.#detach();
    if (lasted > STABLE_MS)
      this.#failures = 0;
    if (!reconnect || this.#isLeaving || (reason === 'expired' && !this.#renewToken(reason)))
      this.#finish(reason, why, bye);
    else
      this.#retryIn(retryAfterMs + this.#backOff(), reason, why, bye);
  }

  /* Where that fails, `bye` comes when the old one has expired, and another is asked for then. */
  async #refreshToken() {
    if (typeof this.#source !== 'function')
      return;
    try {
      const token = await this.#source({ reason: 'token_expiring' });
      await this.request('refresh_token', { token });
    } catch {
      // see above
    }
  }

  #tokenAccepted(token, expires) {
    this.#token = token;
    if (typeof this.#source !== 'function')
      this.#source = token;
    this.state = { ...this.state, expires };
  }

  /* What a listener throws is its own, and reaches nobody else. */
  #emit(event, ...words) {
    for (const listener of this.#listeners.get(event) ?? []) {
      try {
        listener(...words);
      } catch (error) {
        queueMicrotask(() => { throw error; });
      }
    }
  }
}

/* Something that was asked of the server, until it is answered. */
class Request {
  static #made = 0;

  id = `r${++Request.#made}`;
  answer = deferred();
  sentAt = 0; // 0: it waits for a connection
  times = 0; // that it was sent

  /* isSafe: sent twice it is taken once. */
  constructor(event, payload, isSafe) {
    Object.assign(this, { event, payload, isSafe });
    if (isSafe && payload.chatId === undefined)
      this.payload = { ...payload, chatId: newId() };
  }

  /* The server's word. Returns after how many ms to ask again, or undefined: settled. */
  take(event, { code, message, retryAfterMs, ...rest }) {
    const isRepeated = this.times > 1;
    if (event !== 'error')
      this.answer.resolve(rest);
    else if (isRepeated && code === 'chat_id_taken')
      this.answer.resolve({}); // by ourselves, before the connection was lost
    else if (isRepeated && code === 'slow_down')
      return retryAfterMs; // the first one may have been taken: only a repetition can tell
    else
      this.answer.reject(new BeckonError(code, message, { event: this.event, retryAfterMs }));
    return undefined;
  }
}

/* The requests that wait for a connection or an answer, in the order in which they were made. */
class Requests {
  #waiting = new Map();

  get size() {
    return this.#waiting.size;
  }

  /* When the one that waits longest for its answer was sent; Infinity: none does. */
  get oldestAt() {
    for (const { sentAt } of this.#waiting.values())
      if (sentAt > 0)
        return sentAt;
    return Infinity;
  }

  [Symbol.iterator]() {
    return [...this.#waiting.values()][Symbol.iterator]();
  }

  add(request) {
    this.#waiting.set(request.id, request);
  }

  find(id) {
    return this.#waiting.get(id);
  }

  remove(id) {
    this.#waiting.delete(id);
  }

  /* The connection is gone: nobody can tell what has become of what was sent. */
  interrupt() {
    for (const request of this) {
      if (request.sentAt > 0 && !request.isSafe) {
        this.remove(request.id);
        request.answer.reject(new BeckonError('connection_lost',
          'The connection was lost before the server answered.', request));
      }
      request.sentAt = 0;
    }
  }

  end({ code, message }) {
    for (const request of this)
      request.answer.reject(new BeckonError(code, message, request));
    this.#waiting.clear();
  }
}

/* A promise to be settled from outside. Whether anybody looks at it is not our business. */
function deferred() {
  const it = {};
  it.promise = new Promise((resolve, reject) => Object.assign(it, { resolve, reject }));
  it.promise.catch(() => {});
  return it;
}

function addressOf(base, endpoint, room) {
  const url = new URL(base);
  url.protocol = { 'ws:': 'http:', 'wss:': 'https:' }[url.protocol] ?? url.protocol;
  url.pathname = `${url.pathname.replace(/\/$/, '')}/ws/${endpoint}/${encodeURIComponent(room)}`;
  return url.href;
}

/* Nobody is shown the answer to a failed upgrade, but may ask for the same one: 200 where an
 * upgrade would be accepted, and otherwise why not. */
async function explainRefusal(url, wasIn) {
  url.pathname = url.pathname.replace(/\/ws\/(?=[^/]+\/[^/]+$)/, '/validate/');
  let answer;
  try {
    answer = await fetch(url, { cache: 'no-store', credentials: 'omit' });
  } catch {
    return { final: false, retryAfterMs: 0, error: 'unreachable',
      message: 'The server cannot be reached.' };
  }
  const { error = 'unavailable', message } = await answer.json().catch(() => ({}));
  if (answer.ok)
    return {
      final: false, retryAfterMs: 0, error: 'no_upgrade',
      message: wasIn ? 'The server takes no connections just now.'
        : 'The server accepts the token, but the connection did not come about. '
          + 'Either a proxy is in the way of WebSockets, or pages from '
          + `${globalThis.location?.origin ?? 'here'} may not connect.`,
    };
  return {
    final: answer.status < 500 && answer.status !== 429,
    retryAfterMs: (Number(answer.headers.get('Retry-After')) || 0) * 1000,
    error,
    message: message ?? `The server answered ${answer.status}.`,
  };
}

/* ms until the first of the servers' credentials ends: their names begin with when, by the server's
 * clock, of which ts is the present time. */
function lifeOf(iceServers = [], ts) {
  const ends = iceServers.map(({ username }) => /^(\d+):/.exec(username)?.[1] ?? Infinity);
  return Math.max(0, Math.min(...ends) * 1000 - ts);
}

/* → {iceServers, ttl}, or null: not now. */
async function askForServers(url, token) {
  url.pathname = url.pathname.replace(/\/ws\/[^/]+\/[^/]+$/, '/turn');
  url.searchParams.set('token', token);
  try {
    const answer = await fetch(url, { cache: 'no-store', credentials: 'omit' });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/* The room's state, event by event. Each change makes a new state; what is told twice changes
 * nothing. */

const has = (list, { clientId }) => list.some(person => person.clientId === clientId);
const without = (list, { clientId }) => list.filter(person => person.clientId !== clientId);
const including = (list, person) => has(list, person) ? list
  : [...list, { clientId: person.clientId, displayName: person.displayName }];

const PRESENCE = ['hosts', 'participants'];
const LISTS = [...PRESENCE, 'waitingUsers', 'handsRaised', 'sharingScreen', 'unmuted', 'cameraOn'];

const isListed = (state, person) => PRESENCE.some(list => has(state[list], person));

function listing(name, isOn) {
  return (state, payload) => ({
    [name]: isOn(payload) ? including(state[name], payload) : without(state[name], payload),
  });
}

/* event → (state, payload) → the fields that are different now */
const CHANGES = {
  connect: (state, person) => {
    const list = person.role === 'host' ? 'hosts' : 'participants';
    return isListed(state, person) ? {} : {
      [list]: including(state[list], person),
      waitingUsers: without(state.waitingUsers, person),
      participantCount: state.participantCount + 1,
    };
  },
  disconnect: (state, person) => {
    // Above 200 people the lists are cut, and somebody counted may be in none.
    const listed = PRESENCE.reduce((sum, list) => sum + state[list].length, 0);
    const counted = isListed(state, person) || state.participantCount > listed;
    return {
      ...Object.fromEntries(LISTS.map(list => [list, without(state[list], person)])),
      participantCount: state.participantCount - counted,
    };
  },
  /* Presenting is a role beside the other one: `screenshare` begins it, and being told what one is
   * already ends it. */
  role_changed: (state, person) => {
    const { role } = person;
    const isSelf = person.clientId === state.clientId;
    const moved = role !== 'screenshare' && (role === 'host') !== has(state.hosts, person);
    const presents = role === 'screenshare' || (moved && state.role === 'screenshare');
    const mine = isSelf ? { role: presents ? 'screenshare' : role } : {};
    const [from, to] = role === 'host' ? ['participants', 'hosts'] : ['hosts', 'participants'];
    return !moved ? mine
      : { ...mine, [from]: without(state[from], person), [to]: including(state[to], person) };
  },
  waiting_request: (state, person) => isListed(state, person) ? {}
    : { waitingUsers: including(state.waitingUsers, person) },
  raise_hand: listing('handsRaised', () => true),
  lower_hand: listing('handsRaised', () => false),
  toggle_audio: listing('unmuted', ({ enabled }) => enabled),
  toggle_video: listing('cameraOn', ({ enabled }) => enabled),
  toggle_screenshare: listing('sharingScreen', ({ enabled }) => enabled),
  set_lobby: (state, { enabled }) => ({ lobby: enabled }),
  set_policy: (state, { screenshare }) => ({ policy: { ...state.policy, screenshare } }),
  lock_room: (state, { locked }) => ({ locked }),
};

function stateAfter(state, event, payload) {
  const change = Object.hasOwn(CHANGES, event) && state ? CHANGES[event](state, payload) : {};
  const isSame = Object.keys(change).every(field => change[field] === state[field]);
  return isSame ? state : { ...state, ...change };
}

/* One side of the talk about one peer connection: perfect negotiation (W3C webrtc-pc §10.7). Of two
 * clients the one whose clientId sorts first is polite, and gives way when two offers cross.
 *
 *   self, peer     the two clientIds
 *   send           (event, payload) → a promise of the server's word, as Beckon's request(); what
 *                  was not confirmed is said again by resume()
 *   open           () → a new RTCPeerConnection: now, and whenever the other side has begun anew (a
 *                  page loaded again), which the old one cannot go on with
 *   begin          (connection): add what is to be negotiated. To avoid most crossings the impolite
 *                  side begins, and the polite one only if no offer came. What open() has added
 *                  already needs no begin
 *   answering      (connection): an offer is set and about to be answered
 *   onError        (error): something that should not happen; the console is told by default */
export class Negotiation {
  /* The present peer connection. */
  connection = null;

  #options;
  #isPolite;
  #isMakingOffer = false;
  #isIgnoringOffer = false;
  #isClosed = false;
  #remoteSession = null; // id of the other side's peer connection, from its SDP
  #unconfirmed = null; // the description that nobody has said to have arrived
  #queue = Promise.resolve(); // signals are worked off one at a time, in order
  #patience = 0;

  constructor({ self, peer, send, open, begin = () => {}, answering = () => {},
    patienceMs = PATIENCE_MS, onError = error => console.warn(`beckon: ${error.message}`) }) {
    this.#options = { peer, send, open, begin, answering, onError };
    this.#isPolite = self < peer;
    this.#open();
    if (this.#isPolite)
      this.#patience = setTimeout(() => this.#begin(), patienceMs);
    else
      this.#begin();
  }

  /* An `offer`, `answer`, `candidate` or `renegotiate` that came from the peer. */
  receive(event, payload) {
    const work = {
      offer: () => this.#description('offer', payload),
      answer: () => this.#description('answer', payload),
      candidate: () => this.#candidate(payload),
      renegotiate: () => this.#patience ? this.#begin() : this.#offer(this.connection),
    }[event];
    this.#queue = this.#queue
      .then(() => !this.#isClosed && work())
      .catch(error => this.#complain(event, error));
  }

  /* We or the other side were away: says again what may not have arrived. */
  resume() {
    const { signalingState } = this.connection;
    if (this.#unconfirmed || signalingState === 'have-local-offer')
      this.#describe(this.connection);
  }

  close() {
    this.#isClosed = true;
    this.#endPatience();
    this.connection.close();
  }

  #open() {
    const connection = this.#options.open();
    const isOurs = () => connection === this.connection && !this.#isClosed;
    this.connection = connection;
    this.#isMakingOffer = this.#isIgnoringOffer = false;
    this.#remoteSession = this.#unconfirmed = null;
    connection.addEventListener('negotiationneeded', () => isOurs() && this.#offer(connection));
    connection.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate && isOurs())
        this.#say('candidate', {
          candidate: candidate.candidate,
          sdpMid: candidate.sdpMid,
          sdpMLineIndex: candidate.sdpMLineIndex,
        });
    });
    connection.addEventListener('connectionstatechange', () => {
      if (connection.connectionState === 'failed' && isOurs())
        connection.restartIce();
    });
  }

  #begin() {
    this.#endPatience();
    this.#options.begin(this.connection);
  }

  #endPatience() {
    clearTimeout(this.#patience);
    this.#patience = 0;
  }

  async #offer(connection) {
    if (connection.signalingState !== 'stable')
      return; // the browser asks again once it is
    try {
      this.#isMakingOffer = true;
      await connection.setLocalDescription();
      this.#describe(connection);
    } catch (error) {
      if (connection.signalingState !== 'closed')
        this.#complain('offer', error);
    } finally {
      this.#isMakingOffer = false;
    }
  }

  async #describe({ localDescription }) {
    const { type, sdp } = localDescription;
    this.#unconfirmed = localDescription;
    if (await this.#say(type, { sdp }) && this.#unconfirmed === localDescription)
      this.#unconfirmed = null;
  }

  async #description(type, payload) {
    const sdp = payload.sdp?.sdp ?? payload.sdp; // some clients send the whole description
    this.#endPatience();
    if (this.#isOtherSession(sdp)) {
      this.connection.close();
      this.#open();
      if (type === 'answer')
        return this.#begin();
    }
    const { connection } = this;
    if (type === 'answer' && connection.signalingState !== 'have-local-offer')
      return; // said twice, or to an offer that gave way
    const isCrossing = type === 'offer'
      && (this.#isMakingOffer || connection.signalingState !== 'stable');
    this.#isIgnoringOffer = !this.#isPolite && isCrossing;
    if (this.#isIgnoringOffer)
      return;
    await connection.setRemoteDescription({ type, sdp });
    this.#remoteSession = sessionOf(sdp);
    if (type === 'answer')
      return;
    await this.#options.answering(connection);
    await connection.setLocalDescription();
    this.#describe(connection);
  }

  /* A page that was loaded anew has the same clientId but another peer connection. */
  #isOtherSession(sdp) {
    return this.#remoteSession !== null && this.#remoteSession !== sessionOf(sdp);
  }

  async #candidate({ candidate, sdpMid, sdpMLineIndex }) {
    if (!this.connection.remoteDescription)
      return; // of an offer we ignored, or of a page that is gone
    try {
      await this.connection.addIceCandidate(candidate?.candidate !== undefined
        ? candidate : { candidate: candidate ?? '', sdpMid, sdpMLineIndex });
    } catch (error) {
      if (!this.#isIgnoringOffer)
        throw error;
    }
  }

  /* Says whether it arrived. */
  async #say(event, payload) {
    try {
      const { peer, send } = this.#options;
      return await send(event, { targetClientId: peer, ...payload }) !== false;
    } catch {
      return false;
    }
  }

  #complain(event, error) {
    this.#options.onError(new Error(`${event}, ${this.#options.peer}: ${error.message}`));
  }
}

/* The id in the o= line is unique to one peer connection (RFC 8866 §5.2, RFC 8829 §5.2.1). */
function sessionOf(sdp) {
  return /^o=\S+ (\S+)/m.exec(sdp)?.[1];
}
