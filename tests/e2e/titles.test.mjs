/* titles – `ps` is the roster, and `kill` is a kick.
 *
 * A connection is a process, so the tools that everybody knows for processes are those for
 * connections. What they show must be true, readable in a terminal whatever people are called, and
 * nothing that a token was in. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { after } from 'node:test';

import { does, everythingCame, state } from './lib/asking.mjs';
import * as processes from './lib/processes.mjs';
import { Service } from './lib/service.mjs';
import { suite } from './lib/suite.mjs';
import { forge } from './lib/tokens.mjs';
import { until } from './lib/waiting.mjs';

const { service, rule } = await suite({ WEBSOCKETD_INSTANCES: '2' });
const quiet = await Service.start({ PROCESS_TITLES: 'off' });
after(() => quiet.stop());

const { SIGTERM } = constants.signals;
const KICKED = { code: 4001, reason: 'kicked', reconnect: false, retryAfterMs: 0 };

/* → what ps shows of each of these, in any order */
function ps(pids) {
  return execFileSync('ps', ['-ww', '-o', 'args=', '-p', pids.join()], { encoding: 'utf8' })
    .trimEnd().split('\n').map(line => line.trimEnd());
}

const title = async pid => {
  await until('a title', () => ps([pid])[0].startsWith('beckon-handler: '));
  return ps([pid])[0];
};

/* What is left where the environment was; '' where one has to be root to see it. */
function environment(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').replaceAll('\0', '');
  } catch (error) {
    assert.equal(error.code, 'EACCES');
    assert.notEqual(process.getuid(), 0);
    return '';
  }
}

const joinAs = (own, room, claims) => own.joinWithHandler({ room,
  token: forge({ secret: own.key.secret, claims }) });

rule('a-handler-shows-endpoint-room-user-and-connection', async room => {
  const { client, pid } = await service.joinWithHandler({ endpoint: 'chat', room, sub: 'auth0|ann' });
  const [, id] = new RegExp(`^beckon-handler: chat/${room} auth0\\|ann \\[([0-9a-f]{16})\\]$`)
    .exec(await title(pid));
  assert.match(service.logs(), new RegExp(`${id} opened endpoint=chat room=${room}`));
  assert.equal(client.first.clientId, 'auth0|ann');
  assert.equal(processes.look(pid).name, 'beckon-handler', 'for ps -C');
});

rule('names-are-printable-and-cut', async room => {
  const { pid } = await joinAs(service, room, { sub: 'a \u202e\\ä [b]' });
  assert.ok((await title(pid)).includes(`/${room} a \\xe2\\x80\\xae\\\\\\xc3\\xa4 [b] [`), ps([pid])[0]);
  const long = await joinAs(service, room, { sub: 'x'.repeat(255) });
  assert.match(await title(long.pid), new RegExp(`^beckon-handler: zoom/${room} x{80} \\[[0-9a-f]{16}\\]$`));
  const all = await joinAs(service, 'r'.repeat(100), { sub: 'ä'.repeat(127) });
  assert.ok((await title(all.pid)).length <= 255);
});

rule('nothing-is-left-of-the-environment', async room => {
  for (const own of [service, quiet]) {
    const { client, pid } = await own.joinWithHandler({ room, sub: 'ann' });
    if (own === service)
      await title(pid);
    const left = environment(pid);
    for (const name of ['TOKEN', 'token', 'QUERY_STRING', 'HTTP_', 'PATH', ...client.token.split('.')])
      assert.ok(!left.includes(name), `${name} in ${left}`);
    assert.ok(left.length < 100, left);
    await client.close();
  }
});

rule('broker-and-authorizer-say-what-they-are', async () => {
  assert.deepEqual(ps(service.running('beckon-broker')), [`beckon-broker: rooms of ${service.state}/run`]);
  const parts = await until('all parts', () => {
    const found = ps(service.running('beckon-authorizer')).sort();
    return found.length >= 3 && found.every(one => one.startsWith('beckon-authorizer: ')) && found;
  });
  assert.equal(parts[0], 'beckon-authorizer: master');
  assert.ok(parts.slice(1).every(one => one === 'beckon-authorizer: worker'), parts.join());
});

rule('titles-can-be-switched-off', async room => {
  const { client, pid } = await quiet.joinWithHandler({ room, sub: 'secretive-ann' });
  await client.settle();
  for (const line of ps([pid, ...quiet.running('beckon-broker'), ...quiet.running('beckon-authorizer')])) {
    assert.match(line, /^\S*\/beckon-\w+ -c \S+\/beckon\.conf$/);
    assert.ok(!line.includes(room) && !line.includes('secretive'));
  }
  await client.close();
});

/* A signal as an operator sends it, and what becomes of everybody. */
rule('TERM-is-a-kick', async room => {
  const [ann, eve] = await service.people(room, 'ann', 'eve');
  const { client: bob, pid } = await service.joinWithHandler({ room, sub: 'bob' });
  process.kill(pid, 'SIGTERM');
  assert.deepEqual((await bob.next('bye')).payload, KICKED);
  for (const other of [ann, eve]) {
    const { payload } = await other.next('disconnect');
    assert.deepEqual(payload, { clientId: 'bob', displayName: 'bob', reason: 'kicked' });
  }
  await state(ann, ({ participantCount }) => participantCount === 2);
  await until('the log', () => /closed reason=kicked/.test(service.logs())
    && new RegExp(`operator command=kick result=done signal=TERM room=zoom/${room} connections=1 sub=bob`)
      .test(service.logs()));
  await bob.close();
  const again = await service.join({ room, sub: 'bob' }); // it is no ban
  assert.equal(again.first.role, 'participant');
});

