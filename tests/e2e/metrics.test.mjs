/* metrics – each counter moves by exactly what happened, whichever worker saw it; and only who is
 * named may look. Alerts and plans are made of nothing else. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { does, fails, knock } from './lib/asking.mjs';
import { moved, parse, scrape } from './lib/metrics.mjs';
import { descriptors } from './lib/processes.mjs';
import { PROGRAMS, Service } from './lib/service.mjs';
import { withStopped } from './lib/stopped.mjs';
import { suite } from './lib/suite.mjs';
import { damage, forge } from './lib/tokens.mjs';
import { SLOWER, until } from './lib/waiting.mjs';

const { service, rule } = await suite({
  ALLOWED_ORIGINS: 'https://app.example', LOG_LEVEL: 'debug', PING_SECONDS: '3600',
  TIMEOUT_SECONDS: '7200', DRAIN_SECONDS: '0',
});
const { secret } = service.key;
const token = claims => forge({ secret, claims });
const pathOf = (room, claims) => `/ws/zoom/${room}?token=${token(claims)}`;

/* How long things take, how they fall together in a round, and what clients do by the clock. */
const VOLATILE = [/_bucket|_sum$/, /^process_/, /^beckon_round_/, /^beckon_store_commit/,
  /^beckon_bus_copies/, /^beckon_(holes|replays|replayed)/, /event="(room_state|ping|pong)"/];

/* Waits until just this has moved since, and shows what has where that does not come. */
async function hasMoved(before, expected) {
  const look = async () => moved(before, await scrape(service), VOLATILE);
  await until('the counters', async () => {
    try {
      assert.deepEqual(await look(), expected);
      return true;
    } catch {
      return false;
    }
  }, 10_000).catch(() => {});
  assert.deepEqual(await look(), expected);
}

const labelled = (name, label, counts) => Object.fromEntries(
  Object.entries(counts).map(([word, n]) => [`beckon_${name}_total{${label}="${word}"}`, n]));
const received = counts => labelled('messages_received', 'event', counts);
const sent = counts => labelled('messages_sent', 'event', counts);
const decided = (at, counts) => Object.fromEntries(Object.entries(counts)
  .map(([word, n]) => [`beckon_auth_decisions_total{at="${at}",result="${word}"}`, n]));
const value = async key => (await scrape(service)).values.get(key);

