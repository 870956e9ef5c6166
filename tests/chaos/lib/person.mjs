/* person – somebody who talks in a room, loses the connection, and comes back.
 *
 * What it may do is in `acts`; what it does, a stream of random numbers says. It keeps the record
 * (record.mjs) of its own connections, and says what it thinks of how they end. */

import WebSocket from 'ws';

const HANDSHAKE = 10_000; // ms until a connection that does not come is given up
const PING_INTERVAL = 3000;
const WINDOW = 6;         // events that wait for their answer
const FILLER = 60_000;    // bytes, of a message that is to fill queues

export class Person {
  connections = 0;
  state = null;       // payload of the last room_state
  roster = new Set(); // who is in-room, for one who is told changes alone
  waiters = new Set();
  wishes = {};        // what it has switched on and off, last
  chats = new Map();  // chatId → epoch: acknowledged, and to be found in recents
  questions = 0;
  words = 0;
  recents = [];       // answers to recents_chat
  isQuiet = false;    // says nothing of its own accord
  isLeaving = false;
  isUnwanted = false; // a host has wanted it gone
  hasLeft = false;    // for good, as far as the room knows
  #socket = null;
  #stretch = null;
  #asked = new Map(); // id → question of this connection
  #retry = null;
  #ping = null;

  /* name, room, world, proxy, token; random and haste: of what it does, and of how soon it is back;
   * caps, pings, resumes, isHost: what kind of client it is. */
  constructor(options) {
    Object.assign(this, options);
  }

  get isInRoom() {
    return this.isConnected && this.state !== null && this.state.role !== 'waiting';
  }

  get isConnected() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  get asked() {
    return this.#asked.size;
  }

