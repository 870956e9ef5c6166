/* chat – what is said in a room, in one order for all (protocol §5, §6). */

import assert from 'node:assert/strict';

import { suite } from './lib/suite.mjs';

const { service, rule } = await suite();

rule('everybody-sees-the-same-messages-in-the-same-order-once', async room => {
  const people = await service.people(room, 'ann', 'bob', 'cyd');
  // No more than the burst that one person may say at once.
  for (let i = 0; i < 8; i++)
    for (const person of people)
      person.send('add_chat', { chatContent: `${person.clientId} ${i}` });
  const logs = [];
  for (const person of people) {
    for (let i = 0; i < 24; i++)
      await person.next('add_chat');
    await person.settle();
    logs.push(person.of('add_chat').map(({ payload, seq }) => `${seq} ${payload.chatContent}`));
  }
  assert.equal(logs[0].length, 24);
  assert.deepEqual(logs[1], logs[0]);
  assert.deepEqual(logs[2], logs[0]);
  for (const { clientId } of people) {
    const own = logs[0].filter(line => line.includes(clientId)).map(line => Number(line.at(-1)));
    assert.deepEqual(own, [0, 1, 2, 3, 4, 5, 6, 7], `${clientId}'s own order is kept`);
  }
});

rule('chat-order-holds-against-signals-and-arrivals-in-between', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  for (let i = 0; i < 8; i++) {
    ann.send('message', { targetClientId: 'bob', data: i });
    ann.send('add_chat', { chatContent: String(i) });
  }
  await bob.next('add_chat', ({ chatContent }) => chatContent === '7');
  const heard = bob.received.filter(({ event }) => event === 'add_chat' || event === 'message')
    .map(({ event, payload }) => `${event[0]}${payload.data ?? payload.chatContent}`);
  assert.deepEqual(heard, Array.from({ length: 8 }, (_, i) => [`m${i}`, `a${i}`]).flat());
});

rule('chat-has-sender-time-and-id-and-the-sender-gets-it-too', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  ann.send('add_chat', { chatContent: 'Grüße 😀 </b>"\\\n', chatId: 'mine' });
  for (const person of [ann, bob]) {
    const { payload, seq } = await person.next('add_chat');
    assert.equal(payload.chatContent, 'Grüße 😀 </b>"\\\n');
    assert.deepEqual([payload.clientId, payload.displayName], ['ann', 'ann']);
    assert.equal(payload.chatId, 'mine');
    assert.ok(Math.abs(payload.timestamp - Date.now()) < 60_000);
    assert.ok(seq > 0);
  }
  ann.send('add_chat', { chatContent: 'another' });
  const { payload } = await bob.next('add_chat');
  assert.match(payload.chatId, /./);
  assert.notEqual(payload.chatId, 'mine');
});

rule('the-ack-of-chat-carries-its-seq', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const ack = await ann.ask('add_chat', { chatContent: 'hello' });
  assert.equal(ack.event, 'ack');
  const { seq } = await bob.next('add_chat');
  assert.equal(ack.payload.seq, seq);
});

rule('chat-of-1000-code-points-passes', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  ann.send('add_chat', { chatContent: '😀'.repeat(1000) });
  assert.equal((await bob.next('add_chat')).payload.chatContent, '😀'.repeat(1000));
});

rule('chat-with-a-target-is-seen-by-the-two-alone', async room => {
  const [ann, bob, cyd] = await service.people(room, 'ann', 'bob', 'cyd');
  ann.send('add_chat', { chatContent: 'psst', targetClientId: 'bob' });
  assert.equal((await bob.next('add_chat')).payload.chatContent, 'psst');
  assert.equal((await ann.next('add_chat')).payload.chatContent, 'psst');
  await cyd.settle();
  assert.equal(cyd.of('add_chat').length, 0);
});
