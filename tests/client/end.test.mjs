/* end – beckon.js where the server says no, or goodbye: whether and when it comes back. */

import assert from 'node:assert/strict';
import { afterEach } from 'node:test';

import { freePort } from '../e2e/lib/ports.mjs';
import { suite } from '../e2e/lib/suite.mjs';
import { damage, forge, now } from '../e2e/lib/tokens.mjs';
import { until } from '../e2e/lib/waiting.mjs';
import { AWAY, visitors } from './lib/visit.mjs';

const { service, rule } = await suite();
const { kid, secret } = service.key;
const { enter, enterWithHandler, make, done } = visitors(service);
afterEach(done);

const token = claims => forge({ secret, header: { kid }, claims });

rule('a-final-bye-is-the-end', async room => {
  const ann = await enter({ room, sub: 'ann' });
  const ben = await enter({ room, sub: 'ben' });
  await ann.request('kick', { clientId: 'ben', reason: 'enough' });
  const { code, bye } = await ben.untilStatus('closed');
  assert.equal(code, 'kicked');
  assert.deepEqual([bye.code, bye.by.clientId, bye.message], [4001, 'ann', 'enough']);
  assert.ok(!ben.statuses.some(({ name }) => name === 'retrying'));
  await assert.rejects(ben.request('add_chat', { chatContent: 'x' }), { code: 'not_connected' });
});

rule('a-bye-that-is-not-final-is-a-pause-of-at-least-what-it-says', async room => {
  const ann = await enter({ room, sub: 'ann' });
  await service.ctl('drain', '--no-wait');
  const { code, bye, retryInMs } = await ann.untilStatus('retrying');
  await service.ctl('drain', '--off');
  assert.equal(code, 'draining');
  assert.ok(bye.retryAfterMs > 0 && retryInMs >= bye.retryAfterMs, `${retryInMs}`);
  await ann.untilStatus('open', ({ recovered }) => recovered === true, 20_000);
});

rule('a-new-token-is-asked-for-before-the-old-one-ends', async room => {
  const reasons = [];
  const ann = await enter({
    room,
    token: async ({ reason }) => {
      reasons.push(reason);
      return token({ exp: now() + (reasons.length === 1 ? 50 : 3600) });
    },
  });
  const { expires } = ann.state;
  await until('a later end', () => ann.state.expires > expires);
  assert.deepEqual(reasons, ['connect', 'token_expiring']);
  assert.equal(ann.statuses.length, 2, 'the connection stays');
});

rule('a-token-that-has-ended-is-replaced-on-the-way-back', async room => {
  const reasons = [];
  const ann = await enter({
    room,
    token: ({ reason }) => {
      reasons.push(reason);
      if (reason === 'token_expiring')
        throw new Error('the identity provider is away');
      return token({ exp: now() + (reasons.length === 1 ? 6 : 3600) });
    },
  });
  await ann.untilStatus('open', ({ recovered }) => recovered === true, 20_000);
  assert.deepEqual(reasons, ['connect', 'token_expiring', 'expired']);
  assert.ok(ann.state.expires > Date.now() + 60_000);
});

rule('a-token-that-is-refused-on-the-way-back-is-replaced-too', async room => {
  const reasons = [];
  const { visit: ann, pid } = await enterWithHandler({
    room,
    ...AWAY,
    token: ({ reason }) => {
      reasons.push(reason);
      return reason === 'token_expiring' ? null
        : token({ exp: now() + (reasons.length === 1 ? 8 : 3600) });
    },
  });
  process.kill(pid, 'SIGKILL');
  await ann.untilStatus('retrying');
  await until('its end', () => Date.now() > ann.state.expires, 20_000);
  ann.retryNow();
  await ann.untilStatus('open', ({ recovered }) => recovered === true);
  assert.deepEqual(reasons.filter(reason => reason !== 'token_expiring'),
    ['connect', 'token_expired']);
});

rule('a-token-that-is-a-string-ends-with-it', async room => {
  const ann = await enter({ room, token: token({ exp: now() + 5 }) });
  const { code, bye } = await ann.untilStatus('closed', undefined, 20_000);
  assert.deepEqual([code, bye.code], ['expired', 4104]);
  ann.useToken(token({ exp: now() + 3600 }));
  await ann.connect();
  assert.equal(ann.status, 'open');
});

rule('a-refusal-is-explained-and-final-where-it-is', async room => {
  const rows = [
    [damage(token({})), 'token_invalid'],
    [token({ exp: 1 }), 'token_expired'],
    [token({ room: 'elsewhere' }), 'room_forbidden'],
  ];
  for (const [bad, word] of rows) {
    const ann = await make({ room, token: bad });
    await assert.rejects(ann.connect(), { code: word });
    assert.equal(ann.status, 'closed');
    assert.ok(ann.statuses.at(-1).message.length > 10, 'and said why');
  }
  let asked = 0;
  const fresh = await make({ room, token: () => { asked++; return damage(token({})); } });
  await assert.rejects(fresh.connect(), { code: 'token_invalid' });
  assert.equal(asked, 1, 'another one of that kind would be no better');
  const none = await make({ room, token: () => null });
  await assert.rejects(none.connect(), { code: 'no_token' });
});

rule('a-token-that-cannot-be-had-just-now-is-asked-for-again', async room => {
  let asked = 0;
  const ann = await make({
    room,
    token: async () => {
      if (++asked < 3)
        throw new Error('the identity provider is away');
      return token({});
    },
  });
  await ann.connect();
  assert.equal(asked, 3);
  assert.deepEqual(ann.statuses.filter(({ name }) => name === 'retrying').map(({ code }) => code),
    ['no_token', 'no_token']);
});

rule('without-a-server-attempts-are-spread-and-bounded', async room => {
  const ann = await make({ room, token: token({}), url: `http://127.0.0.1:${await freePort()}`,
    firstRetryMs: 20, maxRetryMs: 80 });
  ann.connect();
  const pauses = () => ann.statuses.filter(({ name }) => name === 'retrying');
  await until('a number of attempts', () => pauses().length >= 24, 20_000);
  const waits = pauses().map(({ retryInMs }) => retryInMs);
  waits.forEach((ms, i) => assert.ok(ms >= 0 && ms <= Math.min(80, 20 * 2 ** i), `${i}: ${ms}`));
  assert.ok(new Set(waits).size > 20, 'no two alike');
  const late = waits.slice(3);
  assert.ok(Math.min(...late) < 30 && Math.max(...late) > 50, `full jitter: ${late}`);
  assert.equal(pauses()[0].code, 'unreachable');
});

rule('retry-after-is-respected', async room => {
  const [broker] = service.running('beckon-broker');
  process.kill(broker, 'SIGSTOP');
  try {
    const ann = await make({ room, token: token({}), firstRetryMs: 1 });
    ann.connect();
    const { code, retryInMs } = await ann.untilStatus('retrying', undefined, 20_000);
    const answer = await service.get(`/ws/zoom/${room}?token=${token({})}`, { upgrade: true });
    assert.equal(code, 'unavailable');
    assert.ok(Number(answer.headers['retry-after']) > 0);
    assert.ok(retryInMs >= Number(answer.headers['retry-after']) * 1000, `${retryInMs}`);
    ann.close();
    assert.equal(ann.status, 'closed');
  } finally {
    process.kill(broker, 'SIGCONT');
  }
});
