/* full – there is no place for one more, or no room on the file systems of logs and sockets. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { does, knock } from './lib/asking.mjs';
import { smallDisk } from './lib/disk.mjs';
import { makeFolder, Service } from './lib/service.mjs';
import { until } from './lib/waiting.mjs';

const LIMIT = { timeout: 300_000 };

async function talk(ann, bob, chatContent) {
  await does(ann, 'add_chat', { chatContent });
  await bob.next('add_chat', payload => payload.chatContent === chatContent);
}

const logOf = (service, name) => readFileSync(path.join(service.state, `log/${name}.log`), 'utf8');
const count = (text, word) => text.split(word).length - 1;

async function withService(env, run, prepare) {
  const service = await Service.start(env, prepare);
  try {
    await run(service);
  } catch (error) {
    error.message += `\n${service.logs()}`;
    throw error;
  } finally {
    await service.stop();
  }
}

test('who-finds-no-place-is-told-before-the-upgrade-and-when-to-come-back', LIMIT, async () => {
  await withService({ MAX_CONNECTIONS: '2' }, async service => {
    const [ann, bob] = await service.people('r', 'ann', 'bob');
    assert.match(await service.ctl('status'), /^2 connections of 2 in 1 rooms$/);
    for (const room of ['r', 'another'])
      assert.equal(await knock(service, { room, sub: 'cyd' }), '503 unavailable');
    const token = await service.token({ sub: 'cyd' });
    const { headers } = await service.get(`/ws/zoom/r?token=${token}`, { upgrade: true });
    assert.ok(Number(headers['retry-after']) >= 3);
    assert.equal(count(logOf(service, 'broker'), ' full connections=2'), 1, 'said once');
    await service.join({ room: 'r', sub: 'ann', query: `&resume=${ann.first.epoch}.0` });
    assert.equal((await ann.next('bye')).payload.reason, 'replaced');
    await bob.close();
    await until('a place', async () => await knock(service, { room: 'r', sub: 'cyd' }) === '101');
  });
});

/* Else people are let in and dropped, where a limit is met in the middle of it. */
test('how-many-there-may-be-follows-from-the-limits-of-the-processes', LIMIT, async () => {
  await withService({}, async service => {
    const files = Number(/Max open files\s+(\d+)/.exec(
      readFileSync(`/proc/${service.running('beckon-broker')[0]}/limits`, 'utf8'))[1]);
    const { maxConnections } = JSON.parse(await service.ctl('status', '--json'));
    assert.ok(maxConnections > 0 && maxConnections * 3 <= files, `${maxConnections} of ${files}`);
    const [gateway] = service.running('websocketd');
    const line = readFileSync(`/proc/${gateway}/cmdline`, 'utf8');
    assert.ok(Number(/--maxforks=(\d+)/.exec(line)[1]) * 4 <= files);
  });
});

test('a-full-run-folder-costs-nothing-but-the-ledger-and-that-comes-back', LIMIT, async t => {
  const base = makeFolder();
  const disk = smallDisk(path.join(base, 'run'));
  if (!disk)
    return t.skip('only root may mount a file system');
  try {
    await withService({ RUN_DIR: disk.folder, CHAT_BURST: '1000' }, async service => {
      const [ann, bob] = await service.people('r', 'ann', 'bob');
      disk.fill();
      for (let i = 0; i < 30; i++)
        await talk(ann, bob, `full ${i} ${'x'.repeat(900)}`);
      await until('the ledger to be lost', () => logOf(service, 'broker').includes(' ledger_lost '));
      await service.join({ room: 'another', sub: 'cyd' });
      disk.free();
      await until('the ledger', () => existsSync(path.join(disk.folder, 'ledger')), 20_000);
      assert.equal(count(logOf(service, 'broker'), ' ledger_lost '), 1, 'said once');
      assert.match(logOf(service, 'broker'), / ledger_again connections=3/);
      const [broker] = service.running('beckon-broker');
      process.kill(broker, 'SIGKILL');
      await until('another broker', () => service.running('beckon-broker')
        .some(pid => pid !== broker), 10_000);
      await ann.ask('ping', {}, 15_000);
      await talk(ann, bob, 'after a crash');
      assert.deepEqual([ann.closeCode, bob.closeCode], [null, null]);
    });
  } finally {
    disk.unmount();
    rmSync(base, { recursive: true, force: true });
  }
});

test('full-logs-stop-nobody-and-go-on-when-there-is-room', LIMIT, async t => {
  const base = makeFolder();
  const disk = smallDisk(path.join(base, 'log'));
  if (!disk)
    return t.skip('only root may mount a file system');
  const prepare = state => {
    mkdirSync(state, { mode: 0o755 });
    writeFileSync(path.join(state, 'beckon.lock'), ''); // it is a launcher's
    symlinkSync(disk.folder, path.join(state, 'log'));
  };
  const nginxComplains = async service => { // it has nobody to ask
    const [master] = service.running('beckon-authorizer').sort((a, b) => a - b);
    process.kill(master, 'SIGKILL');
    await until('503', async () => (await service.get('/ws/zoom/r?token=x')).status === 503);
    await until('the authorizer', async () => (await service.get('/ws/zoom/r')).status === 401, 15_000);
  };
  try {
    await withService({}, async service => {
      const [ann, bob] = await service.people('r', 'ann', 'bob');
      const programs = ['beckon-broker', 'websocketd', 'nginx'].flatMap(name => service.running(name));
      disk.fill();
      await nginxComplains(service);
      for (let i = 0; i < 20; i++) {
        const cyd = await service.join({ room: 'r', sub: 'cyd' });
        await cyd.close();
      }
      await talk(ann, bob, 'meanwhile');
      const before = logOf(service, 'nginx').length;
      disk.free();
      await nginxComplains(service);
      await until('an error of nginx in its log', () => logOf(service, 'nginx').length > before);
      await talk(ann, bob, 'afterwards');
      assert.deepEqual(programs.filter(pid => !existsSync(`/proc/${pid}`)), [], 'all went on');
      assert.deepEqual([ann.closeCode, bob.closeCode], [null, null]);
    }, prepare);
  } finally {
    disk.unmount();
    rmSync(base, { recursive: true, force: true });
  }
});

test('a-launcher-that-nobody-listens-to-goes-on', LIMIT, async () => {
  await withService({}, async service => {
    const [ann, bob] = await service.people('r', 'ann', 'bob');
    service.run.child.stdout.destroy();
    service.run.child.stderr.destroy();
    const [broker] = service.running('beckon-broker');
    process.kill(broker, 'SIGKILL'); // of which the launcher has something to say
    await until('another broker', () => service.running('beckon-broker')
      .some(pid => pid !== broker), 10_000);
    await ann.ask('ping', {}, 15_000);
    await talk(ann, bob, 'still there');
  });
});
