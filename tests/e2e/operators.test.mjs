/* operators – what an operator sees and does, by the real beckonctl against real people.
 *
 * Whoever is sent away by an operator must stay away as one a host has sent away, and learn why;
 * and a word or two mistyped must touch nobody. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { does, heard, ids, knock, state } from './lib/asking.mjs';
import { PROGRAMS } from './lib/service.mjs';
import { suite } from './lib/suite.mjs';
import { until } from './lib/waiting.mjs';

const { service, rule } = await suite();

/* beckonctl, whatever comes of it: {code, out, err}. */
function ctl(...words) {
  return new Promise(resolve => {
    execFile(path.join(PROGRAMS, 'beckonctl'), ['-c', service.config, ...words],
      (error, out, err) => resolve({ code: error ? error.code : 0, out, err }));
  });
}

/* It worked, and says so as JSON. */
async function did(...words) {
  const { code, out, err } = await ctl(...words, '--json');
  assert.equal(code, 0, err);
  assert.equal(err, '');
  return JSON.parse(out);
}

async function fails(code, pattern, ...words) {
  const answer = await ctl(...words);
  assert.equal(answer.code, code, `${words}: ${answer.err}`);
  assert.match(answer.err, pattern);
  assert.equal(answer.out, '');
}

const operatorLog = () => fs.readFileSync(path.join(service.state, 'log/broker.log'), 'utf8')
  .split('\n').filter(line => line.includes(' operator '));

rule('a-kicked-one-learns-why-and-the-others-that-it-is-gone', async room => {
  const [ann, bob, cyd] = await service.people(room, 'ann', 'bob', 'cyd');
  const tab = await service.join({ room, sub: 'bob' });
  const reason = 'Bitte "leise" 😀';
  assert.deepEqual(await did('kick', `zoom/${room}`, 'bob', '--reason', reason),
    { rooms: 1, people: 1, connections: 2 });
  for (const client of [bob, tab]) {
    const { payload } = await client.next('bye');
    assert.deepEqual(payload,
      { code: 4001, reason: 'kicked', reconnect: false, retryAfterMs: 0, message: reason });
    assert.equal(client.received.at(-1).event, 'bye');
  }
  for (const person of [ann, cyd])
    assert.deepEqual((await person.next('disconnect')).payload,
      { clientId: 'bob', displayName: 'bob', reason: 'kicked', message: reason });
  const seen = await state(cyd, s => s.participantCount === 2);
  assert.deepEqual(ids(seen.hosts), ['ann']);
  assert.equal((await service.join({ room, sub: 'bob' })).first.role, 'participant');
});

rule('a-ban-holds-before-the-upgrade-and-across-a-killed-broker-until-it-is-lifted', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const { until: end } = await did('ban', `zoom/${room}`, 'bob', '--for', '2h', '--reason', 'spam');
  assert.ok(Math.abs(end - Date.now() - 7_200_000) < 60_000, `${end}`);
  const { payload } = await bob.next('bye');
  assert.deepEqual([payload.code, payload.message], [4002, 'spam']);
  assert.equal(await knock(service, { room, sub: 'bob' }), '403 banned');
  assert.equal(await knock(service, { room, sub: 'bobby' }), '101');

  await restartBroker(ann);
  await until('the ban to be known', async () => await knock(service, { room, sub: 'bob' }) === '403 banned');
  const { bans, total } = await did('bans', `zoom/${room}`);
  assert.equal(total, 1);
  assert.deepEqual(bans, [{ room: `zoom/${room}`, clientId: 'bob', by: 'operator', reason: 'spam', until: end }]);

  assert.deepEqual(await did('unban', `zoom/${room}`, 'bob'), { rooms: 1, people: 0, connections: 0 });
  assert.equal((await did('bans', `zoom/${room}`)).total, 0);
  await service.join({ room, sub: 'bob' });
  await fails(2, /no such ban/, 'unban', `zoom/${room}`, 'bob');
});

