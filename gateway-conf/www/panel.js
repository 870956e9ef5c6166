/* panel – who is here, and for hosts what they can do about it.
 *
 * What the reader may not do is not shown; whether it is allowed, the server decides. */

import { $, keepList, stamp } from './dom.js';
import { showHand } from './tiles.js';
import { attempt, confirmWithWords } from './ui.js';

/* What can be done to somebody: who may, when it makes sense, and what it says to the server. With
 * `ask` there is a question first, and words may go with it. */
const ACTS = [
  {
    name: 'write', label: 'Write privately',
    fits: () => true,
  }, {
    name: 'lower-hand', label: 'Lower hand', hosts: true, event: 'lower_hand',
    fits: person => person.hand > 0,
  }, {
    name: 'mute', label: 'Mute', hosts: true, event: 'mute', more: { audio: true },
    fits: person => person.unmuted,
  }, {
    name: 'camera-off', label: 'Camera off', hosts: true, event: 'mute', more: { video: true },
    fits: person => person.cameraOn,
  }, {
    name: 'stop-share', label: 'Stop sharing', hosts: true, event: 'stop_screenshare',
    fits: person => person.sharing,
  }, {
    name: 'make-host', label: 'Make host', hosts: true, event: 'set_role', more: { role: 'host' },
    fits: person => !person.host,
  }, {
    name: 'unmake-host', label: 'No longer host', hosts: true, event: 'set_role',
    more: { role: 'participant' },
    fits: person => person.host,
  }, {
    name: 'kick', label: 'Remove', hosts: true, event: 'kick', bad: true,
    ask: name => `Remove ${name} from the room? They may come back.`,
    fits: () => true,
  }, {
    name: 'ban', label: 'Ban', hosts: true, event: 'ban', bad: true,
    ask: name => `Ban ${name} from this room for a day?`,
    fits: () => true,
  },
];

export class Panel {
  #signaling;
  #writeTo;

  /* writeTo(clientId) turns the chat to that person. */
  constructor(signaling, writeTo) {
    this.#signaling = signaling;
    this.#writeTo = writeTo;
    $('roster').replaceChildren();
    onSwitch('set-lobby', enabled => this.#say('set_lobby', { enabled }));
    onSwitch('set-lock', locked => this.#say('lock_room', { locked }));
    onSwitch('set-ask', ask => this.#say('set_policy', { screenshare: ask ? 'ask' : 'open' }));
    $('close-room').onclick = () => this.#closeRoom();
  }

  update(room) {
    document.documentElement.classList.toggle('is-host', room.isHost);
    $('set-lobby').checked = room.lobby;
    $('set-lock').checked = room.locked;
    $('set-ask').checked = room.asks;
    $('room-marks').textContent = [room.locked && 'locked', room.lobby && 'lobby']
      .filter(Boolean).join(' · ');
    $('people-count').textContent = room.people.length;
    keepList($('roster'), room.people, () => this.#makeRow(),
      (row, person) => updateRow(row, person, room.isHost));
  }

  #makeRow() {
    const row = stamp('person');
    for (const act of ACTS) {
      const button = document.createElement('button');
      button.textContent = act.label;
      button.dataset.act = act.name;
      button.classList.toggle('danger', act.bad === true);
      button.onclick = () => this.#do(act, row);
      row.querySelector('.acts').append(button);
    }
    return row;
  }

  async #do({ event, ask, label, more }, row) {
    const { clientId } = row.dataset;
    let reason;
    if (!event)
      return this.#writeTo(clientId);
    if (ask) {
      reason = await confirmWithWords(ask(row.querySelector('.name').textContent), label);
      if (reason === null)
        return;
    }
    this.#say(event, { clientId, reason: reason || undefined, ...more });
    row.querySelector('details').open = false;
  }

  async #closeRoom() {
    const reason = await confirmWithWords('Close the room for everybody?', 'Close the room');
    if (reason !== null)
      this.#say('close_room', { reason: reason || undefined });
  }

  #say(event, payload) {
    attempt(this.#signaling.request(event, payload));
  }
}

/* A switch shows what the room says, not what was clicked: that follows. */
function onSwitch(id, change) {
  $(id).onclick = event => {
    event.preventDefault();
    change(event.target.checked);
  };
}

function updateRow(row, person, viewerIsHost) {
  row.querySelector('.name').textContent = person.displayName;
  row.querySelector('.you').hidden = !person.self;
  row.querySelector('.badge').hidden = !person.host;
  row.classList.toggle('self', person.self);
  row.classList.toggle('unmuted', person.unmuted);
  row.classList.toggle('on-camera', person.cameraOn);
  row.classList.toggle('is-sharing', person.sharing);
  showHand(row.querySelector('.hand'), person.hand);
  for (const [i, act] of ACTS.entries())
    row.querySelectorAll('[data-act]')[i].hidden = person.self || !act.fits(person)
      || (act.hosts === true && !viewerIsHost);
}
