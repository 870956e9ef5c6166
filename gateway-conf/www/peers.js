/* peers – the mesh: one RTCPeerConnection to each other client in the room.
 *
 * Perfect negotiation (W3C webrtc-pc §10.7): of two clients the one whose clientId sorts first is
 * polite and gives way when two offers cross. To avoid most crossings the impolite side begins, and
 * the polite one only if no offer came. It knows signals in and out, local tracks in and remote
 * streams out; nothing of the socket or the page.
 *
 * What is sent has a slot: 'audio' and 'video' are the first media lines of their kind, 'screen' is
 * any further line of pictures. That needs no words between the two sides, so clients of another
 * make understand it. */

const SLOTS = ['audio', 'video', 'screen'];
const PATIENCE_MS = 1_500; // the polite side's wait for the other's first offer

export class Mesh {
  #peers = new Map(); // clientId → Peer
  #local = new Map(); // slot → our track; absent while it is off or missing

  /* send(event, payload) delivers a signal. onStream(clientId, stream), onScreen(clientId, stream)
   * and onState(clientId, state) report; a stream is the same object for as long as the peer
   * connection is. */
  constructor({ send, onStream, onScreen, onState }) {
    Object.assign(this, { send, onStream, onScreen, onState });
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
        this.remove(clientId);
    for (const clientId of present)
      this.add(clientId);
  }

