/* scripting – what a script may rely on: every command answers in JSON where it is asked to, and exit
 * statuses are those of the manual page. */

import assert from 'node:assert/strict';

import { suite } from './lib/suite.mjs';

const { service, rule } = await suite();

const json = async (...words) => JSON.parse(await service.ctl(...words, '--json'));

/* The exit status, and what was said on stderr. */
const failing = (...words) => service.ctl(...words).then(
  () => assert.fail(`${words} succeeded`), ({ code, stdout, stderr }) => ({ code, stdout, stderr }));

rule('every-question-is-answered-in-json', async room => {
  await service.join({ room, sub: 'ann' });
  const { token, claims } = await json('token', '--sub', 'ben');
  assert.equal(claims.sub, 'ben');
  const verdict = await json('check-token', token, '--room', `zoom/${room}`);
  assert.equal(verdict.accepted, true);
  assert.deepEqual(verdict.checks.at(-1), { check: 'room', passed: true, found: room });
  assert.deepEqual((await json('config')).PORT, { value: String(service.port), from: 'file' });
  assert.equal((await json('keys')).keys[0].alg, 'HS256');
  assert.ok((await json('rooms')).some(r => r.room === room && r.members[0].clientId === 'ann'));
  assert.equal((await json('status')).draining, false);
  assert.equal((await json('drain', '--off')).draining, false);
  assert.ok((await json('help')).commands.rooms);
});

rule('the-switch-may-stand-anywhere', async () => {
  const { expected, accepted, error } = JSON.parse((await failing('check-token', '--json', 'x')).stdout);
  assert.deepEqual([accepted, error], [false, 'token_invalid']);
  assert.ok('iss' in expected);
});

rule('exit-statuses-are-those-of-the-manual', async () => {
  const { exit } = await json('help');
  assert.deepEqual(Object.keys(exit), ['0', '1', '2', '100', '101', '111']);
  assert.equal((await failing('check-token', 'x')).code, 1);
  assert.equal((await failing('rooms', 'x')).code, 100);
  assert.match((await failing('rooms', 'x')).stderr, /usage: beckonctl rooms/);
  assert.equal((await failing('-c', '/nowhere', 'rooms')).code, 100);
  const [broker] = service.running('beckon-broker');
  process.kill(broker, 'SIGSTOP');
  try {
    assert.equal((await failing('rooms')).code, 111, 'no answer: trying again may help');
  } finally {
    process.kill(broker, 'SIGCONT');
  }
});

/* Names are what strangers choose: a terminal is not to be steered by them, nor are people. */
rule('nothing-that-steers-a-terminal-is-shown-raw', async () => {
  const sub = 'a\u009b31mb\u202ec\u007f';
  const steers = /[\u0000-\u0009\u007f-\u009f\u2028-\u202e]/;
  const raw = await service.ctl('token', '--sub', sub, '--json');
  assert.doesNotMatch(raw, steers);
  const { token, claims } = JSON.parse(raw);
  assert.equal(claims.sub, sub, 'and it is all there');
  for (const words of [[], ['--json']])
    assert.doesNotMatch((await failing('check-token', token, ...words)).stdout, steers);
});
