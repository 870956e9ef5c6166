/* upgrade – the next version over the one that runs: nobody notices, nothing is lost. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { after, test } from 'node:test';

import { get } from '../e2e/lib/http.mjs';
import {
  anotherBroker, CONF, everybodyLeaves, heard, join, NEXT, property, read, run, said, wasDropped,
} from './booted.mjs';

const SECRET = '/etc/beckon/keys/package.HS256.secret';
const digest = file => createHash('sha256').update(read(file)).digest('hex');
const version = () => run('dpkg-query', '--show', '--showformat', '${Version}', 'beckon');

after(everybodyLeaves);

test('an-upgrade-keeps-connections-chat-bans-configuration-and-keys', { timeout: 300_000 }, async () => {
  appendFileSync(CONF, 'CHAT_PER_MINUTE=31\n');
  const [ann, bob, mallory] = [await join('r', 'ann'), await join('r', 'bob'), await join('r', 'mallory')];
  await said(ann, 'before');
  await heard(bob, 'before');
  assert.equal((await ann.ask('ban', { clientId: 'mallory' })).event, 'ack');
  await mallory.next('bye');
  const before = {
    version: await version(), secret: digest(SECRET), configuration: read(CONF),
    broker: await property('beckon-broker', 'MainPID'),
  };

  // Where a configuration was changed both here and there, apt would ask which one it shall be.
  await run('apt-get', 'install', '-y', '-o', 'Dpkg::Options::=--force-confold', NEXT);

  assert.notEqual(await version(), before.version);
  assert.equal(read(CONF), before.configuration);
  assert.equal(digest(SECRET), before.secret);
  await anotherBroker(before.broker);
  await said(bob, 'after');
  await heard(ann, 'after');
  ann.send('recents_chat', {});
  const { payload } = await ann.next('recents_chat');
  assert.deepEqual(payload.map(({ chatContent }) => chatContent),
    ['before', 'after']);
  assert.deepEqual([ann, bob].map(wasDropped), [false, false]);
  assert.match(await run('beckonctl', 'config'), /^CHAT_PER_MINUTE=31\t/m);

  const token = await run('beckonctl', 'token', '--sub', 'mallory');
  const refused = await get('http://127.0.0.1:8080', `/ws/chat/r?token=${token}`, { upgrade: true });
  assert.equal(refused.status, 403);
  const carl = await join('r', 'carl');
  assert.equal(carl.first.participantCount, 3);
});
