/* call – one visit to a room: ties connection, peers, devices and the parts of the page together.
 *
 * The parts are told by update(room) of each room_state, and by entered(room) when a connection has
 * brought us in, at first or again, so that they tell the room what it cannot know. */

import { Chat } from './chat.js';
import { Devices } from './devices.js';
import { Gestures } from './gestures.js';
import { Door, WaitingScreen } from './lobby.js';
import { Panel } from './panel.js';
import { Mesh } from './peers.js';
import { Room } from './room.js';
import * as screens from './screens.js';
import { Share } from './share.js';
import { Signaling } from './signaling.js';
import * as tiles from './tiles.js';
import { TokenKeeper } from './token.js';
import * as ui from './ui.js';
import { goneNews } from './words.js';

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
  #isIn = false; // in-room, by this connection

  /* onEnd(where, why, word) is called once: why for people, word is the server's. */
  constructor(where, onEnd) {
    this.#where = where;
    this.#onEnd = onEnd;
    const signaling = this.#signaling = new Signaling(where)
      .on('state', state => this.#stateChanged(state))
      .on('room_state', state => this.#roomState(new Room(state)))
      .on('connect', person => this.#arrived(person))
      .on('disconnect', person => this.#left(person))
      .on('role_changed', change => this.#roleChanged(change));
    this.#mesh = new Mesh({
      send: (event, payload) => signaling.send(event, payload),
      onStream: tiles.setStream,
      onScreen: screens.setScreen,
      onState: tiles.setLink,
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
    state: () => this.#signaling.state,
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

  #stateChanged({ name, why = '', retryInMs = 0, error, reason }) {
    if (name === 'closed')
      return this.#end(why, error ?? reason);
    ui.hidePause();
    ui.showStatus(name, {
      connecting: 'Connecting …',
      open: 'Connected',
      retrying: why,
    }[name]);
    if (name === 'retrying')
      ui.showPause(why, retryInMs, {
        now: () => this.#signaling.retryNow(),
        stop: () => this.#signaling.leave(),
      });
    if (name === 'open') {
      // To the others we went and came: what is left of the old peer connections leads nowhere.
      this.#mesh.close();
      this.#isIn = false;
    }
  }

  #end(why, word) {
    this.#mesh.close();
    for (const part of this.#parts)
      part.close?.();
    tiles.setPeople([]);
    screens.setSharers([]);
    ui.hideNotices();
    ui.hidePause();
    ui.showStatus(word === 'left' ? 'left' : 'closed', 'Not connected');
    this.#onEnd(this.#where, why, word);
  }

  #roomState(room) {
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
    tiles.setPeople(room.people);
    screens.setSharers(room.people.filter(person => person.sharing));
    if (this.#hasMedia)
      this.#mesh.setMembers(room.others.map(person => person.clientId));
    this.#showSelf();
    for (const part of this.#parts)
      part.update?.(room);
    if (entered)
      for (const part of this.#parts)
        part.entered?.(room);
  }

  #arrived(person) {
    this.#chat.news(`${person.displayName} has joined.`);
    if (this.#hasMedia)
      this.#mesh.add(person.clientId);
  }

  #left(person) {
    this.#mesh.remove(person.clientId);
    tiles.removePerson(person.clientId);
    this.#chat.news(goneNews(person));
  }

  #roleChanged({ clientId, displayName, role, by }) {
    if (role === 'host' && !this.#room.find(clientId)?.host)
      this.#chat.news(clientId === this.#room.self.clientId ? 'You are a host now.'
        : `${displayName} is a host now.`);
    else if (role === 'participant' && by && this.#room.find(clientId)?.host)
      this.#chat.news(`${displayName} is no longer a host.`);
  }

  #newToken(token) {
    this.#where = { ...this.#where, token };
    this.#signaling.useToken(token);
  }

  #showSelf() {
    tiles.setStream(this.#mesh.selfId, this.#mesh.localStream);
  }
}
