/* moderation – what hosts do to people and to the room (protocol §1, §5).
 *
 * Whom a room keeps out it must keep out before the upgrade; and who did nothing wrong and only
 * lost the connection must not be kept out with the others. */

import assert from 'node:assert/strict';

import { does, everythingCame, fails, heard, ids, knock, state } from './lib/asking.mjs';
import { suite } from './lib/suite.mjs';
import { until } from './lib/waiting.mjs';

const { service, rule } = await suite({ MEMBERS_SCREENSHARE: '2', CONNECTIONS_PER_SUB: '3' });

const info = sub => ({ clientId: sub, displayName: sub });

/* The target's bye, which is its last message. */
async function sentAway(client, code, reason, host, message) {
  const { payload } = await client.next('bye');
  assert.deepEqual(payload,
    { code, reason, reconnect: false, retryAfterMs: 0, by: info(host), ...message });
  assert.equal(client.received.at(-1).event, 'bye');
}

rule('kick-sends-one-away-with-the-hosts-words-and-all-are-told', async room => {
  const [ann, bob, cyd] = await service.people(room, 'ann', 'bob', 'cyd');
  await does(ann, 'kick', { clientId: 'bob', reason: 'Bitte "leise"\n😀' });
  const message = { message: 'Bitte "leise"\n😀' };
  await sentAway(bob, 4001, 'kicked', 'ann', message);
  for (const person of [ann, cyd])
    assert.deepEqual((await person.next('disconnect')).payload,
      { ...info('bob'), reason: 'kicked', by: info('ann'), ...message });
  const seen = await state(cyd, s => s.participantCount === 2);
  assert.deepEqual(ids(seen.participants), ['cyd']);
});

/* All of it is one request, so that the broker decides and publishes it in one round: the bye, which
 * is mail, is quicker than what is on the bus, and must not overtake it. */
rule('who-is-sent-away-has-heard-all-that-was-said-before', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  await everythingCame(ann, bob);
  const had = bob.received.length;
  const words = ['reaction', 'reaction', 'message', 'reaction'];
  for (const [i, event] of words.entries())
    ann.send(event, event === 'message' ? { targetClientId: 'bob', data: `${i}` }
      : { emoji: `${i}` });
  ann.send('kick', { clientId: 'bob' });
  ann.send('reaction', { emoji: 'and not what was said after' });
  await sentAway(bob, 4001, 'kicked', 'ann');
  const told = bob.received.slice(had).filter(({ event }) => words.includes(event));
  assert.deepEqual(told.map(({ payload }) => payload.emoji ?? payload.data), ['0', '1', '2', '3']);
});

rule('who-was-kicked-may-come-back-but-has-no-right-to-return', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  await does(ann, 'kick', { clientId: 'bob' });
  await sentAway(bob, 4001, 'kicked', 'ann');
  const again = await service.join({ room, sub: 'bob' });
  assert.equal(again.first.role, 'participant');
  await does(ann, 'kick', { clientId: 'bob' });
  await again.next('bye');
  await does(ann, 'lock_room', { locked: true });
  assert.equal(await knock(service, { room, sub: 'bob' }), '403 room_locked');
});

rule('kick-and-ban-end-all-tabs-and-reach-those-who-wait', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const tab = await service.join({ room, sub: 'bob' });
  await does(ann, 'set_lobby', { enabled: true });
  const wil = await service.join({ room, sub: 'wil' });
  await does(ann, 'ban', { clientId: 'bob', reason: 'spam' });
  for (const connection of [bob, tab])
    await sentAway(connection, 4002, 'banned', 'ann', { message: 'spam' });
  assert.deepEqual((await ann.next('disconnect')).payload,
    { ...info('bob'), reason: 'banned', by: info('ann'), message: 'spam' });
  await does(ann, 'kick', { clientId: 'wil' });
  await sentAway(wil, 4001, 'kicked', 'ann');
  await everythingCame(ann);
  assert.equal(ann.of('disconnect').length, 1, 'a waiter was never in');
  assert.equal(await knock(service, { room, sub: 'bob', role: 'host' }), '403 banned');
  const token = await service.token({ sub: 'bob' });
  assert.equal((await service.get(`/ws/zoom/${room}?token=${token}`)).json.error, 'banned',
    'a page that asks why is told');
});

