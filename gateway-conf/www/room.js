/* room – what a room_state says, in the shape in which the page asks for it. */

export class Room {
  constructor(state) {
    const { clientId, displayName, role, hosts, participants } = state;
    const has = list => new Set(list.map(person => person.clientId));
    const unmuted = has(state.unmuted);
    const cameraOn = has(state.cameraOn);
    const sharing = has(state.sharingScreen);
    const hands = state.handsRaised.map(person => person.clientId);
    const describe = host => person => ({
      ...person,
      host,
      self: person.clientId === clientId,
      unmuted: unmuted.has(person.clientId),
      cameraOn: cameraOn.has(person.clientId),
      sharing: sharing.has(person.clientId),
      hand: hands.indexOf(person.clientId) + 1, // place in the order; 0 is down
    });

    Object.assign(this, {
      iceServers: state.iceServers,
      waiting: state.waitingUsers,
      lobby: state.lobby,
      locked: state.locked,
      asks: state.policy.screenshare === 'ask',
      isWaiting: role === 'waiting',
      isPresenting: role === 'screenshare', // or may: a grant counts
      isHost: has(hosts).has(clientId), // a host who presents has another role
    });
    const others = [...hosts.map(describe(true)), ...participants.map(describe(false))]
      .filter(person => !person.self);
    this.self = describe(this.isHost)({ clientId, displayName });
    this.people = [this.self, ...others]; // self is there even where the lists are cut
  }

  get others() {
    return this.people.slice(1);
  }

  find(clientId) {
    return this.people.find(person => person.clientId === clientId);
  }
}
