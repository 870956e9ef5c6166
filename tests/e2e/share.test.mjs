/* share – who may share the screen, by whose leave and for how long (protocol §2, §5). */

import assert from 'node:assert/strict';

import { does, everythingCame, fails, ids, state } from './lib/asking.mjs';
import { suite } from './lib/suite.mjs';
import { forge } from './lib/tokens.mjs';

const { service, rule } = await suite({ SHARE_POLICY_SCREENSHARE: 'ask' });
const { secret } = service.key;

const info = sub => ({ clientId: sub, displayName: sub });
const on = { enabled: true }, off = { enabled: false };

/* Ann hosts, and who wants to share has to ask. */
async function asked(room, ...others) {
  const people = await service.people(room, 'ann', 'bob', ...others);
  await does(people[0], 'set_policy', { screenshare: 'ask' });
  await everythingCame(...people);
  return people;
}

/* Each of these is told that bob's role is this now. */
async function bobBecomes(role, by, ...people) {
  for (const person of people)
    assert.deepEqual((await person.next('role_changed')).payload,
      { ...info('bob'), role, ...(by && { by: info(by) }) }, person.who);
}

rule('where-the-policy-is-open-everybody-shares-and-is-a-presenter-meanwhile', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  assert.equal(ann.first.policy.screenshare, 'open');
  await does(bob, 'toggle_screenshare', on);
  assert.deepEqual((await ann.next('toggle_screenshare')).payload, { ...info('bob'), ...on });
  await bobBecomes('screenshare', null, ann, bob);
  const seen = await state(bob, ({ role }) => role === 'screenshare');
  assert.deepEqual([ids(seen.sharingScreen), ids(seen.participants)], [['bob'], ['bob']]);
  const late = await service.join({ room, sub: 'late' });
  assert.deepEqual(ids(late.first.sharingScreen), ['bob'], 'who comes late sees who shares');
  await does(bob, 'toggle_screenshare', off);
  await bobBecomes('participant', null, ann, bob);
  await state(bob, ({ role, sharingScreen }) => role === 'participant' && !sharingScreen.length);
});

rule('a-host-sets-the-policy-and-all-are-told', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  for (const screenshare of ['ask', 'open']) {
    await does(ann, 'set_policy', { screenshare });
    for (const person of [ann, bob]) {
      assert.deepEqual((await person.next('set_policy')).payload, { ...info('ann'), screenshare });
      await state(person, ({ policy }) => policy.screenshare === screenshare);
    }
  }
  await fails('forbidden', bob, 'set_policy', { screenshare: 'ask' });
});

rule('a-new-room-has-the-policy-that-its-endpoint-is-configured-with', async room => {
  const where = { endpoint: 'screenshare', room };
  const ann = await service.join({ ...where, sub: 'ann' });
  assert.equal(ann.first.policy.screenshare, 'ask');
  const bob = await service.join({ ...where, sub: 'bob' });
  await fails('forbidden', bob, 'toggle_screenshare', on);
  assert.equal((await service.join({ room, sub: 'cyd' })).first.policy.screenshare, 'open');
});

rule('where-the-policy-is-ask-nobody-shares-without-a-grant-but-hosts', async room => {
  const [ann, bob] = await asked(room);
  const since = ann.received.length;
  await fails('forbidden', bob, 'toggle_screenshare', on);
  await does(bob, 'toggle_screenshare', off); // to stop is no offence
  await everythingCame(ann, bob);
  assert.ok(!ann.received.slice(since).some(({ payload }) => payload.enabled));
  await does(ann, 'toggle_screenshare', on);
  const seen = await state(ann, ({ role }) => role === 'screenshare');
  assert.deepEqual([ids(seen.hosts), ids(seen.sharingScreen)], [['ann'], ['ann']],
    'a host who presents stays a host');
  await does(ann, 'lock_room', { locked: true });
});

rule('a-request-reaches-hosts-alone', async room => {
  const [ann, bob, cyd] = await asked(room, 'cyd');
  const dan = await service.join({ room, sub: 'dan', role: 'host' });
  await does(bob, 'request_screenshare');
  for (const host of [ann, dan])
    assert.deepEqual((await host.next('request_screenshare')).payload, info('bob'));
  await everythingCame(ann, bob, cyd, dan);
  assert.equal(bob.of('request_screenshare').length + cyd.of('request_screenshare').length, 0);
});

rule('a-grant-is-told-to-the-one-it-is-for-and-ends-with-the-share', async room => {
  const [ann, bob, cyd] = await asked(room, 'cyd');
  await does(ann, 'accept_screenshare', { clientId: 'bob' });
  assert.deepEqual((await bob.next('accept_screenshare')).payload,
    { ...info('bob'), by: info('ann') });
  await bobBecomes('screenshare', 'ann', ann, bob, cyd);
  await fails('forbidden', cyd, 'toggle_screenshare', on);
  await does(bob, 'toggle_screenshare', on);
  await state(cyd, ({ sharingScreen }) => ids(sharingScreen).join() === 'bob');
  await does(bob, 'toggle_screenshare', off);
  await bobBecomes('participant', null, ann, bob, cyd);
  await fails('forbidden', bob, 'toggle_screenshare', on);
  await everythingCame(ann, bob, cyd);
  assert.equal(ann.of('accept_screenshare').length + cyd.of('accept_screenshare').length, 0);
});

