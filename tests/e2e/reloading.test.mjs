/* reloading – what may change while the service runs is taken up, the rest is said to need a restart, and
 * what is wrong changes nothing. */

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';
import { promisify } from 'node:util';

import { knock } from './lib/asking.mjs';
import { LAUNCHER, makeFolder, PROGRAMS } from './lib/service.mjs';
import { suite } from './lib/suite.mjs';
import { until } from './lib/waiting.mjs';

const folder = makeFolder();
after(() => rmSync(folder, { recursive: true, force: true }));
const { service, rule } = await suite({ CHAT_BURST: '7' });

/* The file of a launcher that was given none; what it was given in the environment wins over it. */
const settled = (...lines) => writeFileSync(path.join(service.state, 'conf/empty'), `${lines.join('\n')}\n`);
const reload = async () => JSON.parse(await service.ctl('reload', '--json'));

rule('what-may-change-is-taken-up-and-nobody-is-thrown-out', async room => {
  const ann = await service.join({ room, sub: 'ann' });
  settled('CONNECTIONS_PER_SUB=1', 'MEMBERS_ZOOM=5');
  const { taken, restart } = await reload();
  assert.deepEqual([taken, restart], [['MEMBERS_ZOOM', 'CONNECTIONS_PER_SUB'], []]);
  assert.equal(await knock(service, { room, sub: 'ann' }), '429 too_many');
  await ann.settle();
  settled('');
  assert.deepEqual((await reload()).taken, ['MEMBERS_ZOOM', 'CONNECTIONS_PER_SUB']);
  assert.equal(await knock(service, { room, sub: 'ann' }), '101');
});

rule('what-needs-a-restart-is-named-and-left-as-it-was', async room => {
  settled('BUS_QUEUE=77', 'CHAT_PER_MINUTE=99');
  const { taken, restart } = await reload();
  assert.deepEqual([taken, restart], [['CHAT_PER_MINUTE'], ['BUS_QUEUE']]);
  const { BUS_QUEUE } = JSON.parse(await service.ctl('config', '--json'));
  assert.equal(BUS_QUEUE.value, '128', 'handlers read the same');
  assert.match(await service.ctl('reload'), /^needs a restart: BUS_QUEUE$/m);
  settled('');
  assert.deepEqual((await reload()).restart, []);
  await service.join({ room, sub: 'ann' });
});

rule('what-is-wrong-changes-nothing-and-is-said-with-its-line', async room => {
  settled('CHAT_PER_MINUTE=98', 'CHAT_BURST=many');
  const error = await service.ctl('reload').then(() => assert.fail('it succeeded'), e => e);
  assert.equal(error.code, 1);
  assert.match(error.stderr, /the old configuration holds: .*empty:2: CHAT_BURST: expected/);
  settled('CHAT_PER_MINUTE=98', 'LOG_LEVEL=loud');
  const wrong = await service.ctl('reload').then(() => assert.fail('it succeeded'), e => e);
  assert.match(wrong.stderr, /the old configuration holds: .*conf\/empty:2: LOG_LEVEL: expected/);
  const { CHAT_PER_MINUTE } = JSON.parse(await service.ctl('config', '--json'));
  assert.equal(CHAT_PER_MINUTE.value, '30');
  await service.join({ room, sub: 'ann' });
  settled('');
  assert.equal((await reload()).refused, undefined);
});

rule('the-authorizer-takes-it-up-too', async room => {
  settled('ALLOWED_ORIGINS=https://new.example');
  const asked = async () => {
    const token = await service.token({ sub: 'ann' });
    const { status } = await service.get(`/ws/zoom/${room}?token=${token}`,
      { upgrade: true, headers: { Origin: 'https://new.example' } });
    return status;
  };
  assert.equal(await asked(), 403);
  await reload();
  await until('its workers to be others', async () => await asked() === 101, 15_000);
  settled('');
  await reload();
});

/* As systemd's units do it: ExecReload has the part's own settings made anew, and tells it. */
rule('a-part-by-itself-takes-it-up', async () => {
  const file = path.join(folder, 'part.conf');
  const state = path.join(folder, 's');
  const write = (...lines) => writeFileSync(file, [`RUN_DIR=${folder}/r`, `DATA_DIR=${folder}/d`,
    `JWT_KEYS=${path.join(service.state, 'keys')}`, ...lines, ''].join('\n'));
  const env = { PATH: process.env.PATH, HOME: '/root', STATE: state, PROGRAMS };
  write();
  const broker = spawn(LAUNCHER, ['-c', file, '-x', 'broker'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  broker.stderr.setEncoding('utf8').on('data', text => { said += text; });
  try {
    await until('the broker to be ready', () => said.includes('ready'), 20_000);
    write('CHAT_BURST=3', 'PORT=8081');
    await promisify(execFile)(LAUNCHER, ['-c', file, '-x', 'broker', '-r'],
      { env: { ...env, MAINPID: String(broker.pid) } });
    await until('it to be told', () => /reloaded configuration=read/.test(said), 15_000);
    const now = readFileSync(path.join(state, 'conf/beckon.conf'), 'utf8');
    assert.match(now, /^CHAT_BURST=3$/m);
    assert.match(now, /^PORT=8080\n#restart PORT$/m);
  } finally {
    broker.kill('SIGTERM');
    await new Promise(resolve => broker.on('close', resolve));
  }
});

rule('new-keys-are-taken-up', async () => {
  const before = (await reload()).keys;
  const file = path.join(service.state, 'keys/more.HS256.secret');
  writeFileSync(file, 'z'.repeat(32), { mode: 0o644 });
  assert.equal((await reload()).keys, before, 'one that anybody can read is none');
  rmSync(file);
});