rule('a-ban-is-told-before-the-lock-and-counts-against-the-return', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  await does(ann, 'lock_room', { locked: true });
  await does(ann, 'ban', { clientId: 'bob' });
  await bob.next('bye');
  assert.equal(await knock(service, { room, sub: 'bob' }), '403 banned');
  assert.equal(await knock(service, { room, sub: 'cyd' }), '403 room_locked');
});

rule('mute-is-told-to-the-muted-alone-and-the-state-shows-it', async room => {
  const [ann, bob, cyd] = await service.people(room, 'ann', 'bob', 'cyd');
  for (const event of ['toggle_audio', 'toggle_video'])
    await does(bob, event, { enabled: true });
  await state(cyd, s => s.unmuted.length === 1 && s.cameraOn.length === 1);
  const rows = [
    [{}, { audio: true, video: false }, 'toggle_audio'],
    [{ video: true }, { audio: false, video: true }, 'toggle_video'],
    [{ audio: true, video: true }, { audio: true, video: true }, null], // they are off already
    [{ audio: false }, { audio: false, video: false }, null],
  ];
  await everythingCame(ann, bob, cyd);
  for (const [asked, told, toggle] of rows) {
    const since = cyd.received.length;
    await does(ann, 'mute', { clientId: 'bob', ...asked });
    assert.deepEqual((await bob.next('mute')).payload,
      { ...info('bob'), ...told, by: info('ann') });
    await everythingCame(ann, bob, cyd);
    assert.deepEqual(heard(cyd, since).map(({ event, payload }) => ({ event, payload })),
      toggle ? [{ event: toggle,
        payload: { ...info('bob'), enabled: false, by: info('ann') } }] : []);
  }
  assert.equal(ann.of('mute').length, 0);
  await state(cyd, s => s.unmuted.length === 0 && s.cameraOn.length === 0);
  await does(bob, 'toggle_audio', { enabled: true }); // turning it on again is the person's
  await state(cyd, s => s.unmuted.length === 1);
});

rule('a-locked-room-refuses-newcomers-whoever-they-are-and-not-who-is-in', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  await does(ann, 'lock_room', { locked: true });
  assert.deepEqual((await bob.next('lock_room')).payload, { ...info('ann'), locked: true });
  await state(bob, ({ locked }) => locked);
  assert.equal(await knock(service, { room, sub: 'cyd' }), '403 room_locked');
  assert.equal(await knock(service, { room, sub: 'cyd', role: 'host' }), '403 room_locked');
  const tab = await service.join({ room, sub: 'bob' });
  assert.equal(tab.first.locked, true);
  for (const connection of [bob, tab]) {
    connection.send('leave', {});
    await connection.next('bye');
  }
  assert.equal(await knock(service, { room, sub: 'bob' }), '403 room_locked', 'who left is out');
  await does(ann, 'lock_room', { locked: false });
  const cyd = await service.join({ room, sub: 'cyd' });
  assert.equal(cyd.first.locked, false);
});

rule('close-room-sends-all-away-and-the-next-room-of-that-name-is-a-new-one', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const tab = await service.join({ room, sub: 'bob' });
  await does(ann, 'set_lobby', { enabled: true });
  await does(ann, 'lock_room', { locked: false });
  const wil = await service.join({ room, sub: 'wil' });
  await does(ann, 'add_chat', { chatContent: 'forgotten' });
  ann.send('close_room', { reason: 'It is late.' }, 'an id does not call for an ack');
  for (const person of [bob, tab, wil])
    await sentAway(person, 4004, 'room_closed', 'ann', { message: 'It is late.' });
  assert.deepEqual((await ann.next('bye')).payload, { code: 4004, reason: 'room_closed',
    reconnect: false, retryAfterMs: 0, message: 'It is late.' });
  assert.ok(!ann.of('ack').some(({ id }) => id === 'an id does not call for an ack'));
  const next = await service.join({ room, sub: 'wil' });
  assert.deepEqual([next.first.role, next.first.lobby], ['host', false]);
  assert.notEqual(next.first.epoch, ann.first.epoch);
  await does(next, 'recents_chat');
  assert.deepEqual((await next.next('recents_chat')).payload, []);
});