rule('a-denial-is-told-to-the-one-it-is-for-and-takes-back-a-grant-not-used', async room => {
  const [ann, bob, cyd] = await asked(room, 'cyd');
  await does(bob, 'request_screenshare');
  await does(ann, 'deny_screenshare', { clientId: 'bob' });
  assert.deepEqual((await bob.next('deny_screenshare')).payload,
    { ...info('bob'), by: info('ann') });
  await fails('forbidden', bob, 'toggle_screenshare', on);
  await does(ann, 'accept_screenshare', { clientId: 'bob' });
  await bobBecomes('screenshare', 'ann', cyd);
  await does(ann, 'deny_screenshare', { clientId: 'bob' });
  await bobBecomes('participant', 'ann', cyd);
  await fails('forbidden', bob, 'toggle_screenshare', on);
  await everythingCame(ann, bob, cyd);
  assert.equal(ann.of('deny_screenshare').length + cyd.of('deny_screenshare').length, 0);
});

rule('a-host-stops-a-share-and-its-grant', async room => {
  const [ann, bob, cyd] = await asked(room, 'cyd');
  await does(ann, 'accept_screenshare', { clientId: 'bob' });
  await does(bob, 'toggle_screenshare', on);
  await bobBecomes('screenshare', 'ann', ann, bob, cyd);
  await does(ann, 'stop_screenshare', { clientId: 'bob' });
  assert.deepEqual((await bob.next('stop_screenshare')).payload,
    { ...info('bob'), by: info('ann') });
  for (const person of [ann, bob, cyd])
    assert.deepEqual((await person.next('toggle_screenshare', ({ enabled }) => !enabled)).payload,
      { ...info('bob'), ...off, by: info('ann') });
  await bobBecomes('participant', 'ann', ann, bob, cyd);
  await state(cyd, ({ sharingScreen }) => sharingScreen.length === 0);
  await fails('forbidden', bob, 'toggle_screenshare', on);
  await everythingCame(ann, bob, cyd);
  assert.equal(ann.of('stop_screenshare').length + cyd.of('stop_screenshare').length, 0);
});

rule('a-grant-ends-with-who-had-it', async room => {
  const [ann, bob] = await asked(room);
  await does(ann, 'accept_screenshare', { clientId: 'bob' });
  await does(bob, 'toggle_screenshare', on);
  bob.vanish();
  await state(ann, s => s.participantCount === 1 && s.sharingScreen.length === 0);
  const again = await service.join({ room, sub: 'bob' });
  assert.equal(again.first.role, 'participant');
  await fails('forbidden', again, 'toggle_screenshare', on);
});

rule('a-share-goes-on-when-the-policy-changes-and-cannot-be-begun-again', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  await does(bob, 'toggle_screenshare', on);
  await does(ann, 'set_policy', { screenshare: 'ask' });
  const seen = await state(ann, ({ policy }) => policy.screenshare === 'ask');
  assert.deepEqual(ids(seen.sharingScreen), ['bob']);
  await does(bob, 'toggle_screenshare', off);
  await fails('forbidden', bob, 'toggle_screenshare', on);
});

rule('what-is-granted-must-be-granted-to-somebody-in-the-room', async room => {
  const [ann] = await asked(room);
  await does(ann, 'set_lobby', { enabled: true });
  const wil = await service.join({ room, sub: 'wil' });
  for (const event of ['accept_screenshare', 'deny_screenshare', 'stop_screenshare']) {
    await fails('not_found', ann, event, { clientId: 'nobody' });
    await fails('forbidden', ann, event, { clientId: 'wil' });
  }
  await wil.settle();
  assert.ok(wil.received.every(({ event }) => event === 'room_state' || event === 'pong'));
});

rule('a-token-may-withhold-microphone-camera-screen-and-data', async room => {
  const [ann] = await service.people(room, 'ann');
  const toggles = { microphone: 'toggle_audio', camera: 'toggle_video',
    screen_share: 'toggle_screenshare' };
  const rows = [
    [{ canPublish: false }, []],
    [{ canPublish: true, canPublishSources: ['camera'] }, ['camera']],
    [{ canPublishSources: ['microphone', 'screen_share'] }, ['microphone', 'screen_share']],
    [{ canPublishData: false }, ['microphone', 'camera', 'screen_share']],
  ];
  for (const [i, [video, may]] of rows.entries()) {
    const claims = { sub: `p${i}`, video: { room, roomJoin: true, ...video } };
    const token = forge({ secret, claims });
    const client = await service.join({ room, token });
    for (const [source, event] of Object.entries(toggles)) {
      if (may.includes(source))
        await does(client, event, on);
      else
        await fails('forbidden', client, event, on);
      await does(client, event, off);
    }
    if (video.canPublishData === false)
      await fails('forbidden', client, 'message', { data: 1 });
    else
      await does(client, 'message', { data: 1 });
    await does(client, 'add_chat', { chatContent: 'chat stays allowed' });
  }
  await everythingCame(ann);
  const heardOn = ann.received.filter(({ payload }) => payload.enabled)
    .map(({ event, payload }) => `${payload.clientId} ${event}`);
  assert.deepEqual(heardOn, rows.flatMap(([, may], i) => Object.keys(toggles)
    .filter(source => may.includes(source)).map(source => `p${i} ${toggles[source]}`)));
});

rule('a-grant-of-the-host-does-not-overrule-the-token', async room => {
  const [ann] = await asked(room);
  const token = forge({ secret, claims: { sub: 'cyd', video: { room, canPublish: false } } });
  const cyd = await service.join({ room, token });
  await does(ann, 'accept_screenshare', { clientId: 'cyd' });
  await fails('forbidden', cyd, 'toggle_screenshare', on);
});
