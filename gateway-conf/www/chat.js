/* chat – what we say and hear: to all or to one, changed and deleted, with a memory; who is
 * typing. */

import { newId } from './beckon.js';
import { ChatLog } from './chatlog.js';
import { $ } from './dom.js';
import { Typing } from './typing.js';
import { attempt } from './ui.js';

const PAGE = 50; // messages of history at once

export class Chat {
  #signaling;
  #log;
  #typing;
  #room = null;
  #editing = null; // the message that is being changed
  #form = $('say');

  constructor(signaling) {
    this.#signaling = signaling
      .on('add_chat', message => this.#heard(message))
      .on('edit_chat', message => this.#heard(message))
      .on('delete_chat', message => this.#deleted(message))
      .on('recents_chat', messages => this.#remembered(messages))
      .on('reaction', ({ chatId, emoji, displayName }) =>
        chatId && this.#log.addReaction(chatId, emoji, displayName));
    this.#log = new ChatLog({
      edit: message => this.#edit(message),
      remove: ({ chatId }) => attempt(signaling.request('delete_chat', { chatId })),
      react: ({ chatId }, emoji) => attempt(signaling.request('reaction', { chatId, emoji })),
    });
    this.#typing = new Typing(signaling, this.#form.elements.text);
    this.#form.onsubmit = event => {
      event.preventDefault();
      this.#submit();
    };
    $('older').hidden = true;
    $('older').onclick = () => this.#recall(this.#log.oldestId);
    $('stop-editing').onclick = () => this.#edit(null);
    $('messages').onkeydown = event => event.key === 'Escape' && this.#form.elements.text.focus();
    this.#edit(null);
    this.writeTo('');
  }

  entered() {
    this.#recall();
  }

  /* Offers those who are here for a private word. */
  update(room) {
    const to = this.#form.elements.to;
    const chosen = to.value;
    const options = [new Option('Everybody', ''),
      ...room.others.map(({ clientId, displayName }) => new Option(displayName, clientId))];
    this.#room = room;
    if (isSameList(options, to.options))
      return; // the list may be open just now
    to.replaceChildren(...options);
    this.writeTo(room.find(chosen) ? chosen : '');
  }

  writeTo(clientId) {
    this.#form.elements.to.value = clientId;
    this.#form.classList.toggle('to-one', clientId !== '');
    this.#form.elements.to.onchange = event => this.writeTo(event.target.value);
  }

  news(text, bad) {
    this.#log.addNews(text, bad);
  }

  close() {
    this.#typing.close();
  }

  #recall(before) {
    this.#signaling.send('recents_chat', { limit: PAGE, before });
  }

  #remembered(messages) {
    for (const message of messages)
      this.#heard(message);
    $('older').hidden = messages.length < PAGE;
  }

  #heard(message) {
    const own = message.clientId === this.#room.self.clientId;
    this.#typing.done(message.clientId);
    this.#log.put(message, { note: this.#privateNote(message, own), own });
  }

  #privateNote({ targetClientId }, own) {
    if (targetClientId === undefined)
      return '';
    const target = this.#room.find(targetClientId);
    return own ? `to ${target?.displayName ?? targetClientId} alone` : 'to you alone';
  }

  #deleted({ chatId, displayName, by }) {
    this.#log.remove(chatId, by ? `${by.displayName} has deleted a message of ${displayName}.`
      : `${displayName} has deleted a message.`);
  }

  #edit(message) {
    const { text } = this.#form.elements;
    this.#editing = message;
    $('editing').hidden = message === null;
    text.value = message?.chatContent ?? '';
    if (message)
      text.focus();
  }

  async #submit() {
    const { text, to } = this.#form.elements;
    const editing = this.#editing;
    const chatContent = text.value.trim();
    if (chatContent === '')
      return;
    this.#edit(null);
    this.#typing.stop();
    try {
      if (editing)
        await this.#signaling.request('edit_chat', { chatId: editing.chatId, chatContent },
          { queue: true });
      else
        await this.#add({ chatContent, targetClientId: to.value || undefined });
    } catch (error) {
      text.value ||= chatContent;
      this.news(`Your message was not sent. ${error.message}`, true);
    }
  }

  /* It is shown at once: the server may be away for a moment. */
  async #add(message) {
    const shown = { ...this.#room.self, ...message, chatId: newId() };
    this.#log.putPending(shown, this.#privateNote(shown, true));
    try {
      await this.#signaling.request('add_chat', { ...message, chatId: shown.chatId },
        { queue: true });
    } catch (error) {
      this.#log.dropPending(shown.chatId);
      throw error;
    }
  }
}

function isSameList(a, b) {
  return a.length === b.length
    && a.every(({ value, text }, i) => value === b[i].value && text === b[i].text);
}
