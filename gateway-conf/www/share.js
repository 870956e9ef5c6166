/* share – our own screen: asked for where the room wants that, sent as a further track, stopped
 * by us, by the browser or by a host.
 *
 * The room is told before anybody gets the picture, so that it can refuse. */

import { openScreen } from './media.js';
import { attempt, hideNotice, onControl, setControl, setLabel, showNotice } from './ui.js';

export class Share {
  #signaling;
  #mesh;
  #room = null;
  #asking = false; // a host has to answer

  constructor(signaling, mesh) {
    this.#signaling = signaling
      .on('accept_screenshare', () => this.#accepted())
      .on('deny_screenshare', order => this.#denied(order))
      .on('stop_screenshare', order => this.#stopped(order));
    this.#mesh = mesh;
    onControl('share', () => this.#toggle());
    this.#show();
  }

  update(room) {
    this.#room = room;
    if (!room.asks || room.isHost)
      this.#asking = false; // there is no need to any more
    this.#show();
  }

  /* After a lost connection the room knows nothing of our screen. */
  async entered() {
    this.#asking = false;
    if (this.#track && !await this.#tell(true))
      this.#stop();
  }

  close() {
    this.#track?.stop();
  }

  get #track() {
    return this.#mesh.localTrack('screen');
  }

  get #mayStart() {
    return !this.#room.asks || this.#room.isHost || this.#room.isPresenting;
  }

  #toggle() {
    if (this.#track)
      this.#stop(() => attempt(this.#signaling.request('toggle_screenshare', { enabled: false },
        { queue: true })));
    else if (this.#mayStart)
      this.#start();
    else
      this.#ask();
  }

  #ask() {
    this.#asking = true;
    this.#show();
    showNotice('share', 'A host has been asked whether you may share your screen.');
    attempt(this.#signaling.request('request_screenshare'));
  }

  #accepted() {
    const asked = this.#asking;
    this.#asking = false;
    hideNotice('share');
    this.#show();
    if (asked && !this.#track)
      this.#start();
  }

  #denied({ by }) {
    this.#asking = false;
    this.#show();
    showNotice('share', `${by?.displayName ?? 'A host'} does not want you to share your screen.`);
  }

  /* The share and its grant have ended already. */
  #stopped({ by }) {
    hideNotice('share');
    if (!this.#track)
      return;
    this.#stop();
    showNotice('share', `${by?.displayName ?? 'A host'} has stopped your screen share.`);
  }

  async #start() {
    const track = await this.#capture();
    if (!track)
      return;
    if (!await this.#tell(true)) {
      track.stop();
      return;
    }
    this.#mesh.setTrack('screen', track);
    // The browser's own button for stopping.
    track.addEventListener('ended', () => this.#track === track && this.#toggle());
    this.#show();
  }

  /* Browsers open their picker only soon after a click, and a host may have taken longer than
   * that. Who closes the picker gives a grant back. */
  async #capture() {
    const { track, needsClick, trouble } = await openScreen();
    if (needsClick)
      showNotice('share', 'You may share your screen now.',
        { label: 'Share', run: () => this.#start() });
    else if (!track && this.#room.isPresenting)
      this.#signaling.send('toggle_screenshare', { enabled: false });
    if (trouble)
      showNotice('share', trouble);
    return track;
  }

  /* Tells the room; says whether it agrees. */
  async #tell(enabled) {
    try {
      await this.#signaling.request('toggle_screenshare', { enabled });
      return true;
    } catch (error) {
      showNotice('share', `Your screen is not shared. ${error.message}`);
      return false;
    }
  }

  #stop(tell = () => {}) {
    this.#track.stop();
    this.#mesh.setTrack('screen', null);
    tell();
    this.#show();
  }

  #show() {
    setControl('share', this.#track !== null);
    setLabel('share', this.#track ? 'Stop sharing' : this.#asking ? 'Asked …' : 'Share');
  }
}