rule('a-full-room-has-room-for-who-was-lost-and-waiters-fill-it-too', async room => {
  const where = { endpoint: 'screenshare', room };
  const ann = await service.join({ ...where, sub: 'ann' });
  const bob = await service.join({ ...where, sub: 'bob' });
  bob.vanish();
  await ann.next('disconnect');
  await does(ann, 'set_lobby', { enabled: true });
  await service.join({ ...where, sub: 'cyd' });
  assert.equal(await knock(service, { ...where, sub: 'dan' }), '403 room_full');
  const again = await service.join({ ...where, sub: 'bob' });
  assert.equal(again.first.role, 'participant');
  again.send('leave', {});
  await again.next('bye');
  assert.equal(await knock(service, { ...where, sub: 'bob' }), '403 room_full');
});

rule('a-connection-that-ends-makes-room-for-another-of-the-same-person', async room => {
  const tabs = [];
  for (const name of ['a', 'b', 'c'])
    tabs.push(await service.join({ room: `${room}-${name}`, sub: 'max' }));
  assert.equal(await knock(service, { room, sub: 'max' }), '429 too_many');
  await tabs[0].close();
  await until('a place', async () => await knock(service, { room, sub: 'max' }) === '101');
});

/* The connection that was lost is there until its end is noticed, and counts until then. */
rule('who-resumes-is-let-in-at-the-limit-as-the-old-connection-goes', async room => {
  const tabs = [];
  for (let i = 0; i < 3; i++)
    tabs.push(await service.join({ room: i ? `${room}-${i}` : room, sub: 'max' }));
  assert.equal(await knock(service, { room, sub: 'max' }), '429 too_many');
  const { epoch } = tabs[0].first;
  const again = await service.join({ room, sub: 'max', query: `&resume=${epoch}.0` });
  assert.equal(again.first.participantCount, 1);
  assert.equal((await tabs[0].next('bye')).payload.reason, 'replaced');
});

rule('who-is-not-there-cannot-be-moderated', async room => {
  const [ann] = await service.people(room, 'ann', 'bob');
  for (const event of ['kick', 'ban', 'mute'])
    await fails('not_found', ann, event, { clientId: 'nobody' });
  assert.equal(await knock(service, { room, sub: 'nobody' }), '101', 'nor was anybody banned');
});

rule('only-hosts-moderate-and-what-others-try-is-heard-by-nobody', async room => {
  const [ann, bob, cyd] = await service.people(room, 'ann', 'bob', 'cyd');
  await everythingCame(ann, bob, cyd);
  const since = [ann, bob, cyd].map(({ received }) => received.length);
  const acts = {
    kick: { clientId: 'ann' }, ban: { clientId: 'ann' }, mute: { clientId: 'ann' },
    lock_room: { locked: true }, close_room: {}, set_role: { clientId: 'bob', role: 'host' },
    set_lobby: { enabled: true }, set_policy: { screenshare: 'ask' },
    accept_screenshare: { clientId: 'bob' }, stop_screenshare: { clientId: 'ann' },
    deny_screenshare: { clientId: 'ann' }, lower_hand: { clientId: 'ann' },
  };
  for (const [event, payload] of Object.entries(acts))
    await fails('forbidden', bob, event, payload);
  await everythingCame(ann, bob, cyd);
  for (const [i, person] of [ann, bob, cyd].entries())
    assert.deepEqual(heard(person, since[i]), [], person.who);
});
