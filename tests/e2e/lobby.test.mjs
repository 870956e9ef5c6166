/* lobby – who may come in, and what those who wait may not see (protocol §4, §5).
 *
 * A lobby that lets one name of the room through to those who wait is no lobby. */

import assert from 'node:assert/strict';

import { does, everythingCame, fails, heard, ids, knock, state } from './lib/asking.mjs';
import { suite } from './lib/suite.mjs';

const { service, rule } = await suite({ LOBBY_SCREENSHARE: 'on' });

/* Ann hosts, bob takes part, the lobby is on. */
async function hosted(room) {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  await does(ann, 'set_lobby', { enabled: true });
  await bob.next('set_lobby');
  return [ann, bob];
}

/* Nothing that this client was ever sent has one of these in it. */
function assertSecret(client, ...words) {
  for (const { text } of client.received)
    for (const word of words)
      assert.ok(!text.includes(word), `${client.who} was told: ${text}`);
}

rule('a-host-switches-the-lobby-on-and-all-are-told', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  await does(ann, 'set_lobby', { enabled: true });
  for (const person of [ann, bob]) {
    const { payload } = await person.next('set_lobby');
    assert.deepEqual(payload, { clientId: 'ann', displayName: 'ann', enabled: true });
    assert.equal((await state(person, ({ lobby }) => lobby)).participantCount, 2);
  }
  const late = await service.join({ room, sub: 'late' });
  assert.equal(late.first.role, 'waiting');
});

rule('a-new-room-has-the-lobby-that-its-endpoint-is-configured-with', async room => {
  for (const [endpoint, role] of [['screenshare', 'waiting'], ['zoom', 'participant']]) {
    const first = await service.join({ endpoint, room, sub: 'first' });
    const second = await service.join({ endpoint, room, sub: 'second' });
    assert.deepEqual([first.first.role, first.first.lobby], ['host', role === 'waiting']);
    assert.equal(second.first.role, role, endpoint);
  }
});

rule('a-waiter-sees-only-itself', async room => {
  await hosted(room);
  const wil = await service.join({ room, sub: 'wil' });
  const xia = await service.join({ room, sub: 'xia' });
  for (const waiter of [wil, xia]) {
    const { role, hosts, participants, waitingUsers, participantCount } = waiter.first;
    assert.equal(role, 'waiting');
    assert.deepEqual([hosts, participants, participantCount], [[], [], 0]);
    assert.deepEqual(ids(waitingUsers), [waiter.clientId]);
    await waiter.settle();
  }
  assertSecret(wil, 'ann', 'bob', 'xia');
  assertSecret(xia, 'ann', 'bob', 'wil');
});

rule('a-waiter-gets-nothing-of-the-room', async room => {
  const [ann, bob] = await hosted(room);
  const wil = await service.join({ room, sub: 'wil' });
  await does(bob, 'add_chat', { chatContent: 'said inside' });
  await does(bob, 'message', { data: 'said inside' });
  await does(bob, 'typing', { isTyping: true });
  await does(bob, 'raise_hand');
  await does(bob, 'toggle_audio', { enabled: true });
  await does(bob, 'toggle_screenshare', { enabled: true });
  await does(bob, 'offer', { targetClientId: 'ann', sdp: 'x' });
  await does(ann, 'set_policy', { screenshare: 'ask' });
  await does(ann, 'set_role', { clientId: 'bob', role: 'host' });
  await service.join({ room, sub: 'cyd', role: 'host' });
  bob.send('leave', {});
  await ann.next('disconnect');
  await wil.settle();
  await wil.settle();
  assertSecret(wil, 'ann', 'bob', 'cyd', 'said inside');
  assert.deepEqual(heard(wil), []);
});

rule('a-waiter-is-told-when-the-room-changes-its-own-prospects', async room => {
  const [ann] = await hosted(room);
  const wil = await service.join({ room, sub: 'wil' });
  await does(ann, 'lock_room', { locked: true });
  const seen = await state(wil, ({ locked }) => locked);
  assert.deepEqual([seen.role, ids(seen.waitingUsers), seen.hosts], ['waiting', ['wil'], []]);
});

