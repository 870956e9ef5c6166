/* return – beckon.js when a connection breaks: it comes back by itself, has what it missed, and
 * says of everything what has become of it. */

import assert from 'node:assert/strict';
import { afterEach } from 'node:test';

import { suite } from '../e2e/lib/suite.mjs';
import { until } from '../e2e/lib/waiting.mjs';
import { AWAY, visitors } from './lib/visit.mjs';

const { service, rule } = await suite({ CHAT_BURST: '100', CHAT_PER_MINUTE: '600' });
const { enter, enterWithHandler, done } = visitors(service);
afterEach(done);

const chats = visit => visit.of('add_chat').map(({ chatContent }) => chatContent);

async function stopBroker(run) {
  const [broker] = service.running('beckon-broker');
  process.kill(broker, 'SIGSTOP');
  try {
    return await run();
  } finally {
    process.kill(broker, 'SIGCONT');
  }
}

rule('after-a-loss-it-is-back-by-resume-with-everything-once', async room => {
  const ann = (await enter({ room, sub: 'ann' })).hear('add_chat', 'message');
  const { visit: ben, pid } = await enterWithHandler({ room, sub: 'ben', ...AWAY });
  ben.hear('add_chat', 'message');
  await ann.request('add_chat', { chatContent: 'one' });
  process.kill(pid, 'SIGKILL');
  await ben.untilStatus('retrying', ({ code }) => code === 'connection_lost');
  await ann.request('add_chat', { chatContent: 'two' });
  await ann.request('message', { data: 'three' });
  ben.retryNow();
  await ben.untilStatus('open', ({ recovered }) => recovered === true);
  await ann.request('add_chat', { chatContent: 'four' });
  await until('all', () => chats(ben).includes('four'));
  assert.deepEqual(chats(ben), ['one', 'two', 'four']);
  assert.deepEqual(ben.heard.map(({ seq }) => seq),
    [...new Set(ben.heard.map(({ seq }) => seq))].sort((a, b) => a - b));
  assert.equal(ben.of('message').length, 1);
});

rule('what-the-server-tells-again-is-not-told-again', async room => {
  const ann = await enter({ room, sub: 'ann' });
  const { visit: ben, pid } = await enterWithHandler({ room, sub: 'ben', rewind: 5 });
  ben.hear('reaction');
  for (let i = 0; i < 8; i++)
    await ann.request('reaction', { emoji: `${i}` });
  await until('all', () => ben.of('reaction').length === 8);
  const before = ben.raw.length;
  process.kill(pid, 'SIGKILL');
  await ben.untilStatus('open', ({ recovered }) => recovered === true);
  await ann.request('reaction', { emoji: '8' });
  await until('the last', () => ben.of('reaction').at(-1).emoji === '8');
  const again = [...ben.raw.slice(before).join().matchAll(/"emoji":"(\d)"/g)].map(([, n]) => n);
  assert.deepEqual(again, ['3', '4', '5', '6', '7', '8'], 'the server was made to tell it again');
  assert.deepEqual(ben.of('reaction').map(({ emoji }) => emoji),
    Array.from({ length: 9 }, (_, i) => `${i}`));
});