  get unanswered() {
    return [...this.#asked.values()].map(({ event, tag }) => tag ?? event).join(' ');
  }

  hasHeard(tag) {
    return this.room.record.hasHeard(this.name, tag);
  }

  /* Connecting and the end of it. */

  #address() {
    const { room, token, caps } = this;
    const words = [`token=${token}`];
    if (caps)
      words.push(`caps=${caps}`);
    if (this.#stretch && this.resumes)
      words.push(`resume=${this.#stretch.epoch}.${this.#stretch.last}`);
    return `ws://127.0.0.1:${this.proxy.port}/ws/${room.endpoint}/${room.name}?${words.join('&')}`;
  }

  connect() {
    clearTimeout(this.#retry);
    if (this.world.isOver)
      return;
    const socket = new WebSocket(this.#address(), {
      perMessageDeflate: false, handshakeTimeout: HANDSHAKE,
    });
    this.#socket = socket;
    Object.assign(this, { state: null, isTold: false, isCut: false, isDeaf: false, bye: null });
    this.#asked.clear();
    const mine = what => (...words) => this.#socket === socket && what(...words);
    socket.on('unexpected-response', mine((_, response) => {
      this.#refused(response.statusCode);
      socket.terminate();
    }));
    socket.on('open', mine(() => this.#opened()));
    socket.on('message', mine(data => this.#received(data.toString())));
    socket.on('error', () => {});
    socket.on('close', mine(code => this.#closed(code)));
  }

  #refused(status) {
    if (![429, 502, 503, 504].includes(status))
      this.room.record.violate('everybody-gets-back', this.name, `is refused with ${status}`);
  }

  #opened() {
    this.connections++;
    this.wasOpen = true;
    this.#ping = this.pings && setInterval(() => this.send('ping', {}), PING_INTERVAL);
  }

  #closed(code) {
    clearInterval(this.#ping);
    const wasOpen = this.wasOpen;
    this.wasOpen = false;
    this.#socket = null;
    if (wasOpen && !this.isLeaving)
      this.world.judgeEnd(this, code);
    if (!this.isLeaving)
      this.#comeBack(this.haste.between(20, 300));
  }

  #comeBack(after) {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.isLeaving = false;
      this.connect();
    }, after);
  }

  /* Goes, and is back after so many ms. `how`: close, leave, or terminate. */
  goAway(how, after) {
    if (!this.isConnected)
      return;
    this.isLeaving = true;
    const socket = this.#socket;
    if (how === 'leave') {
      this.send('leave', {});
      this.hasLeft = true;
    }
    this.#forget();
    if (how === 'terminate')
      socket.terminate();
    else
      socket.close(1000);
    this.#comeBack(after);
  }

  /* What comes from now on is not heard any more. */
  #forget() {
    clearInterval(this.#ping);
    this.#socket = null;
    this.state = null;
    this.wasOpen = false;
    this.#asked.clear();
  }

  stop() {
    clearTimeout(this.#retry);
    this.isLeaving = true;
    const socket = this.#socket;
    this.#forget();
    socket?.close(1000);
    setTimeout(() => socket?.terminate(), 1000).unref();
  }

  /* Faults of its own. */

  deafen(ms) {
    const socket = this.#socket;
    if (!this.isConnected)
      return;
    this.isDeaf = true;
    socket.pause();
    setTimeout(() => socket.readyState === WebSocket.OPEN && socket.resume(), ms);
  }

  cut() {
    this.isCut = true;
    this.proxy.cut();
  }

  /* The network says nothing any more; after so many ms it tries another connection. */
  pullCable(ms) {
    this.isCut = true;
    this.proxy.silence();
    setTimeout(() => {
      if (this.isCut)
        this.goAway('terminate', 0);
    }, ms);
  }

  /* Hearing. */

  #received(text) {
    this.world.trace?.(this.name, text);
    const message = JSON.parse(text);
    // `batch`: several may come as one.
    for (const one of Array.isArray(message) ? message : [message])
      this.#take(one, JSON.stringify(one));
  }

  #take(message, text) {
    const { event, payload, seq } = message;
    if (!this.isTold && event !== 'room_state' && event !== 'bye')
      this.room.record.violate('places-rise', this.name, `${event} before the first room_state`);
    if (event === 'room_state')
      this.#takeState(payload, seq);
    if (seq !== undefined && (event !== 'room_state' || this.isPlaced))
      this.room.record.heard(this.#stretch, message, text);
    if (message.id !== undefined)
      this.#takeAnswer(message);
    this.#follow(event, payload);
  }

  /* The first state of a connection, or of one let in, begins a stretch, unless it goes on. */
  #takeState(payload, seq) {
    const first = !this.isTold;
    this.isTold = true;
    this.isPlaced = !first && this.#isPlacedIn(payload);
    this.state = payload;
    this.roster = new Set([...payload.hosts, ...payload.participants].map(p => p.clientId));
    if (payload.role === 'waiting' || this.isPlaced)
      return;
    const before = this.#stretch;
    if (before?.epoch === payload.epoch && seq < before.last)
      this.room.record.violate('places-rise', this.name, `a room_state of ${seq} after `
        + `${before.last}`);
    if (first && payload.recovered === false)
      this.#judgeResume(before, payload);
    if (!payload.recovered || !first)
      this.#stretch = this.room.record.begin(this.name, payload.epoch, seq);
    this.stretchOf = this.connections;
  }

  /* It came back in time, and to less than a room remembers, unless somebody has filled that. */
  #judgeResume({ epoch, last }, payload) {
    const isExcused = this.hasLeft || this.room.isFull;
    this.hasLeft = false;
    if (epoch === payload.epoch && !isExcused)
      this.room.record.violate('a-resume-recovers', this.name, `nothing after ${last}`);
  }

