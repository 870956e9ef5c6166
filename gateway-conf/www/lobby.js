/* lobby – waiting, seen from both sides: the waiting screen, and for hosts who is at the door. */

import { $, keepList, stamp } from './dom.js';
import { attempt } from './ui.js';

/* For one who waits: it sees its own name, and nothing of the room. */
export class WaitingScreen {
  constructor(signaling) {
    $('waiting-leave').onclick = () => signaling.leave();
    $('knock').onclick = () => {
      attempt(signaling.request('waiting_request'));
      $('knock').disabled = true; // once is polite
    };
    $('knock').disabled = false;
  }

  update(room) {
    $('waiting-name').textContent = room.self.displayName;
  }
}

/* For hosts: those who ask for something, to be let in or to share the screen, with Yes and No. */
export class Door {
  #signaling;
  #room = null;
  #sharers = new Map(); // clientId → who asked to share

  constructor(signaling) {
    this.#signaling = signaling.on('request_screenshare', person => this.#asks(person));
    $('waiting').replaceChildren();
    $('requests').replaceChildren();
  }

  update(room) {
    this.#room = room;
    for (const clientId of this.#sharers.keys())
      if (!room.isHost || !room.asks || !room.find(clientId) || room.find(clientId).sharing)
        this.#sharers.delete(clientId);
    this.#show();
  }

  #asks(person) {
    this.#sharers.set(person.clientId, person);
    this.#show();
  }

  #show() {
    const waiting = this.#room.isHost ? this.#room.waiting : [];
    const sharers = [...this.#sharers.values()];
    this.#list('waiting', waiting, 'waits to be let in', 'Admit',
      (yes, clientId) => this.#answer(yes ? 'accept_waiting' : 'deny_waiting', clientId));
    this.#list('requests', sharers, 'wants to share the screen', 'Allow',
      (yes, clientId) => {
        this.#sharers.delete(clientId);
        this.#show();
        this.#answer(yes ? 'accept_screenshare' : 'deny_screenshare', clientId);
      });
    $('people-badge').textContent = waiting.length + sharers.length;
    $('people-badge').hidden = waiting.length + sharers.length === 0;
  }

  #list(id, people, wish, yes, answer) {
    const make = ({ clientId }) => {
      const item = stamp('request');
      item.querySelector('.wish').textContent = wish;
      item.querySelector('.yes').textContent = yes;
      item.querySelector('.yes').onclick = () => answer(true, clientId);
      item.querySelector('.no').onclick = () => answer(false, clientId);
      return item;
    };
    keepList($(id), people, make, (item, { displayName }) => {
      item.querySelector('.name').textContent = displayName;
    });
  }

  #answer(event, clientId) {
    attempt(this.#signaling.request(event, { clientId }));
  }
}
