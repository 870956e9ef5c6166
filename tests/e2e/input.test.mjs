/* input – what clients send that is odd, broken or too much (protocol §3).
 *
 * The gateway hands on lines, so every kind of framing accident ends up in the handler. */

import assert from 'node:assert/strict';

import { everythingCame, heard } from './lib/asking.mjs';
import { suite } from './lib/suite.mjs';

// With everything logged: a pipe full of log lines must not stop a handler.
const { service, rule } = await suite({ LOG_LEVEL: 'debug' });

rule('ping-is-answered-by-pong-with-its-id', async room => {
  const [ann] = await service.people(room, 'ann');
  ann.send('ping', {}, 'p1');
  assert.equal((await ann.next('pong')).id, 'p1');
  ann.raw('{"event":"ping"}');
  assert.equal((await ann.next('pong')).id, undefined);
});

rule('a-message-in-pieces-with-newlines-is-one-message', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const message = { event: 'message', payload: { targetClientId: 'bob', data: { a: [1, 'x y'] } } };
  ann.raw(JSON.stringify(message, null, 2));
  ann.raw(`\n\n${JSON.stringify(message, null, '\t').replaceAll('\n', '\r\n')}\n`);
  for (let i = 0; i < 2; i++)
    assert.deepEqual((await bob.next('message')).payload.data, message.payload.data);
  await ann.settle();
  assert.equal(ann.of('error').length, 0);
});

rule('broken-input-is-an-error-and-the-connection-stays-usable', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const before = bob.received.length;
  const rows = [
    ['hello', 'bad_json'], ['{]', 'bad_json'], ['{"event":"ping",}', 'bad_json'],
    ['{"event":"ping"} x', 'bad_json'], ["{'event':'ping'}", 'bad_json'], ['NaN', 'bad_json'],
    ['{"event":"\\ud800x"', 'bad_json'], ['[1]', 'bad_message'], ['"text"', 'bad_message'],
    ['7', 'bad_message'], ['null', 'bad_message'], ['{}', 'bad_message'],
    ['{"event":7}', 'bad_message'], ['{"event":null,"payload":{}}', 'bad_message'],
    ['{"event":"ping","payload":[]}', 'bad_payload'], ['{"event":"ping","id":{}}', 'bad_message'],
    ['{"event":"nope","payload":{}}', 'unknown_event'],
    ['{"event":"","payload":{}}', 'unknown_event'],
  ];
  for (const [text, code] of rows) {
    ann.raw(text);
    if (!text.endsWith('}') && text.startsWith('{'))
      ann.raw('{"event":"ping","payload":{}}'); // an unfinished message shows by the next line
    const { payload } = await ann.next('error');
    assert.equal(payload.code, code, text);
    assert.equal(typeof payload.message, 'string');
    await ann.settle();
  }
  await bob.settle();
  assert.deepEqual(bob.received.slice(before).map(({ event }) => event)
    .filter(event => event !== 'pong' && event !== 'room_state'), []);
});

/* Each field of each event, twice: the last of two is what a browser would read. */
rule('what-a-message-says-twice-is-refused-and-nobody-hears-of-it', async room => {
  const [ann, bob, eve] = await service.people(room, 'ann', 'bob', 'eve');
  await everythingCame(ann, bob, eve);
  const since = [bob, eve].map(({ received }) => received.length);
  const refuses = async (code, text) => {
    ann.raw(text);
    const { payload } = await ann.next('error');
    assert.equal(payload.code, code, text);
    assert.match(payload.message, /expected once/, text);
  };
  await refuses('bad_message', '{"event":"pong","event":"close_room"}');
  await refuses('bad_message', '{"event":"kick","payload":{},"payload":{"clientId":"bob"}}');
  await refuses('bad_message', '{"event":"ping","id":1,"i\\u0064":2}');
  await refuses('bad_payload', '{"event":"kick","payload":{"clientId":"eve","clientId":"bob"}}');
  await refuses('bad_payload', '{"event":"offer","payload":'
    + '{"targetClientId":"eve","sdp":1,"target\\u0043lientId":"bob"}}');
  await refuses('bad_payload', '{"event":"add_chat","payload":'
    + '{"chatContent":"for all","targetClientId":null,"targetClientId":"bob"}}');
  await everythingCame(ann, bob, eve);
  assert.deepEqual([bob, eve].map((person, i) => heard(person, since[i])), [[], []]);
});