  #isPlacedIn(payload) {
    return this.#stretch?.epoch === payload.epoch && this.stretchOf === this.connections;
  }

  #follow(event, payload) {
    if (event === 'connect')
      this.roster.add(payload.clientId);
    else if (event === 'disconnect')
      this.roster.delete(payload.clientId);
    else if (event === 'recents_chat')
      this.recents.push(payload);
    else if (event === 'waiting_request')
      this.waiters.add(payload.clientId);
    else if (event === 'ping' && this.pings)
      this.send('pong', {});
    else if (event === 'bye')
      this.#takeBye(payload);
  }

  #takeBye(payload) {
    this.bye = payload.reason;
    this.hasLeft ||= payload.reason === 'kicked';
    this.#socket.close(1000);
  }

  #takeAnswer({ event, payload, id }) {
    const question = this.#asked.get(id);
    if (!question) {
      this.room.record.violate('questions-are-answered-once', this.name,
        `${event} to ${id}, which is not asked, or was answered`);
      return;
    }
    this.#asked.delete(id);
    if (event === 'error' && question.tag !== undefined && question.to === undefined)
      this.room.record.violate('nothing-is-refused', this.name,
        `${question.event} ${question.tag}: ${payload.code}`);
    if (event !== 'ack')
      return;
    const { epoch } = this.state;
    if (payload.seq !== undefined)
      this.room.record.acknowledged({ ...question, epoch, seq: payload.seq, by: this.name });
    if (question.event === 'add_chat' && question.to === undefined)
      this.chats.set(question.tag, epoch);
    if (question.event.startsWith('toggle_'))
      this.wishes[question.event] = question.enabled;
  }

  /* Talking. */

  send(event, payload, id) {
    if (this.isConnected)
      this.#socket.send(JSON.stringify({ event, payload, id }));
  }

  /* With an id, and something to remember of it. */
  ask(event, payload, known = {}) {
    const id = ++this.questions;
    this.#asked.set(id, { event, ...known });
    this.send(event, payload, id);
  }

  /* Words that nobody else has; with or without asking for an answer. */
  speak(event, payload, to, asks = true) {
    const n = ++this.words;
    const tag = `${this.name}.${n}`;
    this.lastTag = tag;
    this.room.record.say(tag,
      { by: this.name, n, to, connection: `${this.name} ${this.connections}` });
    if (to !== undefined)
      payload.targetClientId = to;
    const body = { ...payload, ...this.#words(event, tag) };
    if (asks)
      this.ask(event, body, { tag, to });
    else
      this.send(event, body);
  }

  #words(event, tag) {
    switch (event) {
      case 'add_chat': return { chatContent: tag, chatId: tag };
      case 'reaction': return { emoji: tag };
      case 'message': return { data: { tag } };
      case 'offer': return { sdp: tag };
      case 'candidate': return { candidate: tag, sdpMid: null, sdpMLineIndex: null };
      default: throw new Error(`no words for ${event}`);
    }
  }

  /* More than queues hold, and than a room remembers. */
  fill(count) {
    this.room.isFull = true;
    const filler = 'x'.repeat(FILLER);
    for (let i = 0; i < count && this.isInRoom; i++)
      this.speak('message', { filler }, undefined, false);
  }

  toggle(what, enabled) {
    this.ask(`toggle_${what}`, { enabled }, { enabled });
  }

  /* Living: one act after the other, until it is to be quiet. */

  live() {
    if (this.world.isOver)
      return;
    setTimeout(() => this.live(), this.random.between(...this.world.pace));
    const act = this.random.weigh(this.isHost ? HOST_ACTS : ACTS);
    const other = this.random.pick(this.room.people).name;
    const coin = this.random.chance(0.5), part = this.random.next();
    if (!this.isQuiet && this.isInRoom && this.#asked.size < WINDOW)
      acts[act](this, { other, coin, part });
  }
}

/* What people do, and how often. */
const ACTS = { chat: 22, react: 22, message: 12, signal: 22, type: 4, hand: 4, media: 6,
  whisper: 4, mutter: 4, away: 1 };
const HOST_ACTS = { ...ACTS, role: 3, lobby: 1.5, admit: 8, kick: 0.7 };

const acts = {
  chat: person => person.speak('add_chat', {}),
  react: person => person.speak('reaction', {}),
  message: person => person.speak('message', {}),
  mutter: person => person.speak('message', {}, undefined, false),
  signal: (person, { other, coin }) => person.speak(coin ? 'offer' : 'candidate', {}, other),
  whisper: (person, { other }) => person.speak('add_chat', {}, other),
  type: (person, { coin }) => person.ask('typing', { isTyping: coin }),
  hand: (person, { coin }) => person.ask(coin ? 'raise_hand' : 'lower_hand', {}),
  media: (person, { coin, part }) =>
    person.toggle(['audio', 'video', 'screenshare'][Math.floor(part * 3)], coin),
  away: (person, { coin, part }) =>
    person.goAway(part < 0.2 ? 'leave' : coin ? 'close' : 'terminate', 50 + part * 2000),
  role: (person, { other, coin }) => other !== person.name
    && person.ask('set_role', { clientId: other, role: coin ? 'host' : 'participant' }),
  lobby: (person, { coin }) => person.ask('set_lobby', { enabled: coin }),
  admit: person => {
    for (const waiter of [...person.waiters, ...person.state.waitingUsers.map(w => w.clientId)])
      person.ask('accept_waiting', { clientId: waiter });
    person.waiters.clear();
  },
  kick: (person, { other }) => {
    const target = person.room.people.find(({ name }) => name === other);
    if (target === person)
      return;
    target.isUnwanted = target.hasLeft = true;
    person.ask('kick', { clientId: other });
  },
};
