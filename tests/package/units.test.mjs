/* units – what systemd does with the programs by itself. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { after, test } from 'node:test';

import { get } from '../e2e/lib/http.mjs';
import { until } from '../e2e/lib/waiting.mjs';
import {
  anotherBroker, CONF, everybodyLeaves, heard, join, property, read, run, said, wasDropped,
} from './booted.mjs';

after(everybodyLeaves);

/* It answers nobody, but it has not ended: only the watchdog can tell. */
test('a-broker-that-hangs-is-replaced-and-nobody-is-dropped', { timeout: 200_000 }, async () => {
  const [ann, bob] = [await join('r', 'ann'), await join('r', 'bob')];
  const before = await property('beckon-broker', 'MainPID');
  process.kill(Number(before), 'SIGSTOP');
  await anotherBroker(before);
  await said(ann, 'still here');
  await heard(bob, 'still here');
  assert.deepEqual([ann, bob].map(wasDropped), [false, false]);
  assert.match(await run('journalctl', '--unit', 'beckon-broker', '--output', 'cat'), /[Ww]atchdog/);
});

const UNITS = ['beckon-broker', 'beckon-authorizer', 'beckon-websocketd@1', 'beckon-edge'];

async function limits(unit) {
  const values = ['LimitNOFILE', 'TasksMax', 'MemoryMax'].map(name => property(unit, name));
  return (await Promise.all(values)).map(Number);
}

test('limits-follow-from-the-configuration', { timeout: 60_000 }, async () => {
  const before = await Promise.all(UNITS.map(limits));
  before.flat().forEach((value, i) => assert.ok(value > 0, `${UNITS[Math.floor(i / 3)]}: ${value}`));
  const conf = read(CONF);
  try {
    writeFileSync(CONF, `${conf}MAX_CONNECTIONS=100\nWEBSOCKETD_MEMORY=256\n`);
    await run('systemctl', 'daemon-reload');
    const [broker, authorizer, websocketd, edge] = await Promise.all(UNITS.map(limits));
    assert.deepEqual(broker, [4 * 100 + 1024, 256, (256 + 100) << 20]);
    assert.deepEqual(authorizer, before[1]);
    assert.deepEqual(websocketd, [4 * (125 + 64) + 64, 125 + 64 + 256, (256 + (125 + 64 >> 1)) << 20]);
    assert.ok(edge[2] < before[3][2], `${edge}`);
    writeFileSync(CONF, `${conf}WEBSOCKETD_MEMORY=0\n`);
    await run('systemctl', 'daemon-reload');
    assert.equal(await property('beckon-broker', 'MemoryMax'), 'infinity');
  } finally {
    writeFileSync(CONF, conf);
    await run('systemctl', 'daemon-reload');
  }
});

const mainPids = () => Promise.all(UNITS.map(unit => property(unit, 'MainPID')));

const ctl = async (...words) => (await run('beckonctl', ...words, '--json')).split('\n').map(JSON.parse);

test('beckonctl-reload-takes-up-what-may-change-and-drops-nobody', { timeout: 120_000 }, async () => {
  const ann = await join('r', 'ann');
  const before = await mainPids();
  const conf = read(CONF);
  try {
    writeFileSync(CONF, `${conf}MEMBERS_CHAT=77\nBUS_QUEUE=99\n`);
    const [{ taken, restart, refused }] = await ctl('reload');
    assert.deepEqual([taken, restart, refused], [['MEMBERS_CHAT'], ['BUS_QUEUE'], undefined]);
    writeFileSync(CONF, `${conf}MEMBERS_CHAT=many\n`);
    const error = await run('beckonctl', 'reload').then(() => assert.fail('it succeeded'), e => e);
    assert.equal(error.code, 100);
    assert.match(error.stderr, /beckon\.conf:\d+: MEMBERS_CHAT: expected/);
  } finally {
    writeFileSync(CONF, conf);
  }
  assert.deepEqual((await ctl('reload'))[0].taken, ['MEMBERS_CHAT'], 'what was wrong changed nothing');
  assert.deepEqual(await mainPids(), before);
  await said(ann, 'still here');
  assert.equal(wasDropped(ann), false);
});

/* The broker's and the handlers' lines are the journal's there, and nginx's are a file's. */
test('a-connection-is-traced-through-the-journal', { timeout: 120_000 }, async () => {
  const ann = await join('r', 'trudy');
  const [{ connection, broker, process: handler }] = await ctl('trace', 'trudy');
  assert.deepEqual([broker.room, broker.sub, handler.pid], ['chat/r', 'trudy', broker.pid]);
  await ann.close();
  const told = await until('the logs to tell all of it', async () => {
    const [{ log }] = await ctl('trace', connection);
    const at = (source, text) => log.findIndex(l => l.source === source && l.line.includes(text));
    const places = [at('handler', ' opened '), at('handler', ' closed '), at('access', ' 101 ')];
    return places.includes(-1) ? null : { log, places };
  }, 60_000);
  assert.deepEqual(told.places, [...told.places].sort((a, b) => a - b), JSON.stringify(told.log));
  assert.ok(told.log.every(({ line }) => line.includes(connection)));
});

const openFiles = pid => /^Max open files\s+\d+\s+(\d+)/m.exec(read(`/proc/${pid}/limits`))[1];

/* Or, where that is less, as many as systemd itself may have. */
test('the-processes-have-the-limits-of-their-units', async () => {
  for (const unit of UNITS) {
    const most = [await property(unit, 'LimitNOFILE'), openFiles(1)];
    const files = openFiles(await property(unit, 'MainPID'));
    assert.ok(most.includes(files), `${unit}: ${files}, expected ${most}`);
  }
});

const isUp = async unit => await property(unit, 'ActiveState') === 'active';

/* Trying again would not help. */
test('a-unit-whose-configuration-is-wrong-fails-at-once', { timeout: 120_000 }, async () => {
  const conf = read(CONF);
  try {
    writeFileSync(CONF, `${conf}CHAT_BURST=many\n`);
    for (const unit of ['beckon-authorizer', 'beckon-websocketd@1']) {
      await run('systemctl', 'restart', unit).catch(() => {});
      await until(`${unit} to fail`, async () => await property(unit, 'ActiveState') === 'failed', 30_000);
      assert.deepEqual([await property(unit, 'ExecMainStatus'), await property(unit, 'NRestarts')],
        ['100', '0'], unit);
    }
  } finally {
    writeFileSync(CONF, conf);
    await run('systemctl', 'start', 'beckon.target');
  }
  await until('both', async () => await isUp('beckon-authorizer') && isUp('beckon-websocketd@1'), 30_000);
});

/* Sooner or later whoever has the port will go. */
test('a-unit-whose-port-is-taken-is-tried-again-until-it-is-free', { timeout: 120_000 }, async () => {
  await run('systemctl', 'stop', 'beckon-edge');
  const stranger = net.createServer().listen(8080, '127.0.0.1');
  try {
    await run('systemctl', 'start', 'beckon-edge');
    await until('it to be tried again', async () => Number(await property('beckon-edge', 'NRestarts')) >= 2,
      60_000);
  } finally {
    await new Promise(resolve => stranger.close(resolve));
  }
  await until('it to serve', async () =>
    (await get('http://127.0.0.1:8080', '/ws/chat/r').catch(() => ({}))).status === 401, 60_000);
});