rule('numbers-nobody-can-hold-are-handed-on-as-they-came', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const numbers = `[1e400,-1e-400,${'9'.repeat(400)},-0,0.1e+1,123456789012345678901234567890]`;
  ann.raw(`{"event":"message","payload":{"data":${numbers}}}`);
  assert.ok((await bob.next('message')).text.includes(`"data":${numbers}`));
  for (const seconds of ['1e9', '1.0', '-1', '9223372036854775808', '1e400', '9'.repeat(400)]) {
    ann.raw(`{"event":"ban","payload":{"clientId":"bob","seconds":${seconds}}}`);
    assert.equal((await ann.next('error')).payload.code, 'bad_payload', seconds);
  }
  await everythingCame(ann, bob);
});

/* Counted before anything recurses: in the handler, and again in the broker. */
rule('nesting-is-bounded-and-10000-levels-are-an-error-like-any-other', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const nest = (levels, open, close) =>
    `{"event":"message","payload":{"data":${open.repeat(levels)}1${close.repeat(levels)}}}`;
  for (const [open, close] of [['[', ']'], ['{"a":', '}']]) {
    ann.raw(nest(62, open, close));
    await bob.next('message');
    for (const levels of [63, 1000, 10_000]) {
      ann.raw(nest(levels, open, close));
      assert.equal((await ann.next('error')).payload.code, 'bad_json', `${levels} ${open}`);
      await ann.settle();
    }
  }
  await everythingCame(ann, bob);
});

rule('an-unfinished-message-is-answered-and-the-next-one-taken', async room => {
  const [ann] = await service.people(room, 'ann');
  ann.raw('{"event":"ping","payload":{"x":1');
  ann.send('ping', {}, 'after');
  assert.equal((await ann.next('error')).payload.code, 'bad_json');
  assert.equal((await ann.next('pong')).id, 'after');
});

rule('a-binary-frame-is-answered-with-an-error', async room => {
  const [ann] = await service.people(room, 'ann');
  for (const bytes of [[0, 1, 2, 255], 'not json', new Array(5000).fill(7)]) {
    ann.raw(Buffer.from(bytes));
    ann.send('ping', {}); // may be taken along with it: the gateway does not end binary frames
    await ann.next('error');
    await ann.settle();
  }
});

rule('invalid-utf-8-and-nul-are-refused', async room => {
  const [ann] = await service.people(room, 'ann');
  ann.raw(Buffer.from('{"event":"ping","payload":{"a":"\xff"}}\n', 'latin1'), { binary: true });
  await ann.next('error');
  ann.raw('{"event":"ping","payload":{"a":"\0"}}');
  await ann.next('error');
  await ann.settle();
});

rule('a-message-over-64-KiB-is-too-large-and-one-just-below-passes', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const frame = data =>
    JSON.stringify({ event: 'message', payload: { targetClientId: 'bob', data } });
  const room64 = 65536 - frame('').length;
  ann.raw(frame('x'.repeat(room64)));
  assert.equal((await bob.next('message')).payload.data.length, room64);
  ann.raw(frame('x'.repeat(room64 + 1)));
  assert.equal((await ann.next('error')).payload.code, 'too_large');
  ann.raw(frame('x'.repeat(1 << 20)));
  assert.equal((await ann.next('error')).payload.code, 'too_large');
  await ann.settle();
  await bob.settle();
  assert.equal(bob.of('message').length, 1);
});

rule('twenty-bad-messages-in-a-row-end-it', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  for (let i = 0; i < 19; i++)
    bob.raw('nonsense');
  await bob.settle(); // a good one in between: the count starts anew
  for (let i = 0; i < 20; i++)
    bob.raw('nonsense');
  const { payload } = await bob.next('bye');
  assert.deepEqual([payload.code, payload.reason, payload.reconnect], [4006, 'bad_input', false]);
  assert.equal(bob.received.at(-1).event, 'bye');
  await ann.next('disconnect', ({ clientId }) => clientId === 'bob');
});

rule('thousands-of-bad-messages-and-their-log-lines-do-not-hang-a-handler', async room => {
  const people = await service.people(room, 'ann', 'bob', 'cyd', 'dan', 'eve');
  const escapes = '\\u001b[2J\u0085'.repeat(150);
  for (let round = 0; round < 20; round++) {
    for (const person of people) {
      for (let i = 0; i < 19; i++)
        person.raw(`{"event":"${escapes}","payload":${i % 2 ? '{}' : '}'}}`);
      person.send('pong', {});
    }
  }
  for (const person of people)
    assert.equal((await person.ask('ping', {}, 40_000)).event, 'pong');
});
