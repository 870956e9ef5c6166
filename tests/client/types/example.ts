/* What a typed application writes: it must pass the compiler as it is. Each line below a
 * `@ts-expect-error` must not. */

import { Beckon, BeckonError, Negotiation, newId } from 'beckon-client';
import type { ChatMessage, RoomState } from 'beckon-client';

const room = new Beckon({
  url: 'https://calls.example',
  room: 'standup',
  token: async ({ reason }) => (await fetch(`/token?why=${reason}`)).text(),
});

const talks = new Map<string, Negotiation>();

function talkTo(state: RoomState, peer: string): Negotiation {
  const talk = new Negotiation({
    self: state.clientId,
    peer,
    send: (event, payload) => room.request(event, payload),
    open: () => new RTCPeerConnection({ iceServers: state.iceServers }),
    begin: connection => void connection.addTransceiver('audio'),
  });
  talks.set(peer, talk);
  return talk;
}

room
  .on('status', ({ name, retryInMs = 0 }) => console.log(name, retryInMs.toFixed()))
  .on('state', state => console.log(state.participantCount, state.hosts[0]?.displayName))
  .on('add_chat', (message: ChatMessage, { seq }) => console.log(message.chatContent, seq))
  .on('connect', ({ clientId, role }) => role !== 'waiting' && talkTo(room.state!, clientId))
  .on('offer', payload => talks.get(payload.clientId)?.receive('offer', payload))
  .on('event_of_a_later_version', payload => console.log(payload));

export async function main(): Promise<number | undefined> {
  const state: RoomState = await room.connect();
  room.send('typing', { isTyping: true });
  try {
    await room.request('toggle_audio', { enabled: true }, { queue: true });
    const { seq } = await room.request('add_chat', { chatContent: 'Hello', chatId: newId() });
    return seq;
  } catch (error) {
    if (error instanceof BeckonError && error.code === 'slow_down')
      return error.retryAfterMs;
    throw error;
  } finally {
    await room.leave();
    console.log(state.policy.screenshare === 'ask');
  }
}

// @ts-expect-error: a room needs a token
new Beckon({ room: 'standup' });
// @ts-expect-error: no such endpoint
new Beckon({ room: 'standup', token: 'x', endpoint: 'phone' });
// @ts-expect-error: no such event
room.request('shout', {});
// @ts-expect-error: chat has content
room.request('add_chat', { text: 'Hello' });
// @ts-expect-error: the state is the room's
room.state = null;
// @ts-expect-error: nobody has a nickname
room.on('connect', ({ nickname }) => console.log(nickname));
