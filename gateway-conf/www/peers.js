/* peers – the mesh: one peer connection to each other client in the room.
 *
 * beckon.js negotiates. Here it is decided whom there is a connection to, and what goes over it. It
 * knows signals in and out, local tracks in and remote streams out; nothing of the socket or the
 * page.
 *
 * What is sent has a slot: 'audio' and 'video' are the first media lines of their kind, 'screen' is
 * any further line of pictures. That needs no words between the two sides, so clients of another
 * make understand it.
 *
 * Media does not pass through the server. So somebody who lost the connection to it, or whose
 * connection to it was lost with everybody's, is still heard: such a peer is kept for as long as
 * its own connection is up. */

import { Negotiation } from './beckon.js';

const SLOTS = ['audio', 'video', 'screen'];
const RETURN_MS = 60_000; // who has not come back by then, will not

export class Mesh {
  #peers = new Map(); // clientId → Peer
  #local = new Map(); // slot → our track; absent while it is off or missing

  /* send(event, payload) delivers a signal and says whether it arrived, as Negotiation wants it.
   * onStream(clientId, stream), onScreen(clientId, stream) and onState(clientId, state) report; a
   * stream is the same object for as long as the peer connection is. onGone(clientId): one that was
   * kept is no more. */
  constructor({ send, onStream, onScreen, onState, onGone }) {
    Object.assign(this, { send, onStream, onScreen, onState, onGone });
    this.selfId = null;
    this.iceServers = [];
    this.localStream = new MediaStream();
    this.localScreen = new MediaStream();
  }

