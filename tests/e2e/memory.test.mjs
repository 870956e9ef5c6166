/* memory – what the broker must not forget when it dies, and whom a room keeps out (protocol §1,
 * §5, §6).
 *
 * The broker is killed as a crash would end it; the launcher starts another. Whether connections
 * outlive that is not asked here: everybody comes anew. */

import assert from 'node:assert/strict';

import { suite } from './lib/suite.mjs';
import { until } from './lib/waiting.mjs';

const { service, rule } = await suite({ MEMBERS_SCREENSHARE: '2', CONNECTIONS_PER_SUB: '3' });

async function crash() {
  const [old] = service.running('beckon-broker');
  process.kill(old, 'SIGKILL');
  await until('another broker', () => service.running('beckon-broker').some(pid => pid !== old));
  await until('it to answer', () => service.ctl('rooms').then(() => true, () => false), 10_000);
}

/* The answer to an upgrade request: its status, and the word where it is refused. */
async function knock(room, sub, { endpoint = 'zoom', ...claims } = {}) {
  const token = await service.token({ sub, ...claims });
  const path = `/ws/${endpoint}/${room}?token=${token}`;
  const { status, json, headers } = await service.get(path, { upgrade: true });
  return { status, word: json?.error, retryAfter: headers['retry-after'] };
}

async function refused(word, status, ...who) {
  const answer = await knock(...who);
  assert.deepEqual([answer.status, answer.word], [status, word]);
  return answer;
}

async function leaveAll() {
  await Promise.all(service.clients.splice(0).map(client => client.close()));
}

/* Comes anew and reads the history: "id text" lines. */
async function history(room, endpoint) {
  const reader = await service.join({ room, endpoint, sub: 'reader' });
  await reader.ask('recents_chat', {});
  const { payload } = await reader.next('recents_chat');
  return payload.map(({ chatId, chatContent }) => `${chatId} ${chatContent}`);
}

async function acknowledged(client, event, payload) {
  const answer = await client.ask(event, payload);
  assert.equal(answer.event, 'ack', answer.text);
}

rule('a-ban-holds-before-the-upgrade-against-other-tokens-and-a-crash', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  await acknowledged(ann, 'ban', { clientId: 'bob', reason: 'spam' });
  assert.equal((await bob.next('bye')).payload.code, 4002);
  await refused('banned', 403, room, 'bob');
  await refused('banned', 403, room, 'bob', { name: 'Robert', role: 'host' });
  assert.equal((await knock(`${room}x`, 'bob')).status, 101);
  assert.equal((await knock(room, 'bob', { endpoint: 'chat' })).status, 101);
  await leaveAll();
  await crash();
  await refused('banned', 403, room, 'bob'); // of a room that is not even open
  assert.equal((await knock(room, 'cyd')).status, 101);
});

rule('a-ban-ends-in-time', async room => {
  const [ann] = await service.people(room, 'ann', 'bob');
  await acknowledged(ann, 'ban', { clientId: 'bob', seconds: 1 });
  await refused('banned', 403, room, 'bob');
  await until('bob to be let in', async () => (await knock(room, 'bob')).status === 101);
});

rule('chat-of-the-chat-endpoint-outlives-the-broker-as-it-was-last', async room => {
  const ann = await service.join({ room, endpoint: 'chat', sub: 'ann', name: 'Ann' });
  for (const id of ['a', 'b', 'c'])
    await acknowledged(ann, 'add_chat', { chatId: id, chatContent: `text ${id} "\\ 😀` });
  await acknowledged(ann, 'edit_chat', { chatId: 'b', chatContent: 'better' });
  await acknowledged(ann, 'delete_chat', { chatId: 'a' });
  await ann.ask('add_chat', { chatContent: 'psst', targetClientId: 'ann' });
  await leaveAll();
  await crash();
  assert.deepEqual(await history(room, 'chat'), ['b better', 'c text c "\\ 😀']);
  const again = await service.join({ room, endpoint: 'chat', sub: 'eve' });
  const taken = await again.ask('add_chat', { chatId: 'c', chatContent: 'x' });
  assert.equal(taken.payload.code, 'chat_id_taken');
  await again.ask('recents_chat', { limit: 1, before: 'c' });
  const [edited] = (await again.next('recents_chat')).payload;
  assert.deepEqual([edited.clientId, edited.displayName], ['ann', 'Ann']);
  assert.ok(edited.edited >= edited.timestamp);
});

