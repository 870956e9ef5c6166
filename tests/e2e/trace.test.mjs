/* trace – one connection, through all programs that had to do with it. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { suite } from './lib/suite.mjs';
import { until } from './lib/waiting.mjs';

const { service, rule } = await suite({ LOG_LEVEL: 'debug' });

const json = async (...words) => (await service.ctl(...words, '--json')).split('\n').map(JSON.parse);
const failing = (...words) => service.ctl(...words).then(() => assert.fail('it succeeded'), error => error);

rule('who-is-there-is-traced-by-sub-and-by-id', async room => {
  const { client, pid } = await service.joinWithHandler({ room, sub: 'ann' });
  await service.join({ room, sub: 'ben' });
  await client.ask('add_chat', { chatContent: 'SECRET-TEXT' });
  const [ann] = await json('trace', 'ann');
  assert.deepEqual([ann.broker.sub, ann.broker.room, ann.broker.role, ann.broker.pid],
    ['ann', `zoom/${room}`, 'host', pid]);
  assert.ok(ann.broker.events >= 1 && ann.broker.seq > 0);
  assert.equal(ann.process.pid, pid);
  assert.equal(ann.process.threads, 1);
  assert.ok(ann.process.memory > 10_000 && ann.process.files >= 3, JSON.stringify(ann.process));
  assert.ok(Math.abs(ann.process.started - Date.now()) < 60_000);
  const [again] = await json('trace', ann.connection);
  assert.equal(again.broker.session, ann.broker.session);
  const human = await service.ctl('trace', 'ann');
  assert.match(human, new RegExp(`ann in zoom/${room} as host.*\n(.*\n)*.*handler ${pid} since`));
  assert.doesNotMatch(human, /SECRET/);
});

rule('who-has-gone-is-traced-by-the-logs-in-order-of-time', async room => {
  const ann = await service.join({ room, sub: 'ann' });
  const [{ connection }] = await json('trace', 'ann');
  await ann.close();
  const find = (log, source, text) => log.findIndex(l => l.source === source && l.line.includes(text));
  const { log, process } = await until('all of them to have told its end', async () => {
    const [trace] = await json('trace', connection);
    const ends = [['handler', ' closed '], ['access', ' 101 ']];
    return !trace.broker && ends.every(end => find(trace.log, ...end) >= 0) && trace;
  }, 15_000);
  assert.equal(process, null);
  const told = log.map(({ source, line }) => `${source}: ${line}`);
  const at = (source, text) => find(log, source, text);
  const opened = at('handler', 'opened'), joined = at('broker', 'joined');
  const closed = at('handler', 'closed'), access = at('access', ' 101 ');
  assert.ok(opened >= 0 && opened < joined && opened < closed, told.join('\n'));
  // Two programs' clocks that show seconds, at the turn of one: then it is as they say.
  assert.ok(closed < access || log[access].time < log[closed].time, told.join('\n'));
  assert.ok(told.every(line => line.includes(connection)));
  const times = log.map(({ time }) => time).filter(Boolean);
  assert.deepEqual(times, [...times].sort((a, b) => a - b));
});

rule('a-refusal-is-traced-too', async room => {
  await service.get(`/ws/zoom/${room}?token=x`);
  const line = await until('nginx to write its line', () =>
    readFileSync(path.join(service.state, 'log/access.log'), 'utf8').split('\n')
      .find(text => text.includes(`/ws/zoom/${room}"`)), 15_000);
  const [{ broker, log }] = await json('trace', line.split(' ')[0]);
  assert.equal(broker, null);
  assert.deepEqual(log.map(({ source }) => source), ['authorizer', 'access']);
});

rule('who-was-never-there-is-not-found', async () => {
  assert.equal((await failing('trace', 'nobody')).code, 2);
  assert.equal((await failing('trace', '0123456789abcdef')).code, 2);
  assert.equal((await failing('trace', '--grep=x')).code, 2);
});