rule('each-arrival-is-announced-to-hosts-and-to-them-alone', async room => {
  const [ann, bob] = await hosted(room);
  const cyd = await service.join({ room, sub: 'cyd', role: 'host' });
  await service.join({ room, sub: 'wil', name: 'Wil W.' });
  for (const host of [ann, cyd]) {
    const { payload } = await host.next('waiting_request');
    assert.deepEqual(payload, { clientId: 'wil', displayName: 'Wil W.' });
    assert.deepEqual(ids((await state(host, s => s.waitingUsers.length === 1)).waitingUsers),
      ['wil']);
  }
  await everythingCame(ann, bob, cyd);
  assert.equal(bob.of('waiting_request').length, 0);
  assert.ok(!heard(bob).some(({ payload }) => payload.clientId === 'wil'), 'no connect either');
});

rule('a-waiter-may-ask-again-and-others-ask-for-nothing', async room => {
  const [ann, bob] = await hosted(room);
  const wil = await service.join({ room, sub: 'wil' });
  await ann.next('waiting_request');
  await does(wil, 'waiting_request');
  await ann.next('waiting_request');
  await does(wil, 'request_waiting');
  await ann.next('waiting_request');
  await does(bob, 'waiting_request');
  await does(ann, 'waiting_request');
  await everythingCame(ann, bob);
  assert.equal(ann.of('waiting_request').length, 3);
});

rule('one-who-is-accepted-is-told-alone-then-sees-the-room-and-the-room-sees-him', async room => {
  const [ann, bob] = await hosted(room);
  const wil = await service.join({ room, sub: 'wil' });
  const xia = await service.join({ room, sub: 'xia' });
  await does(ann, 'accept_waiting', { clientId: 'wil' });
  const { payload } = await wil.next('accept_waiting');
  assert.deepEqual(payload, { clientId: 'wil', displayName: 'wil',
    by: { clientId: 'ann', displayName: 'ann' } });
  const inside = await state(wil, ({ role }) => role === 'participant');
  assert.deepEqual([ids(inside.hosts), ids(inside.participants)], [['ann'], ['bob', 'wil']]);
  assert.deepEqual(ids(inside.waitingUsers), ['xia']);
  for (const person of [ann, bob])
    assert.deepEqual((await person.next('connect', p => p.clientId === 'wil')).payload,
      { clientId: 'wil', displayName: 'wil', role: 'participant' });
  await does(bob, 'add_chat', { chatContent: 'welcome' });
  assert.equal((await wil.next('add_chat')).payload.chatContent, 'welcome');
  await does(wil, 'message', { targetClientId: 'bob', data: 'thanks' });
  await bob.next('message');
  await everythingCame(ann, bob, wil);
  await xia.settle();
  for (const other of [ann, bob, xia])
    assert.equal(other.of('accept_waiting').length, 0, other.who);
  assert.equal(wil.of('connect').length, 0);
  assertSecret(xia, 'ann', 'bob', 'wil');
});

rule('one-who-is-denied-is-told-alone-has-a-final-bye-and-is-kept-out', async room => {
  const [ann, bob] = await hosted(room);
  const wil = await service.join({ room, sub: 'wil' });
  const tab = await service.join({ room, sub: 'wil' });
  await does(ann, 'deny_waiting', { clientId: 'wil' });
  const by = { clientId: 'ann', displayName: 'ann' };
  assert.deepEqual((await tab.next('deny_waiting')).payload,
    { clientId: 'wil', displayName: 'wil', by });
  for (const connection of [wil, tab]) {
    const { payload } = await connection.next('bye');
    assert.deepEqual(payload,
      { code: 4003, reason: 'denied', reconnect: false, retryAfterMs: 0, by });
    assert.equal(connection.received.at(-1).event, 'bye');
  }
  await state(bob, ({ waitingUsers }) => waitingUsers.length === 0);
  await everythingCame(ann, bob);
  for (const person of [ann, bob])
    assert.deepEqual(heard(person).filter(({ event, payload }) =>
      event !== 'waiting_request' && payload.clientId === 'wil'), [], person.who);
  assert.equal(await knock(service, { room, sub: 'wil' }), '403 denied');
  assert.equal(await knock(service, { room, sub: 'wil', role: 'host' }), '403 denied');
  await does(ann, 'set_lobby', { enabled: false });
  assert.equal(await knock(service, { room, sub: 'wil' }), '403 denied', 'the lobby is off');
  assert.equal(await knock(service, { room: `${room}x`, sub: 'wil' }), '101');
});

