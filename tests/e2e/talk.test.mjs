/* talk – chat that is mended and looked up, typing, reactions, hands, microphones and cameras
 * (protocol §5). What chat.test and memory.test show is not shown again. */

import assert from 'node:assert/strict';

import { does, everythingCame, fails, heard, ids, state } from './lib/asking.mjs';
import { suite } from './lib/suite.mjs';
import { until } from './lib/waiting.mjs';

const { service, rule } = await suite({ CHAT_PER_MINUTE: '60', HISTORY_SCREENSHARE: '5' });

const SHARE = 1000; // ms, of 60 chat messages a minute
const BURST = 10;
const info = sub => ({ clientId: sub, displayName: sub });

async function recents(client, payload = {}) {
  await does(client, 'recents_chat', payload);
  return (await client.next('recents_chat')).payload;
}

const texts = list => list.map(({ chatContent }) => chatContent);

rule('an-edit-is-told-to-all-and-kept', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  await does(bob, 'add_chat', { chatId: 'one', chatContent: 'helo' });
  const { payload: { timestamp } } = await ann.next('add_chat');
  await does(bob, 'edit_chat', { chatId: 'one', chatContent: 'hello' });
  for (const person of [ann, bob]) {
    const { edited, ...payload } = (await person.next('edit_chat')).payload;
    assert.deepEqual(payload, { ...info('bob'), chatId: 'one', chatContent: 'hello', timestamp });
    assert.ok(edited >= timestamp);
    assert.deepEqual(await recents(person), [{ ...payload, edited }]);
  }
});

rule('only-the-author-edits', async room => {
  const [ann, bob, cyd] = await service.people(room, 'ann', 'bob', 'cyd');
  await does(bob, 'add_chat', { chatId: 'one', chatContent: 'mine' });
  for (const other of [ann, cyd]) // a host neither
    await fails('forbidden', other, 'edit_chat', { chatId: 'one', chatContent: 'yours' });
  await fails('not_found', bob, 'edit_chat', { chatId: 'two', chatContent: 'x' });
  await everythingCame(ann, bob, cyd);
  assert.equal(ann.of('edit_chat').length + bob.of('edit_chat').length, 0);
  assert.deepEqual(texts(await recents(ann)), ['mine']);
});

rule('the-author-or-a-host-deletes', async room => {
  const [ann, bob, cyd] = await service.people(room, 'ann', 'bob', 'cyd');
  for (const chatId of ['one', 'two', 'three'])
    await does(bob, 'add_chat', { chatId, chatContent: chatId });
  await fails('forbidden', cyd, 'delete_chat', { chatId: 'one' });
  await does(bob, 'delete_chat', { chatId: 'one' });
  await does(ann, 'delete_chat', { chatId: 'two' });
  await fails('not_found', bob, 'delete_chat', { chatId: 'one' });
  await fails('not_found', bob, 'edit_chat', { chatId: 'two', chatContent: 'x' });
  for (const person of [ann, bob, cyd]) {
    assert.deepEqual((await person.next('delete_chat')).payload, { ...info('bob'), chatId: 'one' });
    assert.deepEqual((await person.next('delete_chat')).payload,
      { ...info('bob'), chatId: 'two', by: info('ann') });
    assert.deepEqual(texts(await recents(person)), ['three']);
  }
});

rule('the-author-is-known-after-coming-back', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  await does(bob, 'add_chat', { chatId: 'one', chatContent: 'mine' });
  bob.send('leave', {});
  await ann.next('disconnect');
  const again = await service.join({ room, sub: 'bob', name: 'Robert' });
  await does(again, 'edit_chat', { chatId: 'one', chatContent: 'still mine' });
  assert.equal((await ann.next('edit_chat')).payload.displayName, 'bob', 'as when he said it');
});

rule('an-id-that-is-taken-is-refused-and-one-that-was-deleted-is-free', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  await does(ann, 'add_chat', { chatId: 'one', chatContent: 'first' });
  for (const person of [ann, bob])
    await fails('chat_id_taken', person, 'add_chat', { chatId: 'one', chatContent: 'second' });
  await does(ann, 'delete_chat', { chatId: 'one' });
  await does(bob, 'add_chat', { chatId: 'one', chatContent: 'third' });
  assert.deepEqual(texts(await recents(ann)), ['third']);
});

