/* hosts – who hosts, who inherits, and one person in several tabs (protocol §2, §4).
 *
 * A meeting whose host is lost for a moment must neither lose its host nor gain a second one. */

import assert from 'node:assert/strict';

import { does, everythingCame, fails, heard, ids, state } from './lib/asking.mjs';
import { suite } from './lib/suite.mjs';

const { service, rule } = await suite();

const HOST_GRACE = 10_000;
const by = sub => ({ clientId: sub, displayName: sub });

/* Goes as a lost connection, and returns when the other was told. */
async function lose(client, witness) {
  client.vanish();
  await witness.next('disconnect', ({ clientId }) => clientId === client.clientId);
}

rule('a-host-by-token-joins-the-host-who-is-there-and-has-the-same-rights', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const cyd = await service.join({ room, sub: 'cyd', role: 'host' });
  assert.deepEqual(ids(cyd.first.hosts), ['ann', 'cyd']);
  assert.deepEqual((await ann.next('connect', ({ clientId }) => clientId === 'cyd')).payload,
    { ...by('cyd'), role: 'host' });
  await fails('forbidden', bob, 'set_role', { clientId: 'bob', role: 'host' });
  await does(cyd, 'set_role', { clientId: 'ann', role: 'participant' });
  assert.deepEqual(ids((await state(bob, s => s.hosts[0].clientId === 'cyd')).hosts), ['cyd']);
  await fails('forbidden', ann, 'lock_room', { locked: true });
});

rule('a-host-who-is-back-within-ten-seconds-is-host-and-nobody-else-was', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  await lose(ann, bob);
  const between = await state(bob, s => s.participantCount === 1);
  assert.deepEqual([ids(between.hosts), ids(between.participants)], [[], ['bob']]);
  await fails('forbidden', bob, 'lock_room', { locked: true });
  const again = await service.join({ room, sub: 'ann' });
  assert.equal(again.first.role, 'host');
  assert.equal((await bob.next('connect')).payload.role, 'host');
  await everythingCame(again, bob);
  assert.equal(bob.of('role_changed').length, 0);
  assert.equal(again.first.epoch, ann.first.epoch);
});

/* Three rooms at once, because it takes ten seconds. */
rule('after-ten-seconds-the-longest-present-becomes-host-else-the-longest-waiting', async room => {
  const [ann, bob, cyd] = await service.people(room, 'ann', 'bob', 'cyd');
  const [dan] = await service.people(`${room}-waiters`, 'dan');
  await does(dan, 'set_lobby', { enabled: true });
  const wil = await service.join({ room: `${room}-waiters`, sub: 'wil' });
  const xia = await service.join({ room: `${room}-waiters`, sub: 'xia' });
  const [eve, fay] = await service.people(`${room}-two`, 'eve', 'fay');
  await does(eve, 'set_role', { clientId: 'fay', role: 'host' });
  await state(eve, s => s.hosts.length === 2);
  dan.vanish();
  await lose(fay, eve);
  const begin = performance.now();
  await lose(ann, bob);

  const { payload } = await bob.next('role_changed', undefined, HOST_GRACE + 3000);
  const took = performance.now() - begin;
  assert.ok(took > HOST_GRACE - 1000, `after ${took} ms`);
  assert.deepEqual(payload, { ...by('bob'), role: 'host' });
  assert.equal((await cyd.next('role_changed')).payload.clientId, 'bob');
  assert.equal((await state(bob, ({ role }) => role === 'host')).hosts.length, 1);
  const late = await service.join({ room, sub: 'ann' });
  assert.equal(late.first.role, 'participant', 'it is too late');

  await state(wil, ({ role }) => role === 'host');
  await xia.settle();
  assert.ok(!xia.of('room_state').some(state => state.payload.role !== 'waiting'));

  assert.equal(eve.of('role_changed').length, 1, 'there was a host all the time');
  const again = await service.join({ room: `${room}-two`, sub: 'fay' });
  assert.equal(again.first.role, 'participant');
});

rule('a-host-who-leaves-is-inherited-at-once-and-gets-nothing-back', async room => {
  const [ann, bob, cyd] = await service.people(room, 'ann', 'bob', 'cyd');
  ann.send('leave', {});
  for (const person of [bob, cyd])
    assert.deepEqual((await person.next('role_changed', undefined, 2000)).payload,
      { ...by('bob'), role: 'host' });
  const again = await service.join({ room, sub: 'ann' });
  assert.equal(again.first.role, 'participant');
  await does(bob, 'lock_room', { locked: true });
});