  add(clientId) {
    if (clientId !== this.selfId && !this.#peers.has(clientId))
      this.#peers.set(clientId, new Peer(this, clientId));
  }

  remove(clientId) {
    this.#peers.get(clientId)?.close();
    this.#peers.delete(clientId);
  }

  close() {
    this.setMembers([]);
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
  #polite;
  #makingOffer = false;
  #ignoreOffer = false;
  #remoteSession = null; // id of the other side's peer connection, from its SDP
  #cameraMid = null; // of the media line that is the camera's, once both sides know it
  #queue = Promise.resolve(); // signals are worked off one at a time, in order
  #patience = 0;
  connection = null;

  constructor(mesh, clientId) {
    this.#mesh = mesh;
    this.#clientId = clientId;
    this.#polite = mesh.selfId < clientId;
    this.#open();
    if (this.#polite)
      this.#patience = setTimeout(() => this.#begin(), PATIENCE_MS);
    else
      this.#begin();
  }

  close() {
    clearTimeout(this.#patience);
    this.connection.close();
    this.#mesh.onScreen(this.#clientId, null);
    this.#mesh.onState(this.#clientId, 'closed');
  }

  receive(event, payload) {
    this.#queue = this.#queue
      .then(() => event === 'candidate' ? this.#candidate(payload)
        : this.#description(event, payload))
      .catch(error => console.warn(`peers: ${event} of ${this.#clientId}: ${error.message}`));
  }

  /* Says over the existing media line that the track is here or gone. Setting the direction is
   * what makes the browser ask for a negotiation. A screen gets its line with its first track;
   * until there are any lines, it is for the beginning to make them. */
  offerTrack(slot) {
    const transceiver = this.#transceiver(slot);
    if (transceiver)
      this.#fill(transceiver, slot);
    else if (slot === 'screen' && this.connection.getTransceivers().length > 0)
      this.#addScreen();
  }

  #open() {
    const connection = new RTCPeerConnection({ iceServers: this.#mesh.iceServers });
    const stream = new MediaStream();
    const screen = new MediaStream();
    this.connection = connection;
    this.#makingOffer = this.#ignoreOffer = false;
    this.#remoteSession = this.#cameraMid = null;

    connection.onnegotiationneeded = () => this.#negotiate(connection);
    connection.onicecandidate = ({ candidate }) => candidate && this.#send('candidate', {
      candidate: candidate.candidate,
      sdpMid: candidate.sdpMid,
      sdpMLineIndex: candidate.sdpMLineIndex,
    });
    connection.ontrack = ({ track, transceiver }) => {
      if (this.#slotOf(transceiver) === 'screen') {
        screen.getTracks().forEach(old => screen.removeTrack(old));
        screen.addTrack(track);
        this.#mesh.onScreen(this.#clientId, screen);
      } else {
        stream.addTrack(track);
        this.#mesh.onStream(this.#clientId, stream);
      }
    };
    connection.onconnectionstatechange = () => {
      if (connection.connectionState === 'failed')
        connection.restartIce();
      this.#mesh.onState(this.#clientId, connection.connectionState);
    };
    this.#mesh.onState(this.#clientId, connection.connectionState);
  }

  /* The first offer. addTrack rather than addTransceiver where there is a track: should our offer
   * have to give way, its media lines are then used for the other side's. */
  #begin() {
    clearTimeout(this.#patience);
    for (const kind of ['audio', 'video']) {
      const track = this.#mesh.localTrack(kind);
      if (track)
        this.connection.addTrack(track, this.#mesh.localStream);
      else
        this.connection.addTransceiver(kind, { direction: 'recvonly' });
    }
    this.#addScreen();
  }

  #addScreen() {
    const track = this.#mesh.localTrack('screen');
    if (track)
      this.connection.addTransceiver(track,
        { direction: 'sendonly', streams: [this.#mesh.localScreen] });
  }

  async #negotiate(connection) {
    try {
      this.#makingOffer = true;
      await connection.setLocalDescription();
      const { type, sdp } = connection.localDescription;
      this.#send(type, { sdp });
    } catch (error) {
      if (connection.signalingState !== 'closed')
        console.warn(`peers: offer to ${this.#clientId}: ${error.message}`);
    } finally {
      this.#makingOffer = false;
    }
  }

  async #description(type, payload) {
    const sdp = payload.sdp?.sdp ?? payload.sdp; // some clients send the whole description
    clearTimeout(this.#patience);
    if (this.#isOtherSession(sdp)) {
      this.connection.close();
      this.#open();
      if (type === 'answer')
        return this.#begin();
    }

    const collision = type === 'offer'
      && (this.#makingOffer || this.connection.signalingState !== 'stable');
    this.#ignoreOffer = !this.#polite && collision;
    if (this.#ignoreOffer)
      return;

    const connection = this.connection;
    this.#cameraMid = firstMid(sdp, 'video');
    await connection.setRemoteDescription({ type, sdp });
    this.#remoteSession = sessionOf(sdp);
    if (type !== 'offer')
      return;
    for (const slot of SLOTS)
      this.offerTrack(slot);
    await connection.setLocalDescription();
    this.#send('answer', { sdp: connection.localDescription.sdp });
  }

  /* A page that was loaded anew has the same clientId but another peer connection, which ours
   * cannot go on with. */
  #isOtherSession(sdp) {
    return this.#remoteSession !== null && this.#remoteSession !== sessionOf(sdp);
  }

  async #candidate({ candidate, sdpMid, sdpMLineIndex }) {
    if (!this.connection.remoteDescription)
      return; // of an offer we ignored, or of a page that is gone
    try {
      await this.connection.addIceCandidate(candidate?.candidate !== undefined
        ? candidate : { candidate, sdpMid, sdpMLineIndex });
    } catch (error) {
      if (!this.#ignoreOffer)
        throw error;
    }
  }

  /* Where both sides have begun to share at once there may be two lines for screens: the one
   * that carries ours is ours. */
  #transceiver(slot) {
    const fitting = this.connection.getTransceivers()
      .filter(t => t.direction !== 'stopped' && this.#slotOf(t) === slot);
    return fitting.find(t => t.sender.track) ?? fitting[0];
  }

  #slotOf(transceiver) {
    if (transceiver.receiver.track.kind === 'audio')
      return 'audio';
    const isCamera = this.#cameraMid !== null ? transceiver.mid === this.#cameraMid
      : transceiver === this.connection.getTransceivers()
        .find(t => t.receiver.track.kind === 'video');
    return isCamera ? 'video' : 'screen';
  }

  #fill(transceiver, slot) {
    const track = this.#mesh.localTrack(slot);
    transceiver.sender.replaceTrack(track);
    transceiver.sender.setStreams?.(this.#mesh.streamOf(slot));
    transceiver.direction = track ? 'sendrecv' : 'recvonly';
  }

  #send(event, payload) {
    this.#mesh.send(event, { targetClientId: this.#clientId, ...payload });
  }
}

/* The id in the o= line is unique to one peer connection (RFC 8866 §5.2, RFC 8829 §5.2.1). */
function sessionOf(sdp) {
  return /^o=\S+ (\S+)/m.exec(sdp)?.[1];
}

/* The name of the first media line of this kind (RFC 8843); null where there is none. */
function firstMid(sdp, kind) {
  const line = sdp.split(/^(?=m=)/m).find(section => section.startsWith(`m=${kind}`));
  return /^a=mid:(\S+)/m.exec(line)?.[1] ?? null;
}