rule('promtool-has-nothing-to-say', async room => {
  await service.people(room, 'ann', 'bob');
  const { text } = await service.get('/metrics');
  const { status, stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'],
    { input: text, encoding: 'utf8' });
  assert.deepEqual([error, status, stdout, stderr], [undefined, 0, '', '']);
  const broken = spawnSync('promtool', ['check', 'metrics'], { input: text.replace(/^# HELP.*\n/, '') });
  assert.notEqual(broken.status, 0, 'and it would');
});

/* An alert on a figure that there is not never comes. */
rule('the-readme-s-alerts-and-configuration-are-good', async (room, t) => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, chapter] = /^## Observing\n(.*?)^## /ms.exec(readme);
  const alerts = [...chapter.matchAll(/^\| `((?:beckon|process|sum|increase|histogram|rate).*?)` \|/gm)]
    .map(([, expr]) => expr.replaceAll('\\|', '|'));
  assert.equal(alerts.length, 10);
  const { families } = await scrape(service);
  for (const expr of alerts)
    for (const [name] of expr.matchAll(/\b(?:beckon|process)_\w+/g))
      assert.ok(families.has(name.replace(/_bucket$/, '')), name);
  const folder = mkdtempSync(path.join(tmpdir(), 'bm.'));
  t.after(() => rmSync(folder, { recursive: true }));
  const check = (what, text) => {
    const file = path.join(folder, `${what}.yml`);
    writeFileSync(file, text);
    const { status, stdout, stderr } = spawnSync('promtool', ['check', what, file], { encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
  };
  check('config', /```yaml\n(.*?)```/s.exec(chapter)[1]);
  check('rules', JSON.stringify({ groups: [{ name: 'beckon',
    rules: alerts.map((expr, i) => ({ alert: `a${i}`, expr })) }] }));
});

rule('what-is-said-is-counted-by-event-and-direction', async room => {
  const [ann, bob, cyd] = await service.people(room, 'ann', 'bob', 'cyd');
  const before = await scrape(service);
  for (const chatContent of ['one', 'two', 'three'])
    await does(ann, 'add_chat', { chatContent });
  await does(bob, 'reaction', { emoji: '!' });
  await does(ann, 'offer', { targetClientId: 'bob', sdp: 'x' });
  await does(bob, 'answer', { targetClientId: 'ann', sdp: 'x' });
  for (let i = 0; i < 5; i++)
    await does(ann, 'candidate', { targetClientId: 'bob', candidate: `${i}` });
  await does(cyd, 'typing', { isTyping: true });
  await does(bob, 'get_recent_chats', {});
  await fails('forbidden', bob, 'kick', { clientId: 'ann' });
  await fails('unknown_event', bob, 'dance', {});
  await fails('bad_payload', bob, 'offer', { targetClientId: 'ann' });
  await fails('not_found', bob, 'offer', { targetClientId: 'zoe', sdp: 'x' });
  await does(ann, 'kick', { clientId: 'cyd' });
  await cyd.next('bye');
  await cyd.close();
  await hasMoved(before, {
    ...received({ add_chat: 3, reaction: 1, offer: 3, answer: 1, candidate: 5, typing: 1,
      recents_chat: 1, kick: 2, unknown: 1 }),
    ...sent({ add_chat: 3, reaction: 1, offer: 1, answer: 1, candidate: 5, typing: 1,
      recents_chat: 1, disconnect: 1, bye: 1, ack: 14, error: 4 }),
    ...labelled('message_errors', 'code',
      { forbidden: 1, unknown_event: 1, bad_payload: 1, not_found: 1 }),
    ...labelled('byes', 'reason', { kicked: 1 }),
    beckon_relay_duration_seconds_count: 3 + 1 + 1 + 1 + 5 + 1 + 1 + 1,
  });
});

rule('who-comes-and-goes-is-counted-and-how-many-are-here', async room => {
  const before = await scrape(service);
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const dan = await service.join({ endpoint: 'chat', room, sub: 'dan' });
  await does(ann, 'set_lobby', { enabled: true });
  const wes = await service.join({ room, sub: 'wes' });
  const { values } = await scrape(service);
  assert.deepEqual(['beckon_connections{endpoint="zoom"}', 'beckon_connections{endpoint="chat"}',
    'beckon_connections{endpoint="screenshare"}', 'beckon_waiting_connections{endpoint="zoom"}',
    'beckon_people'].map(key => values.get(key)), [2, 1, 0, 1, 4]);
  assert.equal(values.get('beckon_rooms{endpoint="chat"}')
    - before.values.get('beckon_rooms{endpoint="chat"}'), 1);
  await does(bob, 'leave').catch(() => {}); // it is answered by a bye alone
  await bob.next('bye');
  await dan.close();
  await wes.close();
  await hasMoved(before, {
    ...decided('upgrade', { accepted: 4 }),
    beckon_auth_duration_seconds_count: 4,
    ...labelled('joins', 'result', { accepted: 4 }),
    beckon_join_duration_seconds_count: 4,
    ...received({ set_lobby: 1, leave: 1 }),
    ...sent({ connect: 3, set_lobby: 1, waiting_request: 1, ack: 1, bye: 1, disconnect: 2 }),
    ...labelled('byes', 'reason', { left: 1 }),
    ...labelled('closes', 'reason', { closed: 2 }),
    beckon_relay_duration_seconds_count: 3 + 1 + 1 + 2,
  });
  await until('them to be gone',
    async () => await value('beckon_connections{endpoint="chat"}') === 0);
});

/* Many at once, so that every worker has its share. */
rule('a-refusal-is-counted-by-its-word-over-all-workers', async room => {
  const [ann] = await service.people(room, 'ann');
  await does(ann, 'lock_room', { locked: true });
  const before = await scrape(service);
  const good = token({ sub: 'zoe' });
  const upgrades = [
    [20, `/ws/zoom/${room}`],
    [15, `/ws/zoom/${room}?token=${damage(good)}`],
    [10, pathOf(room, { exp: 1 })],
    [5, pathOf(room, { room: 'elsewhere' })],
    [4, pathOf(room, { sub: 'zoe' })],
    [3, `/ws/zoom/a b?token=${good}`.replace(' ', '%20')],
  ].flatMap(([times, place]) => Array.from({ length: times }, () =>
    service.get(place, { upgrade: true })));
  await Promise.all([...upgrades,
    service.get(pathOf(`${room}x`, { sub: 'zoe' })), // no upgrade
    service.get(pathOf(room), { upgrade: true, headers: { Origin: 'https://evil.example' } }),
    service.get(`/validate/zoom/${room}`), service.get(`/validate/zoom/${room}x?token=${good}`),
    service.get(`/validate/zoom/${room}`,
      { method: 'OPTIONS', headers: { Origin: 'https://app.example' } }),
    service.get('/no-such-page'), service.get('/nor-this'),
    service.get(`/ws/zoom/${'x'.repeat(17_000)}`, { upgrade: true }),
    service.get('/ws/zoom/%00', { upgrade: true }),
  ]);
  await hasMoved(before, {
    ...decided('upgrade', { token_missing: 20, token_invalid: 15, token_expired: 10,
      room_forbidden: 5, room_locked: 4, bad_room: 3, upgrade_required: 1, origin_not_allowed: 1 }),
    ...decided('validate', { token_missing: 1, accepted: 1 }),
    ...decided('validate_preflight', { accepted: 1 }),
    ...decided('edge', { not_found: 2, uri_too_long: 1, bad_room: 1 }),
    beckon_auth_duration_seconds_count: 20 + 15 + 10 + 5 + 4 + 3 + 1 + 1 + 3,
  });
  assert.ok(service.running('beckon-authorizer').length > 2, 'a master, and several of them');
});

/* As if websocketd could be reached by itself: the broker looks again. */
rule('what-the-broker-refuses-at-the-join-is-counted-there', async room => {
  const before = await scrape(service);
  for (const bad of [damage(token()), token({ exp: 1 })]) {
    const { status } = spawnSync(path.join(PROGRAMS, 'beckon-handler'), ['-c', service.config],
      { env: { PATH_INFO: `/ws/zoom/${room}`, QUERY_STRING: `token=${bad}` } });
    assert.equal(status, 1);
  }
  const { values } = await scrape(service);
  const by = word => values.get(`beckon_joins_total{result="${word}"}`)
    - before.values.get(`beckon_joins_total{result="${word}"}`);
  assert.deepEqual(['token_invalid', 'token_expired', 'accepted'].map(by), [1, 1, 0]);
});

rule('too-much-chat-trips-its-limit', async room => {
  const [ann] = await service.people(room, 'ann');
  const before = await scrape(service);
  const answers = [];
  for (let i = 0; i < 14; i++)
    answers.push((await ann.ask('add_chat', { chatContent: `${i}` })).event);
  const refused = answers.filter(event => event === 'error').length;
  assert.ok(refused >= 3);
  const found = moved(before, await scrape(service));
  assert.equal(found['beckon_limit_trips_total{limit="chat"}'], refused);
  assert.equal(found['beckon_message_errors_total{code="slow_down"}'], refused);
});

rule('a-resume-is-counted-by-whether-it-could', async room => {
  const [ann] = await service.people(room, 'ann');
  const { seq } = (await does(ann, 'raise_hand', {}));
  const before = await scrape(service);
  await service.join({ room, sub: 'ann', query: `&resume=${ann.first.epoch}.${seq}` });
  await ann.next('bye');
  await service.join({ room, sub: 'ann', query: '&resume=0123456789abcdef.7' });
  const found = moved(before, await scrape(service));
  assert.equal(found['beckon_resumes_total{result="recovered"}'], 1);
  assert.equal(found['beckon_resumes_total{result="anew"}'], 1);
  assert.equal(found['beckon_byes_total{reason="replaced"}'], 1);
});

rule('a-drain-shows-and-so-does-everybody-sent-away', async room => {
  const people = await service.people(room, 'ann', 'bob', 'cyd');
  const before = await scrape(service);
  assert.equal(before.values.get('beckon_draining'), 0);
  await service.ctl('drain');
  try {
    for (const client of people)
      await client.next('bye');
    const after = await scrape(service);
    assert.equal(after.values.get('beckon_draining'), 1);
    const found = moved(before, after);
    assert.equal(found['beckon_byes_total{reason="draining"}'], 3);
    assert.equal(found['beckon_messages_sent_total{event="bye"}'], 3);
    assert.equal(await knock(service, { room, sub: 'zoe' }), '503 unavailable');
    assert.equal(moved(before, await scrape(service))[
      'beckon_auth_decisions_total{at="upgrade",result="unavailable"}'], 1);
  } finally {
    await service.ctl('drain', '--off');
  }
});

/* The authorizer's go on; the broker's begin anew, and say so. */
rule('a-broker-that-is-killed-begins-to-count-anew-and-the-authorizer-goes-on', async room => {
  const [ann] = await service.people(room, 'ann', 'bob');
  const before = await scrape(service);
  const [broker] = service.running('beckon-broker');
  process.kill(broker, 'SIGKILL');
  await until('another one', async () => {
    const { values } = await scrape(service);
    return values.get('beckon_broker_up') === 1
      && values.get('process_start_time_seconds') > before.values.get('process_start_time_seconds');
  }, 10_000);
  await ann.ask('raise_hand', {}, 15_000);
  await until('both handlers to be back',
    async () => await value('beckon_rejoins_total{result="accepted"}') === 2, 10_000);
  const after = await scrape(service);
  const get = key => after.values.get(key);
  assert.equal(get('beckon_broker_starts_total'),
    before.values.get('beckon_broker_starts_total') + 1);
  assert.deepEqual([get('beckon_broker_recalled_connections'),
    get('beckon_connections{endpoint="zoom"}'), get('beckon_away_connections')], [2, 2, 0]);
  assert.equal(get('beckon_joins_total{result="accepted"}'), 0, 'nobody joined this one');
  assert.equal(get('beckon_messages_received_total{event="raise_hand"}'), 1);
  for (const [key, n] of before.values)
    if (key.startsWith('beckon_auth_') && !key.includes('_bucket'))
      assert.ok(get(key) >= n, `${key}: ${get(key)} after ${n}`);
});

const withStoppedBroker = run => withStopped(service.running('beckon-broker'), run);

rule('of-a-broker-that-does-not-answer-it-says-that-and-all-else-goes-on', async () => {
  await withStoppedBroker(async () => {
    await service.get('/ws/zoom/r');
    const { families, values } = await scrape(service);
    assert.equal(values.get('beckon_broker_up'), 0);
    assert.ok(values.get('beckon_auth_decisions_total{at="upgrade",result="token_missing"}') > 0);
    assert.ok(!families.has('beckon_rooms') && !families.has('process_open_fds'));
  });
  await until('its figures', async () => await value('beckon_broker_up') === 1);
});

rule('counters-never-fall-while-their-program-runs', async room => {
  let last = await scrape(service);
  for (let i = 0; i < 5; i++) {
    const [ann, bob] = await service.people(room, 'ann', 'bob');
    await does(ann, 'add_chat', { chatContent: `${i}` });
    await ann.close();
    await bob.close();
    await service.get('/ws/zoom/r');
    const now = await scrape(service);
    assert.equal(now.values.size, last.values.size, 'the lines are always the same');
    assert.deepEqual(Object.entries(moved(last, now)).filter(([, by]) => by < 0), []);
    last = now;
  }
});

rule('the-broker-s-process-is-described-as-proc-has-it', async () => {
  const [broker] = service.running('beckon-broker');
  const { values } = await scrape(service);
  const status = readFileSync(`/proc/${broker}/status`, 'utf8');
  const bytes = name => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)[1]) * 1024;
  const near = (key, expected) => assert.ok(Math.abs(values.get(key) - expected) < 0.2 * expected,
    `${key}: ${values.get(key)}, not ${expected}`);
  near('process_resident_memory_bytes', bytes('VmRSS'));
  near('process_virtual_memory_bytes', bytes('VmSize'));
  near('process_open_fds', descriptors(broker));
  assert.ok(values.get('process_start_time_seconds') <= Date.now() / 1000);
});

rule('nothing-of-it-is-about-anybody', async room => {
  const [ann] = await service.people(room, 'ann-in-person');
  await does(ann, 'add_chat', { chatContent: 'what-she-said' });
  const { text } = await service.get('/metrics');
  for (const word of [room, 'ann-in-person', 'what-she-said', ann.first.epoch])
    assert.ok(!text.includes(word), word);
});

rule('it-can-be-read-and-nothing-else', async () => {
  const head = await service.get('/metrics', { method: 'HEAD' });
  assert.deepEqual([head.status, head.text], [200, '']);
  assert.match(head.headers['content-type'], /^text\/plain; version=0\.0\.4/);
  assert.equal(head.headers['cache-control'], 'no-store');
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const answer = await service.get('/metrics', { method });
    assert.deepEqual([answer.status, answer.headers.allow], [405, 'GET, HEAD'], method);
  }
  for (const other of ['/metrics/', '/metrics/x', '/metricsx', '/x/metrics'])
    assert.equal((await service.get(other)).status, 404, other);
});

