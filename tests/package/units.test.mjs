/* units – what systemd does with the programs by itself. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, test } from 'node:test';

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

const openFiles = pid => /^Max open files\s+\d+\s+(\d+)/m.exec(read(`/proc/${pid}/limits`))[1];

/* Or, where that is less, as many as systemd itself may have. */
test('the-processes-have-the-limits-of-their-units', async () => {
  for (const unit of UNITS) {
    const most = [await property(unit, 'LimitNOFILE'), openFiles(1)];
    const files = openFiles(await property(unit, 'MainPID'));
    assert.ok(most.includes(files), `${unit}: ${files}, expected ${most}`);
  }
});
