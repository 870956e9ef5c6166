/* room – who is in it, who hosts it, and how that is told (protocol §4). */

import assert from 'node:assert/strict';

import { suite } from './lib/suite.mjs';
import { forge } from './lib/tokens.mjs';

const { service, rule } = await suite();
const { secret } = service.key;

const ids = people => people.map(({ clientId }) => clientId);

rule('room_state-comes-first-and-is-complete', async room => {
  const token = await service.token({ sub: 'ann', name: 'Ann Ä. "Quote"' });
  const ann = await service.join({ room, token });
  const state = ann.first;
  const self = { clientId: 'ann', displayName: 'Ann Ä. "Quote"' };
  assert.deepEqual({ clientId: state.clientId, displayName: state.displayName }, self);
  assert.equal(state.roomId, room);
  assert.equal(state.role, 'host');
  assert.deepEqual(state.hosts, [self]);
  for (const list of ['participants', 'handsRaised', 'waitingUsers', 'sharingScreen', 'unmuted',
    'cameraOn'])
    assert.deepEqual(state[list], [], list);
  assert.deepEqual([state.locked, state.lobby], [false, false]);
  assert.equal(state.participantCount, 1);
  assert.equal(typeof state.policy, 'object');
  assert.match(state.epoch, /^\w+$/);
  const [, body] = token.split('.');
  assert.equal(state.expires, JSON.parse(Buffer.from(body, 'base64url')).exp * 1000);
  assert.equal(state.features[0], 'v1');
  assert.ok(Array.isArray(state.iceServers));
  assert.equal(typeof state.limits, 'object');
});

rule('messages-are-single-lines-of-text-with-seq-and-ts', async room => {
  const [ann] = await service.people(room, 'ann', 'bob');
  await ann.next('connect');
  for (const message of ann.received) {
    assert.ok(!message.text.includes('\n') && !message.isBinary, message.text);
    assert.ok(Math.abs(message.ts - Date.now()) < 60_000, message.text);
    assert.equal(typeof message.payload, 'object');
  }
  const seqs = ann.received.map(({ seq }) => seq).filter(seq => seq !== undefined);
  assert.deepEqual(seqs, [...seqs].sort((a, b) => a - b));
});

rule('a-known-client-finds-itself-among-hosts-or-participants', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  assert.deepEqual(ids(bob.first.hosts), ['ann']);
  assert.deepEqual(ids(bob.first.participants), ['bob']);
  assert.equal(bob.first.role, 'participant');
  assert.equal(bob.first.participantCount, 2);
  const { payload } = await ann.next('room_state', state => state.participantCount === 2);
  assert.deepEqual([ids(payload.hosts), ids(payload.participants)], [['ann'], ['bob']]);
  assert.equal(payload.role, 'host');
});

rule('connect-is-told-to-the-others-and-not-to-the-one-who-joins', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const { payload } = await ann.next('connect');
  assert.deepEqual(payload, { clientId: 'bob', displayName: 'bob', role: 'participant' });
  await bob.settle();
  assert.equal(bob.of('connect').length, 0);
});

rule('whoever-is-gone-is-announced-with-the-reason', async room => {
  const [ann, bob, cyd] = await service.people(room, 'ann', 'bob', 'cyd');
  bob.send('leave', {});
  const left = await ann.next('disconnect', undefined, 1000);
  assert.deepEqual(left.payload, { clientId: 'bob', displayName: 'bob', reason: 'left' });
  await cyd.close();
  const closed = await ann.next('disconnect', undefined, 1000);
  assert.deepEqual(closed.payload, { clientId: 'cyd', displayName: 'cyd', reason: 'closed' });
  const { payload } = await ann.next('room_state', state => state.participantCount === 1);
  assert.deepEqual(payload.participants, []);
});

rule('leave-is-answered-by-a-final-bye-and-the-client-does-not-come-back', async room => {
  const bob = await service.join({ room, sub: 'bob', reconnect: true });
  bob.send('leave', {}, 'an id does not call for an ack');
  const { payload } = await bob.next('bye');
  assert.deepEqual([payload.code, payload.reason, payload.reconnect], [4000, 'left', false]);
  // The gateway cannot send a close code; closing here would make this client come back.
  const ann = await service.join({ room, sub: 'ann' });
  await ann.settle();
  assert.equal(bob.socket.readyState, bob.socket.OPEN);
  assert.equal(bob.received.at(-1).event, 'bye');
  assert.equal(bob.of('ack').length, 0);
  bob.send('add_chat', { chatContent: 'from beyond' });
  await ann.settle();
  assert.equal(ann.of('add_chat').length, 0);
  bob.socket.close(1000);
  assert.equal(await bob.closed(), 1000);
  assert.equal(bob.connections, 1);
});