/* As after a host's kick, with which it is compared. */
rule('resume-does-not-undo-it', async room => {
  const [ann] = await service.people(room, 'ann');
  const kicks = {
    host: ({ client }) => does(ann, 'kick', { clientId: client.clientId }),
    signal: async ({ pid }) => process.kill(pid, 'SIGTERM'),
  };
  const after = {};
  for (const [name, kick] of Object.entries(kicks)) {
    const there = await service.joinWithHandler({ room, sub: name });
    await does(there.client, 'raise_hand');
    await does(there.client, 'toggle_audio', { enabled: true });
    const { epoch } = there.client.first;
    await kick(there);
    const { payload } = await there.client.next('bye');
    assert.equal(payload.code, 4001);
    const seq = Math.max(...there.client.received.map(message => message.seq ?? 0));
    await there.client.close();
    await ann.next('disconnect', ({ clientId }) => clientId === name);
    const back = await service.join({ room, sub: name, query: `&resume=${epoch}.${seq}` });
    const { recovered, role, handsRaised, unmuted } = back.first;
    after[name] = { recovered, role, handsRaised, unmuted };
    await back.close();
  }
  assert.deepEqual(after.signal, after.host);
  assert.deepEqual(after.signal.handsRaised, []);
});

rule('a-host-so-kicked-is-host-no-more', async room => {
  const { client: ann, pid } = await service.joinWithHandler({ room, sub: 'ann' });
  const bob = await service.join({ room, sub: 'bob' });
  process.kill(pid, 'SIGTERM');
  await ann.next('bye');
  await bob.next('role_changed', ({ clientId, role }) => clientId === 'bob' && role === 'host', 5_000);
  const back = await service.join({ room, sub: 'ann' });
  assert.equal(back.first.role, 'participant');
});

rule('it-is-for-the-person-on-all-connections', async room => {
  const ann = await service.join({ room, sub: 'ann' });
  const phone = await service.join({ room, sub: 'bob' });
  const { client: bob, pid } = await service.joinWithHandler({ room, sub: 'bob' });
  const elsewhere = await service.join({ room: `${room}-other`, sub: 'bob' });
  process.kill(pid, 'SIGTERM');
  for (const one of [phone, bob])
    assert.equal((await one.next('bye')).payload.code, 4001);
  assert.equal((await ann.next('disconnect')).payload.reason, 'kicked');
  await elsewhere.settle();
});

/* One that waits in the lobby, too; and the signal may come twice. */
rule('a-waiter-can-be-kicked', async room => {
  const ann = await service.join({ room, sub: 'ann' });
  await does(ann, 'set_lobby', { enabled: true });
  const { client: wes, pid } = await service.joinWithHandler({ room, sub: 'wes' });
  await state(ann, ({ waitingUsers }) => waitingUsers.length === 1);
  process.kill(pid, 'SIGTERM');
  process.kill(pid, 'SIGTERM');
  assert.deepEqual((await wes.next('bye')).payload, KICKED);
  await state(ann, ({ waitingUsers }) => waitingUsers.length === 0);
});

/* `systemctl kill` and the like: who is told to go for good would not come back. */
rule('the-end-of-a-gateway-is-no-kick', async room => {
  const before = new Set(service.running('beckon-handler'));
  const [ann] = await service.people(room, 'ann');
  const people = await Promise.all([1, 2, 3].map(n => service.join({ room, sub: `p${n}` })));
  const handlers = service.running('beckon-handler').filter(pid => !before.has(pid));
  const gateway = processes.look(handlers[0]).parent;
  for (const pid of [...handlers, gateway])
    process.kill(pid, 'SIGTERM');
  for (const client of [ann, ...people]) {
    await client.closed();
    assert.equal(client.of('bye').length, 0, client.who);
    assert.equal(client.of('disconnect').filter(({ payload }) => payload.reason === 'kicked').length, 0);
  }
  await until('the log', () => handlers.every(pid => processes.look(pid) === null));
  await until('another one', () => service.running('websocketd').length === 2, 20_000);
});

/* Does the signal wait for the process, or is it too late for that? */
function isTold(pid, signal) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const pending = BigInt(`0x${/^ShdPnd:\s+(\w+)/m.exec(status)[1]}`);
    return (pending >> BigInt(signal - 1) & 1n) === 1n;
  } catch (error) {
    assert.match(error.code, /^(ENOENT|ESRCH)$/);
    return true;
  }
}

rule('a-client-that-goes-is-kicked-by-nobody', async room => {
  const [ann] = await service.people(room, 'ann');
  const { client: bob, pid } = await service.joinWithHandler({ room, sub: 'bob' });
  process.kill(pid, 'SIGSTOP'); // so that it finds all of the gateway's signals at once
  bob.vanish();
  await until('the gateway to get impatient', () => isTold(pid, SIGTERM), 20_000);
  if (processes.look(pid))
    process.kill(pid, 'SIGCONT');
  const { payload } = await ann.next('disconnect');
  assert.equal(payload.reason, 'closed');
  await everythingCame(ann);
});
