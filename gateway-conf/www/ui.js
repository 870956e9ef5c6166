/* ui – the frame of the page: which view is shown, the status, notices, controls, questions.
 *
 * It knows no server and no peer connection: others tell it what happened. */

import { $, stamp } from './dom.js';

const VIEWS = ['entrance', 'waiting-room', 'call'];
const TROUBLE_MS = 8_000;

const root = document.documentElement;

/* Which view; '' shows none. */
export function showView(name) {
  for (const view of VIEWS)
    $(view).hidden = view !== name;
}

export function showRoom({ endpoint, room }) {
  root.classList.toggle('endpoint-chat', endpoint === 'chat');
  $('room-name').textContent = room;
  document.title = room ? `${room} – Beckon` : 'Beckon';
}

/* state: a word for style sheets and tests; text: for people. */
export function showStatus(state, text) {
  root.dataset.state = state;
  $('status').textContent = text;
}

/* Notices: something the person should know, one thing per topic */

/* action: {label, run}, a button that takes the notice away and runs. */
export function showNotice(topic, text, action) {
  const notice = findNotice(topic) ?? addNotice(topic);
  notice.querySelector('.text').textContent = text;
  const button = notice.querySelector('.action');
  button.hidden = !action;
  if (!action)
    return;
  button.textContent = action.label;
  button.onclick = () => {
    hideNotice(topic);
    action.run();
  };
}

export function hideNotice(topic) {
  findNotice(topic)?.remove();
}

export function hideNotices() {
  $('notices').replaceChildren();
}

/* An element of somebody else's making among the notices. */
export function showNoticeElement(topic, element) {
  findNotice(topic)?.remove();
  element.dataset.topic = topic;
  $('notices').append(element);
}

function findNotice(topic) {
  return $('notices').querySelector(`[data-topic="${topic}"]`);
}

function addNotice(topic) {
  const notice = stamp('notice');
  notice.dataset.topic = topic;
  notice.querySelector('.close').onclick = () => notice.remove();
  $('notices').append(notice);
  return notice;
}

let trouble = 0;

/* Waits for what the server says to something the person did; shows a refusal for a while. */
export async function attempt(answer) {
  try {
    await answer;
  } catch (error) {
    showNotice('trouble', error.message);
    clearTimeout(trouble);
    trouble = setTimeout(() => hideNotice('trouble'), TROUBLE_MS);
  }
}

/* A pause: the connection is being made again after `ms`, or the server does not answer */

let countdown = 0;

export function showPause(why, hint, ms, { now, stop }) {
  const end = performance.now() + ms;
  const count = () => {
    const seconds = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    $('pause-time').textContent = `Trying again in ${seconds} s.`;
  };
  clearInterval(countdown);
  $('pause-why').textContent = why;
  $('pause-hint').textContent = hint;
  $('pause-now').onclick = now;
  $('pause-stop').onclick = stop;
  $('pause').classList.toggle('retrying', ms !== undefined);
  $('pause').hidden = false;
  if (ms === undefined)
    return;
  count();
  countdown = setInterval(count, 250);
}

/* It is tried now. */
export function hurryPause() {
  clearInterval(countdown);
  $('pause-time').textContent = 'Trying now …';
}

export function hidePause() {
  clearInterval(countdown);
  $('pause').hidden = true;
}

/* Controls: each may be on or off, and calls back when clicked */

export function onControl(id, click) {
  $(id).onclick = click;
}

export function setControl(id, on) {
  $(id).setAttribute('aria-pressed', String(on));
}

export function setLabel(id, text) {
  $(id).querySelector('span').textContent = text;
}

/* Parts of the page that come and go by a control */

const NARROW = matchMedia('(max-width: 48rem)');
const SIDES = ['people', 'chat'];

/* In a narrow window there is room for one of them. */
export function toggleSide(name) {
  const show = $(name).hidden;
  for (const side of SIDES)
    if (side === name || (show && NARROW.matches))
      setSide(side, side === name && show);
  dispatchEvent(new Event('resize')); // pictures have another size now
}

function setSide(name, shown) {
  $(name).hidden = !shown;
  setControl(`toggle-${name}`, shown);
  $('call').classList.toggle('without-side', SIDES.every(side => $(side).hidden));
}

export function resetSides() {
  setSide('people', !NARROW.matches);
  setSide('chat', true);
}

/* Asks before something that cannot be taken back. Resolves with the words to go with it, or with
 * null where the person thought better of it. */
export function confirmWithWords(question, action) {
  const dialog = $('confirm');
  const form = dialog.querySelector('form');
  $('confirm-question').textContent = question;
  $('confirm-action').textContent = action;
  form.elements.words.value = '';
  dialog.showModal();
  return new Promise(resolve => {
    const close = words => {
      dialog.onclose = null;
      dialog.close();
      resolve(words);
    };
    dialog.onclose = () => close(null);
    $('confirm-cancel').onclick = () => close(null);
    form.onsubmit = event => {
      event.preventDefault();
      close(form.elements.words.value.trim());
    };
  });
}