/* By default this machine alone may look. A proxy in front of which nobody told us is on it, too. */
rule('through-a-proxy-of-which-nobody-told-us-it-is-not-there', async () => {
  const missing = (await service.get('/no-such-page')).text;
  for (const header of ['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'Via'])
    for (const method of ['GET', 'POST']) {
      const answer = await service.get('/metrics', { method, headers: { [header]: '127.0.0.1' } });
      assert.deepEqual([answer.status, answer.text], [404, missing], `${method} ${header}`);
    }
});

async function withService(env, run) {
  const own = await Service.start(env);
  try {
    await run(own);
  } finally {
    await own.stop();
  }
}

const LIMIT = { timeout: 60_000 * SLOWER };
const from = address => ({ headers: { 'X-Forwarded-For': address } });

test('only-addresses-that-are-named-may-look', LIMIT, async () => {
  await withService({ TRUSTED_PROXIES: '127.0.0.1', METRICS_ALLOW: '192.0.2.7,198.51.100.0/24, 2001:db8::/32' },
    async own => {
      for (const address of ['192.0.2.7', '198.51.100.200', '2001:db8:1::5', '203.0.113.1, 192.0.2.7'])
        parse((await own.get('/metrics', from(address))).text);
      for (const address of ['192.0.2.8', '198.51.101.1', '2001:db9::1', '192.0.2.7, 203.0.113.1', '::1'])
        assert.equal((await own.get('/metrics', from(address))).status, 404, address);
      assert.equal((await own.get('/metrics')).status, 404, 'nor the proxy itself');
    });
});

test('where-no-address-is-named-nobody-may-look', LIMIT, async () => {
  await withService({ METRICS_ALLOW: '' }, async own => {
    const missing = await own.get('/no-such-page');
    const answer = await own.get('/metrics');
    assert.deepEqual([answer.status, answer.text], [404, missing.text]);
    assert.equal((await own.get('/healthz')).status, 200, 'that is for everybody');
  });
});

/* The handlers write down what they ask for. */
test('each-hole-that-handlers-find-is-counted', LIMIT, async () => {
  await withService({ BUS_QUEUE: '1', LOG_LEVEL: 'debug', EVENTS_PER_SECOND: '10000',
    EVENTS_BURST: '10000' }, async own => {
    const people = await own.people('r', ...Array.from({ length: 12 }, (_, i) => `p${i}`));
    const asked = () => readFileSync(path.join(own.state, 'log/websocketd.log'), 'utf8')
      .split('\n').filter(line => / replay from=/.test(line)).length;
    await Promise.all(people.map(async client => {
      for (let n = 0; n < 150; n++)
        client.send('reaction', { emoji: `${client.clientId}.${n}` });
      await client.settle();
    }));
    for (const client of people)
      await until(`all of it at ${client.who}`, () => client.of('reaction').length >= 1800, 20_000);
    await until('each to be counted', async () => {
      const { values } = await scrape(own);
      return values.get('beckon_holes_total') === asked();
    });
    const { values } = await scrape(own);
    assert.ok(values.get('beckon_holes_total') > 0, 'the bus dropped nothing');
    const answers = ['served', 'lost', 'nothing'].map(word => values.get(`beckon_replays_total{result="${word}"}`));
    assert.equal(answers.reduce((a, b) => a + b), values.get('beckon_holes_total'));
    assert.ok(answers[0] > 0 && values.get('beckon_replayed_bytes_total') > 0);
    assert.equal(answers[1], 0);
    assert.equal(values.get('beckon_bus_queue_limit'), 1);
    assert.equal(values.get('beckon_messages_received_total{event="reaction"}'), 1800);
    assert.equal(values.get('beckon_messages_sent_total{event="reaction"}'), 1800);
  });
});
