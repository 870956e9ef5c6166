/* gestures – our hand and our reactions. */

import { $ } from './dom.js';
import { showReaction } from './tiles.js';
import { attempt, onControl, setControl } from './ui.js';

export class Gestures {
  #raised = false;

  constructor(signaling) {
    signaling.on('reaction', ({ clientId, chatId, emoji }) =>
      chatId === undefined && showReaction(clientId, emoji));
    onControl('hand', () =>
      attempt(signaling.request(this.#raised ? 'lower_hand' : 'raise_hand')));
    onControl('react', () => showPicker($('reactions').hidden));
    for (const button of $('reactions').children)
      button.onclick = () => {
        attempt(signaling.request('reaction', { emoji: button.textContent }));
        showPicker(false);
      };
    showPicker(false);
  }

  update(room) {
    this.#raised = room.self.hand > 0;
    setControl('hand', this.#raised);
  }
}

function showPicker(shown) {
  $('reactions').hidden = !shown;
  $('react').setAttribute('aria-expanded', String(shown));
}
