/* screens – the screens that others share, large above the people.
 *
 * A screen is shown for as long as the room says that it is shared: a track alone shows nothing. */

import { $, keepList, stamp } from './dom.js';
import { play } from './play.js';

const streams = new Map(); // clientId → what comes in from it, shared or not yet
let sharers = [];

/* people: those who share a screen, by the room's word. */
export function setSharers(people) {
  sharers = people.filter(({ self }) => !self);
  render();
}

/* stream null: nothing comes in any more. */
export function setScreen(clientId, stream) {
  if (stream)
    streams.set(clientId, stream);
  else
    streams.delete(clientId);
  render();
}

function render() {
  const before = $('screens').childElementCount;
  keepList($('screens'), sharers, () => stamp('screen'), (figure, { clientId, displayName }) => {
    figure.querySelector('.name').textContent = `${displayName} is sharing the screen`;
    show(figure.querySelector('video'), streams.get(clientId) ?? null);
  });
  $('stage').classList.toggle('has-screen', sharers.length > 0);
  if (before !== sharers.length)
    dispatchEvent(new Event('resize'));
}

function show(video, stream) {
  if (video.srcObject === stream)
    return;
  video.srcObject = stream;
  if (stream)
    play(video);
}
