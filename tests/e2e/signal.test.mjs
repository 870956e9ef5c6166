/* signal – offers, answers, candidates and messages from one to another (protocol §5).
 *
 * A call that connects most of the time has signaling that loses, doubles or reorders a little. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import { suite } from './lib/suite.mjs';

const { service, rule } = await suite();

/* About what a browser sends: 6 KB with line breaks. */
const SDP = `v=0\r\no=- 46117 2 IN IP4 127.0.0.1\r\n${
  Array.from({ length: 60 }, () => `a=x-filler:${randomBytes(42).toString('hex')}\r\n`).join('')}`;

const candidate = i => ({
  candidate: `candidate:${i} 1 udp 2122260223 192.0.2.1 ${40000 + i} typ host`,
  sdpMid: String(i % 2), sdpMLineIndex: i % 2, usernameFragment: `u${i}`,
});

rule('a-call-between-two-offer-answer-and-300-candidates-each-way-in-order', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  ann.send('offer', { targetClientId: 'bob', sdp: SDP });
  const offer = await bob.next('offer');
  assert.equal(offer.payload.sdp, SDP);
  assert.equal(offer.payload.clientId, 'ann');
  bob.send('answer', { targetClientId: 'ann', sdp: SDP });
  for (let i = 0; i < 300; i++) {
    ann.send('candidate', { targetClientId: 'bob', ...candidate(i) });
    bob.send('candidate', { targetClientId: 'ann', ...candidate(i) });
  }
  assert.equal((await ann.next('answer')).payload.sdp, SDP);
  for (const [to, from] of [[ann, 'bob'], [bob, 'ann']]) {
    await to.next('candidate', payload => payload.sdpMid === '1'
      && payload.usernameFragment === 'u299', 20_000);
    const got = to.of('candidate').map(({ payload }) => payload);
    assert.equal(got.length, 300);
    for (const [i, payload] of got.entries()) {
      const { clientId, candidate: line, sdpMid, sdpMLineIndex, usernameFragment } = payload;
      assert.deepEqual({ candidate: line, sdpMid, sdpMLineIndex, usernameFragment }, candidate(i));
      assert.equal(clientId, from);
    }
  }
});

rule('signals-reach-their-target-and-nobody-else', async room => {
  const [ann, bob, cyd] = await service.people(room, 'ann', 'bob', 'cyd');
  for (const event of ['offer', 'answer'])
    ann.send(event, { targetClientId: 'bob', sdp: SDP });
  ann.send('candidate', { targetClientId: 'bob', ...candidate(1) });
  ann.send('renegotiate', { targetClientId: 'bob', reason: 'share' });
  ann.send('message', { targetClientId: 'bob', data: 1 });
  await bob.next('message');
  await cyd.settle();
  for (const event of ['offer', 'answer', 'candidate', 'renegotiate', 'message']) {
    assert.equal(bob.of(event).length, 1, event);
    assert.equal(cyd.of(event).length + ann.of(event).length, 0, event);
  }
});

rule('a-mesh-of-three-exchanges-offers-and-answers', async room => {
  const people = await service.people(room, 'ann', 'bob', 'cyd');
  const pairs = people.flatMap(from => people.filter(to => to !== from).map(to => [from, to]));
  for (const [from, to] of pairs)
    from.send('offer', { targetClientId: to.clientId, sdp: `${from.clientId}>${to.clientId}` });
  for (const [from, to] of pairs) {
    const { payload } = await to.next('offer', ({ clientId }) => clientId === from.clientId);
    assert.equal(payload.sdp, `${from.clientId}>${to.clientId}`);
    to.send('answer', { targetClientId: from.clientId, sdp: 'yes' });
  }
  for (const [from, to] of pairs)
    await from.next('answer', ({ clientId }) => clientId === to.clientId);
});