/* Nothing is between the ack and the kill, not even the next message. */
rule('chat-that-was-acknowledged-survives-a-kill-at-once-whatever-the-endpoint', async room => {
  const ann = await service.join({ room, sub: 'ann' });
  for (let i = 0; i < 5; i++)
    ann.send('add_chat', { chatId: `m${i}`, chatContent: 'x' }, `m${i}`);
  await ann.next('ack', (_, { id }) => id === 'm4');
  await Promise.all([crash(), leaveAll()]);
  assert.deepEqual(await history(room, 'zoom'), ['m0 x', 'm1 x', 'm2 x', 'm3 x', 'm4 x']);
});

rule('a-room-that-its-host-closed-has-no-history-even-after-a-crash', async room => {
  for (const endpoint of ['zoom', 'chat']) {
    const ann = await service.join({ room, endpoint, sub: 'ann' });
    await acknowledged(ann, 'add_chat', { chatContent: 'old' });
    ann.send('close_room', {});
    await ann.next('bye');
    assert.deepEqual(await history(room, endpoint), []);
  }
  await leaveAll();
  await crash();
  assert.deepEqual(await history(room, 'zoom'), []);
  assert.deepEqual(await history(room, 'chat'), []);
});

rule('two-tabs-are-one-person-who-hears-everything-twice', async room => {
  const [ann, first] = await service.people(room, 'ann', 'bob');
  const second = await service.join({ room, sub: 'bob' });
  assert.equal(second.first.participantCount, 2);
  assert.equal(ann.of('connect').length, 1, 'bob came once');
  ann.send('add_chat', { chatContent: 'hello' });
  for (const tab of [first, second])
    await tab.next('add_chat');
  ann.send('message', { targetClientId: 'bob', data: 1 });
  await second.next('message');
  await first.settle();
  assert.equal(first.of('message').length, 0, 'directed events reach the newest');
  await second.close();
  await until('the tab to be gone', async () => {
    const rooms = JSON.parse(await service.ctl('rooms', '--json'));
    return rooms.find(r => r.room === room).members.find(m => m.clientId === 'bob').connections === 1;
  });
  assert.equal(ann.of('disconnect').length, 0);
  await first.close();
  assert.equal((await ann.next('disconnect')).payload.clientId, 'bob');
});

rule('a-locked-room-refuses-newcomers-but-not-who-was-lost', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  await acknowledged(ann, 'lock_room', { locked: true });
  await refused('room_locked', 403, room, 'cyd');
  bob.vanish();
  await ann.next('disconnect');
  assert.equal((await knock(room, 'bob')).status, 101);
  await acknowledged(ann, 'lock_room', { locked: false });
  assert.equal((await knock(room, 'cyd')).status, 101);
});

rule('a-full-room-refuses-one-more', async room => {
  for (const sub of ['ann', 'bob'])
    await service.join({ room, endpoint: 'screenshare', sub });
  await refused('room_full', 403, room, 'cyd', { endpoint: 'screenshare' });
  assert.equal((await knock(room, 'bob', { endpoint: 'screenshare' })).status, 101, 'another tab');
});

rule('one-person-has-so-many-connections-and-is-told-when-to-try-again', async room => {
  for (let i = 0; i < 3; i++)
    await service.join({ room: `${room}-${i}`, sub: 'max' });
  const { retryAfter } = await refused('too_many', 429, room, 'max');
  assert.ok(Number(retryAfter) > 0);
  assert.equal((await knock(room, 'min')).status, 101);
});

rule('who-was-denied-stays-out-for-a-while', async room => {
  const [ann] = await service.people(room, 'ann');
  await acknowledged(ann, 'set_lobby', { enabled: true });
  const bob = await service.join({ room, sub: 'bob' });
  await ann.next('waiting_request');
  await acknowledged(ann, 'deny_waiting', { clientId: 'bob' });
  assert.equal((await bob.next('bye')).payload.code, 4003);
  await refused('denied', 403, room, 'bob');
});

rule('operators-are-told-the-bus-of-a-room', async room => {
  await service.people(room, 'ann');
  const rooms = JSON.parse(await service.ctl('rooms', '--json'));
  const { bus } = rooms.find(r => r.room === room);
  assert.match(bus, /\/rooms\/[0-9a-f]{24}\.sock$/);
  assert.ok((await service.ctl('rooms')).includes(bus));
});
