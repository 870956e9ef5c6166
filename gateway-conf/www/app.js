/* app – the demo page: joins a room, and ties connection, peers, devices and page together.
 *
 * The address says where to: #endpoint=zoom&room=r1&token=…&name=Ann. Without room or token a
 * form asks for them. `name` only greets: who one is, the token says. */

import { openDevice, openDevices } from './media.js';
import { Mesh } from './peers.js';
import { Signaling } from './signaling.js';
import * as ui from './ui.js';

const ENDPOINTS = ['zoom', 'screenshare', 'chat'];

class Call {
  #where;
  #signaling;
  #mesh;
  #selfId = null;
  #devicesAsked = false;

  constructor(where) {
    this.#where = where;
    this.#mesh = new Mesh({
      send: (event, payload) => this.#signaling.send(event, payload),
      onStream: (clientId, stream) => ui.setStream(clientId, stream),
      onState: (clientId, state) => ui.setLink(clientId, state),
    });
    this.#signaling = new Signaling(where)
      .on('state', state => this.#stateChanged(state))
      .on('room_state', state => this.#roomState(state))
      .on('connect', person => this.#arrived(person))
      .on('disconnect', person => this.#left(person))
      .on('add_chat', message => ui.addMessage(message))
      .on('token_expiring', ({ expires }) => this.#tokenExpires(expires));
    for (const event of ['offer', 'answer', 'candidate'])
      this.#signaling.on(event, payload => this.#mesh.receive(event, payload));
  }

  start() {
    ui.showRoom(this.#where);
    ui.onControl('mic', () => this.#toggleMicrophone());
    ui.onControl('camera', () => this.#toggleCamera());
    ui.onControl('leave', () => this.#signaling.leave());
    ui.onSay(chatContent => this.#signaling.request('add_chat', { chatContent }));
    this.#signaling.connect();
  }

  /* For the tests, and for a look from the browser's console. */
  debug = {
    state: () => this.#signaling.state,
    peers: () => this.#mesh.clientIds,
    connection: clientId => this.#mesh.connection(clientId),
  };

  networkIsBack() {
    this.#signaling.retryNow();
  }

  #stateChanged({ name, why = '', retryInMs = 0, error, reason }) {
    if (name === 'closed')
      return this.#end(why, error ?? reason);
    ui.showStatus(name, {
      connecting: 'Connecting …',
      open: 'Connected',
      retrying: `${why} Trying again in ${Math.ceil(retryInMs / 1000)} s.`,
    }[name]);
    if (name === 'open') {
      // To the others we went and came: what is left of the old peer connections leads nowhere.
      this.#mesh.close();
      ui.showCall();
    }
  }

  #end(why, word) {
    this.#mesh.close();
    for (const track of this.#mesh.localStream.getTracks())
      track.stop();
    call = null;
    ui.clearRoom();
    ui.showStatus(word === 'left' ? 'left' : 'closed', 'Not connected');
    ask(this.#where, why, word);
  }

  #roomState({ clientId, displayName, role, hosts, participants, iceServers }) {
    const isSelf = person => person.clientId === clientId;
    const people = [
      ...hosts.map(person => ({ ...person, role: 'host' })),
      ...participants.map(person => ({ ...person, role: 'participant' })),
    ].filter(person => !isSelf(person));

    this.#selfId = this.#mesh.selfId = clientId;
    this.#mesh.iceServers = iceServers;
    ui.setPeople([{ clientId, displayName, role, self: true }, ...people]);
    ui.showNotice('lobby', role === 'waiting' ? 'Please wait: a host has to let you in.' : '');
    if (this.#hasMedia) {
      this.#mesh.setMembers(people.map(person => person.clientId));
      this.#showSelf();
      this.#askForDevices();
    }
  }

  #arrived(person) {
    ui.setPerson(person);
    ui.addNews(`${person.displayName} has joined.`);
    if (this.#hasMedia)
      this.#mesh.add(person.clientId);
  }

  #left({ clientId, displayName, reason }) {
    this.#mesh.remove(clientId);
    ui.removePerson(clientId);
    ui.addNews(reason === 'left' ? `${displayName} has left.` : `${displayName} is gone.`);
  }

  #tokenExpires(expires) {
    const time = new Date(expires).toLocaleTimeString();
    ui.showNotice('token', `Your token expires at ${time}; then you have to join with a new one.`);
  }

  get #hasMedia() {
    return this.#where.endpoint !== 'chat';
  }

  /* Asked for only once the server has let us in: nobody is filmed for a refusal. */
  async #askForDevices() {
    if (this.#devicesAsked)
      return;
    this.#devicesAsked = true;
    const { audio, video, trouble } = await openDevices();
    this.#useTrack('audio', audio);
    this.#useTrack('video', video);
    ui.showNotice('devices', trouble.length ? `${trouble.join(' ')} You are in all the same.` : '');
  }

  /* Muted, the microphone stays open and sends silence: speaking again must not take a second. */
  async #toggleMicrophone() {
    const track = this.#mesh.localTrack('audio');
    if (track) {
      track.enabled = !track.enabled;
      ui.setControl('mic', track.enabled);
    } else {
      await this.#openLate('audio');
    }
  }

  /* The camera is really closed, so that its light goes out. */
  async #toggleCamera() {
    const track = this.#mesh.localTrack('video');
    if (track) {
      track.stop();
      this.#useTrack('video', null);
    } else {
      await this.#openLate('video');
    }
  }

  async #openLate(kind) {
    try {
      this.#useTrack(kind, await openDevice(kind));
      ui.showNotice('devices', '');
    } catch (error) {
      ui.showNotice('devices', error.message);
    }
  }

  #useTrack(kind, track) {
    if (this.#signaling.state === 'closed') { // left while the browser was still asking
      track?.stop();
      return;
    }
    this.#mesh.setTrack(kind, track);
    ui.setControl(kind === 'audio' ? 'mic' : 'camera', track !== null);
    this.#showSelf();
    track?.addEventListener('ended', () => this.#useTrack(kind, null)); // unplugged
  }

  #showSelf() {
    ui.setStream(this.#selfId, this.#mesh.localStream);
  }
}

let call = null; // the one under way

function join(where) {
  call = new Call(where);
  window.beckonDebug = call.debug;
  call.start();
}

/* The form, with what went wrong. Whoever left can go back in by the same token. */
function ask(where, problem = '', word = '') {
  const token = word === 'left' ? where.token : '';
  ui.showRoom({ endpoint: where.endpoint, room: '' });
  ui.showJoin({ ...where, token }, problem, word, join);
}

/* Reads where to go and takes the token out of the address bar: it would stay in the history, and
 * be in every screenshot. */
function readAddress() {
  const params = new URLSearchParams(location.hash.slice(1));
  const where = {
    endpoint: ENDPOINTS.includes(params.get('endpoint')) ? params.get('endpoint') : 'zoom',
    room: params.get('room') ?? '',
    token: params.get('token') ?? '',
    name: params.get('name') ?? '',
  };
  if (params.has('token')) {
    params.delete('token');
    history.replaceState(null, '', `#${params}`);
  }
  return where;
}

function begin() {
  const where = readAddress();
  if (where.room && where.token)
    join(where);
  else
    ask(where);
}

ui.onControl('toggle-chat', ui.toggleChat);
addEventListener('online', () => call?.networkIsBack());
addEventListener('hashchange', () => location.reload()); // another link was put into this tab
begin();
