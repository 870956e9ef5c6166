/* chatlog – the list of what was said and what happened, oldest first. It follows the newest,
 * unless the reader has scrolled back. */

import { $, stamp } from './dom.js';

const AT_END = 40; // pixels that still count as the end

export class ChatLog {
  #list = $('messages');
  #acts;

  /* acts: {edit, remove, react}, called with the message and, to react, with an emoji. */
  constructor(acts) {
    this.#acts = acts;
    this.#list.replaceChildren();
  }

  get oldestId() {
    return this.#list.querySelector('[data-chat-id]:not(.private, .pending)')?.dataset.chatId;
  }

  /* What is on its way is below all that has come, until put() has it from the server. */
  putPending({ chatId, ...message }, note) {
    this.put({ ...message, chatId, timestamp: Date.now() }, { note, own: true });
    const item = this.#find(chatId);
    item.classList.add('pending');
    item.dataset.at = Infinity;
    this.#list.append(item);
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  /* It was not sent. */
  dropPending(chatId) {
    const item = this.#find(chatId);
    if (item?.matches('.pending'))
      item.remove();
  }

  /* Shows a message at its place in time, or what has become of it. `note` says whom a private one
   * is for; `own` ones are the reader's. What may be done to a message, the style sheet shows. */
  put(message, { note, own }) {
    this.dropPending(message.chatId);
    const item = this.#find(message.chatId) ?? this.#add(message);
    item.querySelector('.name').textContent = message.displayName;
    item.querySelector('.note').textContent = note;
    item.querySelector('.text').textContent = message.chatContent;
    item.querySelector('.edited').hidden = !message.edited;
    item.classList.toggle('private', note !== '');
    item.classList.toggle('own', own);
    item.querySelector('.edit').onclick = () => this.#acts.edit(message);
    item.querySelector('.remove').onclick = () => this.#acts.remove(message);
    for (const button of item.querySelectorAll('.react'))
      button.onclick = () => this.#acts.react(message, button.textContent);
  }

  /* Its place is kept, so that an answer does not seem to belong to another. */
  remove(chatId, why) {
    const item = this.#find(chatId);
    if (!item)
      return;
    const grave = news(why, false);
    grave.dataset.at = item.dataset.at;
    item.replaceWith(grave);
  }

  addReaction(chatId, emoji, displayName) {
    const reactions = this.#find(chatId)?.querySelector('.reactions');
    if (!reactions)
      return;
    const chip = [...reactions.children].find(({ dataset }) => dataset.emoji === emoji)
      ?? reactions.appendChild(document.createElement('span'));
    const count = Number(chip.dataset.count ?? 0) + 1;
    Object.assign(chip.dataset, { emoji, count });
    chip.textContent = count > 1 ? `${emoji} ${count}` : emoji;
    chip.title = chip.title ? `${chip.title}, ${displayName}` : displayName;
  }

  addNews(text, bad = false) {
    this.#insert(news(text, bad), Date.now());
  }

  #find(chatId) {
    return this.#list.querySelector(`[data-chat-id="${CSS.escape(chatId)}"]`);
  }

  #add({ chatId, clientId, timestamp }) {
    const item = stamp('message');
    const date = new Date(timestamp);
    const time = item.querySelector('time');
    Object.assign(item.dataset, { chatId, clientId });
    time.dateTime = date.toISOString();
    time.textContent = date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    this.#insert(item, timestamp);
    return item;
  }

  /* History comes late and belongs above what is there. */
  #insert(item, at) {
    const list = this.#list;
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < AT_END;
    const later = [...list.children].findLast(child => Number(child.dataset.at) <= at);
    item.dataset.at = at;
    if (later)
      later.after(item);
    else
      list.prepend(item);
    if (atEnd)
      list.scrollTop = list.scrollHeight;
  }
}

function news(text, bad) {
  const item = document.createElement('li');
  item.className = bad ? 'news bad' : 'news';
  item.textContent = text;
  return item;
}