  /* Makes the mesh agree with who is in the room. */
  setMembers(clientIds) {
    const present = new Set(clientIds);
    present.delete(this.selfId);
    for (const clientId of this.#peers.keys())
      if (!present.has(clientId))
        this.lose(clientId);
    for (const clientId of present)
      this.add(clientId);
  }

  add(clientId) {
    if (this.isKept(clientId))
      this.#peers.get(clientId).isBack();
    else if (clientId !== this.selfId && !this.#peers.has(clientId))
      this.#peers.set(clientId, new Peer(this, clientId));
  }

  /* It has left the room for good. */
  remove(clientId) {
    this.#peers.get(clientId)?.close();
    this.#peers.delete(clientId);
  }

  /* The room has lost it. */
  lose(clientId) {
    const peer = this.#peers.get(clientId);
    if (peer && !peer.isKept && !peer.keep(() => this.#forget(clientId, peer)))
      this.remove(clientId);
  }

  isKept(clientId) {
    return this.#peers.get(clientId)?.isKept ?? false;
  }

  /* Our own connection to the room was away: what was said meanwhile may be lost. */
  resume() {
    for (const peer of this.#peers.values())
      peer.resume();
  }

  close() {
    for (const clientId of this.#peers.keys())
      this.remove(clientId);
  }

  #forget(clientId, peer) {
    if (this.#peers.get(clientId) !== peer)
      return;
    this.remove(clientId);
    this.onGone(clientId);
  }

  /* A signal from somebody. An offer may overtake the news that its sender has joined. */
  receive(event, payload) {
    if (event === 'offer')
      this.add(payload.clientId);
    this.#peers.get(payload.clientId)?.receive(event, payload);
  }

  /* Our microphone, camera or screen; track null: off. */
  setTrack(slot, track) {
    const stream = this.streamOf(slot);
    const old = this.#local.get(slot);
    if (old)
      stream.removeTrack(old);
    if (track) {
      this.#local.set(slot, track);
      stream.addTrack(track);
    } else {
      this.#local.delete(slot);
    }
    for (const peer of this.#peers.values())
      peer.offerTrack(slot);
  }

  localTrack(slot) {
    return this.#local.get(slot) ?? null;
  }

  /* What a track of this slot travels in: sound and its picture are played in step. */
  streamOf(slot) {
    return slot === 'screen' ? this.localScreen : this.localStream;
  }

  connection(clientId) {
    return this.#peers.get(clientId)?.connection ?? null;
  }

  get clientIds() {
    return [...this.#peers.keys()];
  }
}

class Peer {
  #mesh;
  #clientId;
  #negotiation;
  #whenGone = null; // the room has lost it; called when its connection is gone as well
  #patience = 0;

  constructor(mesh, clientId) {
    this.#mesh = mesh;
    this.#clientId = clientId;
    this.#negotiation = new Negotiation({
      self: mesh.selfId,
      peer: clientId,
      send: mesh.send,
      open: () => this.#open(),
      begin: connection => this.#begin(connection),
      answering: () => SLOTS.forEach(slot => this.offerTrack(slot)),
    });
  }

  get connection() {
    return this.#negotiation.connection;
  }

  get isKept() {
    return this.#whenGone !== null;
  }

  /* Goes on without the room for a while, if that makes sense; says whether. */
  keep(whenGone) {
    if (this.connection.connectionState !== 'connected')
      return false;
    this.#whenGone = whenGone;
    this.#patience = setTimeout(whenGone, RETURN_MS);
    this.#mesh.onState(this.#clientId, 'away');
    return true;
  }

  isBack() {
    this.#whenGone = null;
    clearTimeout(this.#patience);
    this.#mesh.onState(this.#clientId, this.connection.connectionState);
    this.resume();
  }

  resume() {
    this.#negotiation.resume();
  }

  close() {
    clearTimeout(this.#patience);
    this.#negotiation.close();
    this.#mesh.onScreen(this.#clientId, null);
    this.#mesh.onState(this.#clientId, 'closed');
  }

  receive(event, payload) {
    this.#negotiation.receive(event, payload);
  }

  /* Says over the existing media line that the track is here or gone. Setting the direction is
   * what makes the browser ask for a negotiation. A screen gets its line with its first track;
   * until there are any lines, it is for the beginning to make them. */
  offerTrack(slot) {
    const transceiver = this.#transceiver(slot);
    if (transceiver)
      this.#fill(transceiver, slot);
    else if (slot === 'screen' && this.connection.getTransceivers().length > 0)
      this.#addScreen(this.connection);
  }

  #open() {
    const connection = new RTCPeerConnection({ iceServers: this.#mesh.iceServers });
    const stream = new MediaStream();
    const screen = new MediaStream();

    connection.ontrack = ({ track, transceiver }) => {
      if (slotOf(connection, transceiver) === 'screen') {
        screen.getTracks().forEach(old => screen.removeTrack(old));
        screen.addTrack(track);
        this.#mesh.onScreen(this.#clientId, screen);
      } else {
        stream.addTrack(track);
        this.#mesh.onStream(this.#clientId, stream);
      }
    };
    connection.onconnectionstatechange = () => {
      if (this.isKept && connection.connectionState !== 'connected')
        this.#whenGone();
      else
        this.#mesh.onState(this.#clientId, connection.connectionState);
    };
    this.#mesh.onState(this.#clientId, connection.connectionState);
    return connection;
  }

  /* The first offer. addTrack rather than addTransceiver where there is a track: should our offer
   * have to give way, its media lines are then used for the other side's. */
  #begin(connection) {
    for (const kind of ['audio', 'video']) {
      const track = this.#mesh.localTrack(kind);
      if (track)
        connection.addTrack(track, this.#mesh.localStream);
      else
        connection.addTransceiver(kind, { direction: 'recvonly' });
    }
    this.#addScreen(connection);
  }

  #addScreen(connection) {
    const track = this.#mesh.localTrack('screen');
    if (track)
      connection.addTransceiver(track,
        { direction: 'sendonly', streams: [this.#mesh.localScreen] });
  }

  /* Where both sides have begun to share at once there may be two lines for screens: the one
   * that carries ours is ours. */
  #transceiver(slot) {
    const fitting = this.connection.getTransceivers()
      .filter(t => t.direction !== 'stopped' && slotOf(this.connection, t) === slot);
    return fitting.find(t => t.sender.track) ?? fitting[0];
  }

  #fill(transceiver, slot) {
    const track = this.#mesh.localTrack(slot);
    transceiver.sender.replaceTrack(track);
    transceiver.sender.setStreams?.(this.#mesh.streamOf(slot));
    transceiver.direction = track ? 'sendrecv' : 'recvonly';
  }
}

/* The camera's media line is the first one for pictures: by its name, once the other side has
 * described its lines, as then there may be others before it. */
function slotOf(connection, transceiver) {
  if (transceiver.receiver.track.kind === 'audio')
    return 'audio';
  const mid = firstMid(connection.remoteDescription?.sdp ?? '', 'video');
  const isCamera = mid !== null ? transceiver.mid === mid
    : transceiver === connection.getTransceivers()
      .find(t => t.receiver.track.kind === 'video');
  return isCamera ? 'video' : 'screen';
}

/* The name of the first media line of this kind (RFC 8843); null where there is none. */
function firstMid(sdp, kind) {
  const line = sdp.split(/^(?=m=)/m).find(section => section.startsWith(`m=${kind}`));
  return /^a=mid:(\S+)/m.exec(line)?.[1] ?? null;
}