rule('switching-the-lobby-off-admits-all-who-wait', async room => {
  const [ann, bob] = await hosted(room);
  const waiters = [];
  for (const sub of ['wil', 'xia', 'yan'])
    waiters.push(await service.join({ room, sub }));
  await does(ann, 'set_lobby', { enabled: false });
  for (const waiter of waiters) {
    await waiter.next('accept_waiting');
    await state(waiter, s => s.role === 'participant' && s.waitingUsers.length === 0);
  }
  for (const { clientId } of waiters)
    await bob.next('connect', payload => payload.clientId === clientId);
  assert.deepEqual(bob.of('connect').map(({ payload }) => payload.clientId),
    ['wil', 'xia', 'yan'], 'in the order of waiting');
  await everythingCame(ann, bob, ...waiters);
  assert.equal((await service.join({ room, sub: 'zoe' })).first.role, 'participant');
});

rule('where-only-waiters-are-left-the-longest-waiting-becomes-host', async room => {
  const ann = await service.join({ endpoint: 'screenshare', room, sub: 'ann' });
  const wil = await service.join({ endpoint: 'screenshare', room, sub: 'wil' });
  const xia = await service.join({ endpoint: 'screenshare', room, sub: 'xia' });
  ann.send('leave', {});
  const inside = await state(wil, ({ role }) => role === 'host');
  assert.deepEqual([ids(inside.hosts), ids(inside.waitingUsers)], [['wil'], ['xia']]);
  await does(wil, 'accept_waiting', { clientId: 'xia' });
  await state(xia, ({ role }) => role === 'participant');
});

rule('who-goes-while-waiting-is-missed-by-hosts-only-in-the-list', async room => {
  const [ann, bob] = await hosted(room);
  const wil = await service.join({ room, sub: 'wil' });
  await state(ann, ({ waitingUsers }) => waitingUsers.length === 1);
  wil.send('leave', {});
  assert.equal((await wil.next('bye')).payload.code, 4000);
  await state(ann, ({ waitingUsers }) => waitingUsers.length === 0);
  await everythingCame(ann, bob);
  for (const person of [ann, bob])
    assert.equal(person.of('disconnect').length, 0);
});

rule('a-token-that-grants-host-comes-past-the-lobby', async room => {
  await hosted(room);
  const cyd = await service.join({ room, sub: 'cyd', role: 'host' });
  assert.equal(cyd.first.role, 'host');
  assert.deepEqual(ids(cyd.first.hosts), ['ann', 'cyd']);
});

rule('who-was-in-and-lost-the-connection-need-not-wait-but-who-left-must', async room => {
  const [ann, bob] = await hosted(room);
  bob.vanish();
  await ann.next('disconnect');
  const again = await service.join({ room, sub: 'bob' });
  assert.equal(again.first.role, 'participant');
  again.send('leave', {});
  await again.next('bye');
  assert.equal((await service.join({ room, sub: 'bob' })).first.role, 'waiting');
});

rule('waiters-can-neither-signal-nor-be-signalled-nor-act', async room => {
  const [ann, bob] = await hosted(room);
  const wil = await service.join({ room, sub: 'wil' });
  await ann.next('waiting_request');
  const since = [ann, bob].map(({ received }) => received.length);
  for (const [event, payload] of [['offer', { sdp: 'x' }], ['candidate', { candidate: null }],
    ['message', { data: 1 }], ['add_chat', { chatContent: 'x' }], ['renegotiate', {}]]) {
    await fails('forbidden', wil, event, { targetClientId: 'ann', ...payload });
    await fails('forbidden', bob, event, { targetClientId: 'wil', ...payload });
  }
  for (const [event, payload] of [['add_chat', { chatContent: 'x' }], ['recents_chat', {}],
    ['raise_hand', {}], ['toggle_audio', { enabled: true }], ['set_lobby', { enabled: false }],
    ['accept_waiting', { clientId: 'wil' }], ['kick', { clientId: 'ann' }]])
    await fails('forbidden', wil, event, payload);
  await everythingCame(ann, bob);
  for (const [i, person] of [ann, bob].entries())
    assert.deepEqual(heard(person, since[i]), [], person.who);
  await wil.settle();
  assert.deepEqual(heard(wil), []);
});

rule('only-who-waits-can-be-accepted-or-denied', async room => {
  const [ann] = await hosted(room);
  for (const event of ['accept_waiting', 'deny_waiting']) {
    await fails('not_found', ann, event, { clientId: 'bob' });
    await fails('not_found', ann, event, { clientId: 'nobody' });
  }
});