rule('a-ban-from-everywhere-is-from-rooms-to-come-as-well', async room => {
  const sub = `zed-${room}`;
  const here = await service.join({ room, sub });
  const there = await service.join({ endpoint: 'chat', room, sub });
  assert.equal((await did('ban', '--all', sub)).connections, 2);
  for (const client of [here, there])
    assert.equal((await client.next('bye')).payload.code, 4002);
  assert.equal(await knock(service, { room: `${room}-new`, sub }), '403 banned');
  await fails(2, /lifted there: \*/, 'unban', `zoom/${room}`, sub);
  assert.equal((await did('unban', '--all', sub)).rooms, 1);
  await service.join({ room: `${room}-new`, sub });
});

rule('what-is-said-reaches-all-in-the-same-place-and-is-nobodys', async room => {
  const people = await service.people(room, 'ann', 'bob', 'cyd');
  const [ann] = people;
  const other = await service.join({ room: `${room}-other`, sub: 'dan' });
  await does(ann, 'add_chat', { chatContent: 'before' });
  assert.deepEqual(await did('say', `zoom/${room}`, 'Restart at 8 <b>pm</b>'),
    { rooms: 1, people: 3, connections: 3 });
  await does(ann, 'add_chat', { chatContent: 'after' });
  for (const person of people) {
    await person.next('add_chat', ({ chatContent }) => chatContent === 'after');
    const told = person.received.filter(({ event }) => ['add_chat', 'announcement'].includes(event));
    assert.deepEqual(told.map(({ payload }) => payload.chatContent ?? payload),
      ['before', { message: 'Restart at 8 <b>pm</b>' }, 'after']);
    assert.deepEqual(told.map(({ seq }) => seq), told.map(({ seq }) => seq).sort((a, b) => a - b));
  }
  await other.settle();
  assert.equal(other.of('announcement').length, 0);
  assert.ok((await did('say', '--all', 'to all')).rooms >= 2);
  assert.deepEqual((await other.next('announcement')).payload, { message: 'to all' });
});

rule('a-closed-room-is-over-for-all-and-its-chat-with-it', async room => {
  const people = await service.people(room, 'ann', 'bob');
  await does(people[0], 'add_chat', { chatContent: 'forget me' });
  assert.deepEqual(await did('close', `zoom/${room}`, '--reason', 'closing time'),
    { rooms: 1, people: 2, connections: 2 });
  for (const person of people) {
    const { payload } = await person.next('bye');
    assert.deepEqual([payload.code, payload.reason, payload.message, payload.by],
      [4004, 'room_closed', 'closing time', undefined]);
  }
  await fails(2, /no room/, 'close', `zoom/${room}`);
  const eve = await service.join({ room, sub: 'eve' });
  assert.equal(eve.first.role, 'host');
  assert.deepEqual((await eve.ask('recents_chat', {})).event, 'ack');
  assert.deepEqual((await eve.next('recents_chat')).payload, []);
});

rule('who-waits-is-let-in-or-turned-away', async room => {
  const ann = await service.join({ room, sub: 'ann' });
  await does(ann, 'set_lobby', { enabled: true });
  const [wes, wim, wyn] = await service.people(room, 'wes', 'wim', 'wyn');
  const waiting = await did('lobby', `zoom/${room}`);
  assert.deepEqual(ids(waiting), ['wes', 'wim', 'wyn']);
  await did('lobby', `zoom/${room}`, 'accept', 'wim');
  assert.deepEqual((await wim.next('accept_waiting')).payload, { clientId: 'wim', displayName: 'wim' });
  await state(wim, ({ role }) => role === 'participant');
  await did('lobby', `zoom/${room}`, 'deny', 'wes');
  assert.equal((await wes.next('bye')).payload.code, 4003);
  assert.equal(await knock(service, { room, sub: 'wes' }), '403 denied');
  assert.equal((await did('lobby', `zoom/${room}`, 'accept', '--all')).people, 1);
  await state(wyn, ({ role }) => role === 'participant');
  await fails(2, /waits there/, 'lobby', `zoom/${room}`, 'accept', 'wyn');
  assert.match((await ctl('lobby', `zoom/${room}`)).out, /nobody waits/);
});

