/* readiness – a load balancer learns where newcomers are let in, and in time: of a broker that
 * hangs as well, as nothing else would tell of it. */

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { does, fails } from './lib/asking.mjs';
import { smallDisk } from './lib/disk.mjs';
import { scrape } from './lib/metrics.mjs';
import { makeFolder, Service } from './lib/service.mjs';
import { withStopped } from './lib/stopped.mjs';
import { suite } from './lib/suite.mjs';
import { SLOWER, until } from './lib/waiting.mjs';

const { service, rule } = await suite({ DRAIN_SECONDS: '0', LOG_LEVEL: 'debug' });
const LIMIT = { timeout: 60_000 * SLOWER };
const OK = '200 ready';

/* "200 ready", or status and word of what is in the way. */
async function ready(of = service) {
  const { status, json } = await of.get('/readyz');
  return `${status} ${json.status ?? json.error}`;
}

const becomes = (expected, of = service, limit = 10_000) =>
  until(expected, async () => await ready(of) === expected, limit);

const isAlive = async (of = service) => (await of.get('/healthz')).status === 200;

rule('who-is-well-says-so-to-everybody-and-nothing-else', async () => {
  for (const [page, word] of [['/healthz', 'ok'], ['/readyz', 'ready']]) {
    for (const headers of [{}, { 'X-Forwarded-For': '203.0.113.1' }, { Via: 'a balancer' }]) {
      const answer = await service.get(page, { headers });
      assert.deepEqual([answer.status, answer.json], [200, { status: word }]);
      assert.equal(answer.headers['cache-control'], 'no-store');
      assert.match(answer.headers['content-type'], /^application\/json/);
    }
    const head = await service.get(page, { method: 'HEAD' });
    assert.deepEqual([head.status, head.text], [200, '']);
    const post = await service.get(page, { method: 'POST' });
    assert.deepEqual([post.status, post.headers.allow], [405, 'GET, HEAD']);
    assert.equal((await service.get(`${page}/x`)).status, 404);
  }
});

rule('a-broker-that-hangs-is-noticed-within-a-bounded-time-by-all-who-ask', async () => {
  const [broker] = service.running('beckon-broker');
  await withStopped([broker], async () => {
    await becomes('503 broker_hangs');
    const began = performance.now();
    const answers = await Promise.all(Array.from({ length: 40 }, async () => {
      const { status, json, headers } = await service.get('/readyz');
      return `${status} ${json.error} ${headers['retry-after']}`;
    }));
    assert.deepEqual([...new Set(answers)], ['503 broker_hangs 5']);
    assert.ok(performance.now() - began < 10_000 * SLOWER, 'and not one after the other');
    assert.ok(await isAlive(), 'which is no reason to restart the authorizer');
  });
  await becomes(OK);
});

/* Stopped first, so that there is no next one yet. */
rule('a-broker-that-is-gone-is-noticed-and-the-next-one-too', async () => {
  const [broker] = service.running('beckon-broker');
  await withStopped([service.run.child.pid], async () => {
    process.kill(broker, 'SIGKILL');
    await becomes('503 broker_gone');
    assert.ok(await isAlive());
  });
  await becomes(OK);
});

rule('who-drains-is-not-ready-and-alive', async room => {
  await service.people(room, 'ann');
  await service.ctl('drain', '--no-wait');
  try {
    await becomes('503 draining');
    assert.ok(await isAlive());
  } finally {
    await service.ctl('drain', '--off');
  }
  await becomes(OK);
});

rule('without-the-authorizer-both-say-503', async () => {
  const all = service.running('beckon-authorizer');
  await withStopped([service.run.child.pid], async () => {
    for (const pid of all)
      process.kill(pid, 'SIGKILL');
    await until('503', async () => (await service.get('/healthz')).status === 503);
    assert.equal(await ready(), '503 unavailable');
  });
  await becomes(OK);
});

test('a-service-that-is-full-is-not-ready', LIMIT, async () => {
  const own = await Service.start({ MAX_CONNECTIONS: '2' });
  try {
    const [, bob] = await own.people('r', 'ann', 'bob');
    await becomes('503 full', own);
    await bob.close();
    await becomes(OK, own);
  } finally {
    await own.stop();
  }
});

/* Nobody has to come and try: those who would are being kept away. */
test('a-store-that-failed-is-tried-again-by-itself', { timeout: 120_000 * SLOWER }, async t => {
  const base = makeFolder();
  const data = path.join(base, 'data');
  const disk = smallDisk(data);
  if (!disk) {
    t.skip('only root may mount a file system');
    return;
  }
  const own = await Service.start({ DATA_DIR: data });
  try {
    const [ann] = await own.people('r', 'ann');
    await does(ann, 'add_chat', { chatContent: 'before' });
    assert.equal(await ready(own), OK);
    disk.fill();
    await fails('unavailable', ann, 'add_chat', { chatContent: 'x'.repeat(1000) });
    await becomes('503 store_failed', own);
    const failures = async () =>
      (await scrape(own)).values.get('beckon_store_failures_total');
    await until('it to be tried again, and to fail', async () => await failures() >= 2, 30_000);
    assert.equal(await ready(own), '503 store_failed');
    assert.equal((await scrape(own)).values.get('beckon_store_up'), 0);
    disk.free();
    await becomes(OK, own, 30_000);
  } finally {
    await own.stop();
    disk.unmount();
    rmSync(base, { recursive: true, force: true });
  }
});