rule('a-room-left-empty-is-hosted-by-who-comes-first-and-by-its-host-when-he-is-back', async room => {
  const [ann] = await service.people(room, 'ann');
  await ann.close();
  const [bob] = await service.people(room, 'bob');
  assert.equal(bob.first.role, 'host');
  assert.equal(bob.first.epoch, ann.first.epoch, 'it is the same room');
  const again = await service.join({ room, sub: 'ann' });
  assert.deepEqual([again.first.role, ids(again.first.hosts)], ['host', ['bob', 'ann']]);
});

rule('hosts-give-and-take-roles-and-all-are-told-by-whom', async room => {
  const [ann, bob, cyd] = await service.people(room, 'ann', 'bob', 'cyd');
  const steps = [
    [ann, 'bob', 'host', ['ann', 'bob']], [bob, 'ann', 'participant', ['bob']],
    [bob, 'cyd', 'host', ['bob', 'cyd']],
  ];
  for (const [host, clientId, role, hosts] of steps) {
    await does(host, 'set_role', { clientId, role });
    for (const person of [ann, bob, cyd])
      assert.deepEqual((await person.next('role_changed')).payload,
        { ...by(clientId), role, by: by(host.clientId) });
    await state(cyd, s => ids(s.hosts).sort().join() === hosts.join());
  }
  await does(cyd, 'set_role', { clientId: 'cyd', role: 'participant' });
  assert.deepEqual((await ann.next('role_changed')).payload, { ...by('cyd'), role: 'participant' },
    'nobody is told that somebody did it to himself');
});

rule('the-last-host-cannot-step-down', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  await fails('forbidden', ann, 'set_role', { clientId: 'ann', role: 'participant' });
  await does(ann, 'set_role', { clientId: 'ann', role: 'host' });
  await fails('not_found', ann, 'set_role', { clientId: 'nobody', role: 'host' });
  await everythingCame(ann, bob);
  assert.deepEqual([heard(ann).length, heard(bob).length], [1, 0], 'the connect of bob');
});

rule('a-role-on-the-wire-is-each-ones-own', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  await does(ann, 'set_role', { clientId: 'bob', role: 'host' });
  const seen = await state(bob, ({ role }) => role === 'host');
  assert.equal(seen.clientId, 'bob');
  assert.equal((await state(ann, s => s.hosts.length === 2)).clientId, 'ann');
});

rule('several-tabs-are-one-entry-in-every-list', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const tab = await service.join({ room, sub: 'bob' });
  assert.deepEqual([ids(tab.first.participants), tab.first.participantCount], [['bob'], 2]);
  await does(bob, 'toggle_audio', { enabled: true });
  await does(tab, 'toggle_audio', { enabled: true });
  await does(bob, 'raise_hand');
  await does(tab, 'raise_hand');
  const seen = await state(ann, s => s.unmuted.length > 0 && s.handsRaised.length > 0);
  assert.deepEqual([ids(seen.unmuted), ids(seen.handsRaised)], [['bob'], ['bob']]);
  await everythingCame(ann, bob, tab);
  assert.deepEqual(ids(heard(ann).filter(({ event }) => event === 'connect')
    .map(({ payload }) => payload)), ['bob']);
});

rule('tabs-hear-what-their-own-person-does', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const tab = await service.join({ room, sub: 'bob' });
  await does(bob, 'add_chat', { chatContent: 'from the first' });
  for (const client of [ann, bob, tab])
    assert.equal((await client.next('add_chat')).payload.clientId, 'bob');
  await does(bob, 'message', { data: 'to all but the sender' });
  await ann.next('message');
  await everythingCame(ann, bob, tab);
  assert.equal(bob.of('message').length + tab.of('message').length, 0);
});

rule('what-is-sent-to-one-reaches-the-newest-tab-and-the-older-when-that-is-gone', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const tab = await service.join({ room, sub: 'bob' });
  await does(ann, 'offer', { targetClientId: 'bob', sdp: 'one' });
  assert.equal((await tab.next('offer')).payload.sdp, 'one');
  tab.send('leave', {});
  await tab.next('bye');
  await does(ann, 'offer', { targetClientId: 'bob', sdp: 'two' });
  assert.equal((await bob.next('offer')).payload.sdp, 'two');
  await everythingCame(ann, bob);
  assert.equal(bob.of('offer').length, 1);
});

rule('a-person-is-present-until-the-last-tab-is-gone', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const tab = await service.join({ room, sub: 'ann' });
  assert.equal(tab.first.role, 'host', 'another tab of the host');
  ann.send('leave', {});
  assert.equal((await ann.next('bye')).payload.reason, 'left');
  await everythingCame(tab, bob);
  assert.deepEqual(heard(bob), [], 'the host is still there');
  await does(tab, 'lock_room', { locked: true });
  await bob.next('lock_room');
  tab.send('leave', {});
  assert.equal((await bob.next('disconnect')).payload.clientId, 'ann');
  assert.equal((await bob.next('role_changed')).payload.clientId, 'bob');
});
