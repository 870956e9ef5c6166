/* devices – our microphone and camera: on and off, by us or by a host, and told to the room. */

import { openDevice, openDevices } from './media.js';
import { hideNotice, onControl, setControl, showNotice } from './ui.js';

const KINDS = ['audio', 'video'];
const CONTROL = { audio: 'mic', video: 'camera' };
const SHOWN = { audio: 'unmuted', video: 'cameraOn' }; // in what the room says of us
const NAME = { audio: 'microphone', video: 'camera' };

export class Devices {
  #signaling;
  #mesh;
  #onChange;
  #asked = false;
  #told = new Set(); // the kinds that the room takes to be on

  constructor(signaling, mesh, onChange) {
    this.#signaling = signaling.on('mute', order => this.#muted(order));
    this.#mesh = mesh;
    this.#onChange = onChange;
    onControl('mic', () => this.#toggleMicrophone());
    onControl('camera', () => this.#toggleCamera());
    for (const kind of KINDS)
      setControl(CONTROL[kind], false);
  }

  /* We are new in the room, or came back, and it may know nothing of us. Devices are asked for only
   * now: nobody is filmed for a refusal, or in the lobby. */
  async entered({ self }) {
    this.#told = new Set(KINDS.filter(kind => self[SHOWN[kind]]));
    if (this.#asked)
      return KINDS.forEach(kind => this.#tell(kind));
    this.#asked = true;
    const { trouble, ...tracks } = await openDevices();
    for (const kind of KINDS)
      this.#use(kind, tracks[kind]);
    if (trouble.length)
      showNotice('devices', `${trouble.join(' ')} You are in all the same.`);
  }

  close() {
    for (const kind of KINDS)
      this.#mesh.localTrack(kind)?.stop();
  }

  /* Muted, the microphone stays open and sends silence: speaking again must not take a second. */
  async #toggleMicrophone() {
    const track = this.#mesh.localTrack('audio');
    if (!track)
      return this.#openLate('audio');
    track.enabled = !track.enabled;
    this.#changed('audio');
  }

  /* The camera is really closed, so that its light goes out. */
  async #toggleCamera() {
    if (this.#mesh.localTrack('video'))
      this.#drop('video');
    else
      await this.#openLate('video');
  }

  /* A host's order. The room shows them off already; to turn them on again is ours. */
  #muted({ audio, video, by }) {
    const off = KINDS.filter(kind => ({ audio, video })[kind] && this.#isOn(kind));
    for (const kind of off) {
      this.#told.delete(kind);
      if (kind === 'audio')
        this.#mesh.localTrack('audio').enabled = false;
      else
        this.#drop('video');
      this.#changed(kind);
    }
    const what = off.map(kind => NAME[kind]).join(' and ');
    if (what)
      showNotice('mute', `${by?.displayName ?? 'A host'} has turned off your ${what}.`);
  }

  async #openLate(kind) {
    try {
      this.#use(kind, await openDevice(kind));
      hideNotice('devices');
    } catch (error) {
      showNotice('devices', error.message);
    }
  }

  #drop(kind) {
    this.#mesh.localTrack(kind)?.stop();
    this.#use(kind, null);
  }

  #use(kind, track) {
    if (this.#signaling.status === 'closed') { // left while the browser was still asking
      track?.stop();
      return;
    }
    this.#mesh.setTrack(kind, track);
    track?.addEventListener('ended', () => this.#use(kind, null)); // unplugged
    this.#changed(kind);
  }

  #changed(kind) {
    setControl(CONTROL[kind], this.#isOn(kind));
    if (this.#isOn(kind))
      hideNotice('mute');
    this.#tell(kind);
    this.#onChange();
  }

  #isOn(kind) {
    return this.#mesh.localTrack(kind)?.enabled ?? false;
  }

  async #tell(kind) {
    const enabled = this.#isOn(kind);
    if (enabled === this.#told.has(kind))
      return;
    if (enabled)
      this.#told.add(kind);
    else
      this.#told.delete(kind);
    try {
      await this.#signaling.request(`toggle_${kind}`, { enabled });
    } catch (error) {
      if (error.code !== 'forbidden')
        return; // the connection was lost: entered() tells it again
      this.#told.delete(kind);
      this.#drop(kind);
      showNotice('devices', `Your token does not allow you a ${NAME[kind]} here.`);
    }
  }
}