rule('of-two-who-join-at-once-exactly-one-is-host', async room => {
  const [one, two] = await Promise.all(['one', 'two'].map(sub => service.token({ sub })));
  for (let round = 0; round < 20; round++) {
    const pair = await Promise.all([one, two].map(token =>
      service.join({ room: `${room}-${round}`, token })));
    const states = await Promise.all(pair.map(async client => {
      const isFull = state => state.participantCount === 2;
      if (isFull(client.first))
        return client.first;
      return (await client.next('room_state', isFull)).payload;
    }));
    assert.deepEqual(states.map(({ role }) => role).sort(), ['host', 'participant']);
    assert.deepEqual(states[0].hosts, states[1].hosts);
    assert.equal(states[0].hosts.length, 1);
    await Promise.all(pair.map(client => client.close()));
  }
});

rule('many-who-join-at-once-all-see-each-other', async room => {
  const subs = Array.from({ length: 12 }, (_, i) => `p${String(i).padStart(2, '0')}`);
  const clients = await Promise.all(subs.map(sub => service.join({ room, sub })));
  for (const client of clients) {
    const { payload } = client.first.participantCount === 12 ? { payload: client.first }
      : await client.next('room_state', state => state.participantCount === 12);
    assert.deepEqual(ids([...payload.hosts, ...payload.participants]).sort(), subs);
    assert.equal(payload.hosts.length, 1);
  }
});

rule('a-token-may-grant-host', async room => {
  const grants = [{ role: 'host' }, { video: { room, roomJoin: true, roomAdmin: true } },
    { context: { user: { moderator: true } } }];
  await service.join({ room, sub: 'first' });
  for (const [i, claims] of grants.entries()) {
    const token = forge({ secret, claims: { sub: `h${i}`, ...claims } });
    const client = await service.join({ room, token });
    assert.equal(client.first.role, 'host', JSON.stringify(claims));
  }
});

rule('the-name-shown-is-the-first-the-token-has', async room => {
  const rows = [
    [{ name: 'Ann' }, 'Ann'],
    [{ context: { user: { name: 'Jitsi Ann' } }, nickname: 'nick' }, 'Jitsi Ann'],
    [{ nickname: 'nick', email: 'mail@example.org' }, 'nick'],
    [{ email: 'mail@example.org' }, 'mail'],
    [{}, 'ann'],
    [{ name: 'A\u0007\nn\u007fn' }, 'Ann'],
    [{ name: '😀'.repeat(150) }, '😀'.repeat(100)],
    [{ name: '</script><img src=x>' }, '</script><img src=x>'],
  ];
  for (const [i, [claims, shown]] of rows.entries()) {
    const token = forge({ secret, claims: { sub: 'ann', ...claims } });
    const client = await service.join({ room: `${room}-${i}`, token });
    assert.equal(client.first.displayName, shown);
  }
});

rule('a-room-is-endpoint-and-id-together', async room => {
  const clients = [];
  for (const endpoint of ['zoom', 'screenshare', 'chat'])
    clients.push(await service.join({ endpoint, room, sub: endpoint }));
  for (const client of clients) {
    assert.equal(client.first.role, 'host');
    assert.equal(client.first.participantCount, 1);
  }
});

rule('a-client-that-lost-its-connection-comes-back-by-itself', async room => {
  const [ann] = await service.people(room, 'ann');
  const bob = await service.join({ room, sub: 'bob', reconnect: true });
  bob.socket.terminate();
  await ann.next('disconnect', ({ clientId }) => clientId === 'bob');
  await ann.next('connect', ({ clientId }) => clientId === 'bob');
  const again = await bob.joined();
  assert.equal(again.role, 'participant');
  assert.equal(bob.connections, 2);
});

rule('beckonctl-rooms-lists-rooms-and-members', async room => {
  const clients = await service.people(room, 'ann', 'bob');
  const rooms = JSON.parse(await service.ctl('rooms', '--json'));
  const { endpoint, members } = rooms.find(entry => entry.room === room);
  assert.equal(endpoint, 'zoom');
  assert.deepEqual(members.map(({ clientId, role }) => [clientId, role]),
    [['ann', 'host'], ['bob', 'participant']]);
  assert.match(await service.ctl('rooms'), new RegExp(`^zoom +${room} +${clients.length}: .*ann`, 'm'));
});