rule('a-resumed-connection-that-takes-over-hears-nothing-twice', async room => {
  const ann = await enter({ room, sub: 'ann' });
  const { visit: ben, pid } = await enterWithHandler(
    { room, sub: 'ben', pingMs: 50, silenceMs: 400 });
  ben.hear('reaction');
  for (let i = 0; i < 20; i++)
    ann.send('reaction', { emoji: `${i}` });
  await until('some', () => ben.of('reaction').length > 5);
  process.kill(pid, 'SIGSTOP'); // the network is gone: nothing says so
  try {
    for (let i = 20; i < 40; i++)
      await ann.request('reaction', { emoji: `${i}` });
    await ben.untilStatus('open', ({ recovered }) => recovered === true, 10_000);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await until('all', () => ben.of('reaction').length >= 40);
  assert.deepEqual(ben.of('reaction').map(({ emoji }) => emoji),
    Array.from({ length: 40 }, (_, i) => `${i}`));
});

rule('the-state-is-right-after-a-return-in-which-much-was-missed', async room => {
  const ann = await enter({ room, sub: 'ann' });
  const cyd = await enter({ room, sub: 'cyd' });
  const { visit: ben, pid } = await enterWithHandler({ room, sub: 'ben', ...AWAY });
  await ben.request('raise_hand');
  await ben.request('toggle_audio', { enabled: true });
  await cyd.request('raise_hand');
  await until('hands up', () => ben.state.handsRaised.length === 2);
  process.kill(pid, 'SIGKILL');
  await until('ben gone', () => !ann.state.participants.some(p => p.clientId === 'ben'));
  await cyd.request('lower_hand');
  await cyd.request('raise_hand');
  await ann.request('raise_hand'); // told over the state that follows, cyd's would come last
  await ann.request('set_role', { clientId: 'cyd', role: 'host' });
  await ann.request('lock_room', { locked: true });
  ben.retryNow();
  await ben.untilStatus('open', ({ recovered }) => recovered === true);
  await ann.request('toggle_video', { enabled: true });
  await until('the last', () => ben.state.cameraOn.length === 1);
  const ids = list => list.map(({ clientId }) => clientId);
  assert.deepEqual(ids(ben.state.handsRaised), ['cyd', 'ann']);
  assert.deepEqual(ids(ben.state.unmuted), [], 'the room knows nothing of his microphone');
  assert.deepEqual(ids(ben.state.hosts), ['ann', 'cyd']);
  assert.deepEqual(ids(ben.state.participants), ['ben']);
  assert.deepEqual([ben.state.locked, ben.state.participantCount, ben.state.role],
    [true, 3, 'participant']);
});

rule('chat-that-was-sent-and-not-answered-is-sent-again-and-all-else-is-told-to-be-lost',
  async room => {
    const ann = (await enter({ room, sub: 'ann' })).hear('add_chat', 'reaction');
    const { visit: ben, pid } = await enterWithHandler({ room, sub: 'ben' });
    process.kill(pid, 'SIGSTOP');
    const chat = ben.request('add_chat', { chatContent: 'kept' });
    const reaction = ben.request('reaction', { emoji: 'x' });
    const secret = ben.request('add_chat', { chatContent: 'psst', targetClientId: 'ann' });
    process.kill(pid, 'SIGKILL');
    await assert.rejects(reaction, { code: 'connection_lost', event: 'reaction' });
    await assert.rejects(secret, { code: 'connection_lost' }, 'private chat has no memory');
    assert.ok((await chat).seq > 0);
    await until('ann to hear it', () => chats(ann).length > 0);
    assert.deepEqual(chats(ann), ['kept']);
    assert.equal(ann.of('reaction').length, 0);
  });

rule('chat-that-took-effect-unanswered-is-not-said-twice', async room => {
  const ann = (await enter({ room, sub: 'ann' })).hear('add_chat');
  const { visit: ben, pid } = await enterWithHandler({ room, sub: 'ben' });
  ben.hear('add_chat');
  const chat = await stopBroker(async () => {
    const answer = ben.request('add_chat', { chatContent: 'once' });
    await until('the handler to have passed it on', () => ben.stalled);
    process.kill(pid, 'SIGKILL');
    await ben.untilStatus('retrying');
    return { answer };
  });
  assert.deepEqual(await chat.answer, {}, 'chat_id_taken, by ourselves');
  await ann.request('add_chat', { chatContent: 'last' });
  await until('all', () => chats(ben).includes('last') && chats(ann).includes('last'));
  assert.deepEqual(chats(ann), ['once', 'last']);
  assert.deepEqual(chats(ben), ['once', 'last']);
});

rule('while-away-chat-waits-in-its-order-and-the-rest-is-refused-unless-told-to-wait',
  async room => {
    const ann = (await enter({ room, sub: 'ann' })).hear('add_chat', 'raise_hand');
    const { visit: ben, pid } = await enterWithHandler(
      { room, sub: 'ben', queueLimit: 4, ...AWAY });
    process.kill(pid, 'SIGKILL');
    await ben.untilStatus('retrying');
    await assert.rejects(ben.request('reaction', { emoji: 'x' }), { code: 'not_connected' });
    await assert.rejects(ben.request('add_chat', { chatContent: 'x' }, { queue: false }),
      { code: 'not_connected' });
    assert.equal(ben.send('typing', { isTyping: true }), false);
    const waiting = [1, 2, 3].map(n => ben.request('add_chat', { chatContent: `${n}` }));
    const hand = ben.request('raise_hand', {}, { queue: true });
    await assert.rejects(ben.request('add_chat', { chatContent: '5' }), { code: 'queue_full' });
    ben.retryNow();
    await Promise.all([...waiting, hand]);
    await until('all', () => ann.of('raise_hand').length === 1);
    assert.deepEqual(chats(ann), ['1', '2', '3']);
  });

rule('a-server-that-does-not-answer-is-told-to-be-stalled-until-it-does', async room => {
  const ann = await enter({ room, sub: 'ann', stallMs: 200 });
  const told = [];
  ann.on('stalled', stalled => told.push(stalled));
  await stopBroker(async () => {
    const answer = ann.request('add_chat', { chatContent: 'x' });
    await until('the word', () => ann.stalled);
    return { answer };
  }).then(({ answer }) => answer);
  assert.equal(ann.stalled, false);
  assert.deepEqual(told, [true, false]);
  assert.deepEqual(ann.statuses.map(({ name }) => name), ['connecting', 'open']);
});

rule('where-the-room-is-another-one-nothing-is-recovered-and-that-is-said', async room => {
  const { visit: ann, pid } = await enterWithHandler({ room, sub: 'ann', ...AWAY });
  ann.hear('add_chat');
  const { epoch } = ann.state;
  process.kill(pid, 'SIGKILL');
  await ann.untilStatus('retrying');
  const ben = await enter({ room, sub: 'ben' });
  await until('ben to be host', () => ben.state.role === 'host', 15_000);
  await ben.request('add_chat', { chatContent: 'for nobody' });
  await ben.request('close_room').catch(() => {});
  const cyd = await enter({ room, sub: 'cyd' });
  assert.notEqual(cyd.state.epoch, epoch);
  ann.retryNow();
  await ann.untilStatus('open', ({ recovered }) => recovered === false);
  await cyd.request('add_chat', { chatContent: 'new' });
  await until('it', () => chats(ann).length > 0);
  assert.deepEqual(chats(ann), ['new']);
  assert.equal(ann.state.epoch, cyd.state.epoch);
});