rule('recents-are-the-newest-oldest-first-and-before-goes-on-above', async room => {
  const people = await service.people(room, 'ann', 'bob', 'cyd', 'dan', 'eve', 'fay');
  const said = [];
  for (let i = 0; i < 9; i++) {
    for (const person of people) {
      said.push(`${person.clientId} ${i}`);
      await does(person, 'add_chat', { chatId: said.at(-1), chatContent: said.at(-1) });
    }
  }
  const [ann] = people;
  assert.deepEqual(texts(await recents(ann)), said.slice(-50), 'at most 50');
  assert.deepEqual(texts(await recents(ann, { limit: 1000 })), said.slice(-50));
  assert.deepEqual(texts(await recents(ann, { limit: null, before: null })), said.slice(-50));
  assert.deepEqual(texts(await recents(ann, { limit: 3 })), said.slice(-3));
  const found = [];
  for (let page = await recents(ann, { limit: 20 }); page.length > 0;
    page = await recents(ann, { limit: 20, before: page[0].chatId })) {
    found.unshift(...texts(page));
    assert.ok(found.length <= said.length, 'nothing comes twice');
  }
  assert.deepEqual(found, said, 'page by page it is all of it');
  await fails('not_found', ann, 'recents_chat', { before: 'never said' });
  await does(ann, 'get_recent_chats', { limit: 1 });
  assert.deepEqual(texts((await ann.next('recents_chat')).payload), said.slice(-1), 'the alias');
  await everythingCame(...people);
  assert.equal(people[1].of('recents_chat').length, 0);
});

rule('a-room-remembers-as-many-as-its-endpoint-keeps', async room => {
  const ann = await service.join({ endpoint: 'screenshare', room, sub: 'ann' });
  for (let i = 0; i < 8; i++)
    await does(ann, 'add_chat', { chatContent: String(i) });
  assert.deepEqual(texts(await recents(ann)), ['3', '4', '5', '6', '7']);
});

rule('private-chat-is-in-no-history-and-nobody-elses', async room => {
  const [ann, bob, cyd] = await service.people(room, 'ann', 'bob', 'cyd');
  const tab = await service.join({ room, sub: 'bob' });
  const { seq } = await does(ann, 'add_chat', { chatId: 'p', chatContent: 'psst',
    targetClientId: 'bob' });
  const own = await ann.next('add_chat');
  assert.equal(own.seq, seq);
  const { timestamp, ...payload } = own.payload;
  assert.deepEqual(payload,
    { ...info('ann'), chatId: 'p', chatContent: 'psst', targetClientId: 'bob' });
  assert.equal((await tab.next('add_chat')).payload.timestamp, timestamp);
  await fails('not_found', ann, 'add_chat', { chatContent: 'x', targetClientId: 'nobody' });
  for (const event of ['edit_chat', 'delete_chat'])
    await fails('not_found', ann, event, { chatId: 'p', chatContent: 'x' });
  await everythingCame(ann, bob, cyd, tab);
  for (const person of [ann, bob, cyd]) {
    assert.deepEqual(await recents(person), []);
    assert.equal(person.of('add_chat').length, person === ann ? 1 : 0, person.who);
  }
  const late = await service.join({ room, sub: 'late' });
  assert.deepEqual(await recents(late), []);
});

rule('typing-is-for-the-others-alone', async room => {
  const [ann, bob, cyd] = await service.people(room, 'ann', 'bob', 'cyd');
  for (const isTyping of [true, false]) {
    await does(ann, 'typing', { isTyping });
    for (const person of [bob, cyd])
      assert.deepEqual((await person.next('typing')).payload, { ...info('ann'), isTyping });
  }
  await everythingCame(ann, bob, cyd);
  assert.equal(ann.of('typing').length, 0);
});

rule('a-reaction-is-for-all-to-the-room-or-to-a-message', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  await does(bob, 'reaction', { emoji: '👩‍👩‍👧‍👦' });
  await does(bob, 'reaction', { emoji: '+1', chatId: 'one', size: 'dropped' });
  for (const person of [ann, bob]) {
    assert.deepEqual((await person.next('reaction')).payload, { ...info('bob'), emoji: '👩‍👩‍👧‍👦' });
    assert.deepEqual((await person.next('reaction')).payload,
      { ...info('bob'), emoji: '+1', chatId: 'one' });
  }
});

