/* call – one visit to a room: ties connection, peers, devices and the parts of the page together.
 *
 * The parts are told by update(room) of each room_state, and by entered(room) when a connection has
 * brought us in, at first or again, so that they tell the room what it cannot know. */

import { Beckon } from './beckon.js';
import { Chat } from './chat.js';
import { Devices } from './devices.js';
import { Gestures } from './gestures.js';
import { Door, WaitingScreen } from './lobby.js';
import { Panel } from './panel.js';
import { Mesh } from './peers.js';
import { Room } from './room.js';
import * as screens from './screens.js';
import { Share } from './share.js';
import * as tiles from './tiles.js';
import { TokenKeeper } from './token.js';
import * as ui from './ui.js';
import { farewell, goneNews, isLost } from './words.js';

const SIGNALS = ['offer', 'answer', 'candidate'];

export class Call {
  #where;
  #onEnd;
  #signaling;
  #mesh;
  #chat;
  #waitingScreen;
  #parts;
  #room = null;
  #shown = []; // the people on the stage
  #isIn = false; // in-room, by this connection
  #trouble = ''; // why there is no connection

  /* onEnd(where, why, word) is called once: why for people, word is the server's. */
  constructor(where, onEnd) {
    this.#where = where;
    this.#onEnd = onEnd;
    const { endpoint, room, token } = where;
    const signaling = this.#signaling = new Beckon({ endpoint, room, token })
      .on('status', status => this.#statusChanged(status))
      .on('stalled', stalled => this.#stalled(stalled))
      .on('state', state => this.#stateChanged(new Room(state)))
      .on('connect', person => this.#arrived(person))
      .on('disconnect', person => this.#left(person))
      .on('role_changed', change => this.#roleChanged(change))
      .on('announcement', ({ message }) => this.#announced(message));
    this.#mesh = new Mesh({
      send: (event, payload) => signaling.request(event, payload),
      onStream: tiles.setStream,
      onScreen: screens.setScreen,
      onState: tiles.setLink,
      onGone: clientId => this.#gone(clientId),
    });
    for (const event of SIGNALS)
      signaling.on(event, payload => this.#mesh.receive(event, payload));
    this.#makeParts();
  }

  start() {
    ui.showView('');
    ui.showRoom(this.#where);
    ui.resetSides();
    ui.onControl('leave', () => this.#signaling.leave());
    this.#signaling.connect();
  }

  networkIsBack() {
    this.#signaling.retryNow();
  }

  /* For the tests, and for a look from the browser's console. */
  debug = {
    status: () => this.#signaling.status,
    peers: () => this.#mesh.clientIds,
    connection: clientId => this.#mesh.connection(clientId),
  };

  #makeParts() {
    const signaling = this.#signaling;
    this.#waitingScreen = new WaitingScreen(signaling);
    this.#chat = new Chat(signaling);
    this.#parts = [
      this.#chat,
      new Panel(signaling, clientId => this.#chat.writeTo(clientId)),
      new Door(signaling),
      new Gestures(signaling),
      new TokenKeeper(signaling, token => this.#newToken(token)),
    ];
    if (this.#hasMedia)
      this.#parts.push(new Devices(signaling, this.#mesh, () => this.#showSelf()),
        new Share(signaling, this.#mesh));
  }

  get #hasMedia() {
    return this.#where.endpoint !== 'chat';
  }

  #statusChanged({ name, code, message = '', bye, retryInMs }) {
    const why = bye ? farewell(bye) : message;
    if (name !== 'connecting') // what led to that stays to be read
      this.#trouble = name !== 'retrying' ? '' : this.#room ? 'One moment …' : why;
    ui.showStatus(name, {
      connecting: this.#trouble || 'Connecting …',
      open: 'Connected',
      retrying: this.#trouble,
    }[name] ?? '');
    if (name === 'retrying') {
      this.#showPause(why, retryInMs);
    } else if (name === 'connecting') {
      ui.hurryPause();
    } else if (name === 'open') {
      ui.hidePause();
      this.#isIn = false;
      this.#mesh.resume();
    } else {
      this.#end(why, code);
    }
  }

  /* Peers and their media need no server; what is written waits for it. */
  #showPause(why, retryInMs) {
    const hint = this.#mesh.clientIds.length > 0 ? 'The call goes on.'
      : this.#room ? 'What you write is kept, and sent then.' : '';
    ui.showPause(why, hint, retryInMs, {
      now: () => this.#signaling.retryNow(),
      stop: () => this.#signaling.leave(),
    });
  }

  #stalled(stalled) {
    if (this.#signaling.status !== 'open')
      return;
    ui.showStatus('open', stalled ? 'Waiting for the server …' : 'Connected');
    if (stalled)
      this.#showPause('The server does not answer just now.');
    else
      ui.hidePause();
  }

  #end(why, word) {
    this.#mesh.close();
    for (const part of this.#parts)
      part.close?.();
    this.#show([]);
    ui.hideNotices();
    ui.hidePause();
    ui.showStatus(word === 'left' ? 'left' : 'closed', 'Not connected');
    this.#onEnd(this.#where, why, word);
  }

  #stateChanged(room) {
    this.#room = room;
    this.#mesh.selfId = room.self.clientId;
    this.#mesh.iceServers = room.iceServers;
    if (room.isWaiting)
      this.#wait(room);
    else
      this.#beIn(room);
  }

  #wait(room) {
    ui.showView('waiting-room');
    this.#waitingScreen.update(room);
  }

  #beIn(room) {
    const entered = !this.#isIn;
    this.#isIn = true;
    ui.showView('call');
    if (this.#hasMedia)
      this.#mesh.setMembers(room.others.map(person => person.clientId));
    this.#showPeople();
    this.#showSelf();
    for (const part of this.#parts)
      part.update?.(room);
    if (entered)
      for (const part of this.#parts)
        part.entered?.(room);
  }

  /* Those in the room, and those whom only the room has lost. */
  #showPeople() {
    const away = this.#shown.filter(({ clientId }) => !this.#room.find(clientId)
      && this.#mesh.isKept(clientId));
    this.#show([...this.#room.people, ...away]);
  }

  #show(people) {
    this.#shown = people;
    tiles.setPeople(people);
    screens.setSharers(people.filter(person => person.sharing));
  }

  #arrived(person) {
    if (!this.#mesh.isKept(person.clientId))
      this.#chat.news(`${person.displayName} has joined.`);
    if (this.#hasMedia)
      this.#mesh.add(person.clientId);
  }

  #left(person) {
    if (isLost(person.reason))
      this.#mesh.lose(person.clientId);
    else
      this.#mesh.remove(person.clientId);
    if (!this.#mesh.isKept(person.clientId))
      this.#chat.news(goneNews(person));
    this.#showPeople();
  }

  #gone(clientId) {
    const person = this.#shown.find(other => other.clientId === clientId);
    if (person)
      this.#chat.news(goneNews(person));
    this.#showPeople();
  }

  #roleChanged({ clientId, displayName, role, by }) {
    if (role === 'host' && !this.#room.find(clientId)?.host)
      this.#chat.news(clientId === this.#room.self.clientId ? 'You are a host now.'
        : `${displayName} is a host now.`);
    else if (role === 'participant' && by && this.#room.find(clientId)?.host)
      this.#chat.news(`${displayName} is no longer a host.`);
  }

  /* In the chat as well, where it stays. */
  #announced(message) {
    ui.showNotice('announcement', message);
    this.#chat.news(message);
  }

  #newToken(token) {
    this.#where = { ...this.#where, token };
  }

  #showSelf() {
    tiles.setStream(this.#mesh.selfId, this.#mesh.localStream);
  }
}
