/* token – the token is about to expire: says so, and takes a new one. */

import { stamp } from './dom.js';
import { hideNotice, showNotice, showNoticeElement } from './ui.js';

export class TokenKeeper {
  #signaling;
  #onToken;

  /* onToken(token) is told a token that the server has accepted. */
  constructor(signaling, onToken) {
    this.#signaling = signaling.on('token_expiring', ({ expires }) => this.#ask(expires));
    this.#onToken = onToken;
  }

  #ask(expires) {
    const form = stamp('new-token');
    form.querySelector('.text').textContent =
      `Your token expires at ${clock(expires)}. With a new one you can stay.`;
    form.onsubmit = event => {
      event.preventDefault();
      this.#submit(form);
    };
    showNoticeElement('token', form);
  }

  async #submit(form) {
    const token = form.elements.token.value.trim();
    try {
      const { expires } = await this.#signaling.request('refresh_token', { token });
      this.#onToken(token);
      hideNotice('token');
      showNotice('token', `You can stay until ${clock(expires)}.`);
    } catch (error) {
      form.querySelector('.text').textContent = `That token is not accepted. ${error.message}`;
    }
  }
}

function clock(time) {
  return new Date(time).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}