rule('hands-stay-in-the-order-raised', async room => {
  const [ann, bob, cyd, dan] = await service.people(room, 'ann', 'bob', 'cyd', 'dan');
  const hands = (client, list) => state(client, s => ids(s.handsRaised).join() === list);
  for (const person of [dan, bob, cyd, dan]) // who raises it twice keeps his place
    await does(person, 'raise_hand');
  for (const person of [ann, bob, cyd, dan])
    assert.deepEqual((await person.next('raise_hand')).payload, info('dan'));
  await hands(ann, 'dan,bob,cyd');
  await does(bob, 'lower_hand');
  assert.deepEqual((await ann.next('lower_hand')).payload, info('bob'));
  await hands(ann, 'dan,cyd');
  await does(bob, 'raise_hand');
  await hands(ann, 'dan,cyd,bob');
  cyd.send('leave', {});
  await hands(ann, 'dan,bob');
  const late = await service.join({ room, sub: 'cyd' });
  assert.deepEqual(ids(late.first.handsRaised), ['dan', 'bob'], 'left and came back without it');
});

rule('only-hosts-touch-other-peoples-hands', async room => {
  const [ann, bob, cyd] = await service.people(room, 'ann', 'bob', 'cyd');
  await does(cyd, 'raise_hand', { clientId: 'cyd' });
  await ann.next('raise_hand');
  await fails('forbidden', bob, 'lower_hand', { clientId: 'cyd' });
  await fails('forbidden', bob, 'raise_hand', { clientId: 'ann' });
  await does(ann, 'lower_hand', { clientId: 'cyd' });
  for (const person of [ann, bob, cyd])
    assert.deepEqual((await person.next('lower_hand')).payload,
      { ...info('cyd'), by: info('ann') });
  await does(ann, 'raise_hand', { clientId: 'bob' });
  assert.deepEqual((await cyd.next('raise_hand', p => p.clientId === 'bob')).payload,
    { ...info('bob'), by: info('ann') });
  await fails('not_found', ann, 'lower_hand', { clientId: 'nobody' });
});

rule('toggles-are-told-to-all-stand-in-the-state-and-go-with-who-leaves', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const cyd = await service.join({ room, sub: 'cyd' });
  const lists = { toggle_audio: 'unmuted', toggle_video: 'cameraOn',
    toggle_screenshare: 'sharingScreen' };
  for (const [event, list] of Object.entries(lists)) {
    for (const person of [bob, cyd])
      await does(person, event, { enabled: true });
    for (const person of [ann, bob, cyd])
      assert.deepEqual((await person.next(event)).payload, { ...info('bob'), enabled: true });
    assert.deepEqual(ids((await state(ann, s => s[list].length === 2))[list]), ['bob', 'cyd']);
    await does(bob, event, { enabled: false });
    assert.deepEqual((await ann.next(event, ({ enabled }) => !enabled)).payload,
      { ...info('bob'), enabled: false });
  }
  const late = await service.join({ room, sub: 'late' });
  for (const list of Object.values(lists))
    assert.deepEqual(ids(late.first[list]), ['cyd'], list);
  cyd.vanish(); // leaving and being lost are the same to cameras
  await state(ann, s => Object.values(lists).every(list => s[list].length === 0));
  const again = await service.join({ room, sub: 'cyd' });
  for (const list of Object.values(lists))
    assert.deepEqual(again.first[list], [], `${list}: comes back with all off`);
});

rule('too-much-chat-is-told-to-slow-down-and-for-how-long', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const begin = performance.now();
  for (let i = 0; i < BURST; i++) // private ones count like all others
    ann.send('add_chat', { chatContent: String(i), ...(i % 2 && { targetClientId: 'bob' }) });
  const { retryAfterMs, event } = await fails('slow_down', ann, 'add_chat', { chatContent: 'x' });
  assert.equal(event, 'add_chat');
  assert.ok(retryAfterMs > 0 && retryAfterMs <= SHARE, `${retryAfterMs} ms`);
  await does(bob, 'add_chat', { chatContent: 'another person' });
  await does(ann, 'message', { data: 'another event' });
  await does(ann, 'recents_chat');
  await fails('slow_down', ann, 'add_chat', { chatContent: '' }); // before it is looked at
  await until('to be heard again', async () =>
    (await ann.ask('add_chat', { chatContent: 'again' })).event === 'ack');
  assert.ok(performance.now() - begin >= SHARE * 0.9, 'the rate holds');
  await everythingCame(ann, bob);
  assert.equal(bob.of('add_chat').length, BURST + 2);
  assert.ok(!heard(bob).some(({ payload }) => payload.chatContent === 'x'));
});