rule('a-room-and-its-people-are-shown-with-their-processes', async room => {
  const [ann] = await service.people(room, 'ann', 'bob');
  const { client, pid } = await service.joinWithHandler({ room, sub: 'cyd' });
  await does(ann, 'toggle_audio', { enabled: true });
  const shown = await did('room', `zoom/${room}`);
  assert.deepEqual([shown.endpoint, shown.room, shown.locked, shown.lobby, shown.policy],
    ['zoom', room, false, false, { screenshare: 'open' }]);
  assert.ok(fs.existsSync(shown.bus), shown.bus);
  assert.deepEqual(shown.members.map(({ clientId, role, audio }) => [clientId, role, audio]),
    [['ann', 'host', true], ['bob', 'participant', false], ['cyd', 'participant', false]]);
  const [session] = shown.members[2].sessions;
  assert.equal(session.pid, pid);
  assert.equal(session.address, '127.0.0.1');
  assert.match(session.connection, /^[0-9a-f]{16,32}$/);
  assert.ok(Math.abs(session.joined - Date.now()) < 60_000);
  assert.deepEqual(await did('who', 'cyd').then(all => all.filter(one => one.room === room)),
    [{ endpoint: 'zoom', room, clientId: 'cyd', displayName: 'cyd', role: 'participant',
      since: shown.members[2].since, ...session }]);
  const everybody = await did('who');
  assert.ok(['ann', 'bob', 'cyd'].every(sub => ids(everybody).includes(sub)));
  const { out } = await ctl('room', `zoom/${room}`);
  assert.match(out, /^zoom\/\S+ {2}not locked, lobby off, screen share open\n/);
  assert.match(out, /\nann +ann +host +mic +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +127\.0\.0\.1 +\d+ +\w+\n/);
  await fails(2, /nobody of that name/, 'who', 'nobody at all');
  await client.close();
});

async function restartBroker(witness) {
  const [old] = service.running('beckon-broker');
  process.kill(old, 'SIGKILL');
  await until('another broker', () => {
    const [pid] = service.running('beckon-broker');
    return pid && pid !== old;
  });
  await does(witness, 'raise_hand');
}