rule('what-a-payload-says-about-its-sender-is-not-believed', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const lie = { clientId: 'bob', displayName: 'The Boss', role: 'host' };
  const events = {
    offer: { sdp: 'x' }, answer: { sdp: 'x' }, candidate: candidate(1), renegotiate: {},
    message: { data: 'x' },
  };
  for (const [event, payload] of Object.entries(events)) {
    ann.send(event, { ...lie, ...payload, targetClientId: 'bob', ...lie });
    const message = await bob.next(event);
    assert.equal(message.payload.clientId, 'ann', event);
    assert.equal(message.payload.displayName, 'ann', event);
    assert.equal(message.text.split('"clientId"').length, 2, `${event}: said once`);
  }
  ann.send('add_chat', { ...lie, chatContent: 'x', timestamp: 1 });
  const { payload } = await bob.next('add_chat');
  assert.deepEqual([payload.clientId, payload.displayName], ['ann', 'ann']);
  assert.ok(Math.abs(payload.timestamp - Date.now()) < 60_000);
});

rule('unknown-fields-nulls-and-huge-numbers-are-passed-through', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  ann.raw('{"event":"candidate","payload":{"targetClientId":"bob","candidate":null,"sdpMid":null,'
    + '"sdpMLineIndex":null,"big":12345678901234567890123,'
    + '"deep":{"a":[1,{"b":null}]},"ü":"\\u0001"}}');
  const { payload, text } = await bob.next('candidate');
  assert.deepEqual([payload.candidate, payload.sdpMid, payload.sdpMLineIndex], [null, null, null]);
  assert.deepEqual(payload.deep, { a: [1, { b: null }] });
  assert.equal(payload['ü'], '\u0001');
  assert.ok(text.includes('12345678901234567890123'));
});

rule('a-message-goes-to-one-or-to-all-but-the-sender', async room => {
  const [ann, bob, cyd] = await service.people(room, 'ann', 'bob', 'cyd');
  ann.send('message', { targetClientId: 'bob', data: { n: 1 } });
  ann.send('message', { data: { n: 2 } });
  assert.deepEqual((await bob.next('message')).payload.data, { n: 1 });
  assert.deepEqual((await bob.next('message')).payload.data, { n: 2 });
  assert.deepEqual((await cyd.next('message')).payload.data, { n: 2 });
  await Promise.all([ann.settle(), cyd.settle()]);
  assert.deepEqual([ann, bob, cyd].map(client => client.of('message').length), [0, 2, 1]);
});

rule('a-signal-to-nobody-is-not-found-and-one-to-oneself-arrives', async room => {
  const [ann] = await service.people(room, 'ann', 'bob');
  const answer = await ann.ask('offer', { targetClientId: 'nobody', sdp: 'x' });
  assert.deepEqual([answer.event, answer.payload.code, answer.payload.event],
    ['error', 'not_found', 'offer']);
  ann.send('message', { targetClientId: 'ann', data: 'note' });
  assert.equal((await ann.next('message')).payload.data, 'note');
});

rule('with-an-id-an-event-is-acknowledged-and-without-it-is-not', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  for (const id of ['a', 7, 0, 'x'.repeat(64)]) {
    ann.send('message', { targetClientId: 'bob', data: id }, id);
    const { event } = await ann.next('*', (_, message) => message.id === id);
    assert.equal(event, 'ack');
    await bob.next('message', ({ data }) => data === id);
  }
  const before = ann.received.length;
  ann.send('message', { targetClientId: 'bob', data: 'quiet' });
  await bob.next('message', ({ data }) => data === 'quiet');
  await ann.settle();
  const events = ann.received.slice(before).map(({ event }) => event);
  assert.deepEqual(events.filter(event => event === 'ack'), []);
});

rule('a-payload-that-does-not-fit-is-an-error-and-reaches-nobody', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const rows = [
    ['offer', {}], ['offer', { targetClientId: 'bob' }], ['offer', { sdp: 'x' }],
    ['offer', { targetClientId: 7, sdp: 'x' }], ['offer', { targetClientId: '', sdp: 'x' }],
    ['candidate', { targetClientId: 'bob' }], ['message', {}], ['add_chat', {}],
    ['add_chat', { chatContent: '' }], ['add_chat', { chatContent: 'x'.repeat(1001) }],
    ['add_chat', { chatContent: ['x'] }],
  ];
  for (const [event, payload] of rows) {
    const answer = await ann.ask(event, payload);
    assert.deepEqual([answer.event, answer.payload.code, answer.payload.event],
      ['error', 'bad_payload', event], JSON.stringify(payload).slice(0, 80));
  }
  await bob.settle();
  for (const event of ['offer', 'candidate', 'message', 'add_chat'])
    assert.equal(bob.of(event).length, 0, event);
});
