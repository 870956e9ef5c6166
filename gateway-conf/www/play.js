/* play – browsers refuse sound on a page that was never touched; then the person is asked to. */

import { hideNotice, showNotice } from './ui.js';

const silent = new Set();

export async function play(video) {
  try {
    await video.play();
  } catch (error) {
    if (error.name !== 'NotAllowedError')
      return; // replaced by another stream meanwhile
    silent.add(video);
    showNotice('sound', 'The browser keeps the sound off until you click somewhere on this page.');
    addEventListener('click', playAll, { once: true });
  }
}

function playAll() {
  hideNotice('sound');
  for (const video of silent)
    play(video);
  silent.clear();
}