/* Its handler stands still meanwhile: all that it is to hear is what the broker has kept. */
rule('who-was-kicked-hears-of-it-though-the-broker-was-killed-before-it-could-say-so', async room => {
  const [ann] = await service.people(room, 'ann');
  const { client: bob, pid } = await service.joinWithHandler({ room, sub: 'bob' });
  process.kill(pid, 'SIGSTOP');
  try {
    await did('say', `zoom/${room}`, 'one');
    await did('kick', `zoom/${room}`, 'bob', '--reason', 'enough');
    await does(ann, 'add_chat', { chatContent: 'not for bob' });
    await restartBroker(ann);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  assert.equal((await bob.next('bye')).payload.message, 'enough');
  assert.deepEqual(heard(bob).map(({ event }) => event), ['announcement', 'bye']);
  assert.deepEqual(ids((await did('room', `zoom/${room}`)).members), ['ann']);
});

rule('who-has-not-come-back-to-a-new-broker-yet-can-be-sent-away', async room => {
  const [ann] = await service.people(room, 'ann');
  const { client: bob, pid } = await service.joinWithHandler({ room, sub: 'bob' });
  const before = (await did('who', 'bob')).find(one => one.room === room);
  process.kill(pid, 'SIGSTOP');
  try {
    await restartBroker(ann);
    const there = (await did('who', 'bob')).find(one => one.room === room);
    assert.deepEqual(there, { ...before, away: true }, 'all that was known of it still is');
    assert.equal((await did('ban', `zoom/${room}`, 'bob')).connections, 1);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  assert.equal((await bob.next('bye')).payload.code, 4002);
  assert.equal(await knock(service, { room, sub: 'bob' }), '403 banned');
});

/* What an operator types is right, or nothing happens. */
rule('wrong-words-touch-nobody-and-say-what-is-wrong', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const here = `zoom/${room}`;
  for (const [code, pattern, ...words] of [
    [2, /no room zoom\/nowhere/, 'room', 'zoom/nowhere'],
    [2, /no room zoom\/nowhere/, 'kick', 'zoom/nowhere', 'bob'],
    [2, /Nobody of that name is there/, 'kick', here, 'bo'],
    [2, /Nobody of that name is there/, 'kick', '--all', 'nobody at all'],
    [100, /expected ENDPOINT\/ROOM/, 'kick', room, 'bob'],
    [100, /expected ENDPOINT\/ROOM/, 'close', '*'],
    [100, /expected ENDPOINT\/ROOM/, 'say', 'zoom/a b', 'x'],
    [100, /usage: beckonctl kick/, 'kick', here],
    [100, /usage: beckonctl kick/, 'kick', here, 'bob', 'now'],
    [100, /unknown switch/, 'kick', here, 'bob', '--for', '1h'],
    [100, /unknown switch/, 'kick', here, 'bob', '--reason'],
    [100, /--for: expected/, 'ban', here, 'bob', '--for', 'ever'],
    [100, /--for: expected/, 'ban', here, 'bob', '--for', '0'],
    [100, /--for: expected/, 'ban', here, 'bob', '--for', '-5'],
    [100, /1 to 255 bytes/, 'ban', here, 'x'.repeat(256)],
    [100, /1 to 255 bytes/, 'ban', here, ''],
    [100, /at most 1000 characters/, 'say', here, 'x'.repeat(1001)],
    [100, /something to say/, 'say', here, ''],
    [100, /control character/, 'say', here, 'a\nb'],
    [100, /control character/, 'kick', here, 'bob', '--reason', '\x1b[31mred'],
    [100, /too long/, 'say', here, 'x'.repeat(9000)],
    [100, /accept or deny/, 'lobby', here, 'admit', 'bob'],
    [100, /--all/, 'lobby', here, 'accept'],
  ])
    await fails(code, pattern, ...words);
  await Promise.all([ann.settle(), bob.settle()]);
  for (const person of [ann, bob])
    assert.deepEqual(person.received.filter(({ event }) => !['room_state', 'connect', 'pong'].includes(event)), []);
  assert.equal((await did('bans', here)).total, 0);
});

rule('without-a-broker-it-is-said-that-there-is-none', async () => {
  const { code, err } = await new Promise(resolve => {
    execFile(path.join(PROGRAMS, 'beckonctl'), ['kick', '--all', 'ann'],
      { env: { RUN_DIR: '/tmp/bk.nowhere' } },
      (error, out, text) => resolve({ code: error.code, err: text }));
  });
  assert.equal(code, 111);
  assert.match(err, /no answer from the broker at \/tmp\/bk\.nowhere\/ctl\.sock/);
});

rule('the-log-says-who-did-what-without-what-was-said', async room => {
  await service.people(room, 'ann', 'bob');
  const before = operatorLog().length;
  await did('say', `zoom/${room}`, 'secret-words');
  await did('kick', `zoom/${room}`, 'bob', '--reason', 'secret-words');
  await fails(2, /no such ban/, 'unban', '--all', 'nobody at all');
  const lines = operatorLog().slice(before);
  const uid = process.getuid();
  assert.deepEqual(lines.map(line => line.slice(line.indexOf(' operator ') + 1)), [
    `operator command=say result=done uid=${uid} room=zoom/${room} rooms=1 people=2 connections=2`,
    `operator command=kick result=done uid=${uid} room=zoom/${room} rooms=1 people=1 connections=1 sub=bob`,
    `operator command=unban result=not_found uid=${uid} room=* rooms=0 people=0 connections=0 sub=nobody at all`,
  ]);
  assert.ok(!service.logs().includes('secret-words'));
});
