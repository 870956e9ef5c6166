/* disk – the file system of the data is full.
 *
 * A small one of its own is mounted for that, which only root may do; test_broker_libnng has the
 * same rules without one. */

import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { smallDisk } from './lib/disk.mjs';
import { makeFolder } from './lib/service.mjs';
import { suite } from './lib/suite.mjs';
import { until } from './lib/waiting.mjs';

const base = makeFolder();
const data = path.join(base, 'data');
const disk = smallDisk(data);
process.once('exit', () => { // the service has ended
  disk?.unmount();
  rmSync(base, { recursive: true, force: true });
});

const { service, rule } = disk ? await suite({ DATA_DIR: data }) : {
  rule: name => test(name, { skip: 'only root may mount a file system' }),
};

const brokersLog = () => readFileSync(path.join(service.state, 'log/broker.log'), 'utf8');

rule('a-full-disk-loses-nothing-that-was-acknowledged-and-shows-nothing-that-was-not', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  assert.equal((await ann.ask('add_chat', { chatId: 'a', chatContent: 'before' })).event, 'ack');
  disk.fill();
  const [broker] = service.running('beckon-broker');
  for (let i = 0; i < 3; i++) {
    const { event, payload } = await ann.ask('add_chat', { chatId: `x${i}`, chatContent: 'lost' });
    assert.deepEqual([event, payload.code], ['error', 'unavailable']);
  }
  assert.equal((await ann.ask('edit_chat', { chatId: 'a', chatContent: 'lost' })).event, 'error');
  assert.equal((await ann.ask('raise_hand', {})).event, 'ack', 'the room goes on');
  await bob.next('raise_hand');
  const cyd = await service.join({ room, sub: 'cyd' }); // so do arrivals
  await bob.next('connect');
  disk.free();
  assert.equal((await ann.ask('add_chat', { chatId: 'x0', chatContent: 'after' })).event, 'ack');
  await bob.next('add_chat', ({ chatContent }) => chatContent === 'after');
  await bob.settle();
  assert.ok(!bob.received.some(({ text }) => text.includes('lost')));
  const seqs = bob.received.map(({ seq }) => seq).filter(Boolean);
  assert.deepEqual(seqs, [...seqs].sort((a, b) => a - b));
  await cyd.ask('recents_chat', {});
  const { payload } = await cyd.next('recents_chat');
  assert.deepEqual(payload.map(c => `${c.chatId} ${c.chatContent}`), ['a before', 'x0 after']);
  assert.deepEqual(service.running('beckon-broker'), [broker], 'it is the same broker');
  const lines = brokersLog().split('\n').filter(line => line.includes('store_'));
  assert.deepEqual(lines.map(line => / (store_\w+) /.exec(line)[1]), ['store_failed', 'store_works']);
});

rule('a-ban-made-on-a-full-disk-holds-at-once-and-is-stored-when-there-is-room', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  disk.fill();
  assert.equal((await ann.ask('ban', { clientId: 'bob' })).payload.code, 'unavailable');
  assert.equal((await bob.next('bye')).payload.code, 4002);
  disk.free();
  const log = path.join(data, 'beckon.db-wal');
  const stored = () => readFileSync(log, 'latin1').includes(`zoom/${room}`);
  await until('the ban to be stored', stored, 15_000);
});

rule('an-operator-is-told-that-a-ban-is-not-stored', async room => {
  const [, bob] = await service.people(room, 'ann', 'bob');
  disk.fill();
  const refused = await service.ctl('ban', `zoom/${room}`, 'bob').catch(error => error);
  assert.equal(refused.code, 111, refused.stderr);
  assert.match(refused.stderr, /store fails/);
  assert.equal((await bob.next('bye')).payload.code, 4002, 'it holds all the same');
  disk.free();
  const { until: end } = JSON.parse(await service.ctl('ban', `zoom/${room}`, 'bob', '--json'));
  const [ban] = JSON.parse(await service.ctl('bans', `zoom/${room}`, '--json')).bans;
  assert.deepEqual([ban.clientId, ban.until], ['bob', end]);
});
