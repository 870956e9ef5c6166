/* asking – an event, or an upgrade, and the answer that it should have. */

import assert from 'node:assert/strict';

let count = 0;

/* The event takes effect. → the payload of its ack */
export async function does(client, event, payload = {}) {
  const answer = await client.ask(event, payload);
  assert.equal(answer.event, 'ack', `${client.who}: ${event}: ${answer.text}`);
  return answer.payload;
}

/* The event is refused with this code. → the payload of its error */
export async function fails(code, client, event, payload = {}) {
  const answer = await client.ask(event, payload);
  assert.equal(answer.event, 'error', `${client.who}: ${event}: ${answer.text}`);
  assert.equal(answer.payload.code, code, `${client.who}: ${event}: ${answer.text}`);
  return answer.payload;
}

/* Returns when each of these, all of them in-room, has had everything that was sent before: what is
 * published now comes after it, in the one order of the room. */
export async function everythingCame(...clients) {
  const emoji = `#${++count}`;
  clients[0].send('reaction', { emoji });
  await Promise.all(clients.map(client =>
    client.next('reaction', payload => payload.emoji === emoji)));
}

/* The events that came after the first `since` messages, but for the answers to what was asked, for
 * room_state and for reactions, by which everythingCame waits. */
export function heard(client, since = 0) {
  const quiet = ['ack', 'error', 'pong', 'room_state', 'reaction'];
  return client.received.slice(since).filter(({ event }) => !quiet.includes(event));
}

/* The answer to an upgrade request: "101", or status and word where it is refused. */
export async function knock(service, options) {
  const { endpoint = 'zoom', room, token = await service.token(who(options)) } = options;
  const path = `/ws/${endpoint}/${room}?token=${token}`;
  const { status, json } = await service.get(path, { upgrade: true });
  return json ? `${status} ${json.error}` : String(status);
}

function who({ endpoint, room, ...claims }) {
  return claims;
}

export const ids = people => people.map(({ clientId }) => clientId);

/* The next room_state that is so. → its payload */
export async function state(client, predicate) {
  return (await client.next('room_state', predicate)).payload;
}
