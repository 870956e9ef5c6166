/* typing – says that we are writing, and shows who else is. */

import { $ } from './dom.js';

const AGAIN_MS = 4_000; // we say so no more often than that
const IDLE_MS = 6_000; // who has said nothing for so long has stopped

export class Typing {
  #signaling;
  #saidAt = -Infinity;
  #idle = 0;
  #others = new Map(); // clientId → {displayName, timer}

  constructor(signaling, field) {
    this.#signaling = signaling
      .on('typing', news => this.#heard(news))
      .on('disconnect', ({ clientId }) => this.done(clientId));
    field.oninput = () => field.value ? this.#type() : this.stop();
    this.#show();
  }

  stop() {
    clearTimeout(this.#idle);
    if (this.#saidAt === -Infinity)
      return;
    this.#saidAt = -Infinity;
    this.#signaling.send('typing', { isTyping: false });
  }

  /* Has sent it, or is gone. */
  done(clientId) {
    clearTimeout(this.#others.get(clientId)?.timer);
    this.#others.delete(clientId);
    this.#show();
  }

  close() {
    clearTimeout(this.#idle);
    for (const clientId of [...this.#others.keys()])
      this.done(clientId);
  }

  #type() {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.stop(), IDLE_MS);
    if (performance.now() - this.#saidAt < AGAIN_MS)
      return;
    this.#saidAt = performance.now();
    this.#signaling.send('typing', { isTyping: true });
  }

  #heard({ clientId, displayName, isTyping }) {
    this.done(clientId);
    if (!isTyping)
      return;
    const timer = setTimeout(() => this.done(clientId), IDLE_MS);
    this.#others.set(clientId, { displayName, timer });
    this.#show();
  }

  #show() {
    const names = [...this.#others.values()].map(({ displayName }) => displayName);
    $('typing').textContent = names.length > 2 ? 'Several people are typing …'
      : names.length ? `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} typing …` : '';
  }
}
